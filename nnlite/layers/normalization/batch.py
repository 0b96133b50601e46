"""BatchNormalization: over the samples of a batch."""

from __future__ import annotations

from typing import Any

from ... import initializers, ops
from ...config import epsilon
from ...ops.normalization import column_moments, move_average
from ...ops.shapes import with_back, with_last
from ...tape import this_thread
from ...tensor import Tensor
from ..base import Shape
from .scaled import ScaledAndShifted, check_sizes, places


class BatchNormalization(ScaledAndShifted):
    """y = γ (x - mean) / √(variance + epsilon) + β, for each feature.

    In training mean and variance are those of the batch, and moving averages of them, each
    average ← momentum average + (1 - momentum) value, are kept for inference, which uses these. A
    layer with `trainable=False` always works as in inference (Ioffe and Szegedy, 2015). Of inputs
    with a mask, mean and variance are those of what it keeps.

    Parameters
    ----------
    axis : int
        Of the features. All other axes are averaged over.
    momentum : float
    epsilon : float
    center, scale : bool
        Whether there is a β, and a γ.
    beta_initializer, gamma_initializer : str or initializer
    moving_mean_initializer, moving_variance_initializer : str or initializer
    beta_regularizer, gamma_regularizer : str or regularizer, optional
    beta_constraint, gamma_constraint : str or constraint, optional
    renorm, renorm_clipping, renorm_momentum, synchronized
        For Keras's sake; only the defaults are there.

    Raises
    ------
    ValueError
        For `renorm` and `synchronized`, which are not there.
    """

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: Any = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            epsilon=epsilon, center=center, scale=scale,
            beta_initializer=beta_initializer, gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer, gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint, gamma_constraint=gamma_constraint, **kwargs,
        )  # fmt: skip
        for name, wanted in (("renorm", renorm), ("synchronized", synchronized)):
            if wanted:
                raise ValueError(
                    f"BatchNormalization {self.name!r}: {name}=True is not there; "
                    "LayerNormalization does not depend on the batch at all"
                )
        self.axis = int(axis)
        self.momentum = float(momentum)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.renorm = renorm
        self.renorm_clipping = renorm_clipping
        self.renorm_momentum = renorm_momentum
        self.synchronized = synchronized

    def check_input_shape(self, shape: Shape) -> None:
        check_sizes(self, self.axis, shape)

    def build(self, input_shape: Shape) -> None:
        size = input_shape[self.axis]
        assert size is not None  # it was checked
        self._add_scale_and_shift((size,))
        self.moving_mean = self.add_weight(
            (size,), self.moving_mean_initializer, trainable=False, name="moving_mean"
        )
        self.moving_variance = self.add_weight(
            (size,), self.moving_variance_initializer, trainable=False, name="moving_variance"
        )

    def call(self, inputs: Tensor, training: bool | None = None, mask: Any = None) -> Tensor:
        axes = places(self, self.axis, inputs.shape)
        x = with_last(inputs, axes)
        averages = self.moving_mean.data, self.moving_variance.data
        mean, variance, moments = *averages, "given"
        if training and self.trainable and not this_thread.around.trying:
            if mask is not None:
                return with_back(
                    self._of_masked(x, with_last(self._kept(mask, inputs), axes)), axes
                )
            mean, variance, moments = *column_moments(x.data), "batch"
            for average, value in zip(averages, (mean, variance), strict=True):
                move_average(average, value, self.momentum)
        y = ops._normalize_columns(
            x, self.gamma, self.beta,
            mean=mean, variance=variance, epsilon=self.epsilon, moments=moments,
        )  # fmt: skip
        return with_back(y, axes)

    def _kept(self, mask: Any, inputs: Tensor) -> Tensor:
        """Return for each element whether its step is there.

        Raises
        ------
        ValueError
            Where the mask is not of the inputs' shape without the last axis.
        """
        if tuple(mask.shape) != inputs.shape[:-1]:
            raise ValueError(
                f"BatchNormalization {self.name!r}: the mask must have the shape of the inputs "
                f"without the last axis, {inputs.shape[:-1]}, got {tuple(mask.shape)}"
            )
        return ops.broadcast_to(ops.expand_dims(ops.cast(mask, bool), -1), inputs.shape)

    def _of_masked(self, x: Tensor, kept: Tensor) -> Tensor:
        """Normalize x (..., I) by the mean and variance of what is kept of it."""
        over = tuple(range(x.ndim - 1))
        count = ops.sum(ops.cast(kept, x.dtype), over) + epsilon()
        mean = ops.sum(ops.where(kept, x, 0.0), over) / count
        variance = ops.sum(ops.square(ops.where(kept, x - mean, 0.0)), over) / count
        move_average(self.moving_mean.data, mean.data, self.momentum)
        move_average(self.moving_variance.data, variance.data, self.momentum)
        return ops.batch_normalization(x, mean, variance, -1, self.beta, self.gamma, self.epsilon)
