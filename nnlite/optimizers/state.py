"""What an optimizer keeps from step to step: made, listed, written and read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..registry import Configurable
from ..tensor import Array, Parameter, raw


class State(Configurable):
    """The part of an `Optimizer` that keeps arrays for each weight, and numbers for all."""

    #: Names of the arrays kept for each weight. `variables` lists the slots of a group weight by
    #: weight, and one group after the other.
    groups: tuple[tuple[str, ...], ...] = ()

    #: What slots begin with that do not begin with 0.
    initial_values: Mapping[str, float] = {}

    name: str
    use_ema: bool
    gradient_accumulation_steps: int | None
    _iterations: Parameter
    _learning_rate: Parameter
    _schedule: Callable[..., float] | None
    _rate_source: Callable[..., float] | None
    _state: dict[Parameter, dict[str, Parameter]]

    @property
    def built(self) -> bool:
        """Whether there are weights that it keeps a state for."""
        return bool(self._state)

    @property
    def built_for(self) -> list[Parameter]:
        """The weights that it keeps a state for."""
        return list(self._state)

    @property
    def has_own_rate(self) -> bool:
        """Whether the learning rate is a number, and no schedule or function gives it."""
        return self._schedule is None and self._rate_source is None

    def build(self, variables: Iterable[Parameter]) -> None:
        """Make the state of each weight, where it has none yet."""
        for weight in variables:
            if weight not in self._state:
                self._state[weight] = self._new_slots(weight)

    def _new_slots(self, weight: Parameter) -> dict[str, Parameter]:
        return {slot: self._slot(slot, weight) for group in self._groups() for slot in group}

    def _slot(self, slot: str, weight: Parameter) -> Parameter:
        name = f"{weight.path.replace('/', '_')}_{slot}"
        return self._number(name, np.full_like(weight.data, self.initial_values.get(slot, 0)))

    def _groups(self) -> tuple[tuple[str, ...], ...]:
        """All slots: those that any optimizer may have, and its own."""
        means = (("average",),) if self.use_ema else ()
        sums = (("gradient_accumulator",),) if self.gradient_accumulation_steps else ()
        return (*means, *sums, *self.groups)

    def _number(self, name: str, value: Array) -> Parameter:
        """Make a part of the state."""
        made = Parameter(value, name, trainable=False)
        made.path = f"{self.name}/{name}"
        return made

    @property
    def variables(self) -> list[Parameter]:
        """The state: the number of steps, the learning rate, each weight's slots, and a tail."""
        return self.variables_of(self._state)

    def variables_of(self, weights: Iterable[Parameter], by_slot: bool = False) -> list[Parameter]:
        """Return `variables` with the slots of some weights, in their order.

        Of a weight that was in no step yet they are new ones. `by_slot` lists one slot of all
        weights after the other, as the older optimizers of Keras 2 did.
        """
        states = [self._state.get(weight) or self._new_slots(weight) for weight in weights]
        groups = self._groups()
        if by_slot:
            groups = tuple((slot,) for group in groups for slot in group)
        slots = [state[slot] for group in groups for state in states for slot in group]
        rate = [self._learning_rate] if self.has_own_rate else []
        return [self._iterations, *rate, *slots, *(self._tail() if slots else [])]

    def _tail(self) -> list[Parameter]:
        """Return the state that belongs to no weight and stands behind the slots."""
        return []

    def means(self) -> list[tuple[Parameter, Parameter]]:
        """Return each weight with its mean over the steps; none without `use_ema`."""
        pairs = self._state.items() if self.use_ema else ()
        return [(weight, state["average"]) for weight, state in pairs]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Write arrays into `variables`, in their order.

        Raises
        ------
        ValueError
            Where there are more or fewer arrays, or one has another shape; then nothing has been
            changed.
        """
        variables, values = self.variables, [np.asarray(raw(value)) for value in weights]
        if len(values) != len(variables):
            unbuilt = "" if self.built else "; call build(weights) first, which makes the slots"
            raise ValueError(
                f"{self.name}: there are {len(variables)} variables, got {len(values)} arrays"
                + unbuilt
            )
        for variable, value in zip(variables, values, strict=True):
            if variable.shape != value.shape:
                raise ValueError(
                    f"{variable.path}: expected values of the shape {variable.shape}, got "
                    f"{value.shape}"
                )
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)

    def save_own_variables(self, store: Any) -> None:
        """Put the arrays of `variables` into a dict, or an HDF5 group, as "0", "1", ..."""
        for place, variable in enumerate(self.variables):
            store[str(place)] = variable.numpy()

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """Take the arrays of `variables` from where `save_own_variables` has put them."""
        self.set_weights([np.asarray(store[str(place)]) for place in range(len(store))])
