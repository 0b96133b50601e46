"""StringLookup: strings as ids 0, 1, ..."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...tensor import Array, Tensor, raw
from .index_lookup import IndexLookup


class StringLookup(IndexLookup):
    """Strings as ids 0, 1, ..., by a vocabulary; unknown ones share the first ids.

    It stands in front of a model and takes arrays or lists of strings, since models take numbers
    only: `model.fit(lookup(names), ...)`. Turned around, with invert=True, it takes ids and gives
    a tensor of strings, behind a model.

    Parameters
    ----------
    max_tokens, vocabulary, idf_weights, invert, output_mode, pad_to_max_tokens, sparse
        As of IntegerLookup; so are `salt` and `oov_method`.
    num_oov_indices : int
        How many ids unknown strings are spread over, by a checksum (not by Keras's FarmHash: with
        more than one they get other ids than there); 0 refuses them.
    mask_token : str, optional
        A string that means "nothing here": it gets the id 0, and no 1 in rows of 0 and 1.
    oov_token : str
        What ids of unknown strings become with invert=True.
    encoding : str
        Of strings that are given as bytes.
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: str | None = None,
        oov_token: str = "[UNK]",
        vocabulary: Any = None,
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        pad_to_max_tokens: bool = False,
        sparse: bool = False,
        encoding: str = "utf-8",
        name: str | None = None,
        salt: Any = None,
        oov_method: str = "floormod",
        **kwargs: Any,
    ) -> None:
        self.encoding = encoding
        super().__init__(
            max_tokens, num_oov_indices, mask_token, oov_token, vocabulary, idf_weights, invert,
            output_mode, sparse, pad_to_max_tokens, oov_method, salt, name=name, **kwargs,
        )  # fmt: skip

    def _as_tokens(self, values: Any) -> Array:
        array = np.asarray(raw(values))
        if not array.size:
            return np.zeros(array.shape, np.str_)
        if array.dtype.kind in "SO":
            parts = [self._decoded(value) for value in array.reshape(-1).tolist()]
            return np.array(parts).reshape(array.shape)
        if array.dtype.kind not in "UT":
            raise TypeError(
                f"StringLookup {self.name!r} takes strings, got numbers ({array.dtype}); numbers "
                "are looked up by IntegerLookup"
            )
        return array

    def _decoded(self, value: Any) -> str:
        if isinstance(value, bytes):
            return value.decode(self.encoding)
        if not isinstance(value, str):
            raise TypeError(f"StringLookup {self.name!r} takes strings, got {value!r}")
        return value

    def _hash(self, tokens: Array) -> Array:
        import zlib  # only where there are several ids for unknown strings

        return np.array([zlib.crc32(token.encode()) for token in tokens.tolist()], np.int64)

    def _to_tensor(self, inputs: Any) -> Any:
        return super()._to_tensor(inputs) if self.invert else Tensor(self._as_tokens(inputs), False)

    def _output_dtype(self, inputs: Any) -> str:
        return "str" if self.invert else super()._output_dtype(inputs)

    def compute_output_spec(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Return what a call on symbolic tensors gives, which may be ids only.

        Raises
        ------
        TypeError
            Unless invert is True: strings do not enter a model.
        """
        if self.invert:
            return super().compute_output_spec(inputs, *args, **kwargs)
        raise TypeError(
            f"StringLookup {self.name!r} cannot be called on a symbolic tensor: models take "
            "numbers. Call it on the strings, and give the model what it returns: "
            "model.fit(lookup(strings), ...)"
        )
