"""Layers around a layer: Wrapper, and TimeDistributed."""

from __future__ import annotations

from typing import Any, Self

from .. import ops
from ..registry import part_from
from ..tensor import Tensor
from .base import Layer, Shape
from .input_spec import InputSpec


class Wrapper(Layer):
    """Base of layers that hold another one, as `layer`, and do something before or after it.

    Parameters
    ----------
    layer : Layer

    Raises
    ------
    TypeError
        For what is no layer.
    """

    def __init__(self, layer: Layer, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(layer, Layer):
            raise TypeError(f"{type(self).__name__} {self.name!r} takes a layer, got {layer!r}")
        self.layer = layer

    def build(self, input_shape: Any) -> None:
        if not self.layer.built:
            self.layer.build(input_shape)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """Make the layer, and the one inside it, of what `get_config` returned.

        Parameters
        ----------
        config : dict
        custom_objects : dict of str to class, optional
            Layers of your own, by their names.

        Raises
        ------
        ValueError
            Where it says of no layer what it is.
        """
        from ..models.serialization import layer_from_config  # the layer may be a model

        def make(part: dict[str, Any]) -> Layer:
            return layer_from_config(part, custom_objects)

        layer = part_from(cls, config, "layer", make)
        return super().from_config({**config, "layer": layer})


class TimeDistributed(Wrapper):
    """y[:, t] = layer(x[:, t]): the same layer at each of T steps, (B, T, ...) -> (B, T, ...).

    The layer sees all steps as one batch of B T samples, so its statistics, if it has any, are over
    all of them. `Dense` by itself already works on the last axis of inputs of any rank.

    Parameters
    ----------
    layer : Layer
        Of one step: what it is called on has the shape (B T, ...). It is given no mask; the mask
        of the inputs is that of the outputs.
    """

    def __init__(self, layer: Layer, **kwargs: Any) -> None:
        super().__init__(layer, **kwargs)
        self.input_spec = InputSpec(min_ndim=3)

    def build(self, input_shape: Shape) -> None:
        super().build(_of_a_step(input_shape))

    def call(self, inputs: Tensor) -> Any:
        samples, steps, *rest = inputs.shape
        outputs = self.layer(ops.reshape(inputs, (samples * steps, *rest)))
        return ops.reshape(outputs, (samples, steps, *outputs.shape[1:]))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        _, *rest = self.layer.compute_output_shape(_of_a_step(input_shape))
        return (input_shape[0], input_shape[1], *rest)


def _of_a_step(shape: Shape) -> Shape:
    """Return the shape of the inputs of one step."""
    return (shape[0], *shape[2:])
