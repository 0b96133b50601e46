"""The gradient check of functions of tensors."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..tape import Op, gradients, is_recording, no_grad, recording_again
from ..tensor import Array, Parameter, Tensor, raw
from ..tree import leaves
from .causes import Surroundings
from .checking import ATOL, RTOL, coarse_ops, compared
from .comparison import Quantity
from .report import GradientReport
from .single_ops import Call, wrong_ops
from .slopes import STEP


def gradcheck(
    f: Callable[..., Any],
    *inputs: Any,
    weights: Iterable[Parameter] = (),
    rtol: float = RTOL,
    atol: float = ATOL,
) -> GradientReport:
    """Compare the gradient of `f` on the tape with its numerical one, for every input.

    Everything is computed in float64. At a kink (as of relu at 0) the slope has two sides; it is
    recognised, and the gradient checked beside it.

    Parameters
    ----------
    f : function of tensors that returns a tensor, or a list, tuple or dict of them
        Outputs that are no scalar are summed with fixed weights, so that no two of them can
        cancel.
    inputs : arrays
        Those of up to 256 elements are moved element by element, larger ones along random
        directions. All are taken for floats: ids and masks, which cannot be moved, belong into
        `f`, as in `lambda w: ops.take(w, ids)`.
    weights : Parameters
        What `f` depends on besides, of float64, as `layer.trainable_weights`.
    rtol, atol : float
        An element may differ by atol + rtol |numerical|.

    Returns
    -------
    GradientReport
        Which is true.

    Raises
    ------
    GradientCheckError
        An AssertionError, where an element differs by more; it names the input, the element, both
        values and the likely cause, and has the whole `report`.
    TypeError
        Where the function returns no tensors, or an input holds no real numbers.
    ValueError
        Where the function depends on none of its inputs, draws other numbers at each call, changes
        its inputs, or has weights that are not of float64; for inputs that are not finite.
    """
    report = check(f, *inputs, weights=weights, rtol=rtol, atol=atol)
    report.raise_if_wrong()
    return report


def check(
    f: Callable[..., Any],
    *inputs: Any,
    weights: Iterable[Parameter] = (),
    rtol: float = RTOL,
    atol: float = ATOL,
) -> GradientReport:
    """Do as `gradcheck`, and return the report also where something is wrong.

    Raises
    ------
    TypeError, ValueError
        As `gradcheck`.
    """
    names = [f"input {place}" for place in range(len(inputs))]
    function = Function(f, dict(zip(names, inputs, strict=True)), list(weights))
    with recording_again():
        report = function.report(_name_of(f), rtol, atol)
        if not report and not isinstance(f, Op):
            report.parts += wrong_ops(function.result, lambda call: alone(call, rtol, atol))
    return report


def alone(call: Call, rtol: float = RTOL, atol: float = ATOL) -> GradientReport:
    """Check an op by itself, on what it was called on."""
    inputs = [call.inputs[place] for place in call.wanted]
    function = Function(call.again, dict(zip(call.names, inputs, strict=True)), [])
    return function.report(call.subject, rtol, atol)


class Function:
    """A function of tensors at one point, summed to a number.

    Parameters
    ----------
    f : function of tensors
    inputs : dict of str to array
    weights : list of Parameter
        What it depends on besides.
    inside : str
        What their paths are named without.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        inputs: dict[str, Any],
        weights: list[Parameter],
        inside: str = "",
    ) -> None:
        self.f = f
        self.arrays = [_moved(name, x) for name, x in inputs.items()]
        self.weights = _checked_weights(weights)
        self.quantities = [
            *(Quantity("", name, x) for name, x in zip(inputs, self.arrays, strict=True)),
            *(Quantity.of_weight(weight, inside) for weight in self.weights),
        ]
        self.seeds: dict[str, Array] = {}  # what flows back to its outputs

    def report(self, subject: str, rtol: float, atol: float) -> GradientReport:
        """Compare the gradients with slopes."""
        coarse = coarse_ops(self.result())
        operands = {one.path: one.array for one in self.quantities}
        around = Surroundings(_sizes(self.arrays, self.seeds), operands, self.seeds, coarse)
        found = compared(self.quantities, self.value, self.analytic, around, rtol, atol)
        return GradientReport(subject, found, rtol, atol)

    def result(self) -> Tensor:
        """Return its value, on the tape."""
        return self._scalar([Tensor(np.array(x)) for x in self.arrays])

    def value(self) -> float:
        """Return its value."""
        with no_grad():
            tensors = [Tensor(np.array(x), requires_grad=False) for x in self.arrays]
            return float(self._scalar(tensors).item())

    def analytic(self) -> list[Array]:
        """Return the gradient of each quantity, 0 where the value does not depend on it."""
        tensors = [Tensor(np.array(x)) for x in self.arrays]
        found = gradients(self._scalar(tensors))
        for quantity, tensor in zip(self.quantities, tensors, strict=False):
            if not np.array_equal(tensor.data, quantity.array, equal_nan=True):
                raise ValueError(
                    f"gradient check: the function changes its {quantity.name} in place, so that "
                    "the tape cannot know what it was computed from; work on a copy"
                )
        return [found.get(one, np.zeros(one.shape)) for one in (*tensors, *self.weights)]

    def _scalar(self, tensors: list[Tensor]) -> Tensor:
        outputs = [*leaves(self.f(*tensors))]
        others = [type(y).__name__ for y in outputs if not isinstance(y, Tensor)]
        if is_recording() and (others or not outputs):  # else numpy's functions return arrays
            kinds = " and ".join(dict.fromkeys(others)) or "an empty structure"
            raise TypeError(
                "gradient check: the function must return a tensor, or a list, tuple or dict of "
                f"tensors, not {kinds}; compute it with tensor arithmetic and nnlite.ops"
            )
        if len(outputs) == 1 and outputs[0].ndim == 0:
            return outputs[0]
        parts = [self._weighted(y, place) for place, y in enumerate(outputs)]
        return sum(parts[1:], start=parts[0])

    def _weighted(self, y: Tensor, place: int) -> Tensor:
        """Sum an output with fixed weights, and note them."""
        weights = np.random.default_rng(place).uniform(0.5, 1.5, y.shape)
        self.seeds["what flows back, dy" if not place else f"dy of output {place}"] = weights
        return (y * weights).sum()


def _moved(name: str, values: Any) -> Array:
    """Return a copy of an input in float64."""
    array = np.asarray(raw(values))
    if array.dtype.kind not in "fiub":
        raise TypeError(f"gradcheck: {name} must hold real numbers, not {array.dtype}")
    return array.astype(np.float64)


def _checked_weights(weights: Iterable[Parameter]) -> list[Parameter]:
    weights = list(weights)
    for weight in weights:
        if not isinstance(weight, Parameter):
            raise TypeError(
                f"gradcheck: weights must be Parameters, as layer.trainable_weights, not "
                f"{type(weight).__name__}"
            )
        if weight.dtype != np.float64:
            raise ValueError(
                f"gradcheck: the weight {weight.path!r} is of {weight.dtype}, whose slopes cannot "
                "be measured; make its layer with dtype='float64'"
            )
    return weights


def _sizes(arrays: list[Array], outputs: dict[str, Array]) -> dict[str, int]:
    """Name the numbers by which means differ from sums."""
    sizes = {}
    if arrays and arrays[0].ndim:
        sizes["the number of samples"] = arrays[0].shape[0]
    for array in outputs.values():
        sizes.setdefault("the size of the outputs", array.size)
    for place, array in enumerate(arrays):
        for axis, size in enumerate(array.shape):
            if place or axis:  # that axis are the samples
                sizes.setdefault(f"the size of an axis {axis}", size)
        if array.ndim > 2:
            sizes.setdefault("the number of rows", math.prod(array.shape[:-1]))
        sizes.setdefault("the number of elements", array.size)
    return sizes


def _name_of(f: Callable[..., Any]) -> str:
    return getattr(f, "__name__", None) or getattr(f, "name", None) or type(f).__name__


def numerical_gradient(
    f: Callable[..., Tensor], inputs: list[Array], index: int, step: float = STEP
) -> Array:
    """d f / d inputs[index], element by element: (f(x + h) - f(x - h)) / 2h.

    Parameters
    ----------
    f : function of tensors that returns a scalar tensor
    inputs : arrays
        Moved in float64.
    index : int
        Which input to move.
    step : float
        h, for values around 1; it grows with the values.
    """
    inputs = [_moved(f"input {place}", x) for place, x in enumerate(inputs)]
    slope = np.zeros_like(inputs[index])
    for place in np.ndindex(slope.shape):
        h = step * max(1.0, float(abs(inputs[index][place])))
        values = []
        for sign in (1, -1):
            moved = [np.array(x) for x in inputs]
            moved[index][place] += sign * h
            values.append(f(*(Tensor(x, requires_grad=False) for x in moved)).item())
        slope[place] = (values[0] - values[1]) / (2 * h)
    return slope
