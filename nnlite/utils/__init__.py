"""Small helpers, under Keras's names."""

from ..data import pack_x_y_sample_weight, unpack_x_y_sample_weight
from ..naming import clear_session
from ..random import set_random_seed
from ..streams import PyDataset
from ..visualize.model_plot import model_to_dot, plot_model
from .numerical import to_categorical

#: The name that PyDataset had in Keras 2.
Sequence = PyDataset

__all__ = [
    "PyDataset",
    "Sequence",
    "clear_session",
    "model_to_dot",
    "pack_x_y_sample_weight",
    "plot_model",
    "set_random_seed",
    "to_categorical",
    "unpack_x_y_sample_weight",
]
