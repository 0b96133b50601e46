"""The gradient check of functions of tensors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..tape import Op, gradients, no_grad
from ..tensor import Array, Parameter, Tensor
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
        directions.
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
    ValueError
        Where the function depends on none of its inputs, draws other numbers at each call, or has
        weights that are not of float64.
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
    """Do as `gradcheck`, and return the report also where something is wrong."""
    names = [f"input {place}" for place in range(len(inputs))]
    function = Function(f, dict(zip(names, inputs, strict=True)), list(weights))
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
        self.arrays = [np.array(x, np.float64) for x in inputs.values()]
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
        return [found.get(one, np.zeros(one.shape)) for one in (*tensors, *self.weights)]

    def _scalar(self, tensors: list[Tensor]) -> Tensor:
        outputs = leaves(self.f(*tensors))
        parts = [self._weighted(y, place) for place, y in enumerate(outputs)]
        return sum(parts[1:], start=parts[0])

    def _weighted(self, y: Tensor, place: int) -> Tensor:
        """Sum an output with fixed weights, and note them."""
        if y.ndim == 0:
            return y
        weights = np.random.default_rng(place).uniform(0.5, 1.5, y.shape)
        self.seeds["what flows back, dy" if not place else f"dy of output {place}"] = weights
        return (y * weights).sum()


def _checked_weights(weights: Iterable[Parameter]) -> list[Parameter]:
    weights = list(weights)
    for weight in weights:
        if weight.dtype != np.float64:
            raise ValueError(
                f"gradcheck: the weight {weight.path!r} is of {weight.dtype}, whose slopes cannot "
                "be measured; make its layer with dtype='float64'"
            )
    return weights


def _sizes(arrays: list[Array], outputs: dict[str, Array]) -> dict[str, int]:
    """Name the numbers by which means differ from sums."""
    sizes = {}
    for array in arrays[:1]:
        if array.ndim:
            sizes["the number of samples"] = array.shape[0]
    for array in outputs.values():
        sizes.setdefault("the size of the outputs", array.size)
    for array in arrays:
        for axis, size in enumerate(array.shape):
            sizes.setdefault(f"the size of an axis {axis}", size)
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
    inputs : float64 arrays
    index : int
        Which input to move.
    step : float
        h, for values around 1; it grows with the values.
    """
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
