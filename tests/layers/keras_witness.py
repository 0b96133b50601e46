"""What real Keras makes of normalizing layers: run in a process of its own, which has its backend.

KERAS_BACKEND=jax python keras_witness.py results.npz
"""

import sys

import numpy as np

#: Layer, arguments, shape of the inputs, `training`; or "masked": training with a mask.
CASES = [
    ("BatchNormalization", {}, (33, 70), True),
    ("LayerNormalization", {}, (33, 70), None),
    ("BatchNormalization", {}, (6, 4), True),
    ("BatchNormalization", {"axis": 1, "momentum": 0.5}, (6, 5, 4), True),
    ("BatchNormalization", {"epsilon": 0.1, "center": False}, (6, 4), True),
    ("BatchNormalization", {"scale": False, "trainable": False}, (6, 4), True),
    ("BatchNormalization", {}, (6, 4), False),
    ("BatchNormalization", {}, (6, 5, 4), "masked"),
    ("BatchNormalization", {"axis": 1, "epsilon": 0.1}, (6, 5, 4), "masked"),
    ("BatchNormalization", {"center": False, "scale": False}, (16, 4), "masked"),
    ("LayerNormalization", {}, (6, 4), None),
    ("LayerNormalization", {"axis": 1, "epsilon": 0.1}, (6, 5, 4), None),
    ("LayerNormalization", {"axis": [-1, -2], "center": False, "scale": False}, (6, 5, 4), None),
    ("RMSNormalization", {}, (6, 4), None),
    ("RMSNormalization", {"axis": [1, 2], "epsilon": 0.1}, (6, 5, 4), None),
    ("UnitNormalization", {}, (6, 4), None),
    ("UnitNormalization", {"axis": [1, 2]}, (6, 5, 4), None),
    ("GroupNormalization", {"groups": 2, "center": False}, (6, 4), None),
    ("GroupNormalization", {"groups": 5, "axis": 1, "scale": False}, (6, 5, 4), None),
    ("GroupNormalization", {"groups": -1, "epsilon": 0.1}, (6, 5, 4), None),
    ("Normalization", {"axis": 1}, (6, 5, 4), None),
    ("Normalization", {"axis": None}, (6, 4), None),
    ("Normalization", {"mean": [[1.0]], "variance": [[2.0]], "axis": (1, 2)}, (6, 5, 4), None),
    ("Normalization", {"mean": 1.0, "variance": 2.0, "invert": True}, (6, 4), None),
]

#: How often each layer is called, so that what it keeps moves on.
CALLS = 2


def arrays(place, sizes):
    """The inputs of a case, weights of the outputs' sum, and weights of the layer, always alike."""
    random = np.random.default_rng(place)
    shape = CASES[place][2]
    x, slopes = (random.normal(size=shape).astype(np.float32) for _ in range(2))
    positive = [np.abs(random.normal(size=size)).astype(np.float32) + 0.5 for size in sizes]
    return 2 * x + 1, slopes, positive


def keywords(shape, training):
    """What a layer is called with, besides its inputs."""
    if training == "masked":
        return {"training": True, "mask": np.random.default_rng(1).uniform(size=shape[:-1]) < 0.7}
    return {} if training is None else {"training": training}


def main():
    import jax
    import keras

    found = {}
    for place, (name, arguments, shape, training) in enumerate(CASES):
        layer = getattr(keras.layers, name)(**arguments)
        layer.build((None, *shape[1:]))
        x, slopes, weights = arrays(place, [weight.shape for weight in layer.weights])
        layer.set_weights(weights)
        if name == "Normalization":
            layer.finalize_state()  # otherwise it goes on with the old ones
        given = keywords(shape, training)

        def loss(trained, other, x, layer=layer, given=given, slopes=slopes):
            y, other = layer.stateless_call(trained, other, x, **given)
            return (y * slopes).sum(), (y, other)

        gradients = jax.jit(jax.grad(loss, argnums=(0, 2), has_aux=True))
        for call in range(CALLS):
            trained, other = (
                [variable.value for variable in variables]
                for variables in (layer.trainable_variables, layer.non_trainable_variables)
            )
            (to_weights, to_x), (y, other) = gradients(trained, other, x + call)
            for variable, value in zip(layer.non_trainable_variables, other, strict=True):
                variable.assign(value)
            results = [y, to_x, *to_weights, *other]
            found |= {f"{place}/{call}/{i}": np.asarray(one) for i, one in enumerate(results)}
    np.savez(sys.argv[1], **found)


if __name__ == "__main__":
    main()
