"""SwapEMAWeights: evaluate with the means of the weights, train with the weights."""

from __future__ import annotations

from typing import Any

from ..interrupts import Uninterrupted
from ..tensor import Array, Parameter
from .base import Callback, Logs


class SwapEMAWeights(Callback):
    """Puts the means that an optimizer with `use_ema=True` keeps into the model's weights.

    They are there while `evaluate`, a validation or `predict` runs; then the weights are back.

    Parameters
    ----------
    swap_on_epoch : bool
        Whether they are there at the end of each epoch too, so that a callback after this one saves
        them.

    Raises
    ------
    ValueError
        Where the optimizer keeps no means.
    """

    def __init__(self, swap_on_epoch: bool = False) -> None:
        super().__init__()
        self.swap_on_epoch = bool(swap_on_epoch)
        self._kept: list[tuple[Parameter, Array]] | None = None  # while the means are in the model

    def _put_means(self) -> None:
        if self._kept is not None:
            return
        optimizer = self.model.optimizer
        if optimizer is None or not optimizer.use_ema:
            raise ValueError(
                "SwapEMAWeights needs an optimizer with use_ema=True, which keeps means of weights"
            )
        with Uninterrupted():
            self._kept = [(weight, weight.data.copy()) for weight, _ in optimizer.means()]
            for weight, mean in optimizer.means():
                weight.assign(mean.data)

    def _put_weights(self) -> None:
        with Uninterrupted():
            for weight, values in self._kept or ():
                weight.assign(values)
            self._kept = None

    def get_state(self) -> dict[str, Any]:
        """Return the weights that the means have taken the place of."""
        return {"kept": None if self._kept is None else [values for _, values in self._kept]}

    def set_state(self, state: dict[str, Any]) -> None:
        weights = [weight for weight, _ in self.model.optimizer.means()]
        kept = state["kept"]
        self._kept = None if kept is None else list(zip(weights, kept, strict=True))

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        if self.swap_on_epoch:
            self._put_weights()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if self.swap_on_epoch:
            self._put_means()

    def on_train_end(self, logs: Logs = None) -> None:
        """Keep nothing: `fit` leaves the means in the model."""
        self._kept = None

    def on_test_begin(self, logs: Logs = None) -> None:
        self._put_means()

    def on_test_end(self, logs: Logs = None) -> None:
        self._put_weights()

    def on_predict_begin(self, logs: Logs = None) -> None:
        self._put_means()

    def on_predict_end(self, logs: Logs = None) -> None:
        self._put_weights()
