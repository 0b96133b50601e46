"""Real Keras in a process of its own, in nobody's way: on numpy, where it is quick, or on JAX.

One process has one backend for good, and other tests of this suite want JAX's with float32. On
numpy Keras rounds to float32 what is float64; on JAX, told so, it does not.
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


#: What Keras is told by the environment, by what it is to compute with.
ENVIRONMENTS = {
    "numpy": {"KERAS_BACKEND": "numpy"},
    "jax": {"KERAS_BACKEND": "jax", "JAX_ENABLE_X64": "1", "JAX_PLATFORMS": "cpu"},
}


@contextmanager
def keras_worker(backend: str = "numpy") -> Iterator[ProcessPoolExecutor]:
    """Yield what runs the functions below, by `submit(function, ...).result()`."""
    wanted = ENVIRONMENTS[backend]
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        with ProcessPoolExecutor(1, get_context("spawn")) as worker:
            worker.submit(keras).result()
            yield worker
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def keras() -> None:
    """Import Keras, which takes a while."""
    importlib.import_module("keras")


def optimizer_steps(
    name: str, arguments: dict[str, Any], weights: dict[str, np.ndarray], steps: list[Arrays]
) -> tuple[Arrays, Arrays, int]:
    """Return the weights after some steps of an optimizer, its variables, and its iterations.

    Numbers such as the learning rate are of the weights' float type.
    """
    import keras

    keras.config.set_floatx(next(iter(weights.values())).dtype.name)
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
