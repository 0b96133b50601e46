"""Small helpers, under Keras's names."""

from ..data import pack_x_y_sample_weight, unpack_x_y_sample_weight
from ..naming import clear_session
from ..random import set_random_seed
from ..streams import PyDataset
from .numerical import to_categorical

#: The name that PyDataset had in Keras 2.
Sequence = PyDataset

__all__ = [
    "PyDataset",
    "Sequence",
    "clear_session",
    "pack_x_y_sample_weight",
    "set_random_seed",
    "to_categorical",
    "unpack_x_y_sample_weight",
]
