"""What hyperparameters and metrics an experiment has, and what values they may take."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

#: The kinds of values of a hyperparameter.
Plain = bool | int | float | str

_KINDS = (bool, int, float, str)


def plain(value: Any, what: str) -> Plain:
    """Return the value of a hyperparameter as one of Python's.

    Raises
    ------
    TypeError
        Where it is no bool, int, float or str, nor one of numpy's or a Tensor of one.
    ValueError
        Where it is a number that is not finite, or no Unicode text.
    """
    if getattr(value, "shape", None) == ():
        value = value.item()
    if not isinstance(value, _KINDS):
        raise TypeError(f"{what} must be a bool, int, float or str, got {value!r}")
    if isinstance(value, str):
        return checked_text(value, what)
    try:
        finite = math.isfinite(value)
    except OverflowError:  # a whole number that is larger than all floats
        finite = False
    if not finite:
        raise ValueError(f"{what} must be finite for TensorBoard to show it, got {value!r:.40}")
    return value


def checked_text(value: Any, what: str) -> str:
    """Return a string that can be written.

    Raises
    ------
    TypeError, ValueError
        Where it is none, or no Unicode text.
    """
    if not isinstance(value, str):
        raise TypeError(f"{what} must be a string, got {value!r}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"{what} is no text: {error}") from error
    return value


class Domain:
    """The values that a hyperparameter may take: `IntInterval`, `RealInterval` or `Discrete`."""

    @property
    def dtype(self) -> type[Any]:
        """The type of the values: bool, int, float or str."""
        raise NotImplementedError

    def sample_uniform(self, rng: Any = None) -> Any:
        """Draw a value, each as likely as any other.

        Parameters
        ----------
        rng : random.Random, optional
            By default the one of the module `random`.
        """
        import random  # here, where `import nnlite.summary` does not wait for it

        return self._draw(random if rng is None else rng)

    def _draw(self, rng: Any) -> Any:
        raise NotImplementedError


@dataclass(frozen=True)
class IntInterval(Domain):
    """The whole numbers from `min_value` to `max_value`, both included.

    Raises
    ------
    TypeError, ValueError
        Where the bounds are no whole numbers, or none lies between them.
    """

    min_value: int
    max_value: int

    def __post_init__(self) -> None:
        _check_bounds(self, int)

    @property
    def dtype(self) -> type[Any]:
        return int

    def _draw(self, rng: Any) -> int:
        return rng.randint(self.min_value, self.max_value)


@dataclass(frozen=True)
class RealInterval(Domain):
    """The real numbers from `min_value` to `max_value`, both included.

    Raises
    ------
    TypeError, ValueError
        Where the bounds are no numbers, or none lies between them.
    """

    min_value: float
    max_value: float

    def __post_init__(self) -> None:
        _check_bounds(self, float)

    @property
    def dtype(self) -> type[Any]:
        return float

    def _draw(self, rng: Any) -> float:
        return rng.uniform(self.min_value, self.max_value)


def _check_bounds(interval: Any, dtype: type[Any]) -> None:
    """Check both bounds of an interval, and keep them as Python's numbers."""
    kinds = {int: (int,), float: (float, int)}[dtype]
    for name in ("min_value", "max_value"):
        what = f"{type(interval).__name__}: {name}"
        bound = plain(getattr(interval, name), what)
        if isinstance(bound, bool) or not isinstance(bound, kinds):
            raise TypeError(f"{what} must be of type {dtype.__name__}, got {bound!r}")
        object.__setattr__(interval, name, dtype(bound))
    if interval.min_value > interval.max_value:
        raise ValueError(f"{interval!r} is empty: give the smaller bound first")


@dataclass(frozen=True, init=False)
class Discrete(Domain):
    """Some values of one type, which are kept sorted.

    Parameters
    ----------
    values : iterable of bool, int, float or str
    dtype : bool, int, float or str, optional
        Their type; by default that of the first value.

    Raises
    ------
    TypeError, ValueError
        Where they are of other types, or there is none and no `dtype` either.
    """

    values: tuple[Any, ...]
    _dtype: type[Any]

    def __init__(self, values: Iterable[Any], dtype: type[Any] | None = None) -> None:
        found = [plain(value, "Discrete: a value") for value in values]
        if dtype is None:
            if not found:
                raise ValueError("Discrete: there are no values; say of which type they would be")
            dtype = type(found[0])
        if dtype not in _KINDS:
            raise ValueError(f"Discrete: dtype must be bool, int, float or str, got {dtype!r}")
        for value in found:
            if not isinstance(value, dtype):
                raise TypeError(f"Discrete: {value!r} is not of the type {dtype.__name__}")
        object.__setattr__(self, "values", tuple(sorted(found)))
        object.__setattr__(self, "_dtype", dtype)

    @property
    def dtype(self) -> type[Any]:
        return self._dtype

    def _draw(self, rng: Any) -> Any:
        return rng.choice(self.values)


@dataclass(frozen=True)
class HParam:
    """A hyperparameter; in the dict that is given to `hparams` it may stand in place of its name.

    Parameters
    ----------
    name : str
    domain : Domain, optional
        The values that it may take.
    display_name : str, optional
        What TensorBoard calls it.
    description : str, optional
        Markdown.

    Raises
    ------
    TypeError, ValueError
        For what is none of that.
    """

    name: str
    domain: Domain | None = None
    display_name: str | None = None
    description: str | None = None

    def __post_init__(self) -> None:
        _check_name(self, "name")
        if not isinstance(self.domain, (Domain, type(None))):
            raise ValueError(
                f"HParam {self.name!r}: domain must be an IntInterval, a RealInterval or a "
                f"Discrete, got {self.domain!r}"
            )
        _check_texts(self, "display_name", "description")


@dataclass(frozen=True)
class Metric:
    """A metric: a scalar that is written while a model is trained.

    Parameters
    ----------
    tag : str
        The tag of the scalar, such as "epoch_loss".
    group : str, optional
        The folder of its run inside the session's: "train" or "validation" for what
        `callbacks.TensorBoard` writes. By default it stands in the session's own.
    display_name : str, optional
        What TensorBoard calls it.
    description : str, optional
        Markdown.
    dataset_type : Metric.TRAINING or Metric.VALIDATION, optional

    Raises
    ------
    TypeError, ValueError
        For what is none of that.
    """

    TRAINING: ClassVar[int] = 1
    VALIDATION: ClassVar[int] = 2

    tag: str
    group: str | None = None
    display_name: str | None = None
    description: str | None = None
    dataset_type: int | None = None

    def __post_init__(self) -> None:
        _check_name(self, "tag")
        _check_texts(self, "group", "display_name", "description")
        if self.dataset_type not in (None, self.TRAINING, self.VALIDATION):
            raise ValueError(
                f"Metric {self.tag!r}: dataset_type must be Metric.TRAINING or Metric.VALIDATION, "
                f"got {self.dataset_type!r}"
            )


def _check_name(described: Any, field: str) -> None:
    name = checked_text(getattr(described, field), f"{type(described).__name__}: {field}")
    if not name:
        raise ValueError(f"{type(described).__name__}: {field} is empty")


def _check_texts(described: Any, *fields: str) -> None:
    for field in fields:
        value = getattr(described, field)
        if value is not None:
            checked_text(value, f"{type(described).__name__}: {field}")
