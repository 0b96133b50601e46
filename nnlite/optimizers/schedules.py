"""Schedules: the learning rate as a function of the number of steps done."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from ..registry import Configurable, Registry, describe


class LearningRateSchedule(Configurable):
    """Base of all schedules: `schedule(step)` returns the learning rate after `step` steps.

    A subclass may look at nothing but the step: it is asked for some steps ahead.
    """

    def __call__(self, step: Any) -> float:
        """Return the learning rate of the step that follows `step` steps."""
        raise NotImplementedError(f"{type(self).__name__} has no __call__(self, step)")


class ExponentialDecay(LearningRateSchedule):
    """η = initial_learning_rate decay_rate^(step / decay_steps).

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : int
        After how many steps η is `decay_rate` times as large.
    decay_rate : float
    staircase : bool
        Whether the exponent is rounded down, so that η changes only every `decay_steps`.
    name : str
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ) -> None:
        self.initial_learning_rate, self.decay_rate = initial_learning_rate, decay_rate
        self.decay_steps = _positive(self, "decay_steps", decay_steps)
        self.staircase, self.name = staircase, name

    def __call__(self, step: Any) -> float:
        return self.initial_learning_rate * self.decay_rate ** _part(self, step)


class InverseTimeDecay(LearningRateSchedule):
    """η = initial_learning_rate / (1 + decay_rate step / decay_steps).

    Parameters
    ----------
    initial_learning_rate, decay_steps, decay_rate, staircase, name
        As in `ExponentialDecay`; staircase rounds step / decay_steps down.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ) -> None:
        self.initial_learning_rate, self.decay_rate = initial_learning_rate, decay_rate
        self.decay_steps = _positive(self, "decay_steps", decay_steps)
        self.staircase, self.name = staircase, name

    def __call__(self, step: Any) -> float:
        return self.initial_learning_rate / (1 + self.decay_rate * _part(self, step))


def _part(schedule: ExponentialDecay | InverseTimeDecay, step: Any) -> float:
    part = int(step) / schedule.decay_steps
    return math.floor(part) if schedule.staircase else part


class PiecewiseConstantDecay(LearningRateSchedule):
    """η = values[i] where boundaries[i - 1] < step <= boundaries[i].

    Parameters
    ----------
    boundaries : sequence of int, ascending
        The last steps at which all values but the last hold.
    values : sequence of float
        One more than there are boundaries.
    name : str

    Raises
    ------
    ValueError
        Where there is not one value more than boundaries, or these do not ascend.
    """

    def __init__(
        self, boundaries: Sequence[int], values: Sequence[float], name: str = "PiecewiseConstant"
    ) -> None:
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                "PiecewiseConstantDecay: values must be one more than boundaries, got "
                f"{len(values)} values and {len(boundaries)} boundaries"
            )
        if any(b <= a for a, b in pairwise(boundaries)):
            raise ValueError(
                f"PiecewiseConstantDecay: boundaries must ascend, got {list(boundaries)}"
            )
        self.boundaries, self.values, self.name = boundaries, values, name

    def __call__(self, step: Any) -> float:
        return self.values[sum(int(step) > int(boundary) for boundary in self.boundaries)]


class PolynomialDecay(LearningRateSchedule):
    """η = (initial_learning_rate - e) (1 - step / decay_steps)^power + e, and e from then on.

    Here e is `end_learning_rate`.

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : int
    end_learning_rate : float
    power : float
        1 goes down in a straight line.
    cycle : bool
        Whether to go on, with the next multiple of `decay_steps` that is not below the step.
    name : str
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        self.initial_learning_rate, self.end_learning_rate = (
            initial_learning_rate,
            end_learning_rate,
        )
        self.decay_steps = _positive(self, "decay_steps", decay_steps)
        self.power, self.cycle, self.name = power, cycle, name

    def __call__(self, step: Any) -> float:
        step, length = int(step), self.decay_steps
        if self.cycle:
            length *= max(1, math.ceil(step / length))
        left = 1 - min(step, length) / length
        way = self.initial_learning_rate - self.end_learning_rate
        return way * left**self.power + self.end_learning_rate


class CosineDecay(LearningRateSchedule):
    """η = initial_learning_rate ((1 - alpha) (1 + cos(π step / decay_steps)) / 2 + alpha).

    From decay_steps on it stays (Loshchilov and Hutter, 2016). With a `warmup_target` it first goes
    in a straight line from `initial_learning_rate` to there, and the decay begins after that.

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : int
        Without those of the warm-up.
    alpha : float
        Which part is left at the end.
    name : str
    warmup_target : float, optional
    warmup_steps : int
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ) -> None:
        self.initial_learning_rate, self.alpha, self.name = initial_learning_rate, alpha, name
        self.decay_steps = _positive(self, "decay_steps", decay_steps)
        self.warmup_target, self.warmup_steps = warmup_target, warmup_steps

    def __call__(self, step: Any) -> float:
        step, start = int(step), self.initial_learning_rate
        if self.warmup_target is not None:
            if step < self.warmup_steps:
                return (self.warmup_target - start) * (step / self.warmup_steps) + start
            step, start = step - self.warmup_steps, self.warmup_target
        part = min(step, self.decay_steps) / self.decay_steps
        return start * ((1 - self.alpha) * 0.5 * (1 + math.cos(math.pi * part)) + self.alpha)


class CosineDecayRestarts(LearningRateSchedule):
    """η = initial_learning_rate ((1 - alpha) mᵢ (1 + cos(π part)) / 2 + alpha), again and again.

    Period i = 0, 1, ... lasts first_decay_steps t_mulⁱ steps, `part` is how much of it is over, and
    mᵢ = m_mulⁱ (Loshchilov and Hutter, 2016).

    Parameters
    ----------
    initial_learning_rate : float
    first_decay_steps : int
    t_mul : float >= 1
    m_mul : float
    alpha : float
        Which part of the learning rate is the least.
    name : str

    Raises
    ------
    ValueError
        For a `t_mul` below 1.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: int,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        self.initial_learning_rate, self.alpha, self.name = initial_learning_rate, alpha, name
        self.first_decay_steps = _positive(self, "first_decay_steps", first_decay_steps)
        if not t_mul >= 1:
            raise ValueError(f"CosineDecayRestarts: t_mul must be at least 1, got {t_mul!r}")
        self.t_mul, self.m_mul = t_mul, m_mul

    def __call__(self, step: Any) -> float:
        left, length, period = int(step), self.first_decay_steps, 0
        if self.t_mul == 1:
            period, left = divmod(left, length)
        while left >= length:  # a logarithm would round, and restart a period late
            left, length, period = left - length, length * self.t_mul, period + 1
        cosine = 0.5 * self.m_mul**period * (1 + math.cos(math.pi * left / length))
        return self.initial_learning_rate * ((1 - self.alpha) * cosine + self.alpha)


def _positive(schedule: LearningRateSchedule, name: str, value: Any) -> Any:
    if not value > 0:
        raise ValueError(f"{type(schedule).__name__}: {name} must be positive, got {value!r}")
    return value


registry: Registry[LearningRateSchedule] = Registry(
    "learning rate schedule",
    [
        CosineDecay,
        CosineDecayRestarts,
        ExponentialDecay,
        InverseTimeDecay,
        PiecewiseConstantDecay,
        PolynomialDecay,
    ],
)


#: Keras's names for what writes a schedule down, and for what reads it.
serialize, deserialize = describe, registry.get
