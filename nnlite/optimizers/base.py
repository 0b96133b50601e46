"""Optimizer: the learning rate, the state of each weight, and one step after the other."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile
from typing import Any, NamedTuple, Self

import numpy as np

from .. import _kernels
from ..arithmetic import clipped, limited, scaled, sum_of_squares
from ..constraints import constrain
from ..interrupts import Uninterrupted
from ..naming import unique_name
from ..registry import accepted, part_from, snake_case
from ..signatures import parameters_of
from ..tensor import Array, Parameter, Tensor, raw
from . import schedules
from .settings import check_count, check_limits, check_number, check_positive, check_share
from .state import State

#: A function of the number of steps done, or of nothing.
RateFunction = Callable[..., float]


class Optimizer(State):
    """Base of all optimizers. A subclass changes one weight in `update`.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or function
        A number, readable and assignable at any time; or a function of the number of steps done
        and of nothing else, which is asked for some steps ahead; or a function without arguments,
        which is asked before each step, and keeps training on the tape.
    weight_decay : float, optional
        λ: before each step w ← w - η λ w (Loshchilov and Hutter, 2019).
    clipnorm : float, optional
        Each gradient whose 2-norm is larger is scaled down to it.
    clipvalue : float, optional
        Each element of a gradient is kept within ±clipvalue.
    global_clipnorm : float, optional
        All gradients are scaled by one factor so that their common 2-norm is at most this.
    use_ema : bool
        Whether to keep a mean of each weight over the steps, which takes the weight's place at the
        end of `fit`: a ← μ a + (1 - μ) w, and a = w after the first step.
    ema_momentum : float in [0, 1]
        μ.
    ema_overwrite_frequency : int, optional
        After how many steps the means take the weights' place in between.
    loss_scale_factor : float, optional
        What the loss is multiplied by before, and the gradients are divided by after, `backward`.
    gradient_accumulation_steps : int >= 2, optional
        Only every so many steps the weights change, along the mean of the gradients since then.
        A schedule goes on counting each step.
    name : str, optional
        By default the class's name in snake case, numbered: "adam", "adam_1".

    Notes
    -----
    Steps that accumulate and steps that change the weights are recorded as two kinds, and so are
    those after which means take the weights' place; all are replayed.
    """

    def __init__(
        self,
        learning_rate: float | RateFunction = 0.01,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
    ) -> None:
        check_limits(self, clipnorm=clipnorm, clipvalue=clipvalue, global_clipnorm=global_clipnorm)
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        decay = None if weight_decay is None else check_number(self, "weight_decay", weight_decay)
        self.weight_decay = decay
        self.use_ema = bool(use_ema)
        self.ema_momentum = (
            1.0 if ema_momentum == 1 else check_share(self, "ema_momentum", ema_momentum)
        )
        self.ema_overwrite_frequency = check_count(
            self, "ema_overwrite_frequency", ema_overwrite_frequency, 1
        )
        self.loss_scale_factor = check_positive(self, "loss_scale_factor", loss_scale_factor)
        self.gradient_accumulation_steps = check_count(
            self, "gradient_accumulation_steps", gradient_accumulation_steps, 2
        )
        self.name = name or unique_name(snake_case(type(self).__name__))
        self._iterations = self._number("iteration", np.zeros((), np.int64))
        #: The number of the update being done, from 1; an array, so that a replay reads it anew.
        self.step_number = np.zeros(())
        self._schedule: RateFunction | None = None
        self._rate_source: RateFunction | None = None
        self._learning_rate = self._number("learning_rate", np.zeros(()))
        self.learning_rate = learning_rate
        self._state = {}
        self._undecayed = Undecayed([], [], [])

    @property
    def iterations(self) -> Tensor:
        """How many steps were done; of those that accumulate gradients, each full round is one."""
        every = self.gradient_accumulation_steps
        return Tensor(self._iterations.data // every) if every else self._iterations

    # ------------------------------------------------------------------ the learning rate

    @property
    def learning_rate(self) -> Parameter:
        """The learning rate of the next step: `float(optimizer.learning_rate)`, or assign to it."""
        if self._schedule is not None:
            self._learning_rate.assign(float(self._schedule(int(self._iterations))))
        elif self._rate_source is not None:
            self._learning_rate.assign(float(self._rate_source()))
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if callable(value) and not isinstance(value, Tensor):
            takes_step = _takes_argument(value)
            self._schedule = value if takes_step else None
            self._rate_source = None if takes_step else value
            return
        rate = float(value)
        if not (np.isfinite(rate) and rate >= 0):
            raise ValueError(
                f"{type(self).__name__}: learning_rate must be a number >= 0, got {value!r}"
            )
        self._schedule = self._rate_source = None
        self._learning_rate.assign(rate)

    @property
    def lr(self) -> Parameter:
        """The learning rate, by the name that older books give it."""
        return self.learning_rate

    @lr.setter
    def lr(self, value: Any) -> None:
        self.learning_rate = value

    # ------------------------------------------------------------------ steps

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
        grads, weights = _checked_gradients(grads, trainable_variables)
        if self.loss_scale_factor is not None:
            grads = [scaled(g, 1 / self.loss_scale_factor) for g in grads]
        self.build(weights)
        rate = self.learning_rate.data  # the array, so that a replay reads it anew
        accumulates, overwrites = self._kind(int(self._iterations))
        if self.gradient_accumulation_steps is None:
            grads = self._clipped(grads)
        with Uninterrupted():
            self.step_number[...] = self._update_number(int(self._iterations))
            if self.gradient_accumulation_steps is not None:
                grads = self._accumulated(grads, weights, accumulates)
            if not accumulates:
                self._update(grads, weights, rate)
            if self.use_ema:
                self._take_means(overwrites)
            for weight in weights:
                constrain(weight)
            self._iterations.data[...] += 1

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Parameter]]) -> Parameter:
        """Do one step on pairs of gradient and weight, as `zip(grads, weights)` gives them.

        Returns
        -------
        Parameter
            The number of steps done.

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
        return self._iterations

    def update(self, weight: Array, gradient: Array, *state: Array, learning_rate: Any) -> None:
        """Change one weight in place.

        Parameters
        ----------
        weight, gradient : arrays, flat
        *state : arrays
            The weight's own slots, in order; those of the weight's shape are flat too.
        learning_rate : float64 array without axes
            To be handed to kernels, so that a replay reads it anew.
        """
        raise NotImplementedError(f"{type(self).__name__} has no update")

    def begin(self) -> None:
        """Change what belongs to no weight, at the beginning of each update."""

    def scale_loss(self, loss: Any) -> Any:
        """Return the loss times `loss_scale_factor`, which is what to differentiate."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    def _update(self, grads: list[Array], weights: list[Parameter], learning_rate: Array) -> None:
        """Change all weights, by kernels alone."""
        self.begin()
        for weight, gradient in zip(weights, grads, strict=True):
            flat = weight.data.reshape(-1)
            if self.weight_decay is not None and self._decays(weight):
                _kernels.weight_decay_update(flat, learning_rate, self.weight_decay)
            slots = (self._state[weight][slot] for group in self.groups for slot in group)
            state = (s.data.reshape(-1) if s.shape == weight.shape else s.data for s in slots)
            self.update(flat, gradient.reshape(-1), *state, learning_rate=learning_rate)

    def _accumulated(
        self, grads: list[Array], weights: list[Parameter], accumulates: bool
    ) -> list[Array]:
        """Add gradients up; at the end of a round return their means, clipped, and begin anew."""
        sums = [self._state[weight]["gradient_accumulator"].data.reshape(-1) for weight in weights]
        for total, gradient in zip(sums, grads, strict=True):
            _kernels.sgd_update(total, gradient.reshape(-1), -1.0)  # total + gradient
        if accumulates:
            return []
        every = self.gradient_accumulation_steps or 1
        means = [scaled(total, 1 / every) for total in sums]
        for total in sums:
            _kernels.fill(0.0, total)
        return self._clipped([m.reshape(w.shape) for m, w in zip(means, weights, strict=True)])

    def _take_means(self, overwrites: bool) -> None:
        """Let the mean of each weight follow it, and take its place where that is due."""
        for weight, mean in self.means():
            average, flat = mean.data.reshape(-1), weight.data.reshape(-1)
            _kernels.average_update(average, flat, self.ema_momentum, self.step_number)
            if overwrites:
                _kernels.scale(average, 1.0, flat)

    def finalize_variable_values(self, var_list: Iterable[Parameter]) -> None:
        """Let the means of weights take their place, as `fit` does at its end."""
        wanted = list(var_list)
        with Uninterrupted():
            for weight, mean in self.means():
                if any(one is weight for one in wanted):
                    weight.assign(mean.data)

    def exclude_from_weight_decay(
        self,
        var_list: Iterable[Parameter] | None = None,
        var_names: Iterable[str] | None = None,
    ) -> None:
        """Let some weights be without weight decay.

        Parameters
        ----------
        var_list : weights
        var_names : strings
            Patterns of regular expressions: a weight is meant where one is found in its name, such
            as "bias".

        Raises
        ------
        ValueError
            After the first step.
        """
        if self.built:
            raise ValueError(
                f"{type(self).__name__}: exclude weights from weight decay before the first step"
            )
        self._undecayed = Undecayed(list(var_list or ()), list(var_names or ()), [])

    def _decays(self, weight: Parameter) -> bool:
        return not self._undecayed.holds(weight)

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

        They are the number of the update and, where a schedule gives it, the learning rate.
        """
        done = range(int(self._iterations), int(self._iterations) + steps)
        found = [(self.step_number, np.array([float(self._update_number(step)) for step in done]))]
        if self._schedule is not None:
            rates = np.array([float(self._schedule(step)) for step in done])
            found.append((self._learning_rate.data, rates))
        return found

    def alike(self, steps: int) -> tuple[Any, int]:
        """Return the kind of the next step, and how many of the next `steps` are of that kind."""
        if not (self.gradient_accumulation_steps or self.ema_overwrite_frequency):
            return None, steps
        done = int(self._iterations)
        first = self._kind(done)
        kinds = map(self._kind, range(done, done + steps))
        return first, sum(1 for _ in takewhile(lambda kind: kind == first, kinds))

    def _kind(self, done: int) -> tuple[bool, bool]:
        """Whether the step after `done` only accumulates, and whether means take weights' place."""
        every, frequency = self.gradient_accumulation_steps, self.ema_overwrite_frequency
        accumulates = every is not None and (done + 1) % every != 0
        overwrites = self.use_ema and frequency and self._update_number(done) % frequency == 0
        return accumulates, bool(overwrites)

    def _update_number(self, done: int) -> int:
        """Return the number of the update, from 1, that the step after `done` is a part of."""
        return done // (self.gradient_accumulation_steps or 1) + 1

    # ------------------------------------------------------------------ configuration

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        function = self._schedule or self._rate_source
        if isinstance(function, schedules.LearningRateSchedule):
            config["learning_rate"] = schedules.serialize(function)
        else:
            config["learning_rate"] = function or float(self.learning_rate)
        if any(self._undecayed):
            config["exclude_from_weight_decay"] = self._undecayed.described()
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Make the optimizer that `config` describes."""
        config = accepted(cls, config)
        undecayed = config.pop("exclude_from_weight_decay", None)
        if isinstance(config.get("learning_rate"), dict):
            rate = part_from(cls, config, "learning_rate", schedules.deserialize)
            config["learning_rate"] = rate
        optimizer = super().from_config(config)
        if undecayed is not None:
            optimizer._undecayed = Undecayed.read(cls, undecayed)
        return optimizer


class Undecayed(NamedTuple):
    """Which weights are without weight decay: some themselves, some by name, some by path."""

    weights: list[Parameter]
    names: list[str]  # patterns
    paths: list[str]  # of weights, in a configuration

    @classmethod
    def read(cls, owner: type, described: Any) -> Self:
        """Return what `described` has returned of an optimizer's class, its owner."""
        found: Any = described if isinstance(described, dict) else {}
        parts = [found.get(key) for key in ("names", "paths")]
        if any(not isinstance(one, list) or not all(map(_is_string, one)) for one in parts):
            raise ValueError(
                f"{owner.__name__}: 'exclude_from_weight_decay' of its configuration must hold the "
                f"lists 'names' and 'paths', got {described!r}"
            )
        return cls([], *parts)

    def holds(self, weight: Parameter) -> bool:
        """Whether a weight is among them."""
        named = any(re.search(pattern, weight.name) for pattern in self.names)
        return named or weight.path in self.paths or any(one is weight for one in self.weights)

    def described(self) -> dict[str, list[str]]:
        """Return plain data that says the same of weights of the same paths."""
        return {"names": self.names, "paths": [*self.paths, *(one.path for one in self.weights)]}


def _is_string(value: Any) -> bool:
    return isinstance(value, str)


def _checked_gradients(
    grads: Sequence[Any], weights: Sequence[Parameter]
) -> tuple[list[Array], list[Parameter]]:
    """Return the gradients that there are, as arrays that kernels take, with their weights."""
    if len(grads) != len(weights):
        raise ValueError(f"optimizer: {len(grads)} gradients were given for {len(weights)} weights")
    without = [weights[place].path for place, g in enumerate(grads) if g is None]
    if without and len(without) == len(weights):
        raise ValueError(
            f"optimizer: none of the weights {', '.join(without)} has a gradient; does the loss "
            "depend on them, and was it computed with tensor operations?"
        )
    pairs = [
        (np.asarray(raw(g), w.dtype, order="C"), w)
        for g, w in zip(grads, weights, strict=True)
        if g is not None
    ]
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


def _takes_argument(function: RateFunction) -> bool:
    """Whether a function can be given the number of steps."""
    method = function if hasattr(function, "__code__") else getattr(function, "__call__")  # noqa: B004, B009
    try:
        parameters = parameters_of(method)
    except (TypeError, ValueError):  # built in, and says nothing of itself
        return True
    return bool(parameters.positional_only or parameters.positional or parameters.takes_many)
