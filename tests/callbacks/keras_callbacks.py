"""What Keras's own callbacks do, told the same values; for a process of its own.

See `keras_worker`: there real Keras runs on numpy.
"""

import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np

Decisions = list[Any]


def told(
    name: str, arguments: dict[str, Any], values: list[float], learning_rate: float = 0.1
) -> Decisions:
    """Tell a callback of Keras's the values of an epoch each, and return what it did."""
    import keras

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    return decisions(keras, model, name, arguments, values, learning_rate)


def decisions(
    library: Any,
    model: Any,
    name: str,
    arguments: dict[str, Any],
    values: list[float],
    learning_rate: float,
) -> Decisions:
    """Do the same with any library of Keras's interface.

    Returns
    -------
    list of (learning rate, whether training stops, the logs' names) after each epoch, then the
    epoch whose weights the model ends with.
    """
    model.compile(library.optimizers.SGD(learning_rate), "mse", metrics=["accuracy"])
    model.evaluate(np.ones((1, 1)), np.ones((1, 1)), verbose=0)  # now Keras knows its metrics
    callback = getattr(library.callbacks, name)(**arguments)
    callback.set_model(model)
    callback.set_params({"epochs": len(values)})
    callback.on_train_begin()
    model.stop_training = False
    found: Decisions = []
    for epoch, value in enumerate(values):
        callback.on_epoch_begin(epoch)
        model.set_weights([np.full((1, 1), epoch), np.full(1, epoch)])
        logs = {"loss": 1.0, arguments.get("monitor", "val_loss"): value}
        callback.on_epoch_end(epoch, logs)
        rate = f"{float(model.optimizer.learning_rate):.5g}"  # of Keras's it is a float32
        found.append((rate, bool(model.stop_training), sorted(logs)))
        if model.stop_training:
            break
    callback.on_train_end()
    return [*found, float(model.get_weights()[1][0])]


def csv_lines(path: str, logs_of_trainings: list[list[dict[str, Any]]], **arguments: Any) -> bytes:
    """Return what Keras's CSVLogger writes in some trainings, one after the other."""
    import keras

    for logs in logs_of_trainings:
        logger = keras.callbacks.CSVLogger(path, **arguments)
        logger.on_train_begin()
        for epoch, one in enumerate(logs):
            logger.on_epoch_end(epoch, one)
        logger.on_train_end()
    return Path(path).read_bytes()


def checkpoints_of(
    folder: str, pattern: str, arguments: dict[str, Any], values: list[float]
) -> tuple[list[str], str]:
    """Return what `checkpoints` does with Keras's ModelCheckpoint."""
    import keras

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    return checkpoints(keras, model, folder, pattern, arguments, values)


def checkpoints(
    library: Any,
    model: Any,
    folder: str,
    pattern: str,
    arguments: dict[str, Any],
    values: list[float],
) -> tuple[list[str], str]:
    """Tell a ModelCheckpoint of epochs of 3 batches.

    Returns
    -------
    names of the files that are there then, and what was printed, without the folder
    """
    model.compile("sgd", "mse")
    model.evaluate(np.ones((1, 1)), np.ones((1, 1)), verbose=0)
    callback = library.callbacks.ModelCheckpoint(
        str(Path(folder, pattern)), save_weights_only=True, verbose=1, **arguments
    )
    callback.set_model(model)
    # Keras decides which way is better at the end of an epoch, and fails at a batch before that.
    getattr(callback, "_set_monitor_op", int)()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        callback.on_train_begin()
        for epoch, value in enumerate(values):
            callback.on_epoch_begin(epoch)
            for batch in range(3):
                callback.on_train_batch_end(batch, {"loss": value + 0.1 * batch})
            callback.on_epoch_end(epoch, {"loss": value + 0.2, "val_loss": value})
    names = sorted(path.name for path in Path(folder).iterdir())
    return names, printed.getvalue().replace(folder, "")


def tensorboard_of(folder: str, arguments: dict[str, Any], story: list[Any]) -> None:
    """Let Keras's TensorBoard live through a story; `nnlite.summary` stands in for `tf.summary`."""
    import sys
    from types import ModuleType

    import keras
    from tensorboard.compat.proto.summary_pb2 import SummaryMetadata

    import nnlite

    names = ("tensorflow", "tensorflow.summary", "tensorflow.compat", "tensorflow.compat.v1")
    modules = {name: ModuleType(name) for name in names}
    modules["tensorflow"].summary = modules["tensorflow.summary"] = nnlite.summary
    for kind in ("TensorShape", "DType", "TypeSpec", "Tensor"):  # which to_json looks for
        setattr(modules["tensorflow"], kind, type(kind, (), {}))
    modules["tensorflow"].compat = modules["tensorflow.compat"]
    modules["tensorflow.compat"].v1 = modules["tensorflow.compat.v1"]
    modules["tensorflow.compat.v1"].SummaryMetadata = SummaryMetadata
    sys.modules.update(modules)
    try:
        live_through(keras, folder, arguments, story)
    finally:
        for name in names:
            del sys.modules[name]


def live_through(library: Any, folder: str, arguments: dict[str, Any], story: list[Any]) -> None:
    """Tell a TensorBoard of trainings and evaluations.

    A story is a list of ("fit", epochs, batches, batches of a validation) or ("evaluate", batches).
    """
    layers = [library.layers.Dense(2, name="one"), library.layers.Dense(1, name="two")]
    model = library.Sequential([library.Input((3,)), *layers], name="model")
    model.compile(library.optimizers.SGD(0.125), "mse", metrics=["mae"])
    callback = library.callbacks.TensorBoard(folder, **arguments)
    steps = 0
    for kind, *counts in story:
        callback.set_model(model)
        callback.set_params({})
        if kind == "evaluate":
            _evaluated(callback, counts[0], steps)
            continue
        callback.on_train_begin()
        for epoch in range(counts[0]):
            callback.on_epoch_begin(epoch)
            for batch in range(counts[1]):
                callback.on_train_batch_begin(batch)
                steps += 1
                model.optimizer.iterations.assign(steps)
                callback.on_train_batch_end(batch, {"loss": steps / 4, "mae": steps / 8})
            model.set_weights([np.full(one.shape, steps / 16) for one in model.get_weights()])
            logs = {"loss": steps / 4, "mae": steps / 8}
            if counts[2]:
                found = _evaluated(callback, counts[2], steps)
                logs.update({f"val_{name}": value for name, value in found.items()})
            callback.on_epoch_end(epoch, logs)
        callback.on_train_end({})


def _evaluated(callback: Any, batches: int, steps: int) -> dict[str, float]:
    callback.on_test_begin()
    for batch in range(batches):
        callback.on_test_batch_begin(batch)
        callback.on_test_batch_end(batch, {"loss": 1.0, "mae": 2.0})
    logs = {"loss": steps / 2, "mae": steps / 32}
    callback.on_test_end(logs)
    return logs
