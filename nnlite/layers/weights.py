"""What has weights: how they are made and found, read and written."""

from __future__ import annotations

import contextlib
import math
import operator
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from .. import constraints, initializers, regularizers
from ..config import floatx
from ..errors import unknown_name
from ..naming import unique_name
from ..random.seeds import SeedGenerator
from ..registry import Configurable, dtype_name, snake_case
from ..tape import this_thread
from ..tensor import Array, Parameter, raw

#: What an attribute often is, and holds no layers or weights.
_PLAIN = frozenset({bool, int, float, str, type(None)})

#: Attributes of nnlite's own that hold neither: looked through at each step, they would cost time.
_BOOKS = frozenset({"_added_losses", "_build_shape", "_output_shapes"})


class Holding(NamedTuple):
    """The attributes of a layer that are weights or layers, or may hold some.

    Attributes
    ----------
    values : list
    lasting : bool
        None of them is a list, tuple or dict, in which others may come to lie unseen.
    owned : dict
        What was found among lasting values, by its kind: each step of a training asks for it.
    """

    values: list[Any]
    lasting: bool
    owned: dict[Any, list[Any]]

    @classmethod
    def of(cls, attributes: dict[str, Any]) -> Holding:
        """Look through the attributes of a layer."""
        values = [
            value
            for name, value in attributes.items()
            if isinstance(value, _HOLDERS) and name not in _BOOKS
        ]
        return cls(values, not any(isinstance(one, (dict, list, tuple)) for one in values), {})


class Uninitialized:
    """Stands for an attribute that `__init__` sets, and tells whoever reads it before."""

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            return self
        raise RuntimeError(
            f"{owner.__name__}.__init__ has not called super().__init__(): make it the first "
            "statement there, super().__init__(**kwargs)"
        )


class HasWeights(Configurable):
    """What has weights, among its own attributes and in the layers that it keeps as attributes.

    They are found in order of assignment, also in lists, tuples and dicts.

    Parameters
    ----------
    name : str, optional
        By default the class's name in snake case, numbered: "dense", "dense_1".
    trainable : bool
        Whether training changes the weights.
    dtype : str, optional
        "float32" or "float64"; `nnlite.config.floatx()` by default.
    """

    name: Any = Uninitialized()
    dtype: Any = Uninitialized()
    built: Any = Uninitialized()
    _holding: Holding | None = None  # looked up anew where an attribute was set
    _has_run = False  # whether a call has come to its end
    _made_in: str | None = None  # in whose call it was made, where that is too late for weights

    def __init__(
        self, *, name: str | None = None, trainable: bool = True, dtype: Any = None
    ) -> None:
        self.name = str(name) if name is not None else unique_name(snake_case(type(self).__name__))
        self.path = self.name
        self.dtype = _float_name(dtype or floatx(), self.name)
        self.built = False
        self._trainable = bool(trainable)
        caller = this_thread.around.running
        if caller is not None and caller._has_run:
            self._made_in = caller.name

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
        late = self.name if this_thread.around.running is self and self._has_run else self._made_in
        if late is not None:
            raise RuntimeError(
                f"The weight {name or 'variable'!r} of {self.name!r} would be made anew by each "
                f"call of {late!r}, and so would never learn: make layers in __init__ and weights "
                "in build(input_shape), keep them as attributes, and only use them in call"
            )

    def _owned(self, kind: type | tuple[type, ...]) -> list[Any]:
        """Everything of `kind` among the attributes, also in lists, tuples and dicts, each once.

        The list is not the caller's: it may be returned again.
        """
        holding = self._holding
        if holding is None:
            holding = vars(self)["_holding"] = Holding.of(vars(self))
        owned = holding.owned.get(kind)
        if owned is None:
            found: dict[int, Any] = {}
            gather(holding.values, kind, found)
            owned = list(found.values())
            if holding.lasting:
                holding.owned[kind] = owned
        return owned

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        vars(self).pop("_holding", None)

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        vars(self).pop("_holding", None)

    def _own_weights(self) -> list[Parameter]:
        """Return the layer's own weights: the learned ones, then running statistics and such."""
        return sorted(self._owned(Parameter), key=_learned, reverse=True)

    def _inside(self) -> Iterator[tuple[Any, list[Parameter], bool]]:
        """Yield this layer and all inside it, each once, with its own weights.

        And whether training reaches them: not where a layer on the way is frozen.
        """
        seen: set[int] = set()
        waiting = [(self, True)]
        while waiting:
            layer, trained = waiting.pop()
            if id(layer) in seen:
                continue
            seen.add(id(layer))
            trained = trained and layer._trainable
            yield layer, layer._own_weights(), trained
            waiting += [(inner, trained) for inner in reversed(layer._owned(HasWeights))]

    def _weights(self) -> Iterator[tuple[Parameter, bool]]:
        """All weights, each once, and whether training changes them."""
        seen: set[int] = set()
        for _, own, trained in self._inside():
            for weight in own:
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
        """All state: the weights, and each layer's seed generators' states behind its own."""
        found: dict[int, Parameter] = {}
        for layer, own, _ in self._inside():
            states = [generator.state for generator in layer._owned(SeedGenerator)]
            for one in [*own, *states]:
                found[id(one)] = one
        return list(found.values())

    @property
    def trainable_variables(self) -> list[Parameter]:
        """`trainable_weights`, by Keras's other name."""
        return self.trainable_weights

    @property
    def non_trainable_variables(self) -> list[Parameter]:
        """`variables` without those that training changes."""
        trained = {id(weight) for weight in self.trainable_weights}
        return [one for one in self.variables if id(one) not in trained]

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


#: What is a weight, a layer or a layer's seed, or may have such in it.
_HOLDERS = (Parameter, HasWeights, SeedGenerator, dict, list, tuple)


#: What `sorted` is told, in reverse: True comes first, and equals keep their order.
_learned = operator.attrgetter("learned")


def _float_name(dtype: Any, layer: str) -> str:
    """Name the float type that `dtype` stands for."""
    dtype = dtype_name(dtype)
    try:
        name = np.dtype(dtype).name
    except TypeError:
        name = str(dtype)
    if name not in ("float32", "float64"):
        raise unknown_name(f"dtype of layer {layer!r}", name, ("float32", "float64"))
    return name


def gather(values: Iterable[Any], kind: type | tuple[type, ...], found: dict[int, Any]) -> None:
    """Enter what is of `kind` among some values, and in their lists, tuples and dicts, by its id.

    Each step of a training looks through all layers in this way, so what is empty is passed by.
    """
    for value in values:
        if type(value) in _PLAIN:
            continue
        if isinstance(value, kind):
            found[id(value)] = value
        elif isinstance(value, dict):
            if value:
                gather(value.values(), kind, found)
        elif isinstance(value, (list, tuple)) and value:
            gather(value, kind, found)


def new_weight(
    path: str,
    shape: Any,
    initializer: Any,
    dtype: Any,
    name: str,
    *,
    trainable: bool,
    frozen: bool,
    regularizer: Any,
    constraint: Any,
) -> Parameter:
    """Make the weight `name` of the layer at `path`; the arguments are those of `add_weight`."""
    sizes = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    if any(size is None or size < 0 for size in sizes):
        raise ValueError(
            f"add_weight: the weight {name!r} of {path!r} needs a shape of known sizes, got "
            f"{shape!r}"
        )
    _take_room(path, name, sizes, dtype)
    learns = np.dtype(dtype).kind == "f"
    if trainable and not learns:
        raise ValueError(
            f"add_weight: the weight {name!r} of {path!r} has the dtype {dtype}, and only floats "
            "can be trained: pass trainable=False"
        )
    initializer = initializers.get(initializer or ("glorot_uniform" if learns else "zeros"))
    weight = Parameter(np.asarray(raw(initializer(sizes, dtype=dtype)), dtype), name, trainable)
    if weight.shape != sizes:
        raise ValueError(
            f"add_weight: the initializer of {name!r} of {path!r} returned the shape "
            f"{weight.shape} instead of {sizes}"
        )
    weight.path = f"{path}/{name}"
    weight.trainable = trainable and not frozen
    weight.regularizer = regularizers.get(regularizer)
    weight.constraint = constraints.get(constraint)
    return weight


@contextlib.contextmanager
def room_for_weights(size: int) -> Iterator[None]:
    """Refuse, inside, weights that need more bytes than this: a file must not ask for any number.

    It holds for this thread alone.
    """
    around = this_thread.around
    before, around.room = around.room, size
    try:
        yield
    finally:
        around.room = before


def _take_room(path: str, name: str, sizes: tuple[int, ...], dtype: Any) -> None:
    around = this_thread.around
    if around.room is None:
        return
    around.room -= math.prod(sizes) * np.dtype(dtype).itemsize
    if around.room < 0:
        raise ValueError(
            f"with the weight {name!r} of {path!r}, of the shape {sizes}, the model is larger than "
            "the weights that the file holds"
        )


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
    if array.ndim == 0 and callable(values):
        kind = "layer" if isinstance(values, HasWeights) else type(values).__name__
        raise TypeError(
            f"{place} must hold numbers, got a {kind} ({values!r}) instead of what it returns: was "
            "it to be called?"
        )
    if array.dtype.kind not in "biuf":
        ragged = array.dtype.kind == "O"
        got = "rows of different lengths or objects" if ragged else f"dtype {array.dtype}"
        raise TypeError(
            f"{place} must hold numbers, got {got}; convert it first, for example with "
            "np.asarray(x, dtype='float32')"
        )
    return array
