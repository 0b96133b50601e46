"""nnlite as a contender: through the public `fit`, with all that a user has switched on."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable
from typing import Any

from ..callbacks import Callback
from ..layers import Dense, Input, Layer
from ..models import Model, Sequential
from ..optimizers import SGD
from .measures import Contender
from .tasks import LEARNING_RATE, Task


class Terminal(io.StringIO):
    """Takes what is printed, and says that it is a terminal, so that the progress bar moves."""

    def isatty(self) -> bool:
        return True


class Clock(Callback):
    """The seconds of each epoch, with everything between one epoch's begin and the next."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.times.append(time.perf_counter())

    def on_train_end(self, logs: Any = None) -> None:
        self.times.append(time.perf_counter())

    @property
    def seconds(self) -> list[float]:
        return [end - start for start, end in zip(self.times, self.times[1:], strict=False)]


def layers_of(task: Task) -> list[Dense]:
    """Make the task's dense layers, with relu between them."""
    last = "softmax" if task.loss == "crossentropy" else None
    hidden = [Dense(units, activation="relu") for units in task.units[1:-1]]
    return [*hidden, Dense(task.units[-1], activation=last)]


def sequential(task: Task) -> Model:
    """Make the task's network as a chain of layers."""
    return Sequential([Input((task.units[0],)), *layers_of(task)])


def functional(task: Task) -> Model:
    """Make it by calling each layer on what the one before returned."""
    tensor = start = Input((task.units[0],))
    for layer in layers_of(task):
        tensor = layer(tensor)
    return Model(start, tensor)


class Chain(Model):
    """The task's network as a class with a `call` of its own."""

    # As code of a user's own: that of nnlite may be replayed, but what a user's does is not known.
    __module__ = "__main__"

    def __init__(self, task: Task) -> None:
        super().__init__()
        self.chain = layers_of(task)

    def call(self, inputs: Any) -> Any:
        for layer in self.chain:
            inputs = layer(inputs)
        return inputs


def subclassed(task: Task) -> Model:
    """Make it as a subclass of Model, whose steps stay on the tape."""
    model = Chain(task)
    model.build((None, task.units[0]))
    return model


#: The three ways to make a model, by Keras's names for them.
STYLES: dict[str, Callable[[Task], Model]] = {
    "Sequential": sequential,
    "functional": functional,
    "subclassed": subclassed,
}


def model_of(task: Task, optimizer: Any = None, style: str = "Sequential") -> Model:
    """Build and compile the task's network in a style, with its first weights."""
    model = STYLES[style](task)
    model.set_weights(task.weights())
    return compiled(model, task, optimizer)


def model_with(task: Task, *between: Callable[[], Layer]) -> Model:
    """Build and compile the task's network with further layers after each hidden one."""
    *hidden, last = layers_of(task)
    chain = [one for layer in hidden for one in (layer, *(make() for make in between))]
    return compiled(Sequential([Input((task.units[0],)), *chain, last]), task)


def compiled(model: Model, task: Task, optimizer: Any = None) -> Model:
    """Compile a model for the task."""
    classifies = task.loss == "crossentropy"
    model.compile(
        loss="sparse_categorical_crossentropy" if classifies else "mse",
        optimizer=optimizer or SGD(LEARNING_RATE),
        metrics=["accuracy"] if classifies else [],
    )
    return model


def fit(task: Task, optimizer: Any = None, name: str = "nnlite fit") -> Contender:
    """Train by `fit`: shuffling, accuracy, History and the progress bar are on."""
    return fit_model(model_of(task, optimizer), task, name)


def fit_model(model: Model, task: Task, name: str) -> Contender:
    """Train a model that there is already."""

    def run(epochs: int) -> list[float]:
        clock = Clock()
        with contextlib.redirect_stdout(Terminal()):
            model.fit(
                task.x, task.y, batch_size=task.batch, epochs=epochs, verbose=1, callbacks=[clock]
            )
        return clock.seconds

    return Contender(name, run)
