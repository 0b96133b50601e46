"""Seeds: one number decides every random draw of nnlite.

Each purpose (initial weights, shuffling, ...) draws from a stream of its own, so that training a
model for longer does not change the weights of the model that is built after it.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from ..naming import unique_name
from ..registry import Configurable
from ..tape import this_thread
from ..tensor import Array, Parameter

_seed: int | None = None
_streams: dict[str, np.random.Generator] = {}
_shared: SeedGenerator | None = None  # what is drawn from where no seed is given


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
    global _seed, _shared
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**32:
        raise ValueError(
            f"set_random_seed: seed must be an integer from 0 to 2**32 - 1, got {seed!r}"
        )
    import random as python_random  # with what it brings, a tenth of `import nnlite`

    python_random.seed(int(seed))
    np.random.seed(int(seed))  # noqa: NPY002, the user's code may draw from it
    _seed = int(seed)
    _streams.clear()
    _shared = None


def stream(purpose: str) -> np.random.Generator:
    """Return the generator of one purpose ("initializers", "shuffle", ...), made on first use."""
    if purpose not in _streams:
        key = (zlib.crc32(purpose.encode()),)
        _streams[purpose] = np.random.Generator(
            np.random.PCG64(np.random.SeedSequence(entropy=_seed, spawn_key=key))
        )
    return _streams[purpose]


class SeedGenerator(Configurable):
    """A seed and how often it was drawn from: each draw gives other numbers, the same every time.

    A layer keeps one as an attribute and hands it to `nnlite.random` in its `call`.

    Parameters
    ----------
    seed : int, optional
        By default one is drawn, as `set_random_seed` has it.
    name : str, optional

    Attributes
    ----------
    state : Parameter
        (2,) int64: the seed, and the number of draws. It is among a layer's `variables`, not among
        its weights; whoever restores it goes on with the same numbers.
    """

    def __init__(self, seed: int | None = None, name: str | None = None) -> None:
        self.seed = None if seed is None else _checked(seed)
        self.name = str(name) if name is not None else unique_name("seed_generator")
        first = int(stream("seed_generators").integers(1, 10**9)) if seed is None else self.seed
        state = np.array([first, 0], np.int64)
        self.state = Parameter(state, "seed_generator_state", trainable=False)
        self.state.path = f"{self.name}/seed_generator_state"

    def next(self) -> Array:
        """Return the state as it is, a copy, and count a draw."""
        state = self.state.data.copy()
        state_to_draw_from(self)[1] += 1
        return state


def state_to_draw_from(seed: Any) -> Array:
    """Return the state that a kernel draws from, and counts its draw in.

    Of a SeedGenerator it is its own, except where a layer is only tried for the shape of its
    outputs; for a number a new one, so that it gives the same numbers at each call.

    Raises
    ------
    TypeError, ValueError
        Where `seed` is neither None, nor a whole number of 64 bits, nor a SeedGenerator.
    """
    if seed is None:
        seed = shared_generator()
    if not isinstance(seed, SeedGenerator):
        return np.array([_checked(seed), 0], np.int64)
    return seed.state.data.copy() if this_thread.around.trying else seed.state.data


def shared_generator() -> SeedGenerator:
    """Return what is drawn from where no seed is given, made on first use."""
    global _shared
    _shared = _shared or SeedGenerator(name="shared_seed_generator")
    return _shared


def _checked(seed: Any) -> int:
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise TypeError(
            "seed must be a whole number, a SeedGenerator (in nnlite.random), or None, got "
            f"{seed!r}"
        )
    if not -(2**63) <= seed < 2**63:
        raise ValueError(f"seed must be a whole number of 64 bits with a sign, got {seed}")
    return int(seed)
