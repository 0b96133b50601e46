"""Optimizer: the learning rate, the state of each weight, and one step after the other."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..arithmetic import clipped, limited, sum_of_squares
from ..constraints import constrain
from ..interrupts import Uninterrupted
from ..registry import Configurable, snake_case
from ..tensor import Array, Parameter, Tensor, raw


class Optimizer(Configurable):
    """Base of all optimizers. A subclass changes one weight in `update`.

    Parameters
    ----------
    learning_rate : float or function
        A number, readable and assignable at any time, or a function of the number of steps done
        and of nothing else: it is asked for some steps ahead.
    clipnorm : float, optional
        Each gradient whose 2-norm is larger is scaled down to it.
    clipvalue : float, optional
        Each element of a gradient is kept within ±clipvalue.
    global_clipnorm : float, optional
        All gradients are scaled by one factor so that their common 2-norm is at most this.
    name : str, optional
    """

    #: Names of the arrays kept for each weight, of its shape, 0 at first.
    slots: tuple[str, ...] = ()

    #: Those slots that `variables` lists weight by weight; the others follow slot by slot.
    interleaved: tuple[str, ...] = ()

    def __init__(
        self,
        learning_rate: float | Callable[[int], float] = 0.01,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        name: str | None = None,
    ) -> None:
        limits = {"clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm}
        chosen = [limit for limit, value in limits.items() if value is not None]
        if len(chosen) > 1:
            raise ValueError(
                f"{type(self).__name__}: choose one of {' and '.join(chosen)}, not both"
            )
        for limit in chosen:
            if not limits[limit] > 0:  # type: ignore[operator]
                raise ValueError(
                    f"{type(self).__name__}: {limit} must be positive, got {limits[limit]!r}"
                )
        self.name = name or snake_case(type(self).__name__)
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        self.iterations = Parameter(np.zeros((), np.int64), "iteration", trainable=False)
        #: The number of the step being done, from 1; an array, so that a replay reads it anew.
        self.step_number = np.zeros(())
        self._schedule: Callable[[int], float] | None = None
        self._learning_rate = Parameter(np.zeros(()), "learning_rate", trainable=False)
        self.learning_rate = learning_rate
        self._state: dict[Parameter, dict[str, Parameter]] = {}

    # ------------------------------------------------------------------ the learning rate

    @property
    def learning_rate(self) -> Parameter:
        """The learning rate of the next step: `float(optimizer.learning_rate)`, or assign to it."""
        if self._schedule is not None:
            self._learning_rate.assign(float(self._schedule(int(self.iterations))))
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if callable(value) and not isinstance(value, Tensor):
            self._schedule = value
            return
        rate = float(value)
        if not (np.isfinite(rate) and rate >= 0):
            raise ValueError(
                f"{type(self).__name__}: learning_rate must be a number >= 0, got {value!r}"
            )
        self._schedule = None
        self._learning_rate.assign(rate)

    @property
    def lr(self) -> Parameter:
        """The learning rate, by the name that older books give it."""
        return self.learning_rate

    @lr.setter
    def lr(self, value: Any) -> None:
        self.learning_rate = value

    # ------------------------------------------------------------------ steps

    def build(self, variables: Iterable[Parameter]) -> None:
        """Make the state of each weight, where it has none yet."""
        for weight in variables:
            if weight not in self._state:
                self._state[weight] = {
                    slot: Parameter(np.zeros_like(weight.data), slot, trainable=False)
                    for slot in self.slots
                }

    def apply(
        self, grads: Sequence[Array], trainable_variables: Sequence[Parameter] | None = None
    ) -> None:
        """Do one step: change each weight along its gradient, in place. Ctrl-C waits for its end.

        Parameters
        ----------
        grads : arrays or Tensors, one for each weight, of its shape
            A weight whose gradient is None stays as it is, with a warning.
        trainable_variables : the weights; by default those that `build` was given

        Raises
        ------
        ValueError
            Where gradients and weights do not fit together; then nothing has been changed.
        """
        if trainable_variables is None:
            trainable_variables = list(self._state)
        grads, trainable_variables = _checked_gradients(grads, trainable_variables)
        self.build(trainable_variables)
        learning_rate = self.learning_rate.data  # the array, so that a replay reads it anew
        clipped = self._clipped(grads)
        with Uninterrupted():
            self.step_number[...] = int(self.iterations) + 1
            for weight, gradient in zip(trainable_variables, clipped, strict=True):
                state = [slot.data.reshape(-1) for slot in self._state[weight].values()]
                flat = np.ascontiguousarray(gradient, weight.dtype).reshape(-1)
                self.update(weight.data.reshape(-1), flat, *state, learning_rate=learning_rate)
            for weight in trainable_variables:
                constrain(weight)
            self.iterations.data[...] += 1

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Parameter]]) -> None:
        """Do one step on pairs of gradient and weight, as `zip(grads, weights)` gives them.

        Raises
        ------
        TypeError
            Where the second of a pair is no weight; then nothing has been changed.
        """
        pairs = list(grads_and_vars)
        for _, weight in pairs:
            if not isinstance(weight, Parameter):
                raise TypeError(
                    "apply_gradients takes pairs (gradient, weight), as zip(grads, weights) gives "
                    f"them; the second of a pair is a {type(weight).__name__}, which is no weight"
                )
        self.apply([gradient for gradient, _ in pairs], [weight for _, weight in pairs])

    def update(self, weight: Array, gradient: Array, *state: Array, learning_rate: Any) -> None:
        """Change one weight in place; all arrays are flat, and `state` holds its `slots`."""
        raise NotImplementedError(f"{type(self).__name__} has no update")

    def _clipped(self, grads: list[Array]) -> list[Array]:
        if self.clipvalue is not None:
            return [clipped(g, -self.clipvalue, self.clipvalue) for g in grads]
        if self.clipnorm is not None:
            return [limited(g, sum_of_squares([g]), self.clipnorm) for g in grads]
        if self.global_clipnorm is not None:
            squares = sum_of_squares(grads)
            return [limited(g, squares, self.global_clipnorm) for g in grads]
        return grads

    # ------------------------------------------------------------------ replay

    def moving(self, steps: int) -> list[tuple[Array, Array]]:
        """Return the arrays that each step reads at another value, with those of the next steps.

        They are the number of the step and, where a schedule gives it, the learning rate.
        """
        done = range(int(self.iterations), int(self.iterations) + steps)
        found = [(self.step_number, np.array([step + 1.0 for step in done]))]
        if self._schedule is not None:
            rates = np.array([float(self._schedule(step)) for step in done])
            found.append((self._learning_rate.data, rates))
        return found

    # ------------------------------------------------------------------ state

    @property
    def variables(self) -> list[Parameter]:
        """The state: the number of steps, the learning rate, then each weight's slots."""
        states = self._state.values()
        slots = [state[slot] for state in states for slot in self.interleaved]
        others = [slot for slot in self.slots if slot not in self.interleaved]
        slots += [state[slot] for slot in others for state in states]
        return [self.iterations, *([] if self._schedule else [self._learning_rate]), *slots]

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config["learning_rate"] = self._schedule or float(self.learning_rate)
        return config


def _checked_gradients(
    grads: Sequence[Any], weights: Sequence[Parameter]
) -> tuple[list[Array], list[Parameter]]:
    """Return the gradients that there are, as arrays, with their weights."""
    if len(grads) != len(weights):
        raise ValueError(f"optimizer: {len(grads)} gradients were given for {len(weights)} weights")
    without = [weights[place].path for place, g in enumerate(grads) if g is None]
    if without and len(without) == len(weights):
        raise ValueError(
            f"optimizer: none of the weights {', '.join(without)} has a gradient; does the loss "
            "depend on them, and was it computed with tensor operations?"
        )
    pairs = [(np.asarray(raw(g)), w) for g, w in zip(grads, weights, strict=True) if g is not None]
    for gradient, weight in pairs:
        if gradient.shape != weight.shape:
            raise ValueError(
                f"optimizer: {weight.path!r} has the shape {weight.shape}, but its gradient "
                f"{gradient.shape}"
            )
    if without:
        warnings.warn(
            f"optimizer: these weights have no gradient and stay as they are: {', '.join(without)}",
            stacklevel=3,
        )
    return [gradient for gradient, _ in pairs], [weight for _, weight in pairs]


def check_share(optimizer: Optimizer, name: str, value: float) -> float:
    """Return a value that lies in [0, 1), or raise ValueError."""
    if not 0 <= value < 1:
        raise ValueError(f"{type(optimizer).__name__}: {name} must lie in [0, 1), got {value!r}")
    return float(value)


def check_epsilon(optimizer: Optimizer, value: float) -> float:
    """Return a number >= 0, or raise ValueError."""
    if not 0 <= value < np.inf:
        owner = type(optimizer).__name__
        raise ValueError(f"{owner}: epsilon must be a number >= 0, got {value!r}")
    return float(value)
