"""Activations as layers: those that have arguments or weights, and Activation for all others."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import activations, constraints, initializers, ops, regularizers
from ..tensor import Tensor, raw
from .base import Layer, Shape


def build_activation(activation: Any, input_shape: Shape) -> None:
    """Let a layer that serves as an activation make its weights along with those around it."""
    if isinstance(activation, Layer) and not activation.built:
        activation.build(input_shape)


class ElementByElement(Layer):
    """Base of the layers whose outputs have the shape of their inputs."""

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def _not_negative(self, **arguments: Any) -> None:
        """Raise ValueError where an argument is not a number of at least 0."""
        for name, value in arguments.items():
            number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
            if not number or not value >= 0:
                raise ValueError(
                    f"{type(self).__name__} {self.name!r}: {name} must be a number of at least 0, "
                    f"got {value!r}"
                )


class Activation(ElementByElement):
    """y = activation(x).

    Parameters
    ----------
    activation : str, function or layer
    """

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def build(self, input_shape: Shape) -> None:
        build_activation(self.activation, input_shape)

    def call(self, inputs: Tensor) -> Tensor:
        return self.activation(inputs)


class ReLU(ElementByElement):
    """y = x above the threshold, at most max_value; below it negative_slope (x - threshold).

    Parameters
    ----------
    max_value : float, optional
        At least 0; no limit by default.
    negative_slope, threshold : float
        At least 0.
    """

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._not_negative(negative_slope=negative_slope, threshold=threshold)
        if max_value is not None:
            self._not_negative(max_value=max_value)
        self.max_value = max_value
        self.negative_slope = negative_slope
        self.threshold = threshold

    def call(self, inputs: Tensor) -> Tensor:
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)


class LeakyReLU(ElementByElement):
    """y = x for x >= 0, else negative_slope x.

    Parameters
    ----------
    negative_slope : float
        At least 0; 0.3 by default. Keras 2 called it `alpha`, which is understood too.
    """

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any) -> None:
        negative_slope = kwargs.pop("alpha", negative_slope)
        super().__init__(**kwargs)
        self._not_negative(negative_slope=negative_slope)
        self.negative_slope = negative_slope

    def call(self, inputs: Tensor) -> Tensor:
        return activations.leaky_relu(inputs, negative_slope=self.negative_slope)


class ELU(ElementByElement):
    """y = x for x > 0, else α (eˣ - 1).

    Parameters
    ----------
    alpha : float
    """

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = alpha

    def call(self, inputs: Tensor) -> Tensor:
        return activations.elu(inputs, alpha=self.alpha)


class PReLU(ElementByElement):
    """y = x for x > 0, else α x, with a learned α for each feature.

    He et al., "Delving deep into rectifiers", 2015.

    Parameters
    ----------
    alpha_initializer : str or initializer
        How α, of the shape of a sample, begins.
    alpha_regularizer : str or regularizer, optional
    alpha_constraint : str or constraint, optional
    shared_axes : int or sequence of int, optional
        Axes of the inputs (the samples' first one is 1) along which there is only one α.

    Raises
    ------
    ValueError
        For shared axes that the inputs do not have.
    """

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        self.shared_axes = None if shared_axes is None else np.atleast_1d(shared_axes).tolist()

    def build(self, input_shape: Shape) -> None:
        sizes = list(input_shape)
        for axis in self.shared_axes or ():
            if not -len(sizes) <= axis < len(sizes) or axis % len(sizes) == 0:
                raise ValueError(
                    f"PReLU {self.name!r}: shared_axes must name axes of the inputs behind the "
                    f"first, got {axis} for the shape {tuple(input_shape)}"
                )
            sizes[axis] = 1
        self.alpha = self.add_weight(
            sizes[1:],
            self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
            name="alpha",
        )

    def call(self, inputs: Tensor) -> Tensor:
        return ops.relu(inputs) - self.alpha * ops.relu(-inputs)


class Softmax(ElementByElement):
    """y_c = e^x_c / Σ e^x_k along an axis, or several as one.

    Called with a mask, of booleans or of numbers where those above a half are true, the sum leaves
    out what the mask does not keep, and y is 0 there.

    Parameters
    ----------
    axis : int or sequence of int
    """

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs: Tensor, mask: Any = None) -> Tensor:
        if mask is None:
            return activations.softmax(inputs, self.axis)
        self._check_mask(np.shape(raw(mask)), inputs.shape)
        y = activations.softmax(ops._mask_filled(inputs, mask, -1e9), self.axis)
        # Where nothing of an axis is kept, there is no softmax.
        return ops._mask_filled(y, mask, 0.0)

    def _check_mask(self, own: Shape, shape: Shape) -> None:
        """Raise ValueError where the shape of a mask does not broadcast to that of the inputs."""
        if len(own) > len(shape) or any(
            size not in (1, whole) for size, whole in zip(own[::-1], shape[::-1], strict=False)
        ):
            raise ValueError(
                f"Softmax {self.name!r}: the mask must have a shape that broadcasts to that of the "
                f"inputs, {tuple(shape)}, got {own}"
            )


# Found there too, so that Dense(activation=LeakyReLU()) comes back from its configuration.
activations.registry.entries.update(
    {cls.__name__: cls for cls in (ELU, LeakyReLU, PReLU, ReLU, Softmax)}
)
