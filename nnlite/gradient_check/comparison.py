"""One gradient against measured slopes: element by element, or along random directions."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..tensor import Array, Parameter
from .slopes import Slope, careful_slope, central_difference, rounding_of

#: Up to so many elements are moved one by one.
FEW = 256

#: Along how many directions a larger array is moved, and how many of its elements are looked at
#: where one of them disagrees.
DIRECTIONS, LOOKED_AT = 4, 48

#: How many elements that are wrong are measured again with care; by then the others are believed.
CONFIRMED = 8

#: A slope of which rounding may be a larger part is measured with care even where it agrees.
NOISY = 1e-3


class Quantity(NamedTuple):
    """What a function depends on: an array that is moved in place, and its name.

    Attributes
    ----------
    layer : str
        Where it belongs; "" for the input of a function.
    name : str
    array : array of float64
    """

    layer: str
    name: str
    array: Array

    @classmethod
    def of_weight(cls, weight: Parameter, inside: str = "") -> Quantity:
        """Name a weight by its path, without that of the model that it is inside."""
        layer, _, name = weight.path.removeprefix(inside).rpartition("/")
        return cls(layer, name, weight.data)

    @property
    def path(self) -> str:
        return f"{self.layer} {self.name}".strip()


class Comparison(NamedTuple):
    """What the tape says of one quantity, and what was measured.

    Attributes
    ----------
    layer, name : str
    analytic : array
        The gradient on the tape.
    places : (P,) array of int
        Which elements were measured, in the order of `analytic.reshape(-1)`.
    numerical : (P,) array
        Their slopes.
    wrong, kinks, unclear : (P,) arrays of bool
        Where the two differ, where the slope has two sides, and where it cannot be measured.
    sides : (P, 2) array
        The one-sided slopes, at kinks.
    directions : (D, 2) array
        Slopes along random directions: by the tape, measured.
    verdict : str
        "right", "kink" (right but for kinks), "wrong" or "unclear".
    cause : str
        What is likely to be wrong; "" where nothing is.
    """

    layer: str
    name: str
    analytic: Array
    places: Array
    numerical: Array
    wrong: Array
    kinks: Array
    unclear: Array
    sides: Array
    directions: Array
    verdict: str = "right"
    cause: str = ""

    @property
    def path(self) -> str:
        """The layer and the name in one."""
        return f"{self.layer} {self.name}".strip()

    @property
    def passed(self) -> bool:
        return self.verdict in ("right", "kink")

    @property
    def measured(self) -> Array:
        """(P,) array: what the tape says of the elements that were measured."""
        return self.analytic.reshape(-1)[self.places]

    @property
    def errors(self) -> Array:
        """(P,) array: the relative error of each element that was measured; 0 where both are 0."""
        return relative_errors(self.measured, self.numerical)

    @property
    def worst(self) -> int | None:
        """Which of `places` is the worst; None where only directions were measured."""
        if not self.places.size:
            return None
        errors = np.abs(self.measured - self.numerical)
        bad = {"wrong": self.wrong, "unclear": self.unclear, "kink": self.kinks}.get(self.verdict)
        if bad is None:
            bad = ~self.kinks
        if not bad.any():
            return None
        errors = np.where(bad, np.where(np.isnan(errors), np.inf, errors), -1.0)
        return int(errors.argmax())

    @property
    def worst_element(self) -> tuple[int, ...] | None:
        """The index of the worst element in the array; None where only directions were measured."""
        if self.worst is None:
            return None
        return tuple(map(int, np.unravel_index(self.places[self.worst], self.analytic.shape)))

    @property
    def worst_pair(self) -> tuple[float, float]:
        """What the tape says of the worst element (or direction), and what was measured."""
        if self.worst is not None:
            return float(self.measured[self.worst]), float(self.numerical[self.worst])
        if not self.directions.size:
            return 0.0, 0.0
        errors = relative_errors(*self.directions.T)
        return tuple(map(float, self.directions[errors.argmax()]))  # type: ignore[return-value]

    @property
    def relative_error(self) -> float:
        """|analytic - numerical| / the larger of both, of the worst element or direction."""
        return float(relative_errors(*map(np.array, self.worst_pair)))


def relative_errors(analytic: Array, numerical: Array) -> Array:
    """Return |a - n| / max(|a|, |n|), 0 where both are 0, infinite where one is not finite."""
    analytic, numerical = np.asarray(analytic), np.asarray(numerical)
    finite = np.isfinite(analytic) & np.isfinite(numerical)
    larger = np.maximum(np.abs(analytic), np.abs(numerical))
    apart = np.subtract(analytic, numerical, out=np.zeros(larger.shape), where=finite)
    found = np.divide(
        np.abs(apart), larger, out=np.zeros(larger.shape), where=finite & (larger > 0)
    )
    return np.where(finite, found, np.inf)


class Measuring:
    """Compares gradients with slopes at one point.

    Parameters
    ----------
    value : function without arguments
        Returns the function's value for what the quantities' arrays hold.
    rtol, atol : float
        How far apart the two may be: atol + rtol |slope|, besides what the slope may be wrong by.
    """

    def __init__(self, value: Callable[[], float], rtol: float, atol: float) -> None:
        self.value, self.rtol, self.atol = value, rtol, atol
        self.centre = value()
        self.random = np.random.default_rng(0)

    def compare(self, quantity: Quantity, gradient: Array) -> Comparison:
        """Compare the gradient of one quantity."""
        if gradient.size <= FEW:
            return self._by_elements(quantity, gradient, np.arange(gradient.size))
        strange = np.flatnonzero(~np.isfinite(gradient))
        if strange.size:  # these are wrong, and no direction has a slope
            return self._by_elements(quantity, gradient, strange[:LOOKED_AT])
        directions = np.array([self._along_all(quantity, gradient) for _ in range(DIRECTIONS)])
        if not self._apart(directions[:, 0], directions[:, 1], directions[:, 2]).any():
            nowhere = np.arange(0)
            found = self._by_elements(quantity, gradient, nowhere)
            return found._replace(directions=directions[:, :2])
        drawn = self.random.choice(gradient.size, LOOKED_AT, replace=False)
        places = np.union1d(drawn, [self._searched(quantity, gradient)])
        found = self._by_elements(quantity, gradient, places)._replace(directions=directions[:, :2])
        if found.verdict == "right":  # the elements that disagree were not found one by one
            kink = any(self._careful(quantity, d).kink for d in self._drawn(quantity, DIRECTIONS))
            return found._replace(verdict="kink" if kink else "wrong")
        return found

    # ------------------------------------------------------------------ elements

    def _by_elements(self, quantity: Quantity, gradient: Array, places: Array) -> Comparison:
        analytic = gradient.reshape(-1)[places]
        lines = [self._line(quantity, self._one(quantity, place)) for place in places]
        steps = 1.0 / np.maximum(1.0, np.abs(quantity.array.reshape(-1)[places]))
        numerical = np.array([central_difference(line) for line in lines]) * steps
        rounding = rounding_of(self.centre) * steps
        suspect = self._apart(analytic, numerical, rounding)
        for p in np.flatnonzero(~suspect & self._drowned(analytic, rounding)):
            slope = careful_slope(lines[p], self.centre)
            suspect[p] = self._judged(analytic[p], slope, steps[p])[0]
        wrong, kinks, unclear = suspect.copy(), np.zeros_like(suspect), np.zeros_like(suspect)
        sides = np.full((len(places), 2), np.nan)
        order = np.argsort(-np.abs(analytic - numerical))  # NaN comes last, and is wrong anyway
        for p in order[suspect[order]]:
            if np.isfinite(analytic[p]):
                slope = careful_slope(lines[p], self.centre)
                numerical[p], sides[p] = slope.value * steps[p], np.array(slope[2:4]) * steps[p]
                wrong[p], kinks[p], unclear[p] = self._judged(analytic[p], slope, steps[p])
                if kinks[p]:
                    numerical[p] = sides[p].mean()
            if (wrong & ~np.isnan(sides[:, 0])).sum() >= CONFIRMED:
                break
        verdict = _verdict(wrong, kinks, unclear)
        return Comparison(
            quantity.layer, quantity.name, gradient, places, numerical,
            wrong, kinks, unclear, sides, np.empty((0, 2)), verdict,
        )  # fmt: skip

    def _judged(self, analytic: float, slope: Slope, scale: float) -> tuple[bool, bool, bool]:
        """Whether an element is wrong, at a kink, or cannot be judged."""
        if slope.explains(analytic / scale):
            return False, True, False
        error, value = slope.error * scale, slope.value * scale
        if not error < 0.1 * max(abs(value), abs(analytic)) + self.atol:
            return False, False, True
        return bool(self._apart(analytic, value, 2 * error)), False, False

    def _drowned(self, analytic: Array | float, rounding: Array | float) -> Array:
        """Whether slopes of this size may be lost in the rounding of the function's values."""
        return np.asarray(rounding > self.atol + NOISY * np.abs(analytic))

    def _apart(self, analytic: Array | float, numerical: Array | float, error: object) -> Array:
        """Whether two slopes differ by more than they may; NaN does."""
        allowed = self.atol + self.rtol * np.abs(numerical) + np.asarray(error)
        return ~(np.abs(np.asarray(analytic) - numerical) <= allowed)

    # ------------------------------------------------------------------ directions

    def _one(self, quantity: Quantity, place: int) -> Array:
        """Return the direction of one element: longer where its value is large."""
        direction = np.zeros(quantity.array.shape)
        direction.reshape(-1)[place] = max(1.0, abs(quantity.array.reshape(-1)[place]))
        return direction

    def _drawn(self, quantity: Quantity, count: int) -> list[Array]:
        scale = np.maximum(1.0, np.abs(quantity.array))
        return [scale * self.random.normal(size=scale.shape) for _ in range(count)]

    def _along_all(self, quantity: Quantity, gradient: Array) -> tuple[float, float, float]:
        """Return the slopes along a random direction, by the tape and measured, and the error."""
        (direction,) = self._drawn(quantity, 1)
        analytic = float((gradient * direction).sum())
        numerical = central_difference(self._line(quantity, direction))
        error = rounding_of(self.centre)
        if self._apart(analytic, numerical, error) or self._drowned(analytic, error):
            slope = self._careful(quantity, direction)
            if not slope.kink and np.isfinite(slope.error):
                numerical, error = slope.value, 2 * slope.error
        return analytic, numerical, error

    def _careful(self, quantity: Quantity, direction: Array) -> Slope:
        return careful_slope(self._line(quantity, direction), self.centre)

    def _searched(self, quantity: Quantity, gradient: Array) -> int:
        """Halve the array, and go on with the half that disagrees more, down to one element."""
        places = np.arange(gradient.size)
        while places.size > 1:
            halves = np.array_split(places, 2)
            apart = [self._disagreement(quantity, gradient, half) for half in halves]
            places = halves[int(np.argmax(np.nan_to_num(apart, nan=np.inf)))]
        return int(places[0])

    def _disagreement(self, quantity: Quantity, gradient: Array, places: Array) -> float:
        (drawn,) = self._drawn(quantity, 1)
        direction = np.zeros_like(drawn)
        direction.reshape(-1)[places] = drawn.reshape(-1)[places]
        numerical = central_difference(self._line(quantity, direction))
        return abs(float((gradient * direction).sum()) - numerical)

    def _line(self, quantity: Quantity, direction: Array) -> Callable[[float], float]:
        """Return the function's value when the quantity is moved by t along a direction."""
        array = quantity.array

        def value(t: float) -> float:
            before = array.copy()
            try:
                array[...] += t * direction
                return self.value()
            finally:
                array[...] = before

        return value


def _verdict(wrong: Array, kinks: Array, unclear: Array) -> str:
    if wrong.any():
        return "wrong"
    if unclear.any():
        return "unclear"
    return "kink" if kinks.any() else "right"
