"""Discretization: numbers as the bins that they fall into."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...arguments import whole
from ...registry import accepted, made_from
from ...tensor import Array, Tensor
from ..base import Layer, Shape
from .adapting import batches
from .categories import ENCODINGS, check_mode, encoded, encoded_shape, refuse_sparse


class Discretization(Layer):
    """y = how many boundaries lie at or below x: the number of x's bin.

    The boundaries are given, or learned from data by `adapt`, so that the bins hold about equally
    many samples.

    Parameters
    ----------
    bin_boundaries : list of float, optional
        n boundaries, ascending, make n + 1 bins: [0, 1] makes (-∞, 0), [0, 1) and [1, ∞).
    num_bins : int, optional
        How many bins `adapt` is to make; instead of bin_boundaries.
    epsilon : float
        How exactly `adapt` finds the boundaries: it keeps 1 / epsilon quantiles of the data.
    output_mode : "int", "one_hot", "multi_hot" or "count"
        The number of the bin, or rows of 0 and 1 as CategoryEncoding makes them.
    sparse : bool
        False: there are no sparse tensors.

    Raises
    ------
    ValueError
        Where both or none of `bin_boundaries` and `num_bins` are given, and for `adapt` with the
        former.
    """

    def __init__(
        self,
        bin_boundaries: Any = None,
        num_bins: int | None = None,
        epsilon: float = 0.01,
        output_mode: str = "int",
        sparse: bool = False,
        dtype: Any = None,
        name: str | None = None,
    ) -> None:
        super().__init__(dtype=dtype, name=name)
        self.output_mode = check_mode(self, output_mode, ("int", *ENCODINGS))
        refuse_sparse(self, sparse)
        if (num_bins is None) == (bin_boundaries is None):
            raise ValueError(
                f"Discretization {self.name!r} needs either bin_boundaries, or num_bins and then "
                f"adapt(data); got bin_boundaries={bin_boundaries!r} and num_bins={num_bins!r}"
            )
        if num_bins is not None:
            num_bins = whole(num_bins, f"Discretization {self.name!r}: num_bins", 1)
        self.num_bins, self.epsilon, self.sparse = num_bins, float(epsilon), sparse
        self._set(bin_boundaries)
        self._summary = _NOTHING

    def _set(self, boundaries: Any) -> None:
        found = None if boundaries is None else [float(one) for one in boundaries]
        self.bin_boundaries = found
        if found is not None and (np.diff(found) < 0).any():
            raise ValueError(
                f"Discretization {self.name!r}: bin_boundaries must ascend, got {boundaries!r}"
            )

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Find boundaries that share `data` among the bins.

        Parameters
        ----------
        data : array, or iterable of arrays
        steps : int, optional
            After how many arrays to stop.
        """
        if self.num_bins is None:
            raise ValueError(
                f"Discretization {self.name!r} was given its bin_boundaries; to adapt it, give "
                "num_bins instead"
            )
        self.reset_state()
        for batch in batches(data, steps):
            self.update_state(batch)
        self.finalize_state()

    def reset_state(self) -> None:
        """Forget the data seen by `update_state`."""
        self._summary = _NOTHING

    def update_state(self, data: Any) -> None:
        """Take some of the data into account; `finalize_state` makes boundaries of it."""
        new = _summary(np.asarray(data, np.float32), self.epsilon)
        both = np.concatenate([new, self._summary], axis=1)
        self._summary = _compressed(both[:, np.argsort(both[0])], self.epsilon)

    def finalize_state(self) -> None:
        """Make boundaries of the data seen."""
        if self.num_bins is not None and self._summary.size:
            self._set(_compressed(self._summary, 1.0 / self.num_bins)[0, :-1].tolist())

    def call(self, inputs: Tensor) -> Tensor:
        bins = np.digitize(inputs.data, self._known())
        rows = encoded(bins, self.output_mode, self._depth(), self.dtype)
        return Tensor(rows, requires_grad=False)

    def _known(self) -> list[float]:
        if self.bin_boundaries is None:
            raise ValueError(
                f"Discretization {self.name!r} has no boundaries yet: call adapt(data) first, or "
                "give bin_boundaries"
            )
        return self.bin_boundaries

    def _depth(self) -> int:
        if self.bin_boundaries is None and self.num_bins is not None:
            return self.num_bins
        return len(self._known()) + 1

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return encoded_shape(input_shape, self.output_mode, self._depth())

    def _output_dtype(self, inputs: Any) -> str:
        return "int64" if self.output_mode == "int" else self.dtype

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make the layer of what `get_config` returned, with the boundaries that were learned."""
        config = accepted(cls, config)
        boundaries, bins = config.get("bin_boundaries"), config.get("num_bins")
        if boundaries is None or bins is None:
            return made_from(cls, config)
        learned = made_from(cls, {**config, "num_bins": None})
        layer = made_from(cls, {**config, "bin_boundaries": None})
        layer._set(learned.bin_boundaries)
        return layer


# ---------------------------------------------------------------------------------------- quantiles
#
# A summary of data, (2, K): K of its values, ascending, and how many of all values each stands for.

_NOTHING = np.zeros((2, 0), np.float32)


def _summary(values: Array, epsilon: float) -> Array:
    """Take each n-th of the sorted values, so that there are 1 / epsilon of them."""
    values = np.sort(values, axis=None)
    step = max(values.size / (1.0 / epsilon), 1)
    taken = values[int(step - 1) :: int(step)]
    return np.stack([taken, np.full_like(taken, step)])


def _compressed(summary: Array, epsilon: float) -> Array:
    """Bring a summary down to about 1 / epsilon values, by interpolation."""
    if summary.shape[1] * epsilon < 1:
        return summary
    shares = epsilon + np.arange(0.0, 1.0, epsilon)
    weights = summary[1].cumsum()
    values = np.interp(shares, weights / weights[-1], summary[0])
    weights = np.interp(shares, weights / weights[-1], weights)
    return np.stack([values, np.diff(weights, prepend=0)]).astype(np.float32)
