"""Layer: something with weights that turns tensors into tensors."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .. import ops, regularizers
from ..config import floatx
from ..errors import keywords_of, unknown_keyword, unknown_name
from ..graph import SymbolicTensor
from ..naming import unique_name
from ..registry import Configurable, snake_case
from ..tape import no_grad, this_thread
from ..tensor import Array, Parameter, Tensor
from .weights import as_numbers, gather, new_weight

Shape = tuple[int | None, ...]


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
        self._build_shape = input_shape
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
    activity_regularizer : str or regularizer, optional
        Its penalty on the outputs, divided by the number of samples, is added to the loss.
    """

    _build_shape: Any = None  # of the inputs that it was built for
    _has_run = False  # whether a call has come to its end
    _made_in: str | None = None  # in whose call it was made, where that is too late for weights

    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        name: str | None = None,
        trainable: bool = True,
        dtype: Any = None,
        input_shape: Any = None,
    ) -> None:
        self.name = str(name) if name is not None else unique_name(snake_case(type(self).__name__))
        self.path = self.name
        self.dtype = _float_name(dtype or floatx(), self.name)
        self.built = False
        self._output_shapes: dict[Shape, Shape] = {}
        self._trainable = bool(trainable)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self._added_losses: list[Tensor] = []
        if this_thread.running is not None and this_thread.running._has_run:
            self._made_in = this_thread.running.name
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

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the outputs for inputs of `input_shape`; None stands for any size.

        Found by a trial call on zeros, and remembered.
        """
        key = tuple(input_shape)
        if key not in self._output_shapes:
            with no_grad():
                shape = [1 if size is None else size for size in input_shape]
                outputs = self(np.zeros(shape, self.dtype))
            self._output_shapes = {**self._output_shapes, key: _shapes(outputs)}
        return self._output_shapes[key]

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
            Cast to the layer's dtype.
        training : bool, optional
            For this layer and all that are called inside it; by default as for the layer around it.
        *args, **kwargs
            Handed on to `call` as they are.
        """
        if isinstance(inputs, SymbolicTensor):
            raise TypeError(
                f"Layer {self.name!r} was called on Input(...): this version of nnlite has no "
                "functional models yet; put the layers into Sequential([...])"
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
        outer, around = this_thread.training, this_thread.running
        if this_thread.lossy and around is None:
            self._forget_losses()
        this_thread.training = outer if training is None else bool(training)
        this_thread.running = self
        try:
            if "training" in keywords:
                kwargs["training"] = this_thread.training
            outputs = self.call(inputs, *args, **kwargs)
        finally:
            this_thread.training, this_thread.running = outer, around
        _check_outputs(outputs, self.name)
        if self.activity_regularizer is not None:
            self._regularize(outputs)
        if not self._has_run:
            self._has_run = True
        return outputs

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
        if isinstance(inputs, dict):
            return {key: self._to_tensor(value) for key, value in inputs.items()}
        if _holds_tensors(inputs):
            return type(inputs)([self._to_tensor(value) for value in inputs])
        if isinstance(inputs, Tensor):
            return inputs if inputs.dtype == self.dtype else ops.cast(inputs, self.dtype)
        array = as_numbers(inputs, f"The input of layer {self.name!r}")
        return Tensor(array.astype(self.dtype, copy=False), False)

    @functools.cached_property
    def _call_keywords(self) -> tuple[list[str], bool]:
        """What `call` may be given by name, and whether it takes any other names."""
        return keywords_of(self.call)

    # ------------------------------------------------------------------ weights

    def add_weight(
        self,
        shape: Any = (),
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        name: str | None = None,
    ) -> Parameter:
        """Make a weight of this layer; keep it as an attribute.

        Parameters
        ----------
        shape : int or sequence of int
            A number by default.
        initializer : str, initializer or function, optional
            Called with the shape and the dtype; "glorot_uniform" by default, "zeros" for whole
            numbers.
        dtype : str, optional
            The layer's by default.
        trainable : bool
            False for what training must not change, such as running statistics.
        regularizer : str, regularizer or function, optional
            Its penalty on the weight is added to the loss.
        constraint : str, constraint or function, optional
            Applied to the weight after each step of the optimizer.
        name : str, optional
            The last part of its path, "variable" by default. Keras 2's order, add_weight(name,
            shape), is understood too.

        Raises
        ------
        RuntimeError
            Inside `call`, once a first call has made what there is to be made.
        ValueError
            Where a size is unknown, or whole numbers are to be trained.
        """
        if isinstance(shape, str):
            shape, initializer, name = () if initializer is None else initializer, None, shape
        self._check_made_in_time(name)
        return new_weight(
            self.path, shape, initializer, dtype or self.dtype, name or "variable",
            trainable=trainable, frozen=not self._trainable,
            regularizer=regularizer, constraint=constraint,
        )  # fmt: skip

    def _check_made_in_time(self, name: str | None) -> None:
        """Raise RuntimeError where a weight is made by a call again and again."""
        late = self.name if this_thread.running is self and self._has_run else self._made_in
        if late is not None:
            raise RuntimeError(
                f"The weight {name or 'variable'!r} of {self.name!r} would be made anew by each "
                f"call of {late!r}, and so would never learn: make layers in __init__ and weights "
                "in build(input_shape), keep them as attributes, and only use them in call"
            )

    def _owned(self, kind: type | tuple[type, ...]) -> list[Any]:
        """Everything of `kind` among the attributes, also in lists, tuples and dicts, each once."""
        found: dict[int, Any] = {}
        gather(vars(self).values(), kind, found)
        return list(found.values())

    def _inside(
        self, trained: bool = True, seen: set[int] | None = None
    ) -> Iterator[tuple[Layer, list[Parameter], bool]]:
        """Yield this layer and all inside it, each once, with its own weights.

        And whether training reaches them: not where a layer on the way is frozen.
        """
        seen = set() if seen is None else seen
        seen.add(id(self))
        trained = trained and self._trainable
        owned = self._owned((Parameter, Layer))
        weights = [one for one in owned if isinstance(one, Parameter)]
        yield self, weights, trained
        if len(weights) == len(owned):
            return
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
    def trainable_variables(self) -> list[Parameter]:
        """`trainable_weights`, by Keras's other name."""
        return self.trainable_weights

    @property
    def non_trainable_variables(self) -> list[Parameter]:
        """`non_trainable_weights`, by Keras's other name."""
        return self.non_trainable_weights

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
        this_thread.lossy = True

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
        if self.activity_regularizer is None:
            config.pop("activity_regularizer", None)  # as in Keras's files
        return {name: value for name, value in config.items() if name != "input_shape"}

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
    """Whether `value` is a list or tuple (of lists ...) with a tensor in it."""
    return isinstance(value, (list, tuple)) and any(
        isinstance(part, (Tensor, dict)) or _holds_tensors(part) for part in value
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
