"""Seeds: one number decides every random draw of nnlite.

Each purpose (initial weights, shuffling, ...) draws from a stream of its own, so that training a
model for longer does not change the weights of the model that is built after it.
"""

from __future__ import annotations

import zlib

import numpy as np

_seed: int | None = None
_streams: dict[str, np.random.Generator] = {}


def set_random_seed(seed: int) -> None:
    """Seed Python's, numpy's and nnlite's generators: same seed, same bits.

    Parameters
    ----------
    seed : int
        From 0 to 2**32 - 1.

    Raises
    ------
    ValueError
        Where `seed` is not an integer in that range.
    """
    global _seed
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**32:
        raise ValueError(
            f"set_random_seed: seed must be an integer from 0 to 2**32 - 1, got {seed!r}"
        )
    import random as python_random  # with what it brings, a tenth of `import nnlite`

    python_random.seed(int(seed))
    np.random.seed(int(seed))  # noqa: NPY002, the user's code may draw from it
    _seed = int(seed)
    _streams.clear()


def stream(purpose: str) -> np.random.Generator:
    """Return the generator of one purpose ("initializers", "shuffle", ...), made on first use."""
    if purpose not in _streams:
        key = (zlib.crc32(purpose.encode()),)
        _streams[purpose] = np.random.Generator(
            np.random.PCG64(np.random.SeedSequence(entropy=_seed, spawn_key=key))
        )
    return _streams[purpose]
