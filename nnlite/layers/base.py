"""Layer: something with weights that turns tensors into tensors."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .. import graph, initializers, ops
from ..config import floatx
from ..errors import keywords_of, unknown_keyword, unknown_name
from ..graph import is_symbolic
from ..naming import unique_name
from ..registry import Configurable, snake_case
from ..tensor import Array, Parameter, Tensor

Shape = tuple[int | None, ...]


class _Mode(threading.local):
    """The `training` that an outer call was given, for the layers called inside it."""

    training = False


_mode = _Mode()


class yielding:  # noqa: N801, a decorator as `property` is
    """A property that gives way to an attribute: a model may keep a layer as `self.output`."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function
        self.__doc__ = function.__doc__

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else self.function(instance)


def _complete(build: Callable[..., None]) -> Callable[..., None]:
    """Let a class's `build` check the shape first, and say afterwards that the layer is built.

    Called by way of `super().build(...)` it is but a part of the subclass's.
    """

    @functools.wraps(build)
    def complete(self: Layer, input_shape: Any) -> None:
        if getattr(type(self).build, "__wrapped__", None) is not build:
            build(self, input_shape)
            return
        self.check_input_shape(input_shape)
        build(self, input_shape)
        self.built = True

    return complete


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
    input_dim : int, optional
        The same of samples that are rows of so many features.
    """

    #: The calls of this layer on symbolic tensors.
    _inbound_nodes: tuple[graph.Node, ...] = ()

    def __init__(
        self,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Any = None,
        input_shape: Any = None,
        input_dim: int | None = None,
    ) -> None:
        self.name = str(name) if name is not None else unique_name(snake_case(type(self).__name__))
        self.path = self.name
        self.dtype = _float_name(dtype or floatx(), self.name)
        self.built = False
        self._output_shapes: dict[str, Any] = {}
        self._trainable = bool(trainable)
        input_shape = input_dim if input_shape is None else input_shape
        self._sample_shape = None if input_shape is None else sample_shape(self.name, input_shape)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in vars(cls):
            cls.build = _complete(vars(cls)["build"])  # type: ignore[method-assign]

    # ------------------------------------------------------------------ to be overridden

    @_complete
    def build(self, input_shape: Shape) -> None:
        """Make the weights for inputs of this shape (its first axis, the batch, is None)."""

    def call(self, inputs: Tensor) -> Any:
        """Turn inputs into outputs with tensor operations."""
        raise NotImplementedError(f"{type(self).__name__} has no call(self, inputs)")

    def check_input_shape(self, shape: Shape) -> None:
        """Raise ValueError where this layer, as it is built, cannot take inputs of `shape`."""

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the outputs for inputs of `input_shape`; None stands for any size.

        Of a list, tuple or dict of inputs it takes the same of shapes, and returns it for several
        outputs. Found by trial calls on zeros, and remembered.
        """
        key = repr(input_shape)
        if key not in self._output_shapes:
            inputs = graph.named_outputs(input_shape, self.dtype, self.name)
            shapes = graph.shapes_of(self._tried(inputs, (), {}))
            self._output_shapes = {**self._output_shapes, key: shapes}
        return self._output_shapes[key]

    def _tried(self, inputs: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Find symbolic outputs by trial calls."""
        if not self.built:
            self.build(graph.shapes_of(inputs))
        return graph.trial(self, (inputs, *args), kwargs, self.name)

    def compute_output_spec(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Return what a call on symbolic tensors gives: new symbolic tensors, without a history."""
        own = type(self).compute_output_shape is not Layer.compute_output_shape
        if own and not args and not kwargs.keys() - {"training"}:
            shapes = self.compute_output_shape(graph.shapes_of(inputs))
            return graph.named_outputs(shapes, self.dtype, self.name)
        return self._tried(inputs, args, kwargs)

    # ------------------------------------------------------------------ calling

    def __call__(self, inputs: Any, *args: Any, training: bool | None = None, **kwargs: Any) -> Any:
        """Build the layer if it is not built yet, check the inputs, and `call` it on them.

        Parameters
        ----------
        inputs : array-like, Tensor, or list, tuple or dict of Tensors
            Cast to the layer's dtype. On symbolic tensors, such as `Input(...)`, nothing is
            computed: the call becomes a part of the graph of a functional model.
        training : bool, optional
            For this layer and all that are called inside it; by default as for the layer around it.
        *args, **kwargs
            Handed on to `call` as they are.
        """
        if not isinstance(inputs, Tensor) and is_symbolic(inputs):
            return self._noted(
                inputs, args, kwargs if training is None else {**kwargs, "training": training}
            )
        inputs = self._to_tensor(inputs)
        if not self.built:
            self.build(_shapes(inputs))
        self.check_input_shape(inputs.shape if isinstance(inputs, Tensor) else _shapes(inputs))
        keywords, takes_any = self._call_keywords
        if kwargs and not takes_any:
            for unknown in kwargs.keys() - keywords:
                where, known = f"{type(self).__name__}.call", {*keywords, "training"}
                raise unknown_keyword(where, unknown, known)
        outer = _mode.training
        training = outer if training is None else bool(training)
        if "training" in keywords:
            kwargs["training"] = training
        _mode.training = training
        try:
            outputs = self.call(inputs, *args, **kwargs)
        finally:
            _mode.training = outer
        _check_outputs(outputs, self.name)
        return outputs

    def _noted(self, inputs: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Note a call on symbolic tensors in the graph, and return its symbolic outputs."""
        shapes = graph.shapes_of(inputs)
        with self.unbuilt_if_refused():
            if not self.built:
                self.build(shapes)
            self.check_input_shape(shapes)
            outputs = self.compute_output_spec(inputs, *args, **kwargs)
        graph.Node(self, (inputs, *args), kwargs, outputs)
        return outputs

    @yielding
    def input(self) -> Any:
        """The symbolic inputs of this layer's first call in a graph."""
        return self._first_node("input").args[0]

    @yielding
    def output(self) -> Any:
        """The symbolic outputs of this layer's first call in a graph."""
        return self._first_node("output").outputs

    @yielding
    def input_shape(self) -> Any:
        """The shape of `input`; None stands for any size."""
        return graph.shapes_of(self.input)

    @yielding
    def output_shape(self) -> Any:
        """The shape of `output`; None stands for any size."""
        return graph.shapes_of(self.output)

    def _first_node(self, what: str) -> graph.Node:
        if not self._inbound_nodes:
            raise AttributeError(
                f"Layer {self.name!r} has no {what}: it was never called on a symbolic tensor, as "
                "Input(...), and stands in no Sequential model whose input shape is known"
            )
        return self._inbound_nodes[0]

    def __getstate__(self) -> dict[str, Any]:
        """Copy and pickle a layer without the graphs that it is in."""
        return {name: value for name, value in vars(self).items() if name != "_inbound_nodes"}

    @contextlib.contextmanager
    def unbuilt_if_refused(self) -> Iterator[None]:
        """Leave what is not built yet as it was, where the body of the `with` raises an error."""
        layers = [] if self.built else [layer for layer, _, _ in self._inside() if not layer.built]
        before = [(layer, dict(vars(layer))) for layer in layers]
        try:
            yield
        except Exception:
            for layer, attributes in before:
                vars(layer).clear()
                vars(layer).update(attributes)
            raise

    def _to_tensor(self, inputs: Any) -> Any:
        """Cast `inputs` to the layer's dtype; a structure with tensors in it, one by one."""
        if isinstance(inputs, Tensor):
            return inputs if inputs.dtype == self.dtype else ops.cast(inputs, self.dtype)
        if isinstance(inputs, dict):
            return {key: self._to_tensor(value) for key, value in inputs.items()}
        if _holds_tensors(inputs):
            return type(inputs)([self._to_tensor(value) for value in inputs])
        array = as_numbers(inputs, f"The input of layer {self.name!r}")
        return Tensor(array.astype(self.dtype, copy=False), False)

    @functools.cached_property
    def _call_keywords(self) -> tuple[list[str], bool]:
        """What `call` may be given by name, and whether it takes any other names."""
        return keywords_of(self.call)

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

    def _owned(self, kind: type | tuple[type, ...]) -> Iterator[Any]:
        """Everything of `kind` among the attributes, also in lists, tuples and dicts, each once."""
        seen: set[int] = set()
        stack = list(reversed(vars(self).values()))
        while stack:
            value = stack.pop()
            if isinstance(value, kind):
                if id(value) not in seen:
                    seen.add(id(value))
                    yield value
            elif isinstance(value, dict):
                stack.extend(reversed(value.values()))
            elif isinstance(value, (list, tuple)):
                stack.extend(reversed(value))

    def _inside(
        self, trained: bool = True, seen: set[int] | None = None
    ) -> Iterator[tuple[Layer, list[Parameter], bool]]:
        """Yield this layer and all inside it, each once, with its own weights.

        And whether training reaches them: not where a layer on the way is frozen.
        """
        seen = set() if seen is None else seen
        seen.add(id(self))
        trained = trained and self._trainable
        owned = list(self._owned((Parameter, Layer)))
        yield self, [one for one in owned if isinstance(one, Parameter)], trained
        for layer in owned:
            if isinstance(layer, Layer) and id(layer) not in seen:
                yield from layer._inside(trained, seen)

    def _weights(self) -> Iterator[tuple[Parameter, bool]]:
        """All weights, each once, and whether training changes them."""
        seen: set[int] = set()
        for _, own, trained in self._inside():
            for weight in sorted(own, key=lambda w: not w.learned):
                if id(weight) not in seen:
                    seen.add(id(weight))
                    yield weight, trained and weight.trainable

    @property
    def weights(self) -> list[Parameter]:
        """All weights: the layer's own (trainable ones first), then those of its inner layers."""
        return [weight for weight, _ in self._weights()]

    @property
    def trainable_weights(self) -> list[Parameter]:
        """The weights that training changes: none of a layer that is frozen, or lies in one."""
        return [weight for weight, trained in self._weights() if trained]

    @property
    def non_trainable_weights(self) -> list[Parameter]:
        """The weights that training leaves alone."""
        return [weight for weight, trained in self._weights() if not trained]

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
        for layer, own, _ in self._inside():
            layer._trainable = bool(value)
            for weight in own:
                weight.trainable = layer._trainable and weight.learned

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

    @property
    def losses(self) -> list[Tensor]:
        """The losses that the layers inside have added."""
        return []

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
        return {
            name: value
            for name, value in config.items()
            if name not in ("input_shape", "input_dim")
        }

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _float_name(dtype: Any, layer: str) -> str:
    """Name the float type that `dtype` stands for."""
    try:
        name = np.dtype(dtype).name
    except TypeError:
        name = str(dtype)
    if name not in ("float32", "float64"):
        raise unknown_name(f"dtype of layer {layer!r}", name, ("float32", "float64"))
    return name


def _holds_tensors(value: Any) -> bool:
    """Whether `value` is a list or tuple (of lists ...) with a tensor or a batch of rows in it."""
    return isinstance(value, (list, tuple)) and any(
        isinstance(part, (Tensor, dict))
        or (isinstance(part, np.ndarray) and part.ndim > 1)
        or _holds_tensors(part)
        for part in value
    )


def _shapes(value: Any) -> Any:
    """The shape of a tensor, its first axis, the batch, None; of a structure, each one's."""
    if isinstance(value, dict):
        return {key: _shapes(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_shapes(part) for part in value]
    return (None, *value.shape[1:])


def _check_outputs(outputs: Any, layer: str) -> None:
    """Raise TypeError where a layer returns what is no tensor (or list, tuple or dict of them)."""
    if isinstance(outputs, Tensor):
        return
    if isinstance(outputs, (list, tuple, dict)):
        for part in outputs.values() if isinstance(outputs, dict) else outputs:
            _check_outputs(part, layer)
        return
    hint = "; its call() must return a Tensor"
    if outputs is None:
        hint = ": was `return` forgotten in its call()?"
    elif isinstance(outputs, (np.ndarray, np.generic)):
        hint = ", computed with numpy, which cannot be differentiated: use nnlite.ops"
    raise TypeError(f"Layer {layer!r} returned {type(outputs).__name__}{hint}")


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
