"""Random numbers, and the seeds that decide them."""

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
