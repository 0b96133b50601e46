"""Pictures of models, trainings and predictions, drawn with matplotlib.

Every function returns a matplotlib Figure, which a notebook shows, and writes it to `path` if one
is given. The figures are made without pyplot: no window opens, and none has to be closed.
"""

from .boundary import decision_boundary
from .confusion import confusion_matrix
from .curves import learning_curves
from .flow import activation_flow, gradient_flow
from .model_plot import plot_model
from .predictions import predictions_grid
from .rates import learning_rate_range
from .weights import weight_histograms, weight_images

__all__ = [
    "activation_flow",
    "confusion_matrix",
    "decision_boundary",
    "gradient_flow",
    "learning_curves",
    "learning_rate_range",
    "plot_model",
    "predictions_grid",
    "weight_histograms",
    "weight_images",
]
