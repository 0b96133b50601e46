"""Normalization of each sample by itself: over its features, or groups of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ... import ops
from ...ops.shapes import with_back, with_last
from ...tensor import Parameter, Tensor
from ..base import Layer, Shape
from .scaled import ScaledAndShifted, check_sizes, places


class LayerNormalization(ScaledAndShifted):
    """y = γ (x - mean) / √(variance + epsilon) + β, mean and variance over some axes of a sample.

    (Ba et al., 2016.)

    Parameters
    ----------
    axis : int or sequence of int
        What is averaged over; γ and β have these axes' shape.
    epsilon : float
    center, scale : bool
        Whether there is a β, and a γ.
    beta_initializer, gamma_initializer : str or initializer
    beta_regularizer, gamma_regularizer : str or regularizer, optional
    beta_constraint, gamma_constraint : str or constraint, optional
    rms_scaling : bool
        For Keras's sake; `RMSNormalization` is what it was meant to be.

    Raises
    ------
    ValueError
        For `rms_scaling`, which is not there.
    """

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        *,
        rms_scaling: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            epsilon=epsilon, center=center, scale=scale,
            beta_initializer=beta_initializer, gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer, gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint, gamma_constraint=gamma_constraint, **kwargs,
        )  # fmt: skip
        if rms_scaling:
            raise ValueError(
                f"LayerNormalization {self.name!r}: rms_scaling=True is not there; take "
                "RMSNormalization, which divides by the root of the mean square"
            )
        self.axis = _axes(self, axis)
        self.rms_scaling = False

    def check_input_shape(self, shape: Shape) -> None:
        check_sizes(self, self.axis, shape)

    def build(self, input_shape: Shape) -> None:
        self._add_scale_and_shift(_sizes(self, input_shape))

    def call(self, inputs: Tensor) -> Tensor:
        return _normalized(self, inputs, self.gamma, self.beta, "variance")


class RMSNormalization(Layer):
    """y = scale x / √(mean x² + epsilon), the mean over some axes of a sample.

    (Zhang and Sennrich, 2019.)

    Parameters
    ----------
    axis : int or sequence of int
        What is averaged over; `scale`, which is learned, has these axes' shape.
    epsilon : float
    """

    def __init__(self, axis: Any = -1, epsilon: float = 1e-6, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = _axes(self, axis)
        self.epsilon = float(epsilon)

    def check_input_shape(self, shape: Shape) -> None:
        check_sizes(self, self.axis, shape)

    def build(self, input_shape: Shape) -> None:
        self.scale = self.add_weight(_sizes(self, input_shape), "ones", name="scale")

    def call(self, inputs: Tensor) -> Tensor:
        return _normalized(self, inputs, self.scale, None, "square")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape


class UnitNormalization(Layer):
    """y = x / √(Σ x²), the sum over some axes of a sample: so each has the length 1.

    Parameters
    ----------
    axis : int or sequence of int
        What is summed over.
    """

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = _axes(self, axis)

    def call(self, inputs: Tensor) -> Tensor:
        axes = tuple(places(self, self.axis, inputs.shape))
        squares = ops.sum(ops.square(inputs), axis=axes, keepdims=True)
        return inputs / ops.sqrt(ops.maximum(squares, 1e-24))  # a length of at least 1e-12

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        places(self, self.axis, [size or 1 for size in input_shape])
        return input_shape


class GroupNormalization(ScaledAndShifted):
    """y = γ (x - mean) / √(variance + epsilon) + β, over each group of a sample's features.

    All other axes but the batch's are averaged over too (Wu and He, 2018).

    Parameters
    ----------
    groups : int
        How many; the number of features is a multiple of it. -1 for a group of each feature.
    axis : int
        Of the features.
    epsilon, center, scale, beta_initializer, gamma_initializer, beta_regularizer, \
gamma_regularizer, beta_constraint, gamma_constraint
        As for `LayerNormalization`; γ and β have a number for each feature.

    Raises
    ------
    ValueError
        For a number of groups that is not positive (or -1), or that does not divide the axis.
    """

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            epsilon=epsilon, center=center, scale=scale,
            beta_initializer=beta_initializer, gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer, gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint, gamma_constraint=gamma_constraint, **kwargs,
        )  # fmt: skip
        whole = isinstance(groups, (int, np.integer)) and not isinstance(groups, bool)
        if not whole or (groups < 1 and groups != -1):
            raise ValueError(
                f"GroupNormalization {self.name!r}: groups must be a positive whole number, or -1, "
                f"got {groups!r}"
            )
        self.groups = int(groups)
        self.axis = int(axis)

    def check_input_shape(self, shape: Shape) -> None:
        check_sizes(self, self.axis, shape)
        size = shape[self.axis]
        assert size is not None  # it was checked
        if places(self, self.axis, shape) == [0] or size % self._count(size):
            raise ValueError(
                f"GroupNormalization {self.name!r}: axis {self.axis} of {tuple(shape)} must be one "
                f"of the sample's, with a multiple of {self.groups} features"
            )

    def _count(self, features: int) -> int:
        return features if self.groups == -1 else self.groups

    def build(self, input_shape: Shape) -> None:
        self._add_scale_and_shift(_sizes(self, input_shape))

    def call(self, inputs: Tensor) -> Tensor:
        axes = places(self, self.axis, inputs.shape)
        x = with_last(inputs, axes)
        count = self._count(x.shape[-1])
        between = math.prod(x.shape[1:-1])
        grouped = ops.reshape(x, (x.shape[0], between, count, x.shape[-1] // count))
        rows = with_last(grouped, [1, 3]) if between != 1 else grouped
        h = ops._normalize_rows(
            rows, None, None, axes=2 if between != 1 else 1, epsilon=self.epsilon, spread="variance"
        )
        y = ops.reshape(with_back(h, [1, 3]) if between != 1 else h, x.shape)
        y = y if self.gamma is None else y * self.gamma
        y = y if self.beta is None else y + self.beta
        return with_back(y, axes)


def _axes(layer: Layer, axis: Any) -> Any:
    """Check what is given as `axis`: a whole number, or a list or tuple of them."""
    for one in axis if isinstance(axis, (list, tuple)) else [axis]:
        if isinstance(one, bool) or not isinstance(one, (int, np.integer)):
            raise TypeError(
                f"{type(layer).__name__} {layer.name!r}: axis must be a whole number, or a list of "
                f"them, got {axis!r}"
            )
    return list(axis) if isinstance(axis, (list, tuple)) else int(axis)


def _sizes(layer: Any, shape: Shape) -> tuple[int, ...]:
    """Return the sizes of a layer's axes."""
    return tuple(shape[place] or 0 for place in places(layer, layer.axis, shape))


def _normalized(
    layer: Any, x: Tensor, gamma: Parameter | None, beta: Parameter | None, spread: str
) -> Tensor:
    """Normalize over the layer's axes."""
    axes = places(layer, layer.axis, x.shape)
    y = ops._normalize_rows(
        with_last(x, axes), gamma, beta, axes=len(axes), epsilon=layer.epsilon, spread=spread
    )
    return with_back(y, axes)
