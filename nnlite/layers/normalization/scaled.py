"""What normalizing layers share: a scale γ and a shift β that are learned, and axes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ... import constraints, initializers, regularizers, tree
from ...tensor import Parameter
from ..base import Layer, Shape


class ScaledAndShifted(Layer):
    """Base of the layers that end with y = γ h + β.

    Parameters
    ----------
    epsilon : float
        Is added to a variance, so that nothing is divided by 0.
    center, scale : bool
        Whether there is a β, and a γ.
    beta_initializer, gamma_initializer : str or initializer
    beta_regularizer, gamma_regularizer : str or regularizer, optional
    beta_constraint, gamma_constraint : str or constraint, optional
    """

    gamma: Parameter | None = None
    beta: Parameter | None = None

    def __init__(
        self,
        *,
        epsilon: float,
        center: bool,
        scale: bool,
        beta_initializer: Any,
        gamma_initializer: Any,
        beta_regularizer: Any,
        gamma_regularizer: Any,
        beta_constraint: Any,
        gamma_constraint: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.epsilon = float(epsilon)
        self.center = bool(center)
        self.scale = bool(scale)
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)

    def _add_scale_and_shift(self, shape: tuple[int, ...]) -> None:
        """Make γ and β, where they are wanted."""
        for name, wanted in (("gamma", self.scale), ("beta", self.center)):
            if wanted:
                weight = self.add_weight(
                    shape,
                    getattr(self, f"{name}_initializer"),
                    regularizer=getattr(self, f"{name}_regularizer"),
                    constraint=getattr(self, f"{name}_constraint"),
                    name=name,
                )
                setattr(self, name, weight)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape


def places(layer: Layer, axis: Any, shape: Any) -> list[int]:
    """Return which axes of `shape` are meant by a number or several, counted from 0, ascending.

    Raises
    ------
    ValueError
        Where there is no such axis, or its size is not known.
    """
    title = f"{type(layer).__name__} {layer.name!r}"
    if not tree.is_shape(shape):
        raise ValueError(f"{title} takes one tensor, got several, of the shapes {shape}")
    found = set()
    for one in axis if isinstance(axis, Iterable) else [axis]:
        if not -len(shape) <= one < len(shape):
            raise ValueError(f"{title}: there is no axis {one} in the shape {tuple(shape)}")
        if shape[one] is None:
            raise ValueError(
                f"{title}: the size of axis {one} must be known, got the shape {tuple(shape)}"
            )
        found.add(one % len(shape))
    return sorted(found)


def check_sizes(layer: Layer, axis: Any, shape: Any) -> None:
    """Raise ValueError where axes of `shape` have other sizes than the layer was built for."""
    sizes = [shape[place] for place in places(layer, axis, shape)]
    built = layer._build_shape
    if layer.built and built is not None:
        expected = [built[place] for place in places(layer, axis, built)]
        if sizes != expected:
            raise ValueError(
                f"{type(layer).__name__} {layer.name!r} was built for {expected} on its axis "
                f"{axis}, got {sizes} (shape {tuple(shape)})"
            )
