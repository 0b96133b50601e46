"""The graph of a functional model: symbolic tensors, and the calls of layers that made them.

A layer that is called on a symbolic tensor computes nothing. It is built for the tensor's shape,
says of what shape its outputs are, and notes the call as a `Node`; the outputs, symbolic again,
remember the node. So the outputs of a model know all the way back to its inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from . import ops, tree
from .errors import NoValuesError
from .structures import leaves_by_path
from .tape import Op, no_grad, trying
from .tensor import Tensor

Shape = tuple[int | None, ...]

#: What unknown sizes are tried as, in pairs: an axis of the outputs that differs between the two
#: calls is unknown too. A later pair is for layers that cannot take the sizes of those before:
#: numbers that divide well for reshapes, and 1 for what broadcasts.
TRIALS = ((2, 3), (48, 96), (1, 1))


class History(NamedTuple):
    """Where a symbolic tensor came from: Keras's `_keras_history`.

    Attributes
    ----------
    operation : Layer
        The layer that made it.
    node_index : int
        In which of the layer's calls.
    tensor_index : int
        As which of the call's outputs.
    """

    operation: Any
    node_index: int
    tensor_index: int


class SymbolicTensor:
    """A tensor that has a shape and a dtype, but no values yet.

    Layers, operators, slices and `nnlite.ops` take it, and return symbolic tensors again.

    Parameters
    ----------
    shape : tuple of int or None
        None stands for any size.
    dtype : str
    name : str

    Attributes
    ----------
    _keras_history : History
    """

    _keras_history: History

    def __init__(self, shape: Shape, dtype: Any, name: str) -> None:
        self.shape: Shape = tuple(shape)
        self.dtype = str(np.dtype(dtype))
        self.name = name

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def node(self) -> Node:
        """The call that made this tensor."""
        operation, index, _ = self._keras_history
        return operation._inbound_nodes[index]

    def __repr__(self) -> str:
        return f"<SymbolicTensor name={self.name}, shape={self.shape}, dtype={self.dtype}>"

    # What a Tensor does by ops alone is done here by the same functions: their op makes a node.

    __add__, __radd__ = Tensor.__add__, Tensor.__radd__
    __sub__, __rsub__ = Tensor.__sub__, Tensor.__rsub__
    __mul__, __rmul__ = Tensor.__mul__, Tensor.__rmul__
    __truediv__, __rtruediv__ = Tensor.__truediv__, Tensor.__rtruediv__
    __pow__, __rpow__ = Tensor.__pow__, Tensor.__rpow__
    __matmul__, __rmatmul__ = Tensor.__matmul__, Tensor.__rmatmul__
    __neg__, __abs__, __getitem__ = Tensor.__neg__, Tensor.__abs__, Tensor.__getitem__
    T, reshape, transpose, astype = Tensor.T, Tensor.reshape, Tensor.transpose, Tensor.astype
    sum, mean, max, min = Tensor.sum, Tensor.mean, Tensor.max, Tensor.min

    # == and != compare the symbolic tensors themselves: for values there are ops.equal, not_equal.

    def __lt__(self, other: Any) -> Any:
        return ops.less(self, other)

    def __le__(self, other: Any) -> Any:
        return ops.less_equal(self, other)

    def __gt__(self, other: Any) -> Any:
        return ops.greater(self, other)

    def __ge__(self, other: Any) -> Any:
        return ops.greater_equal(self, other)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        op = getattr(ops, ufunc.__name__, None)
        if method == "__call__" and not kwargs and isinstance(op, Op):
            return op(*inputs)
        raise NoValuesError(self)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        raise NoValuesError(self)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        raise NoValuesError(self)

    def __iter__(self) -> Iterator[Any]:
        raise NoValuesError(self)

    def __bool__(self) -> bool:
        raise NoValuesError(self)

    def __float__(self) -> float:
        raise NoValuesError(self)

    def __int__(self) -> int:
        raise NoValuesError(self)

    def apply(self, op: Op, inputs: tuple[Any, ...], attributes: dict[str, Any]) -> Any:
        """Make a node of an op that was called on this tensor (and others, and plain values)."""
        from .layers.operation import Operation  # layers are made of this module

        plain = [value.data if isinstance(value, Tensor) else value for value in inputs]
        return Operation(op)(*plain, **attributes)


class Node:
    """One call of a layer on symbolic tensors.

    Parameters
    ----------
    operation : Layer
        Keeps the node in its `_inbound_nodes`.
    args : tuple
    kwargs : dict
        What the layer was called with: symbolic tensors, in structures, and plain values.
    outputs : structure of SymbolicTensor
        New ones; they get the node as their history.

    Attributes
    ----------
    input_tensors, output_tensors : list of SymbolicTensor
        Those in `args` and `kwargs`, and in `outputs`.
    """

    def __init__(
        self, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any], outputs: Any
    ) -> None:
        self.operation = operation
        self.args = args
        self.kwargs = kwargs
        self.outputs = outputs
        self.input_tensors: list[SymbolicTensor] = symbolic_leaves((args, kwargs))
        self.output_tensors: list[SymbolicTensor] = tree.flatten(outputs)
        for place, tensor in enumerate(self.output_tensors):
            tensor._keras_history = History(operation, len(operation._inbound_nodes), place)
        operation._inbound_nodes = (*operation._inbound_nodes, self)

    @property
    def is_input(self) -> bool:
        """Whether this is no call, but where data enters."""
        return not self.input_tensors


def symbolic_leaves(structure: Any) -> list[SymbolicTensor]:
    """Return the symbolic tensors in `structure`, in order."""
    return [leaf for leaf in tree.leaves(structure) if isinstance(leaf, SymbolicTensor)]


def is_symbolic(value: Any) -> bool:
    """Whether `value` is a symbolic tensor, or a structure with one in it."""
    if tree.is_nested(value):
        return any(isinstance(leaf, SymbolicTensor) for leaf in tree.leaves(value))
    return isinstance(value, SymbolicTensor)


def is_keras_tensor(x: Any) -> bool:
    """Whether x is a symbolic tensor, such as Input(...) or what a layer made of one."""
    return isinstance(x, SymbolicTensor)


def shapes_of(structure: Any) -> Any:
    """Return the shape of a tensor; of several, a list or dict of theirs."""
    if isinstance(structure, dict):
        return {key: shapes_of(part) for key, part in structure.items()}
    if tree.is_nested(structure):
        return [shapes_of(part) for part in structure]
    return tuple(structure.shape)


def named_outputs(shapes: Any, dtype: Any, name: str) -> Any:
    """Return new symbolic tensors of some shapes, named after the layer that makes them."""
    return tree.map_structure(
        lambda shape: SymbolicTensor(shape, dtype, name), shapes, tree.is_shape
    )


class Described(NamedTuple):
    """What a symbolic tensor is, without its history."""

    shape: Shape
    dtype: str
    name: str


def described(structure: Any) -> Any:
    """Return the structure of what some symbolic tensors are, to copy or pickle it."""
    return tree.map_structure(lambda one: Described(one.shape, one.dtype, one.name), structure)


def revived(structure: Any) -> Any:
    """Return new symbolic tensors for what `described` has described."""
    return tree.map_structure(
        lambda one: SymbolicTensor(*one), structure, lambda one: isinstance(one, Described)
    )


def output_names(outputs: Any) -> list[str]:
    """Name the outputs of a model: after their layers, or by their keys where they are a dict.

    Where they are nested, by the keys on the way and, in a list, the layer: "heads/mean".
    """
    names: list[str] = []
    for path, tensor in leaves_by_path(outputs):
        keys = [str(key) for key in path if not isinstance(key, int)]
        if not path or isinstance(path[-1], int):
            keys.append(tensor._keras_history.operation.name)
        base = name = "/".join(keys)
        count = 0
        while name in names:
            count += 1
            name = f"{base}_{count}"
        names.append(name)
    return names


def trial(function: Callable[..., Any], args: Any, kwargs: dict[str, Any], name: str) -> Any:
    """Find out what `function` returns for symbolic tensors, by calls on zeros.

    Returns
    -------
    structure of SymbolicTensor
        Each named `name`.
    """
    known = all(None not in tensor.shape for tensor in symbolic_leaves((args, kwargs)))
    refused: Exception | None = None
    for sizes in [(1, 1)] if known else TRIALS:
        try:
            first, second = (_on_zeros(function, args, kwargs, size) for size in sizes)
        except Exception as error:
            refused = refused or error
            continue
        unknown = 1 if sizes == (1, 1) and not known else None
        pairs = zip(tree.leaves(first), tree.leaves(second), strict=True)
        return tree.pack(first, [_joined(a, b, unknown, name) for a, b in pairs])
    assert refused is not None
    raise refused


def _on_zeros(function: Callable[..., Any], args: Any, kwargs: Any, size: int) -> Any:
    """Call `function` on zeros, unknown sizes being `size`."""

    def zeros(value: Any) -> Any:
        if not isinstance(value, SymbolicTensor):
            return value
        shape = [size if axis is None else axis for axis in value.shape]
        return Tensor(np.zeros(shape, value.dtype), requires_grad=False)

    args, kwargs = tree.map_structure(zeros, (args, kwargs))
    with no_grad(), trying(), np.errstate(all="ignore"):
        return function(*args, **kwargs)


def _joined(first: Tensor, second: Tensor, unknown: int | None, name: str) -> SymbolicTensor:
    """One symbolic tensor of the results of two calls: sizes that differ are unknown."""
    shape = tuple(
        a if a == b and a != unknown else None
        for a, b in zip(first.shape, second.shape, strict=True)
    )
    return SymbolicTensor(shape, first.dtype, name)
