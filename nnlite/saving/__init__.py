"""Models in files, and what makes objects plain data and back."""

from ..custom_objects import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from ..out_of_scope import watch
from .errors import FileRefused
from .limits import Limits
from .model_files import load_model, load_weights, save_model, save_weights
from .objects import deserialize_keras_object, serialize_keras_object

__all__ = [
    "CustomObjectScope",
    "FileRefused",
    "Limits",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "load_model",
    "load_weights",
    "register_keras_serializable",
    "save_model",
    "save_weights",
    "serialize_keras_object",
]

watch(__name__)
