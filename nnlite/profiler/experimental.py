"""What TensorFlow keeps under `tf.profiler.experimental`."""

from __future__ import annotations

from .control import Trace, start, stop
from .listening import Profile

__all__ = ["Profile", "Trace", "start", "stop"]
