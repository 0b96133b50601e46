"""Layers that turn raw columns into numbers that a network can take: ids, and rows of 0 and 1.

They compute with numpy, so a model that has one of them inside trains on the tape; in front of a
model, on whole arrays, they cost a training nothing.
"""

from .categories import CategoryEncoding
from .discretization import Discretization
from .integer_lookup import IntegerLookup
from .string_lookup import StringLookup
