"""Every layer that is exported, by the rows of table.py."""

import inspect
import json
import os

import numpy as np
import pytest
from test_everything_replays import replayed_steps

import nnlite
from nnlite import Tensor, layers
from nnlite.gradient_check import gradcheck
from nnlite.tape import gradients

from .table import (
    NO_ROWS,
    ROWS,
    built,
    called,
    inputs_of,
    made,
    model_with,
    shapes_of,
    with_weights,
)

every_row = pytest.mark.parametrize(
    "row", ROWS, ids=[f"{row.name}-{row.case}".rstrip("-") for row in ROWS]
)
every_layer = pytest.mark.parametrize(
    "row", [row for row in ROWS if row.keras and not row.case], ids=lambda row: row.name
)

#: Arguments of Keras's for what nnlite leaves out: low-rank adaption, quantization, sparse tensors.
OUT_OF_SCOPE = {"lora_rank", "lora_alpha", "quantization_config"}

#: Keras's numbers are float32, added in another order.
TOLERANCE = {"rtol": 2e-6, "atol": 2e-6}


@pytest.fixture(scope="module")
def keras():
    """The real Keras."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    return pytest.importorskip("keras")


@pytest.mark.one_table
def test_every_layer_has_a_row():
    exported = {name for name in layers.__all__ if name[0].isupper()}
    assert exported - NO_ROWS == {row.name for row in ROWS}


# ----------------------------------------------------------------------------------- the numbers


@every_row
def test_the_gradient_of_the_inputs(row):
    if row.ids is None and not row.constant:
        layer = built(row)
        assert gradcheck(lambda *tensors: called(row, layer, list(tensors)), *inputs_of(row))


@every_row
def test_the_gradients_of_the_weights(row):
    layer, inputs = built(row), inputs_of(row)

    def loss():
        y = called(row, layer, inputs)
        return (y * np.random.default_rng(0).uniform(0.5, 1.5, y.shape)).sum()

    found = gradients(loss()) if layer.trainable_weights else {}
    for weight in layer.trainable_weights:
        slope = np.empty(weight.shape)
        for place in np.ndindex(weight.shape):
            before, values = weight.data[place], []
            for step in (1e-6, -1e-6):
                weight.data[place] = before + step
                values.append(loss().item())
            weight.data[place] = before
            slope[place] = (values[0] - values[1]) / 2e-6
        # Central differences with such a step err by about 1e-9.
        np.testing.assert_allclose(found[weight], slope, rtol=1e-6, atol=1e-7, err_msg=weight.path)


@every_row
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_type_of_the_outputs(row, dtype):
    assert called(row, built(row, dtype), inputs_of(row, dtype=dtype)).dtype == dtype


@every_row
def test_scattered_inputs_give_the_same_bits(row):
    layer, inputs = built(row, "float32"), inputs_of(row, dtype="float32")
    expected = called(row, layer, inputs)
    scattered = [np.repeat(x, 2, axis=-1)[..., ::2] for x in inputs]
    assert not scattered[0].flags.c_contiguous
    found = called(row, layer, scattered)
    np.testing.assert_array_equal(found.data, expected.data)


@every_row
def test_one_row_and_none(row):
    layer, inputs = built(row, "float32"), inputs_of(row, dtype="float32")
    whole = called(row, layer, inputs).data
    alone = called(row, layer, [x[2:3] for x in inputs]).data
    assert alone.shape == (1, *whole.shape[1:])
    if row.by_row:
        np.testing.assert_array_equal(alone[0], whole[2])
    empty = called(row, layer, [Tensor(x[:0], requires_grad=row.ids is None) for x in inputs])
    assert empty.shape == (0, *whole.shape[1:])
    if empty.requires_grad:
        assert all(np.isfinite(found).all() for found in gradients(empty.sum()).values())


@every_row
@pytest.mark.one_table
def test_the_shape_of_the_outputs(row):
    layer = built(row)
    shapes = [(None, *shape[1:]) for shape in shapes_of(row, 1)]
    found = called(row, layer, inputs_of(row)).shape
    symbolic = called(row, layer, [nnlite.Input(shape[1:]) for shape in shapes])
    several = isinstance(row.shape, list)
    computed = layer.compute_output_shape(shapes if several else shapes[0])
    assert tuple(computed) == symbolic.shape == (None, *found[1:])
    whole = [(5, *shape[1:]) for shape in shapes]
    assert tuple(layer.compute_output_shape(whole if several else whole[0])) == found


# ------------------------------------------------------------------------------- inside a model


@every_row
@pytest.mark.one_table
def test_it_is_trained_and_replayed_with_the_same_bits(row):
    model, x, y = model_with(row, made(row))
    assert replayed_steps(model, x, y) == (0 if row.on_tape else 8)
    assert np.isfinite(model.predict(x, verbose=0)).all()


# -------------------------------------------------------------------------------- configurations


@every_row
@pytest.mark.one_table
def test_it_comes_back_from_its_configuration(row):
    layer = built(row, "float32")
    config = layer.get_config()
    twin = type(layer).from_config(json.loads(json.dumps(config)) if row.as_json else config)
    shapes = shapes_of(row, 5)
    with_weights(twin, shapes if isinstance(row.shape, list) else shapes[0])
    assert repr(twin.get_config()).replace("[", "(").replace("]", ")") == repr(config).replace(
        "[", "("
    ).replace("]", ")")
    inputs = inputs_of(row, dtype="float32")
    np.testing.assert_array_equal(
        called(row, twin, inputs).data, called(row, layer, inputs).data, strict=True
    )


@every_row
@pytest.mark.one_table
def test_a_model_with_it_comes_back_from_json(row):
    model, x, _ = model_with(row, made(row))
    if not row.as_json:
        with pytest.raises(TypeError, match="holds no code"):
            model.to_json()
        return
    twin = nnlite.models.model_from_json(model.to_json())
    twin.set_weights(model.get_weights())
    np.testing.assert_array_equal(twin.predict(x, verbose=0), model.predict(x, verbose=0))


# --------------------------------------------------------------------------------- the real Keras


@pytest.mark.one_table
@pytest.mark.parametrize("row", [r for r in ROWS if r.keras], ids=lambda r: f"{r.name}-{r.case}")
def test_its_numbers_are_those_of_keras(row, keras):
    layer = built(row, "float32")
    theirs = made(row, keras.layers)
    shapes = shapes_of(row, 5)
    theirs.build(shapes if isinstance(row.shape, list) else shapes[0])
    theirs.set_weights(layer.get_weights())
    inputs = inputs_of(row, dtype="float32")
    if row.name == "Masking":
        inputs[0][:, 1] = row.arguments["mask_value"]
    y = np.asarray(called(row, theirs, inputs))
    np.testing.assert_allclose(called(row, layer, inputs).data, y, **TOLERANCE)
    assert [weight.path.split("/")[-1] for weight in layer.weights] == [
        weight.name for weight in theirs.weights
    ]


def parameters(cls):
    """The arguments of a constructor and of those that it hands the rest to, with defaults."""
    found = {}
    for base in cls.__mro__:
        if "__init__" not in vars(base) or base.__name__ in ("Layer", "HasWeights", "Operation"):
            continue
        for name, parameter in inspect.signature(base.__init__).parameters.items():
            if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                found.setdefault(name, parameter.default)
    return {name: default for name, default in found.items() if name not in OUT_OF_SCOPE | {"self"}}


@every_layer
@pytest.mark.one_table
def test_its_arguments_and_defaults_are_those_of_keras(row, keras):
    expected = parameters(getattr(keras.layers, row.name))
    found = parameters(getattr(layers, row.name))
    common = {name: default for name, default in found.items() if name in expected}
    assert common == {name: default for name, default in expected.items() if name != "kwargs"}
    assert list(common) == [name for name in expected if name in common]


def plain(value):
    """A configuration without what names Keras's own modules, and tuples as lists."""
    if isinstance(value, dict):
        if value.get("class_name") == "DTypePolicy":
            return value["config"]["name"]
        dropped = {"module", "registered_name"} | OUT_OF_SCOPE
        dropped |= {"input_axes", "output_axes"}  # of initializers, which have tests of their own
        return {key: plain(part) for key, part in value.items() if key not in dropped}
    return [plain(part) for part in value] if isinstance(value, (list, tuple)) else value


@pytest.mark.one_table
@pytest.mark.parametrize(
    "row", [r for r in ROWS if r.keras and r.as_json], ids=lambda r: f"{r.name}-{r.case}"
)
def test_its_configuration_is_that_of_keras(row, keras):
    theirs, ours = made(row, keras.layers, name="one"), made(row, name="one")
    expected = plain(theirs.get_config())
    assert plain(ours.get_config()) == expected
    # each reads what the other writes
    assert plain(layers.deserialize(keras.layers.serialize(theirs)).get_config()) == expected
    assert plain(keras.layers.deserialize(layers.serialize(ours)).get_config()) == expected


@pytest.mark.one_table
def test_what_is_no_configuration_of_a_layer_is_refused():
    with pytest.raises(ValueError, match=r"Unknown layer 'Dens'\. Did you mean 'Dense'"):
        layers.deserialize({"class_name": "Dens", "config": {}})
    for wrong in ("Dense", {"class_name": "Dense"}):
        with pytest.raises(
            ValueError, match=r"layers\.deserialize takes what layers\.serialize re"
        ):
            layers.deserialize(wrong)
    own = {"class_name": "Own", "config": {"name": "one", "units": 3}, "module": __name__}
    assert layers.deserialize(own, {"Own": layers.Dense}).units == 3
