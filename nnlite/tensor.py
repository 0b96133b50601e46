"""Tensors: arrays that remember where they came from.

    x = Tensor([1.0, 2.0])
    y = (x * x).sum()
    y.backward()
    x.grad                      # [2., 4.]

How that is done stands in `tape.py`, and what can be done with tensors in `ops.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .changes import Noticed
from .config import floatx

Array = np.ndarray


def raw(value: Any) -> Any:
    """The array of a tensor; Python scalars and None stay, so that they take the others' dtype.

    Of lists `_as_array` makes arrays.
    """
    if isinstance(value, Tensor):
        return value.data
    if value is None or isinstance(value, (int, float, Array)):
        return value
    return _as_array(value)


def _as_array(data: Any) -> Array:
    """Convert array-like data: arrays keep their dtype, Python floats become `floatx()`."""
    if isinstance(data, Tensor):
        return data.data
    if not isinstance(data, (Array, np.generic)):
        data = np.asarray(data)
        if data.dtype == np.float64:
            data = data.astype(floatx())
    return np.asarray(data)


class Tensor:
    """An array that remembers where it came from.

    Parameters
    ----------
    data : array-like
        The values. Python floats, also in lists, become `nnlite.config.floatx()`; arrays keep
        their dtype and are not copied.
    requires_grad : bool, optional
        Whether `backward` reaches this tensor; by default where its dtype is a float's.

    Attributes
    ----------
    _keras_mask : Tensor of booleans, or None where no layer has set it
        Which steps of a sequence are there; see `layers.Masking`.
    grad : array or None
        The gradient that `backward` calls have added up, of the tensor's shape and dtype.

    Examples
    --------
    >>> x = nnlite.Tensor([1.0, 2.0, 3.0])
    >>> y = (x * x).sum()
    >>> y
    Tensor(14., shape=(), dtype=float32)
    >>> y.backward()
    >>> x.grad
    array([2., 4., 6.], dtype=float32)
    """

    __slots__ = (
        *("data", "requires_grad", "grad", "node", "logits", "log_odds", "_keras_mask"),
        "__weakref__",
    )

    def __init__(self, data: Any, requires_grad: bool | None = None) -> None:
        if type(data) is not Array:  # results of ops are, and a small step cannot wait
            data = _as_array(data)
        self.data: Array = data
        self.requires_grad = data.dtype.kind == "f" if requires_grad is None else requires_grad
        self.grad: Array | None = None
        self.node: tape.Node | None = None
        self.logits: Tensor | None = None  # set by softmax: what it was applied to
        self.log_odds: Tensor | None = None  # the same, set by sigmoid
        self._keras_mask: Tensor | None = None  # to look into an empty slot costs more than this

    # ------------------------------------------------------------------ what it holds

    @property
    def shape(self) -> tuple[int, ...]:
        """The size of each axis."""
        return self.data.shape

    @property
    def dtype(self) -> np.dtype:
        """The type of the elements."""
        return self.data.dtype

    @property
    def ndim(self) -> int:
        """How many axes there are."""
        return self.data.ndim

    @property
    def size(self) -> int:
        """How many elements there are."""
        return self.data.size

    def numpy(self) -> Array:
        """Return the values as an array, outside the tape (not a copy)."""
        numpy_functions.check_taken_out(self, "x.numpy()")
        return self.data

    def item(self) -> Any:
        """Return the one value of a tensor of size 1 as a Python number."""
        numpy_functions.check_taken_out(self, "x.item()")
        return self.data.item()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        numpy_functions.check_taken_out(self, "np.asarray(x)")
        return np.array(self.data, dtype=dtype, copy=copy)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if ufunc in numpy_functions.OPERATORS and method == "__call__" and not kwargs:
            return numpy_functions.operator(ufunc, *inputs)
        return numpy_functions.call(ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return numpy_functions.call(function, "__call__", args, kwargs)

    def __float__(self) -> float:
        numpy_functions.check_taken_out(self, "float(x)")
        return float(self.data.item())

    def __int__(self) -> int:
        numpy_functions.check_taken_out(self, "int(x)")
        return int(self.data.item())

    def __bool__(self) -> bool:
        return bool(self.data)

    def __len__(self) -> int:
        return len(self.data)

    def __format__(self, spec: str) -> str:
        return format(self.data.item() if spec and self.size == 1 else str(self), spec)

    def __repr__(self) -> str:
        values = np.array2string(self.data, separator=", ", prefix="Tensor(")
        return f"Tensor({values}, shape={self.shape}, dtype={self.dtype})"

    # ------------------------------------------------------------------ differentiation

    def backward(self, seed: Array | None = None) -> None:
        """Add the gradient of this tensor to `.grad` of every leaf tensor that it depends on.

        Parameters
        ----------
        seed : array, optional
            The gradient at this tensor; needed unless it is a scalar.
        """
        for leaf, gradient in tape.gradients(self, seed).items():
            total = gradient.copy() if leaf.grad is None else leaf.grad + gradient
            leaf.grad = np.asarray(total)

    # ------------------------------------------------------------------ arithmetic

    def __add__(self, other: Any) -> Tensor:
        return ops.add(self, other)

    def __radd__(self, other: Any) -> Tensor:
        return ops.add(other, self)

    def __sub__(self, other: Any) -> Tensor:
        return ops.subtract(self, other)

    def __rsub__(self, other: Any) -> Tensor:
        return ops.subtract(other, self)

    def __mul__(self, other: Any) -> Tensor:
        return ops.multiply(self, other)

    def __rmul__(self, other: Any) -> Tensor:
        return ops.multiply(other, self)

    def __truediv__(self, other: Any) -> Tensor:
        return ops.divide(self, other)

    def __rtruediv__(self, other: Any) -> Tensor:
        return ops.divide(other, self)

    def __pow__(self, other: Any) -> Tensor:
        return ops.power(self, other)

    def __rpow__(self, other: Any) -> Tensor:
        return ops.power(other, self)

    def __matmul__(self, other: Any) -> Tensor:
        return ops.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Tensor:
        return ops.matmul(other, self)

    def __neg__(self) -> Tensor:
        return ops.negative(self)

    def __abs__(self) -> Tensor:
        return ops.abs(self)

    def __getitem__(self, key: Any) -> Tensor:
        return ops.getitem(self, key)

    # Comparisons give tensors of booleans; a tensor is hashed by what it is, not by its values.

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> Tensor:  # type: ignore[override]
        return Tensor(self.data == raw(other))

    def __ne__(self, other: object) -> Tensor:  # type: ignore[override]
        return Tensor(self.data != raw(other))

    def __lt__(self, other: Any) -> Tensor:
        return Tensor(self.data < raw(other))

    def __le__(self, other: Any) -> Tensor:
        return Tensor(self.data <= raw(other))

    def __gt__(self, other: Any) -> Tensor:
        return Tensor(self.data > raw(other))

    def __ge__(self, other: Any) -> Tensor:
        return Tensor(self.data >= raw(other))

    # ------------------------------------------------------------------ shapes and sums

    @property
    def T(self) -> Tensor:
        """The tensor with its axes in reverse order."""
        return ops.transpose(self)

    def reshape(self, *shape: Any) -> Tensor:
        """Give the values another shape; one size may be -1."""
        return ops.reshape(self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes: Any) -> Tensor:
        """Permute the axes (reverse them by default)."""
        together = len(axes) == 1 and np.ndim(axes[0]) == 1
        return ops.transpose(self, axes[0] if together else axes or None)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        """Sum over `axis` (all by default)."""
        return ops.sum(self, axis, keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        """Average over `axis` (all by default)."""
        return ops.mean(self, axis, keepdims)

    def max(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        """Take the largest value along `axis` (over all by default)."""
        return ops.max(self, axis, keepdims)

    def min(self, axis: Any = None, keepdims: bool = False) -> Tensor:
        """Take the smallest value along `axis` (over all by default)."""
        return ops.min(self, axis, keepdims)

    def astype(self, dtype: Any) -> Tensor:
        """Convert the values to `dtype`."""
        return ops.cast(self, dtype)


class Parameter(Noticed, Tensor):
    """A weight of a layer or a number of an optimizer: a named tensor that is changed in place.

    Parameters
    ----------
    data : array
        The initial values; the parameter owns a copy.
    name : str
        The last part of its path, such as "kernel".
    trainable : bool
        Whether training changes it; `backward` reaches it just then.
    """

    #: A function of the weight that is added to the loss, and one that each step ends with.
    regularizer: Any = None
    constraint: Any = None

    def __init__(self, data: Any, name: str = "parameter", trainable: bool = True) -> None:
        super().__init__(np.array(raw(data), order="C"), requires_grad=trainable)
        self.learned = trainable  # False for running statistics and counters: never to be trained
        self.name = name
        self.path = name  # the layer puts its own path before it

    @property
    def data(self) -> Array:
        """The array, the same one for life: what is assigned is written into it."""
        return self._array

    @data.setter
    def data(self, values: Any) -> None:
        if hasattr(self, "_array"):
            self.assign(values)
        else:
            self._array = values

    @property
    def trainable(self) -> bool:
        """Whether training changes the weight."""
        return self.requires_grad

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self.requires_grad = bool(value)

    @property
    def value(self) -> Array:
        """The array itself."""
        return self.data

    def assign(self, value: Any) -> None:
        """Write new values of the same shape into the parameter.

        Raises
        ------
        ValueError
            Where the shape is another.
        """
        value = np.asarray(raw(value))
        if value.shape != self.shape:
            raise ValueError(
                f"{self.path}: expected values of the shape {self.shape}, got {value.shape}"
            )
        self.data[...] = value

    def assign_add(self, value: Any) -> None:
        """Add values, in place."""
        self.assign(self.data + raw(value))

    def assign_sub(self, value: Any) -> None:
        """Subtract values, in place."""
        self.assign(self.data - raw(value))

    def __repr__(self) -> str:
        return f"<Parameter {self.path} shape={self.shape} dtype={self.dtype}>"


# At the end, because these are made of the classes above.
from . import numpy_functions, ops, tape  # noqa: E402
