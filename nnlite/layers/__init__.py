"""Layers, by the names that Keras gives them."""

from ..graph import Input
from .base import Layer
from .core import Activation, Dense, InputLayer
from .reshaping import Flatten

__all__ = ["Activation", "Dense", "Flatten", "Input", "InputLayer", "Layer"]
