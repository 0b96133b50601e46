"""IntegerLookup: whole numbers as ids 0, 1, ..."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...tensor import Array, raw
from ..weights import as_numbers
from .index_lookup import IndexLookup


class IntegerLookup(IndexLookup):
    """Whole numbers as ids 0, 1, ..., by a vocabulary; unknown ones share the first ids.

    Parameters
    ----------
    max_tokens : int, optional
        How many ids there are at most; `adapt` keeps the most frequent tokens.
    num_oov_indices : int
        How many ids unknown tokens are spread over, by their remainder; 0 refuses them.
    mask_token : int, optional
        A token that means "nothing here": it gets the id 0, and no 1 in rows of 0 and 1.
    oov_token : int
        What ids of unknown tokens become with invert=True.
    vocabulary : list or array, optional
        The tokens, in the order of their ids. Otherwise `adapt` finds them. Never a path.
    vocabulary_dtype : "int64"
    idf_weights : list of float, optional
        With output_mode "tf_idf", the weight of each token in the vocabulary.
    invert : bool
        Whether to turn ids into tokens.
    output_mode : "int", "one_hot", "multi_hot", "count" or "tf_idf"
        Ids, or floats as CategoryEncoding makes them; "tf_idf" is counts times idf_weights.
    sparse : bool
        False: there are no sparse tensors.
    pad_to_max_tokens : bool
        Whether rows are max_tokens long, even where the vocabulary is smaller.
    oov_method, salt
        Keras's defaults only.

    Raises
    ------
    ValueError
        For another `vocabulary_dtype`.
    """

    keeps_integers = True

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: int | None = None,
        oov_token: int = -1,
        vocabulary: Any = None,
        vocabulary_dtype: str = "int64",
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        oov_method: str = "floormod",
        salt: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if vocabulary_dtype != "int64":
            raise ValueError(
                f"IntegerLookup: vocabulary_dtype must be 'int64', got {vocabulary_dtype!r}"
            )
        self.vocabulary_dtype = vocabulary_dtype
        super().__init__(
            max_tokens, num_oov_indices, mask_token, oov_token, vocabulary, idf_weights, invert,
            output_mode, sparse, pad_to_max_tokens, oov_method, salt, name=name, **kwargs,
        )  # fmt: skip

    def _as_tokens(self, values: Any) -> Array:
        where = f"IntegerLookup {self.name!r}: its tokens"
        return as_numbers(raw(values), where).astype(np.int64)

    def _hash(self, tokens: Array) -> Array:
        return tokens
