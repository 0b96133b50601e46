"""What IntegerLookup and StringLookup are made of: tokens as ids, by a vocabulary, and back."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from ...arguments import whole
from ...tensor import Array, Tensor
from ..base import Layer, Shape
from .adapting import batches
from .categories import ENCODINGS, check_mode, encoded, encoded_shape, refuse_sparse

MODES = ("int", *ENCODINGS, "tf_idf")


class IndexLookup(Layer):
    """Base of IntegerLookup and StringLookup.

    The ids are: 0 for the mask token, where there is one and output_mode is "int"; then
    num_oov_indices ids for tokens that are out of the vocabulary; then those of the vocabulary.
    """

    def __init__(
        self,
        max_tokens: int | None,
        num_oov_indices: int,
        mask_token: Any,
        oov_token: Any,
        vocabulary: Any,
        idf_weights: Any,
        invert: bool,
        output_mode: str,
        sparse: bool,
        pad_to_max_tokens: bool,
        oov_method: str,
        salt: Any,
        vocabulary_size: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        where = f"{type(self).__name__} {self.name!r}"
        self.max_tokens = max_tokens and whole(max_tokens, f"{where}: max_tokens", 2)
        self.num_oov_indices = whole(num_oov_indices, f"{where}: num_oov_indices", 0)
        self.mask_token, self.oov_token = mask_token, oov_token
        self.invert, self.sparse = bool(invert), sparse
        self.output_mode = check_mode(self, output_mode, MODES)
        self.pad_to_max_tokens = bool(pad_to_max_tokens)
        refuse_sparse(self, sparse)
        if self.pad_to_max_tokens and max_tokens is None:
            raise ValueError(f"{where}: pad_to_max_tokens needs max_tokens")
        if self.invert and self.output_mode != "int":
            raise ValueError(f"{where}: invert=True gives tokens, so output_mode must be 'int'")
        if oov_method != "floormod" or salt is not None:
            raise ValueError(
                f"{where}: nnlite does not have TensorFlow's hash functions; leave out oov_method "
                "and salt"
            )
        self.oov_method, self.salt = oov_method, salt
        self._tokens = self._as_tokens([])  # without the special ones
        self._idf: Array | None = None  # of all ids
        self._given = vocabulary is not None
        self.reset_state()
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)
        elif idf_weights is not None:
            raise ValueError(f"{where}: idf_weights belong to a vocabulary")

    # ------------------------------------------------------------------ the vocabulary

    def _as_tokens(self, values: Any) -> Array:
        """Return tokens as an array of one type."""
        raise NotImplementedError

    def _hash(self, tokens: Array) -> Array:
        """Spread tokens that are out of the vocabulary over the numbers 0, 1, ..."""
        raise NotImplementedError

    @property
    def _oov_start(self) -> int:
        return 1 if self.mask_token is not None and self.output_mode == "int" else 0

    @property
    def _token_start(self) -> int:
        return self._oov_start + self.num_oov_indices

    @property
    def _special(self) -> list[Any]:
        """The tokens of the ids before those of the vocabulary."""
        return [self.mask_token] * self._oov_start + [self.oov_token] * self.num_oov_indices

    def vocabulary_size(self) -> int:
        """Return how many ids there are, those for the mask and unknown tokens among them."""
        return self._token_start + len(self._tokens)

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """Return the token of each id, in order; those before the vocabulary too, if asked for."""
        return (self._special if include_special_tokens else []) + self._tokens.tolist()

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Set the tokens, in the order of their ids.

        Parameters
        ----------
        vocabulary : list or array
            With or without the mask and unknown tokens, which then come first.
        idf_weights : list of float, optional
            Of each token, for output_mode "tf_idf".

        Raises
        ------
        ValueError
            Where a token occurs twice, there are more than max_tokens, or a path is given.
        """
        where = f"{type(self).__name__} {self.name!r}"
        if isinstance(vocabulary, (str, bytes)) or hasattr(vocabulary, "__fspath__"):
            raise ValueError(
                f"{where}: the vocabulary is a list of tokens, got {vocabulary!r}; no file is read "
                "because a configuration names it: read it yourself, as in "
                "open(path).read().splitlines()"
            )
        if (self.output_mode == "tf_idf") != (idf_weights is not None):
            raise ValueError(
                f"{where}: idf_weights go with output_mode='tf_idf', and only with it; here it is "
                f"{self.output_mode!r}"
            )
        tokens = self._as_tokens(vocabulary)
        special = self._as_tokens(self._special)
        found = len(special) > 0 and np.array_equal(special, tokens[: len(special)])
        tokens = tokens[len(special) :] if found else tokens
        self._check(tokens, where)
        self._idf = None if idf_weights is None else self._all_idf(tokens, idf_weights, bool(found))
        self._tokens = tokens
        self._given = True

    def _check(self, tokens: Array, where: str) -> None:
        if not len(tokens):
            raise ValueError(f"{where}: the vocabulary is empty")
        repeated = [token for token, count in Counter(tokens.tolist()).items() if count > 1]
        if repeated:
            raise ValueError(f"{where}: the vocabulary holds {repeated[0]!r} more than once")
        for special, what in ((self.mask_token, "mask"), (self.oov_token, "oov")):
            if special is not None and special in tokens and (what == "mask" or self.invert):
                raise ValueError(
                    f"{where}: the {what}_token {special!r} stands amid the vocabulary; leave the "
                    f"special tokens out, or let all of them come first: {self._special}"
                )
        if self.max_tokens is not None and self._token_start + len(tokens) > self.max_tokens:
            raise ValueError(
                f"{where}: {len(tokens)} tokens and {self._token_start} special ones are more than "
                f"max_tokens={self.max_tokens}"
            )

    def _all_idf(self, tokens: Array, weights: Any, with_special: bool) -> Array:
        """Return a weight for each id: unknown tokens get the mean, ids without a token 0."""
        weights = np.asarray(weights, self.dtype).reshape(-1)
        if len(weights) != len(tokens) + (self._token_start if with_special else 0):
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: there are {len(tokens)} tokens but "
                f"{len(weights)} idf_weights"
            )
        if not with_special:
            unknown = np.full(self._token_start, weights.mean(), self.dtype)
            weights = np.concatenate([unknown, weights])
        if self.pad_to_max_tokens and self.max_tokens is not None:
            weights = np.pad(weights, (0, self.max_tokens - len(weights)))
        return weights

    # ------------------------------------------------------------------ learning it

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Make the vocabulary of the tokens in `data`, the most frequent ones first.

        Of equally frequent ones the later in the alphabet comes first, as in Keras.

        Parameters
        ----------
        data : array, or iterable of arrays
            (B, T): a row is a document, for "tf_idf". (B,): each token is one.
        steps : int, optional
            After how many arrays to stop.
        """
        self.reset_state()
        for batch in batches(data, steps):
            self.update_state(batch[:, np.newaxis] if batch.ndim == 1 else batch)
        self.finalize_state()

    def reset_state(self) -> None:
        """Forget the data seen by `update_state`."""
        self._counts: Counter[Any] = Counter()
        self._documents: Counter[Any] = Counter()  # how many documents a token is in
        self._seen = 0

    def update_state(self, data: Any) -> None:
        """Take some of the data into account; `finalize_state` makes a vocabulary of it."""
        if self._given:
            raise ValueError(
                f"{type(self).__name__} {self.name!r} was given its vocabulary and cannot be "
                "adapted; make it without one"
            )
        tokens = np.atleast_2d(self._as_tokens(data))
        self._counts.update(tokens.reshape(-1).tolist())
        self._seen += len(tokens)
        if self.output_mode == "tf_idf":
            for row in tokens.reshape(len(tokens), -1).tolist():
                self._documents.update(set(row))

    def finalize_state(self) -> None:
        """Make a vocabulary of the data seen."""
        special = (self.mask_token, self.oov_token)
        found = [(count, token) for token, count in self._counts.items() if token not in special]
        if not found:
            return
        most = None if self.max_tokens is None else max(self.max_tokens - self._token_start, 0)
        tokens = [token for _, token in sorted(found, reverse=True)[:most]]
        self._tokens = self._as_tokens(tokens)
        if self.output_mode == "tf_idf":
            inside = np.array([self._documents[token] for token in tokens])
            self._idf = self._all_idf(self._tokens, np.log(1 + self._seen / (1 + inside)), False)
        self.reset_state()

    # ------------------------------------------------------------------ looking up

    def call(self, inputs: Tensor) -> Tensor:
        if self.invert:
            return Tensor(self._tokens_of(inputs.data), requires_grad=False)
        ids = self._ids_of(self._as_tokens(inputs.data))
        mode = "count" if self.output_mode == "tf_idf" else self.output_mode
        rows = encoded(ids, mode, self._depth(), self.dtype)
        return Tensor(rows if self._idf is None else rows * self._idf, requires_grad=False)

    def _ids_of(self, tokens: Array) -> Array:
        """Return the id of each token; -1 for the mask token where it gets none."""
        order = np.argsort(self._tokens)
        ids = np.full(tokens.shape, -1)
        if len(order):
            ascending = self._tokens[order]
            place = np.minimum(np.searchsorted(ascending, tokens), len(order) - 1)
            ids = np.where(ascending[place] == tokens, order[place] + self._token_start, -1)
        masked = np.zeros(tokens.shape, bool)
        if self.mask_token is not None:
            masked = tokens == self._as_tokens([self.mask_token])[0]
        unknown = (ids < 0) & ~masked
        if unknown.any():
            ids[unknown] = self._unknown(tokens[unknown])
        return np.where(masked, 0 if self._oov_start else -1, ids)

    def _unknown(self, tokens: Array) -> Array:
        """Return the ids of tokens that are out of the vocabulary."""
        if self.num_oov_indices == 0:
            raise ValueError(
                f"{type(self).__name__} {self.name!r}: {tokens[0].item()!r} is not in the "
                "vocabulary, and with num_oov_indices=0 there is no id for it"
            )
        if self.num_oov_indices == 1:
            return np.full(tokens.shape, self._oov_start)
        return self._hash(tokens) % self.num_oov_indices + self._oov_start

    def _tokens_of(self, ids: Array) -> Array:
        """Return the token of each id; the unknown token where there is none."""
        names = self._as_tokens([*self.get_vocabulary(), self.oov_token])
        ids = ids.astype(np.int64)
        known = (ids >= 0) & (ids < len(names) - 1)
        return names[np.where(known, ids, len(names) - 1)]

    def _depth(self) -> int:
        if self.pad_to_max_tokens and self.max_tokens is not None:
            return self.max_tokens
        if not len(self._tokens) and self.output_mode != "int":
            raise ValueError(
                f"{type(self).__name__} {self.name!r} has no vocabulary yet: give it one, or call "
                "adapt(data)"
            )
        return self.vocabulary_size()

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return encoded_shape(input_shape, self.output_mode, self._depth())

    def _output_dtype(self, inputs: Any) -> str:
        return "int64" if self.output_mode == "int" else self.dtype

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` makes the layer of again; what was learned is in it."""
        known = len(self._tokens) > 0
        idf = None if self._idf is None else self._idf[self._token_start :][: len(self._tokens)]
        return {
            **super().get_config(),
            "vocabulary": self._tokens.tolist() if known else None,
            "idf_weights": None if idf is None else idf.tolist(),
            "vocabulary_size": self.vocabulary_size() if known else None,
        }
