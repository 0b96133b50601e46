"""The layer every network has: Dense."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import activations, constraints, initializers, ops, regularizers, tree
from ..tensor import Tensor
from .activation import build_activation
from .base import Layer, Shape

#: Activations that the dense kernel applies to its sums while they are still in registers. Not the
#: sigmoid, whose sums a binary cross-entropy asks for.
FUSED = {
    activations.linear: "linear",
    activations.relu: "relu",
    activations.tanh: "tanh",
}


class Dense(Layer):
    """y = activation(x w + b): every output is connected to every input.

    Parameters
    ----------
    units : int
        How many outputs.
    activation : str, function or layer, optional
        Applied to the sums; none by default.
    use_bias : bool
        Whether there is a b.
    kernel_initializer, bias_initializer : str or initializer
        How w, of shape (I, O), and b, of shape (O,), begin.
    kernel_regularizer, bias_regularizer, activity_regularizer : str or regularizer, optional
        Penalties on w, b and y that are added to the loss.
    kernel_constraint, bias_constraint : str or constraint, optional
        What is done to w and b after each step of the optimizer.

    Raises
    ------
    ValueError
        For units that are no positive whole number; for several inputs, inputs of rank 1, and
        inputs whose last axis is not known or not that which the layer was built for.
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        if isinstance(units, bool) or not isinstance(units, (int, np.integer)) or units < 1:
            raise ValueError(
                f"Dense {self.name!r}: units must be a positive whole number, got {units!r}"
            )
        self.units = int(units)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    def build(self, input_shape: Shape) -> None:
        if input_shape[-1] is None:
            raise ValueError(
                f"Dense {self.name!r}: the last axis of its inputs must be known, got {input_shape}"
            )
        self.kernel = self.add_weight(
            (input_shape[-1], self.units),
            self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            name="kernel",
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                (self.units,),
                self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                name="bias",
            )
        build_activation(self.activation, (*input_shape[:-1], self.units))

    def check_input_shape(self, shape: Shape) -> None:
        if not self.built and not tree.is_shape(shape):
            raise ValueError(
                f"Dense {self.name!r} takes one tensor, got several, of the shapes {shape}; make "
                "one of them first, for example with Concatenate()"
            )
        if len(shape) < 2:
            raise ValueError(
                f"Dense {self.name!r} takes inputs of rank 2 or more, (samples, features), got the "
                f"shape {tuple(shape)}; one feature a sample is x.reshape(-1, 1), one sample is "
                "x.reshape(1, -1)"
            )
        if self.built and shape[-1] != self.kernel.shape[0]:
            raise ValueError(
                f"Dense {self.name!r} was built for inputs with {self.kernel.shape[0]} features on "
                f"the last axis, got {shape[-1]} (shape {tuple(shape)})"
            )

    def call(self, inputs: Tensor) -> Tensor:
        fused = FUSED.get(self.activation)
        y = ops.dense(inputs, self.kernel, self.bias, activation=fused or "linear")
        return self.activation(y) if fused is None else y

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:-1], self.units)
