"""Layers that bring numbers to mean 0 and variance 1, or to length 1."""

from .batch import BatchNormalization
from .features import GroupNormalization, LayerNormalization, RMSNormalization, UnitNormalization
from .standardization import Normalization

__all__ = [
    "BatchNormalization",
    "GroupNormalization",
    "LayerNormalization",
    "Normalization",
    "RMSNormalization",
    "UnitNormalization",
]
