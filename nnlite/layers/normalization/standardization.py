"""Normalization: features brought to mean 0 and variance 1, by what a data set was seen to hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ... import ops
from ...config import epsilon
from ...tensor import Array, Tensor, raw
from ..base import Layer, Shape
from ..weights import as_numbers
from .scaled import check_sizes, places

#: How many rows of a data set are looked at at once: it may be larger than memory.
ROWS = 4096


class Normalization(Layer):
    """y = (x - mean) / √variance, with mean and variance of a data set, or given.

    `adapt(data)` finds them before the training; until then they are 0 and 1.

    Parameters
    ----------
    axis : int, sequence of int or None
        The axes that have a mean and a variance for each place; None for one of all numbers.
    mean, variance : number or array-like, optional
        Both or none. Their shape broadcasts against the sizes of `axis`.
    invert : bool
        Whether to do the reverse: y = mean + x √variance.

    Raises
    ------
    ValueError
        Where only one of mean and variance is given, or they do not fit the inputs.
    """

    def __init__(
        self, axis: Any = -1, mean: Any = None, variance: Any = None, invert: bool = False,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        given = () if axis is None else tuple(axis) if isinstance(axis, Iterable) else (axis,)
        self.axis = tuple(int(one) for one in given)
        self.invert = bool(invert)
        if (mean is None) != (variance is None):
            raise ValueError(
                f"Normalization {self.name!r}: give both mean and variance, or none and adapt(), "
                f"got mean={mean!r}, variance={variance!r}"
            )
        self.input_mean: Any = None
        self.input_variance: Any = None
        if mean is not None:
            self.input_mean, self.input_variance = self._checked(mean, variance)

    def _checked(self, *given: Any) -> list[Array]:
        """Return mean and variance as arrays."""
        place = f"Normalization {self.name!r}: a mean or variance"
        mean, variance = (as_numbers(raw(value), place) for value in given)
        if mean.shape != variance.shape or mean.ndim > len(self.axis):
            raise ValueError(
                f"Normalization {self.name!r}: mean and variance must have one shape, with at most "
                f"the axes {self.axis}, got {mean.shape}, {variance.shape}"
            )
        return [mean, variance]

    def check_input_shape(self, shape: Shape) -> None:
        check_sizes(self, self.axis, shape)

    def build(self, input_shape: Shape) -> None:
        kept = places(self, self.axis, input_shape)
        sizes = tuple(input_shape[place] or 0 for place in kept)
        self._broadcast_shape = tuple(
            size or 0 if place in kept else 1 for place, size in enumerate(input_shape)
        )
        if self.input_mean is None:
            self.adapt_mean = self.add_weight(sizes, "zeros", trainable=False, name="mean")
            self.adapt_variance = self.add_weight(sizes, "ones", trainable=False, name="variance")
            self.count = self.add_weight((), "zeros", "int32", False, name="count")  # Keras's
            return
        try:
            given = [np.broadcast_to(v, sizes) for v in (self.input_mean, self.input_variance)]
        except ValueError:
            raise ValueError(
                f"Normalization {self.name!r}: the mean has the shape {self.input_mean.shape}, "
                f"which does not fit inputs with {sizes} on the axes {self.axis}"
            ) from None
        self._given_mean, self._given_variance = (value.astype(self.dtype) for value in given)

    def _moments(self) -> list[Tensor]:
        """Return mean and variance as they broadcast against the inputs."""
        found: tuple[Any, Any]
        if self.input_mean is None:
            found = self.adapt_mean, self.adapt_variance
        else:
            found = self._given_mean, self._given_variance
        return [ops.reshape(one, self._broadcast_shape) for one in found]

    @property
    def mean(self) -> Tensor | None:
        """The mean, in a shape that broadcasts against the inputs; None before it is built."""
        return self._moments()[0] if self.built else None

    @property
    def variance(self) -> Tensor | None:
        """The variance, in a shape that broadcasts against the inputs; None before it is built."""
        return self._moments()[1] if self.built else None

    def call(self, inputs: Tensor) -> Tensor:
        mean, variance = self._moments()
        deviation = ops.maximum(ops.sqrt(variance), epsilon())
        return mean + inputs * deviation if self.invert else (inputs - mean) / deviation

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def adapt(self, data: Any) -> None:
        """Find mean and variance of a data set.

        Parameters
        ----------
        data : (N, ...) array or Tensor, or what gives such batches
            A list or generator of batches, or a `utils.PyDataset`; of a batch (x, y) x counts.
            What has a shape and lies on a disk is read some rows at a time.

        Raises
        ------
        ValueError
            Where there are no numbers, or NaN among them, or a shape does not fit; then mean and
            variance stay as they were.
        """
        if self.input_mean is not None:
            raise ValueError(
                f"adapt: Normalization {self.name!r} was given its mean and variance, which stay"
            )
        count, mean, squares = 0, np.zeros(()), np.zeros(())
        for batch in _batches(data, self.axis):
            x = as_numbers(batch, "adapt: a batch")
            if not self.built:
                self.build((None, *x.shape[1:]) if 0 not in self.axis else x.shape)
            self.check_input_shape(x.shape)
            over = tuple(set(range(x.ndim)) - set(places(self, self.axis, x.shape)))
            new, wide = x.size // max(1, self.adapt_mean.size), x.astype(np.float64)
            if not new:
                continue
            its_mean = wide.mean(axis=over)
            # Two sets of numbers joined (Chan, Golub and LeVeque, 1979).
            shift = its_mean - mean
            squares = squares + new * wide.var(axis=over) + shift**2 * (count * new / (count + new))
            count += new
            mean = mean + shift * (new / count)
        if not count or not (np.isfinite(mean).all() and np.isfinite(squares).all()):
            what = "NaN or infinite numbers" if count else "no numbers"
            raise ValueError(f"adapt: there are {what} in the data of {self.name!r}")
        self.adapt_mean.assign(mean)
        self.adapt_variance.assign(squares / count)

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` makes the layer of again (without what it has adapted to)."""
        given = {"mean": self.input_mean, "variance": self.input_variance}
        plain = {name: None if v is None else v.tolist() for name, v in given.items()}
        return {**super().get_config(), **plain}


def _batches(data: Any, axis: tuple[int, ...]) -> Iterator[Array]:
    """Yield the arrays that a data set consists of."""
    if hasattr(data, "shape"):
        whole = raw(data)
        if whole.ndim == 0 or 0 in axis or -whole.ndim in axis:
            yield whole
            return
        for start in range(0, len(whole), ROWS):
            yield np.asarray(whole[start : start + ROWS])
        return
    if not isinstance(data, Iterable) and not hasattr(data, "__getitem__"):
        raise TypeError(
            f"adapt: data must be an array, or what gives batches, got {type(data).__name__}"
        )
    sized = hasattr(data, "__getitem__") and hasattr(data, "__len__")
    for batch in (data[i] for i in range(len(data))) if sized else data:
        first = batch[0] if isinstance(batch, tuple) else batch
        if not hasattr(first, "shape"):
            raise TypeError(
                "adapt: takes an array, or what gives whole batches as arrays, got "
                f"{type(first).__name__} for a batch; is np.asarray(data) meant?"
            )
        yield raw(first)
