"""Small helpers, under Keras's names."""

from ..config import (
    disable_interactive_logging,
    enable_interactive_logging,
    is_interactive_logging_enabled,
)
from ..data import pack_x_y_sample_weight, unpack_x_y_sample_weight
from ..graph import is_keras_tensor
from ..naming import clear_session
from ..out_of_scope import watch
from ..random import set_random_seed
from ..saving import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    serialize_keras_object,
)
from ..streams import PyDataset
from ..visualize.model_plot import model_to_dot, plot_model
from .files import get_file
from .numerical import normalize, to_categorical
from .progbar import Progbar
from .splitting import split_dataset

#: The name that PyDataset had in Keras 2.
Sequence = PyDataset

__all__ = [
    "CustomObjectScope",
    "Progbar",
    "PyDataset",
    "Sequence",
    "clear_session",
    "custom_object_scope",
    "deserialize_keras_object",
    "disable_interactive_logging",
    "enable_interactive_logging",
    "get_custom_objects",
    "get_file",
    "get_registered_name",
    "get_registered_object",
    "is_interactive_logging_enabled",
    "is_keras_tensor",
    "model_to_dot",
    "normalize",
    "pack_x_y_sample_weight",
    "plot_model",
    "register_keras_serializable",
    "serialize_keras_object",
    "set_random_seed",
    "split_dataset",
    "to_categorical",
    "unpack_x_y_sample_weight",
]

watch(__name__)
