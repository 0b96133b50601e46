"""Layer: something with weights that turns tensors into tensors."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import initializers, ops
from ..config import floatx
from ..errors import unknown_name
from ..graph import SymbolicTensor
from ..naming import unique_name
from ..registry import Configurable, snake_case
from ..tape import no_grad
from ..tensor import Array, Parameter, Tensor

Shape = tuple[int | None, ...]


class _Mode(threading.local):
    """The `training` that an outer call was given, for the layers called inside it."""

    training = False


_mode = _Mode()


class Layer(Configurable):
    """Base of all layers and models.

    A subclass makes its weights in `build(input_shape)` with `add_weight`, computes in
    `call(inputs)` with tensor operations, and keeps layers that it calls as attributes. Weights
    and inner layers are found among the attributes, in order of assignment.

    Parameters
    ----------
    name : str, optional
        By default the class's name in snake case, numbered: "dense", "dense_1".
    trainable : bool
        Whether training changes the weights.
    dtype : str, optional
        "float32" or "float64"; `nnlite.config.floatx()` by default.
    input_shape : sequence of int, optional
        The shape of one sample, where this is the first layer of a Sequential model.
    """

    def __init__(
        self,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Any = None,
        input_shape: Any = None,
    ) -> None:
        self.name = str(name) if name is not None else unique_name(snake_case(type(self).__name__))
        self.path = self.name
        self.dtype = np.dtype(dtype or floatx()).name
        if self.dtype not in ("float32", "float64"):
            raise unknown_name(f"dtype of layer {self.name!r}", self.dtype, ("float32", "float64"))
        self.built = False
        self._trainable = bool(trainable)
        self._sample_shape = None if input_shape is None else sample_shape(self.name, input_shape)

    # ------------------------------------------------------------------ to be overridden

    def build(self, input_shape: Shape) -> None:
        """Make the weights for inputs of this shape (its first axis, the batch, is None)."""

    def call(self, inputs: Tensor) -> Any:
        """Turn inputs into outputs with tensor operations."""
        raise NotImplementedError(f"{type(self).__name__} has no call(self, inputs)")

    def check_input_shape(self, shape: Shape) -> None:
        """Raise ValueError where this layer, as it is built, cannot take inputs of `shape`."""

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the outputs for inputs of `input_shape`; None stands for any size."""
        with no_grad():
            shape = [1 if size is None else size for size in input_shape]
            outputs = self(np.zeros(shape, self.dtype))
        return (None, *outputs.shape[1:])

    # ------------------------------------------------------------------ calling

    def __call__(self, inputs: Any, training: bool | None = None, **kwargs: Any) -> Any:
        """Build the layer if it is not built yet, check the inputs, and `call` it on them."""
        if isinstance(inputs, SymbolicTensor):
            raise TypeError(
                f"Layer {self.name!r} was called on Input(...): this version of nnlite has no "
                "functional models yet; put the layers into Sequential([...])"
            )
        inputs = self._to_tensor(inputs)
        if not self.built:
            self.build_once((None, *inputs.shape[1:]))
        self.check_input_shape(inputs.shape)
        outer = _mode.training
        _mode.training = outer if training is None else bool(training)
        try:
            if self._call_takes_training:
                kwargs["training"] = _mode.training
            return self.call(inputs, **kwargs)
        finally:
            _mode.training = outer

    def build_once(self, input_shape: Shape) -> None:
        """Check the shape, make the weights and remember that they are made."""
        self.check_input_shape(input_shape)
        self.build(input_shape)
        self.built = True

    def _to_tensor(self, inputs: Any) -> Tensor:
        if isinstance(inputs, Tensor):
            return inputs if inputs.dtype == self.dtype else ops.cast(inputs, self.dtype)
        array = as_numbers(inputs, f"The input of layer {self.name!r}")
        return Tensor(array.astype(self.dtype, copy=False), False)

    @functools.cached_property
    def _call_takes_training(self) -> bool:
        return "training" in inspect.signature(self.call).parameters

    # ------------------------------------------------------------------ weights

    def add_weight(
        self,
        shape: tuple[int, ...],
        initializer: Any = "glorot_uniform",
        trainable: bool = True,
        name: str = "weight",
    ) -> Parameter:
        """Make a weight of this layer; keep it as an attribute.

        Parameters
        ----------
        shape : tuple of int
        initializer : str or initializer
            Called with the shape and the layer's dtype.
        trainable : bool
            False for what training must not change, such as running statistics.
        name : str
            The last part of its path.
        """
        values = initializers.get(initializer)(tuple(shape), self.dtype)
        weight = Parameter(np.asarray(values, self.dtype), name, trainable)
        weight.path = f"{self.path}/{name}"
        weight.trainable = trainable and self._trainable
        return weight

    def _owned(self, kind: type) -> Iterator[Any]:
        """Everything of `kind` among the attributes, also in lists, tuples and dicts, each once."""
        seen: set[int] = set()
        stack = list(reversed(vars(self).values()))
        while stack:
            value = stack.pop()
            if isinstance(value, dict):
                stack.extend(reversed(value.values()))
            elif isinstance(value, (list, tuple)):
                stack.extend(reversed(value))
            elif isinstance(value, kind) and id(value) not in seen:
                seen.add(id(value))
                yield value

    @property
    def weights(self) -> list[Parameter]:
        """All weights: the layer's own (trainable ones first), then those of its inner layers."""
        own = list(self._owned(Parameter))
        found = [w for w in own if w.learned] + [w for w in own if not w.learned]
        for layer in self._owned(Layer):
            found.extend(layer.weights)
        return list({id(weight): weight for weight in found}.values())  # a shared layer counts once

    @property
    def trainable_weights(self) -> list[Parameter]:
        """The weights that training changes."""
        return [weight for weight in self.weights if self._trainable and weight.trainable]

    @property
    def non_trainable_weights(self) -> list[Parameter]:
        """The weights that training leaves alone."""
        return [weight for weight in self.weights if not (self._trainable and weight.trainable)]

    @property
    def variables(self) -> list[Parameter]:
        """All weights, by Keras's other name."""
        return self.weights

    @property
    def trainable(self) -> bool:
        """Whether training changes the weights; setting it reaches all layers inside."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for weight in self._owned(Parameter):
            weight.trainable = self._trainable and weight.learned
        for layer in self._owned(Layer):
            layer.trainable = value

    def get_weights(self) -> list[Array]:
        """Return copies of the values of all weights, in the order of `weights`."""
        return [weight.data.copy() for weight in self.weights]

    def set_weights(self, weights: Any) -> None:
        """Write values into all weights, in the order of `weights`.

        Raises
        ------
        ValueError
            Where the number of arrays or a shape is another; then nothing has been written.
        """
        place = f"set_weights: an array for {self.name!r}"
        values = [as_numbers(value, place) for value in weights]
        own = self.weights
        if len(values) != len(own):
            hint = "" if self.built else "; it is not built yet: call it on data, or build() it"
            raise ValueError(
                f"set_weights: {self.name!r} has {len(own)} weights, got {len(values)} arrays{hint}"
            )
        for weight, value in zip(own, values, strict=True):
            if weight.shape != value.shape:
                raise ValueError(
                    f"set_weights: {weight.path!r} has the shape {weight.shape}, got {value.shape}"
                )
        for weight, value in zip(own, values, strict=True):
            weight.assign(value)

    def count_params(self) -> int:
        """Return how many numbers the weights hold.

        Raises
        ------
        ValueError
            Where the weights are not made yet.
        """
        if not self.built:
            raise ValueError(
                f"count_params: {self.name!r} is not built yet, so its weights are not known; give "
                "the first layer an input_shape, call the model on data, or call build(input_shape)"
            )
        return sum(weight.size for weight in self.weights)

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` makes the layer of again (without its weights)."""
        config = super().get_config()
        return {name: value for name, value in config.items() if name != "input_shape"}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def sample_shape(name: str, shape: Any) -> Shape:
    """Read the shape of one sample: a number, or a sequence of sizes (None for any)."""
    sizes = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    for size in sizes:
        if size is not None and (not isinstance(size, (int, np.integer)) or size < 1):
            raise ValueError(
                f"{name}: a shape holds positive whole numbers (or None), got {shape!r}; the batch "
                "axis is not part of it"
            )
    return tuple(None if size is None else int(size) for size in sizes)


def as_numbers(values: Any, place: str) -> Array:
    """Convert array-like `values` to an array of numbers.

    Raises
    ------
    TypeError
        For strings, objects and ragged lists; `place` says what `values` are.
    """
    try:
        array = np.asarray(values)
    except ValueError:
        array = np.empty(0, object)
    if array.dtype.kind not in "biuf":
        ragged = array.dtype.kind == "O"
        got = "rows of different lengths or objects" if ragged else f"dtype {array.dtype}"
        raise TypeError(
            f"{place} must hold numbers, got {got}; convert it first, for example with "
            "np.asarray(x, dtype='float32')"
        )
    return array
