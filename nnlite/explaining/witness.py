"""Looks over the shoulder of a training, so that a step that goes wrong can be done again."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..changes import Changes
from ..random import states
from ..tensor import Array, Parameter
from ..tree import map_structure
from .detection import find, is_finite
from .finding import Finding
from .step import Watched, copy_of, numbers_of

#: Over how many steps the weights' growth is looked at.
REMEMBERED = 20


class StepBefore:
    """All that decides what a step does: the model as it was before it, the batch, what is drawn.

    Parameters
    ----------
    model : Trainer
        A copy, which nobody else changes.
    random : dict
        As `random.states.get_state` returns it.
    batch : (x, y, sample_weight)
    largest : list of float
        The largest weight before each of the last steps.
    """

    def __init__(
        self, model: Any, random: dict[str, Any], batch: Any, largest: list[float]
    ) -> None:
        self.model, self.random, self.batch, self.largest = model, random, batch, largest

    def replay(self) -> Finding:
        """Do the step again, on a copy, and say where numbers begin that are not finite."""
        twin = copy_of(self.model, "the NaN detective")
        rate = float(twin.optimizer.learning_rate)
        with states.kept(), np.errstate(all="ignore"):  # numpy has warned already
            states.set_state(self.random)
            watched = Watched(twin, self.batch)
        return find(watched.records(), watched.recorder, self.largest, rate)


class Witness:
    """Keeps the model as it was before the latest step, until one leaves what is not finite.

    Parameters
    ----------
    fitting : Fitting
        The training, whose steps tell it of each.

    Attributes
    ----------
    epoch, done : int
        The epoch of the latest step, and how many steps of it were done before.
    broken : bool
        Whether a step has left a loss, a weight, or what an optimizer keeps, that is not finite.
    rows : array
        Which rows the latest step took.
    batch : (x, y, sample_weight) or None
        The batch of the step that was it.
    """

    def __init__(self, fitting: Any) -> None:
        self.fitting, self.steps = fitting, fitting.train.steps
        self.steps.witness = self
        self.epoch = self.done = 0
        self.broken = False
        self.rows: Array = np.arange(0)
        self.batch: Any = None
        self._twin: Any = None
        self._pairs: list[tuple[Parameter, Parameter]] = []  # the copy's numbers, and the model's
        self._count = -1
        self._random: dict[str, Any] = {}
        self._largest: deque[float] = deque(maxlen=REMEMBERED)

    def before_step(self, rows: Array) -> None:
        """Keep everything as it is."""
        if self.broken:
            return
        if self._count != Changes.count:
            self._twin = copy_of(self.steps.model, "the NaN detective")
            self._count = Changes.count  # a copy counts as a change too
            self._pairs = [*zip(numbers_of(self._twin), self._numbers(), strict=True)]
        else:
            for mine, its in self._pairs:
                np.copyto(mine.data, its.data)
        self._random = states.get_state()
        self.epoch, self.done = self.fitting.epoch, self.fitting.train.done
        self.rows = rows.copy()
        weights = [one.data for one in self.steps.model.trainable_weights if one.size]
        self._largest.append(max((float(np.abs(w).max()) for w in weights), default=0.0))

    def after_step(self) -> None:
        """Look at what the step has left."""
        if self.broken:
            return
        loss = np.asarray(self.steps.results().get("loss", 0.0), np.float64)
        known = self._count == Changes.count
        numbers = [its for _, its in self._pairs] if known else self._numbers()
        self.broken = not (is_finite(loss) and all(is_finite(one.data) for one in numbers))
        if self.broken:  # a stream's next batch would take its place
            self.batch = tuple(map_structure(_copied, self.steps.batches.gather(self.rows)))

    def _numbers(self) -> Iterable[Parameter]:
        return numbers_of(self.steps.model)

    def step(self) -> StepBefore:
        """Return what decided the step that was it."""
        return StepBefore(self._twin, self._random, self.batch, list(self._largest))

    def data_rows(self, samples: tuple[int, ...]) -> tuple[int, ...]:
        """Return where samples of the batch lie in the data; () where they came as a stream."""
        in_place = getattr(self.steps.batches, "staged", True) is False
        return tuple(int(self.rows[one]) for one in samples) if in_place else ()


def _copied(array: Any) -> Any:
    return None if array is None else np.array(array)
