"""Random numbers, and the seeds that decide them.

Where a distribution is drawn from, `shape` is the shape of the array of samples, `dtype` their
type, by default `config.floatx()`, and `seed` a whole number, which gives the same samples every
time, a `SeedGenerator`, which gives others at each call, or None for the process's own.
"""

from ..out_of_scope import watch
from .distributions import (
    beta,
    binomial,
    categorical,
    dropout,
    gamma,
    normal,
    randint,
    shuffle,
    truncated_normal,
    uniform,
)
from .seeds import SeedGenerator, set_random_seed, stream

__all__ = [
    "SeedGenerator",
    "beta",
    "binomial",
    "categorical",
    "dropout",
    "gamma",
    "normal",
    "randint",
    "set_random_seed",
    "shuffle",
    "stream",
    "truncated_normal",
    "uniform",
]

watch(__name__)
