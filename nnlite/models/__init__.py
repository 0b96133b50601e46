"""Models: layers that are trained together."""

from ..out_of_scope import watch
from .cloning import clone_model, model_from_json
from .files import load_model, save_model
from .functional import Functional
from .model import Model
from .sequential import Sequential

__all__ = [
    "Functional",
    "Model",
    "Sequential",
    "clone_model",
    "load_model",
    "model_from_json",
    "save_model",
]

watch(__name__)
