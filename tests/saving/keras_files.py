"""What real Keras makes of nnlite's files; these functions run in a process of their own.

See `keras_worker`: there Keras runs on numpy.
"""

from typing import Any, NamedTuple

import numpy as np


class Seen(NamedTuple):
    """What Keras computed with a model that it has read."""

    outputs: list[np.ndarray]
    logs: dict[str, float]
    iterations: int
    learning_rate: float


def read(path: str, x: Any, y: Any, compiles: bool = True) -> Seen:
    """Read a model, predict and evaluate."""
    import keras

    model = keras.models.load_model(path, compile=compiles)
    outputs = _listed(model.predict(x, verbose=0))
    if not compiles:
        return Seen(outputs, {}, 0, 0.0)
    logs = model.evaluate(x, y, batch_size=16, verbose=0, return_dict=True)
    optimizer = model.optimizer
    return Seen(outputs, logs, int(optimizer.iterations), float(optimizer.learning_rate))


def with_weights(folder: str, name: str, path: str, x: Any) -> list[np.ndarray]:
    """Build a model of the shared ones, give it the weights of a file, and predict."""
    from pathlib import Path

    import keras

    from saving.files_of_keras import builders

    model = builders(Path(folder))[name]["build"](keras)
    if not model.built:
        model([one[:2] for one in x])
    model.load_weights(path)
    return _listed(model.predict(x, verbose=0))


def _listed(value: Any) -> list[np.ndarray]:
    return [np.asarray(one) for one in (value if isinstance(value, (list, tuple)) else [value])]
