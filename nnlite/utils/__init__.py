"""Small helpers, under Keras's names."""

from ..random import set_random_seed
from .numerical import to_categorical

__all__ = ["set_random_seed", "to_categorical"]
