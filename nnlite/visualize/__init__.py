"""Pictures of models, trainings and predictions, drawn with matplotlib.

Every function returns a matplotlib Figure, which a notebook shows, and writes it to `path` if one
is given. The figures are made without pyplot: no window opens, and none has to be closed.
"""

from .curves import learning_curves
from .model_plot import plot_model
from .predictions import predictions_grid

__all__ = ["learning_curves", "plot_model", "predictions_grid"]
