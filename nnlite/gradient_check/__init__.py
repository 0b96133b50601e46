"""Check a gradient: the tape's against the slope measured by central differences.

`gradcheck` checks a function of tensors and raises an error where its gradient is wrong; `check`
returns a report instead. `model.gradcheck` does the same for all weights and inputs of a model.
"""

from .causes import Surroundings
from .checking import ATOL, RTOL, compared
from .comparison import Comparison, Quantity
from .functions import check, gradcheck, numerical_gradient
from .report import GradientCheckError, GradientReport

__all__ = [
    "ATOL",
    "RTOL",
    "Comparison",
    "GradientCheckError",
    "GradientReport",
    "Quantity",
    "Surroundings",
    "check",
    "compared",
    "gradcheck",
    "numerical_gradient",
]
