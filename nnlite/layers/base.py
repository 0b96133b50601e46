"""Layer: something with weights that turns tensors into tensors."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .. import graph, ops, regularizers, tree
from ..errors import keywords_of, unknown_keyword
from ..graph import is_symbolic
from ..tape import this_thread
from ..tensor import Parameter, Tensor
from .input_spec import InputSpec
from .weights import HasWeights, as_numbers

Shape = tuple[int | None, ...]


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
        self._take_place()
        around = this_thread.around
        maker, around.making = around.making, self
        try:
            self.check_input_shape(input_shape)
            build(self, input_shape)
        finally:
            around.making = maker
        self._build_shape = input_shape
        self.built = True

    return complete


class Layer(HasWeights):
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
    activity_regularizer : str or regularizer, optional
        Its penalty on the outputs, divided by the number of samples, is added to the loss.
    """

    #: The calls of this layer on symbolic tensors.
    _inbound_nodes: tuple[graph.Node, ...] = ()
    _build_shape: Any = None  # of the inputs that it was built for

    _masks = False  # whether the class has a compute_mask of its own
    #: What the inputs must be like, checked before each call; see InputSpec.
    input_spec: InputSpec | None = None
    #: Whether whole numbers reach `call` as they are, in int64, and not as floats.
    keeps_integers = False
    #: Whether a mask goes on from inputs to outputs, where these have the axes it speaks of.
    supports_masking = True

    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        name: str | None = None,
        trainable: bool = True,
        dtype: Any = None,
        input_shape: Any = None,
        input_dim: int | None = None,
    ) -> None:
        super().__init__(name=name, trainable=trainable, dtype=dtype)
        self._output_shapes: dict[str, Any] = {}
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self._added_losses: list[Tensor] = []
        input_shape = input_dim if input_shape is None else input_shape
        self._sample_shape = None if input_shape is None else sample_shape(self.name, input_shape)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._masks = cls.compute_mask is not Layer.compute_mask
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
        if self.input_spec is not None and tree.is_shape(shape):
            self.input_spec.check(shape, f"{type(self).__name__} {self.name!r}")

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask of the outputs: by default that of the inputs, `mask`, or None."""
        return mask

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
            return graph.named_outputs(shapes, self._output_dtype(inputs), self.name)
        return self._tried(inputs, args, kwargs)

    def _output_dtype(self, inputs: Any) -> str:
        """Return the dtype of the outputs for symbolic inputs."""
        dtypes = {tensor.dtype for tensor in graph.symbolic_leaves(inputs)}
        whole = len(dtypes) == 1 and not next(iter(dtypes)).startswith("float")
        return dtypes.pop() if whole and self.keeps_integers else self.dtype

    def known_output_shape(self) -> Any:
        """Return the shape of the outputs for the inputs it was built for, None if that is unknown.

        It is unknown of a layer whose call needs more than its inputs.
        """
        if self._build_shape is not None:
            with contextlib.suppress(Exception):
                return self.compute_output_shape(self._build_shape)
        return None

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

        Raises
        ------
        TypeError
            For a keyword that `call` does not take.
        ValueError
            For inputs whose shapes the layer does not take.
        """
        if not isinstance(inputs, Tensor) and is_symbolic(inputs):
            return self._noted(
                inputs, args, kwargs if training is None else {**kwargs, "training": training}
            )
        mask = getattr(inputs, "_keras_mask", None)
        inputs = self._to_tensor(inputs)
        if not self.built:
            self.build(_shapes(inputs))
        self.check_input_shape(inputs.data.shape if isinstance(inputs, Tensor) else _shapes(inputs))
        keywords = self._call_keywords
        if kwargs and "**" not in keywords:
            for unknown in kwargs.keys() - keywords:
                where, known = f"{type(self).__name__}.call", {*keywords, "training"}
                raise unknown_keyword(where, unknown, known)
        around = this_thread.around
        outer, caller = around.training, around.running
        if around.lossy and caller is None:
            self._forget_losses()
        training = outer if training is None else bool(training)
        if "training" in keywords:
            kwargs["training"] = training
        if mask is not None and "mask" in keywords and not args:
            kwargs.setdefault("mask", mask)
        making = around.making
        around.training, around.running = training, self
        if not self._has_run:
            around.making = self
        try:
            outputs = self.call(inputs, *args, **kwargs)
        finally:
            around.training, around.running, around.making = outer, caller, making
        if not isinstance(outputs, Tensor):
            _check_outputs(outputs, self.name)
        if mask is not None or self._masks:
            self._pass_mask(inputs, outputs, mask)
        if self.activity_regularizer is not None:
            self._regularize(outputs)
        if not self._has_run:
            self._has_run = True
        return outputs

    def _take_place(self) -> None:
        """Let the path be one inside the layer that builds or calls this one, if one does."""
        around = this_thread.around.making or this_thread.around.running
        if around is not None and around is not self:
            self.path = f"{around.path}/{self.name}"

    def _pass_mask(self, inputs: Any, outputs: Any, mask: Any) -> None:
        """Give the outputs their mask, unless they have lost the axes that it speaks of."""
        if not self.supports_masking or not isinstance(outputs, Tensor):
            return
        mask = self.compute_mask(inputs, mask)
        # An axis of features is behind the axes of a mask.
        if mask is not None and tuple(mask.shape) == outputs.shape[:-1][: mask.ndim]:
            outputs._keras_mask = mask

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
        left_out = ("_inbound_nodes", "_holding")
        return {name: value for name, value in vars(self).items() if name not in left_out}

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
            if inputs.data.dtype == self.dtype:
                return inputs  # the usual case, which a small call cannot wait for
            dtype = self._held(inputs.dtype)
            return inputs if inputs.dtype == dtype else ops.cast(inputs, dtype)
        if isinstance(inputs, dict):
            return {key: self._to_tensor(value) for key, value in inputs.items()}
        if _holds_tensors(inputs):
            return type(inputs)([self._to_tensor(value) for value in inputs])
        array = as_numbers(inputs, f"The input of layer {self.name!r}")
        return Tensor(array.astype(self._held(array.dtype), copy=False), False)

    def _held(self, dtype: np.dtype) -> Any:
        """Return what this layer holds numbers of `dtype` in."""
        if not self.keeps_integers or dtype.kind not in "biu":
            return self.dtype
        return dtype if dtype.kind == "b" else np.dtype(np.int64)

    @functools.cached_property
    def _call_keywords(self) -> frozenset[str]:
        """What `call` may be given by name; "**" stands for any other name."""
        names, takes_any = keywords_of(self.call)
        return frozenset(names) | ({"**"} if takes_any else set())

    # ------------------------------------------------------------------ losses

    def add_loss(self, loss: Any) -> None:
        """Add to what training makes small, for this call: `call` adds anew each time.

        Parameters
        ----------
        loss : Tensor, number, or list of them
            Summed where it is no scalar.
        """
        for one in loss if isinstance(loss, (list, tuple)) else [loss]:
            tensor = one if isinstance(one, Tensor) else Tensor(as_numbers(one, "add_loss: a loss"))
            self._added_losses.append(tensor if tensor.ndim == 0 else ops.sum(tensor))
        this_thread.around.lossy = True

    @property
    def losses(self) -> list[Tensor]:
        """What this layer and those inside it add to the loss.

        First the losses of the last call, by `add_loss` and activity regularizers, then the
        penalties on the weights that are trained.
        """
        losses: list[Tensor] = []
        penalised: dict[Parameter, None] = {}  # each once, though layers may share them
        for layer, weights, trained in self._inside():
            losses += layer._added_losses
            for weight in weights:
                if weight.regularizer is not None and trained and weight.trainable:
                    penalised[weight] = None
        return losses + [weight.regularizer(weight) for weight in penalised]

    def _regularize(self, outputs: Any) -> None:
        """Add the penalty on the outputs, tensor by tensor."""
        if isinstance(outputs, Tensor):
            self.add_loss(regularizers.penalty_per_sample(self.activity_regularizer, outputs))
            return
        for part in outputs.values() if isinstance(outputs, dict) else outputs:
            self._regularize(part)

    def _forget_losses(self) -> None:
        for layer, _, _ in self._inside():
            layer._added_losses.clear()

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` makes the layer of again (without its weights)."""
        config = super().get_config()
        if self.activity_regularizer is None:
            config.pop("activity_regularizer", None)  # as in Keras's files
        return {
            name: value
            for name, value in config.items()
            if name not in ("input_shape", "input_dim")
        }

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


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
