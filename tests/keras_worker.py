"""Real Keras on numpy, in a process of its own: there it is quick, and in nobody's way.

One process has one backend for good, and other tests of this suite want JAX's.
"""

import importlib
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

import numpy as np

Arrays = list[np.ndarray]


@contextmanager
def keras_worker() -> Iterator[ProcessPoolExecutor]:
    """Yield what runs the functions below, by `submit(function, ...).result()`."""
    before = os.environ.get("KERAS_BACKEND")
    os.environ["KERAS_BACKEND"] = "numpy"
    try:
        with ProcessPoolExecutor(1, get_context("spawn")) as worker:
            worker.submit(keras).result()
            yield worker
    finally:
        os.environ.pop("KERAS_BACKEND")
        if before is not None:
            os.environ["KERAS_BACKEND"] = before


def keras() -> None:
    """Import Keras, which takes a while."""
    importlib.import_module("keras")


def optimizer_steps(
    name: str, arguments: dict[str, Any], weights: dict[str, np.ndarray], steps: list[Arrays]
) -> tuple[Arrays, Arrays, int]:
    """Return the weights after some steps of an optimizer, its variables, and its iterations."""
    import keras

    variables = [
        keras.Variable(value.copy(), name=key, dtype=value.dtype.name)
        for key, value in weights.items()
    ]
    optimizer = getattr(keras.optimizers, name)(**arguments)
    for gradients in steps:
        optimizer.apply(gradients, variables)
    plain = [np.array(v) for v in variables], [np.array(v) for v in optimizer.variables]
    return *plain, int(optimizer.iterations)


def optimizer_variables(name: str, arguments: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """Return the names, paths and shapes of the state that an optimizer keeps for a layer."""
    import keras

    keras.backend.clear_session()
    return described_variables(keras, name, arguments)


def described_variables(
    library: Any, name: str, arguments: dict[str, Any]
) -> list[tuple[str, str, Any]]:
    """Do the same with any library of Keras's interface."""
    model = library.Sequential([library.Input((4,)), library.layers.Dense(3)])
    optimizer = getattr(library.optimizers, name)(**arguments)
    optimizer.build(model.trainable_variables)
    return [(v.name, v.path, tuple(v.shape)) for v in optimizer.variables]


def schedule_values(name: str, arguments: dict[str, Any], steps: list[int]) -> list[float]:
    """Return the learning rates of a schedule, which Keras computes in float32."""
    import keras

    schedule = getattr(keras.optimizers.schedules, name)(**arguments)
    return [float(schedule(step)) for step in steps]
