"""Event files for TensorBoard."""

from .messages import Event, Metadata, Value
from .reading import read
from .records import BrokenEventFileError

__all__ = ["BrokenEventFileError", "Event", "Metadata", "Value", "read"]
