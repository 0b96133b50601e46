"""A training step taken apart: every op, gradient and update, with the numbers it really had."""

from ..out_of_scope import watch
from .explanation import Explanation, explain

__all__ = ["Explanation", "explain"]

watch(__name__)
