"""nnlite as a contender: through the public `fit`, with all that a user has switched on."""

from __future__ import annotations

import contextlib
import io
import time
from typing import Any

from ..callbacks import Callback
from ..layers import Dense, Input
from ..models import Sequential
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


def model_of(task: Task, optimizer: Any = None) -> Sequential:
    """Build and compile the task's network, with its first weights."""
    layers: list[Any] = [Input((task.units[0],))]
    layers += [Dense(units, activation="relu") for units in task.units[1:-1]]
    classifies = task.loss == "crossentropy"
    layers.append(Dense(task.units[-1], activation="softmax" if classifies else None))
    model = Sequential(layers)
    model.set_weights(task.weights())
    model.compile(
        loss="sparse_categorical_crossentropy" if classifies else "mse",
        optimizer=optimizer or SGD(LEARNING_RATE),
        metrics=["accuracy"] if classifies else [],
    )
    return model


def fit(task: Task, optimizer: Any = None, name: str = "nnlite fit") -> Contender:
    """Train by `fit`: shuffling, accuracy, History and the progress bar are on."""
    return fit_model(model_of(task, optimizer), task, name)


def fit_model(model: Sequential, task: Task, name: str) -> Contender:
    """Train a model that there is already."""

    def run(epochs: int) -> list[float]:
        clock = Clock()
        with contextlib.redirect_stdout(Terminal()):
            model.fit(
                task.x, task.y, batch_size=task.batch, epochs=epochs, verbose=1, callbacks=[clock]
            )
        return clock.seconds

    return Contender(name, run)
