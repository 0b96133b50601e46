"""Small helpers, under Keras's names."""

from ..naming import clear_session
from ..random import set_random_seed
from .numerical import to_categorical

__all__ = ["clear_session", "set_random_seed", "to_categorical"]
