"""Optimizers: how gradients change the weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from . import _kernels
from .registry import Configurable, Registry, snake_case
from .tensor import Array, Parameter, Tensor, raw


class Optimizer(Configurable):
    """Base of all optimizers. A subclass changes one weight in `update`.

    Parameters
    ----------
    learning_rate : float or function
        A number, readable and assignable at any time, or a function of the number of steps done.
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
        """Do one step: change each weight along its gradient, in place.

        Parameters
        ----------
        grads : arrays, one for each weight, of its shape
        trainable_variables : the weights; by default those that `build` was given

        Raises
        ------
        ValueError
            Where gradients and weights do not fit together; then nothing has been changed.
        """
        if trainable_variables is None:
            trainable_variables = list(self._state)
        _check_gradients(grads, trainable_variables)
        self.build(trainable_variables)
        learning_rate = self.learning_rate.data  # the array, so that a replay reads it anew
        for weight, gradient in zip(trainable_variables, self._clipped(list(grads)), strict=True):
            state = [slot.data.reshape(-1) for slot in self._state[weight].values()]
            flat = np.ascontiguousarray(gradient, weight.dtype).reshape(-1)
            self.update(weight.data.reshape(-1), flat, *state, learning_rate=learning_rate)
        self.iterations.data += 1

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Parameter]]) -> None:
        """Do one step on pairs of gradient and weight, as `zip(grads, weights)` gives them."""
        pairs = list(grads_and_vars)
        self.apply([raw(gradient) for gradient, _ in pairs], [weight for _, weight in pairs])

    def update(self, weight: Array, gradient: Array, *state: Array, learning_rate: Any) -> None:
        """Change one weight in place; all arrays are flat, and `state` holds its `slots`."""
        raise NotImplementedError(f"{type(self).__name__} has no update")

    def _clipped(self, grads: list[Array]) -> list[Array]:
        if self.clipvalue is not None:
            return [np.clip(g, -self.clipvalue, self.clipvalue) for g in grads]
        if self.clipnorm is not None:
            return [_scaled(g, _norm([g]), self.clipnorm) for g in grads]
        if self.global_clipnorm is not None:
            norm = _norm(grads)
            return [_scaled(g, norm, self.global_clipnorm) for g in grads]
        return grads

    # ------------------------------------------------------------------ replay

    def settings(self) -> tuple[Any, ...]:
        """Return the numbers that a recorded step has taken over; where one changes, it is void."""
        return tuple(
            (name, value)
            for name, value in vars(self).items()
            if value is None or isinstance(value, (bool, int, float))
        )

    def scheduled_rates(self, steps: int) -> Array | None:
        """Return the learning rates of the next steps, where a schedule gives them."""
        if self._schedule is None:
            return None
        done = int(self.iterations)
        return np.array([float(self._schedule(done + step)) for step in range(steps)])

    # ------------------------------------------------------------------ state

    @property
    def variables(self) -> list[Parameter]:
        """The state: the number of steps, the learning rate, then each weight's slots."""
        slots = [slot for state in self._state.values() for slot in state.values()]
        return [self.iterations, *([] if self._schedule else [self._learning_rate]), *slots]

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config["learning_rate"] = self._schedule or float(self.learning_rate)
        return config


def _check_gradients(grads: Sequence[Any], weights: Sequence[Parameter]) -> None:
    if len(grads) != len(weights):
        raise ValueError(f"optimizer: {len(grads)} gradients were given for {len(weights)} weights")
    for gradient, weight in zip(grads, weights, strict=True):
        if gradient is None:
            raise ValueError(
                f"optimizer: {weight.path!r} has no gradient; was backward() called, and does the "
                "loss depend on this weight?"
            )
        if np.shape(gradient) != weight.shape:
            raise ValueError(
                f"optimizer: {weight.path!r} has the shape {weight.shape}, but its gradient "
                f"{np.shape(gradient)}"
            )


def _norm(grads: list[Array]) -> float:
    """√Σ g² over all elements of all gradients, summed in float64."""
    return float(np.sqrt(sum(np.square(g, dtype=np.float64).sum() for g in grads)))


def _scaled(gradient: Array, norm: float, limit: float) -> Array:
    return gradient if norm <= limit else gradient * gradient.dtype.type(limit / norm)


class SGD(Optimizer):
    """Gradient descent, plain or with momentum.

    w ← w - η g;  with momentum m:  v ← m v - η g,  w ← w + v;
    Nesterov's:  v ← m v - η g,  w ← w + m v - η g.

    Parameters
    ----------
    learning_rate : float or function
        η.
    momentum : float in [0, 1]
        m.
    nesterov : bool
        Whether to look ahead along the momentum (Sutskever et al., 2013).
    clipnorm, clipvalue, global_clipnorm, name
        As in `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: float | Callable[[int], float] = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        name: str | None = "SGD",
    ) -> None:
        super().__init__(learning_rate, clipnorm, clipvalue, global_clipnorm, name)
        if not 0 <= momentum <= 1:
            raise ValueError(f"SGD: momentum must lie in [0, 1], got {momentum!r}")
        self.momentum = float(momentum)
        self.nesterov = bool(nesterov)
        self.slots = ("momentum",) if momentum else ()

    def update(self, weight: Array, gradient: Array, *state: Array, learning_rate: Any) -> None:
        if not state:
            _kernels.sgd_update(weight, gradient, learning_rate)
            return
        kernel = _kernels.sgd_nesterov_update if self.nesterov else _kernels.sgd_momentum_update
        kernel(weight, gradient, state[0], learning_rate, self.momentum)


registry: Registry[Optimizer] = Registry("optimizer", [SGD])

#: What Keras has beside them.
NOT_YET = ("rmsprop", "adam", "adamw", "adagrad", "adadelta", "adamax", "nadam", "ftrl")


def get(identifier: Any) -> Optimizer:
    """Return the optimizer that a name, configuration, class or instance stands for."""
    if isinstance(identifier, str) and identifier.lower() in NOT_YET:
        raise ValueError(
            f"The optimizer {identifier!r} (compile's default is 'rmsprop', as in Keras) is not in "
            "this version of nnlite, which has only SGD: pass optimizer='sgd' or SGD(...)"
        )
    found = registry.get(identifier)
    if not isinstance(found, Optimizer):
        raise TypeError(
            f"An optimizer is given by its name or an instance, such as 'sgd' or SGD(0.01); "
            f"got {identifier!r}"
        )
    return found
