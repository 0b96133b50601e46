"""A training step taken apart: every op, gradient and update, with the numbers it really had."""

from ..out_of_scope import watch
from .explanation import Explanation, explain
from .finding import Finding
from .reproduction import reproduce

__all__ = ["Explanation", "Finding", "explain", "reproduce"]

watch(__name__)
