"""Embedding: a vector for each whole number."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import constraints, initializers, ops, regularizers
from ..arguments import whole
from ..tensor import Array, Tensor
from .base import Layer, Shape


class Embedding(Layer):
    """y = w[id]: each id of the inputs becomes a row of the table w, which is learned.

    (B, ...) -> (B, ..., output_dim). Ids are whole numbers; floats are truncated, as in Keras.

    Parameters
    ----------
    input_dim : int
        How many ids there are: they are 0..input_dim-1.
    output_dim : int
        How many numbers stand for one.
    embeddings_initializer : str or initializer
        How w, of shape (input_dim, output_dim), begins.
    embeddings_regularizer, activity_regularizer : str or regularizer, optional
        Penalties on w and y that are added to the loss.
    embeddings_constraint : str or constraint, optional
        What is done to w after each step of the optimizer.
    mask_zero : bool
        Whether 0 stands for "nothing here": then its places are masked in the outputs.
    weights : (input_dim, output_dim) array, or a list of one, optional
        A table that was learned elsewhere.
    input_length : int, optional
        Accepted for the sake of older code, where it was the size of axis 1; not needed.

    Raises
    ------
    ValueError
        When called, where an id lies outside the table.
    """

    keeps_integers = True

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        weights: Any = None,
        *,
        input_length: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.input_dim = whole(input_dim, f"Embedding {self.name!r}: input_dim", 1)
        self.output_dim = whole(output_dim, f"Embedding {self.name!r}: output_dim", 1)
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.mask_zero = self.supports_masking = bool(mask_zero)
        if weights is not None:
            self.build((None,))
            single = isinstance(weights, (list, tuple)) and len(weights) == 1
            self.set_weights(weights if single else [weights])

    def build(self, input_shape: Shape) -> None:
        self.embeddings = self.add_weight(
            (self.input_dim, self.output_dim),
            self.embeddings_initializer,
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
            name="embeddings",
        )

    def call(self, inputs: Tensor) -> Tensor:
        ids = inputs.data
        if ids.dtype != np.int64:
            # Not by a kernel: a step with ids that were computed is not replayed, so that each
            # call looks at them.
            ids = ids.astype(np.int64)
        try:
            return ops.take_rows(self.embeddings, np.ascontiguousarray(ids))
        except IndexError:
            raise self.unknown_id(ids, "its input") from None

    def unknown_id(self, ids: Array, place: str) -> ValueError:
        """Build the error of ids of which some are not in the table; `place` says what they are."""
        where = np.argwhere((ids < 0) | (ids >= self.input_dim))[0].tolist()
        return ValueError(
            f"Embedding {self.name!r} has a table of {self.input_dim} rows, for the ids "
            f"0..{self.input_dim - 1}, but {place} has {ids[tuple(where)]} at {where}; make "
            "input_dim one more than the largest id, or map the data to ids first (IntegerLookup, "
            "StringLookup)"
        )

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return whether an id is not 0; None without mask_zero."""
        return ops.not_equal(inputs, 0) if self.mask_zero else None

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape, self.output_dim)

    def _output_dtype(self, inputs: Any) -> str:
        return self.dtype

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` makes the layer of again (without its weights)."""
        # input_dim, because Layer has an argument of this name, for the inputs' size; and the
        # regularizer also where there is none, as in Keras's files.
        config = super().get_config()
        del config["weights"]
        return {"input_dim": self.input_dim, "activity_regularizer": None, **config}
