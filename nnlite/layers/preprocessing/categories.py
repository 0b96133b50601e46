"""CategoryEncoding: whole numbers as rows of 0 and 1, or as counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...arguments import whole
from ...errors import did_you_mean
from ...tensor import Array, Tensor, raw
from ..base import Layer, Shape

#: What may become of ids, besides staying what they are ("int").
ENCODINGS = ("one_hot", "multi_hot", "count")


def encoded(ids: Array, mode: str, depth: int, dtype: Any, weights: Array | None = None) -> Array:
    """Return ids as rows of `depth` numbers; ids outside 0..depth-1 leave no trace.

    - "int": the ids as they are
    - "one_hot": (..., T) -> (..., T, depth), a 1 at each id; an axis T of size 1 is dropped
    - "multi_hot": (..., T) -> (..., depth), a 1 at all ids of a row
    - "count": (..., T) -> (..., depth), how often each id stands in the row, or Σ `weights`
    """
    if mode == "int":
        return ids
    if ids.ndim == 0:
        ids = ids[np.newaxis]
    if mode == "one_hot" and ids.ndim > 1 and ids.shape[-1] == 1:
        ids = ids[..., 0]
    hot = (ids[..., np.newaxis] == np.arange(depth)).astype(dtype)
    if mode == "one_hot":
        return hot
    if weights is not None:
        hot = hot * np.asarray(weights, dtype)[..., np.newaxis]
    return hot.max(axis=-2, initial=0) if mode == "multi_hot" else hot.sum(axis=-2)


def encoded_shape(shape: Shape, mode: str, depth: int) -> Shape:
    """Return the shape of what `encoded` returns for ids of `shape`."""
    if mode == "int":
        return shape
    if not shape:
        return (depth,)
    if mode == "one_hot" and (len(shape) == 1 or shape[-1] != 1):
        return (*shape, depth)
    return (*shape[:-1], depth)


def check_mode(layer: Layer, mode: str, modes: tuple[str, ...]) -> str:
    """Return the output mode by its name of today.

    Raises
    ------
    ValueError
        For one that the layer does not know.
    """
    mode = {"binary": "multi_hot", "tf-idf": "tf_idf"}.get(mode, mode)
    if mode not in modes:
        raise ValueError(
            f"{type(layer).__name__} {layer.name!r}: output_mode must be one of "
            f"{', '.join(map(repr, modes))}, got {mode!r}.{did_you_mean(str(mode), modes)}"
        )
    return mode


def refuse_sparse(layer: Layer, sparse: bool) -> None:
    """Raise ValueError where sparse outputs are asked for."""
    if sparse:
        raise ValueError(
            f"{type(layer).__name__} {layer.name!r}: nnlite has no sparse tensors; leave out "
            "sparse=True, or keep the ids (output_mode='int') and look them up with Embedding"
        )


class CategoryEncoding(Layer):
    """Ids as rows of 0 and 1, or as counts: (B, T) -> (B, num_tokens).

    Parameters
    ----------
    num_tokens : int
        How many ids there are: they are 0..num_tokens-1.
    output_mode : "multi_hot", "one_hot" or "count"
        A 1 at each id of a row; a row for each id, (B, T, num_tokens), or (B, num_tokens) where T
        is 1; or how often each id stands in the row.
    sparse : bool
        False: there are no sparse tensors.

    Raises
    ------
    ValueError
        When called, for other ids, and for `count_weights` in another mode than "count".
    """

    keeps_integers = True

    def __init__(
        self,
        num_tokens: int | None = None,
        output_mode: str = "multi_hot",
        sparse: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.output_mode = check_mode(self, output_mode, ENCODINGS)
        refuse_sparse(self, sparse)
        if num_tokens is None:
            raise ValueError(
                f"CategoryEncoding {self.name!r} needs num_tokens, how many ids there are; where "
                "that is not known, IntegerLookup().adapt(data) finds out"
            )
        self.num_tokens = whole(num_tokens, f"CategoryEncoding {self.name!r}: num_tokens", 1)

    def call(self, inputs: Tensor, count_weights: Any = None) -> Tensor:
        if count_weights is not None and self.output_mode != "count":
            raise ValueError(
                f"CategoryEncoding {self.name!r}: count_weights are for output_mode='count', not "
                f"for {self.output_mode!r}"
            )
        ids = inputs.data.astype(np.int64)
        wrong = ids[(ids < 0) | (ids >= self.num_tokens)]
        if wrong.size:
            raise ValueError(
                f"CategoryEncoding {self.name!r} takes the ids 0..{self.num_tokens - 1}, got "
                f"{wrong[0]}; make num_tokens one more than the largest id"
            )
        weights = raw(count_weights)
        rows = encoded(ids, self.output_mode, self.num_tokens, self.dtype, weights)
        return Tensor(rows, requires_grad=False)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return encoded_shape(input_shape, self.output_mode, self.num_tokens)

    def _output_dtype(self, inputs: Any) -> str:
        return self.dtype
