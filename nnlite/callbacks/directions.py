"""Whether more or less of a metric is better: by what it measures, or else by its name."""

from __future__ import annotations

import re
from typing import Any

from ..registry import snake_case

#: Words in the names of metrics that should grow.
MORE = (
    "acc|accuracy|auc|precision|recall|sensitivity|specificity|iou|io_u"
    "|f1_score|fbeta_score|f_beta_score|fmeasure|f_measure|r2_score|r2|cosine_similarity|correlation|true_positives|true_negatives"
)

#: Words in the names of metrics that should shrink.
LESS = (
    "loss|error|mse|mae|mape|msle|rmse|crossentropy|hinge|poisson|divergence|logcosh|log_cosh"
    "|false_positives|false_negatives"
)


def direction_of(name: str, metric: Any = None) -> int | None:
    """Return 1 where a metric should grow, -1 where it should shrink, None where nobody knows.

    Parameters
    ----------
    name : str
        Its name in the logs.
    metric : Metric, optional
        The metric itself, whose class says more than a name that somebody has given to it.
    """
    by_class = None if metric is None else _of_words(snake_case(type(metric).__name__))
    return by_class or _of_words(name.lower())


def _of_words(name: str) -> int | None:
    grows, shrinks = (re.search(rf"(^|_)({words})(_|\d|$)", name) for words in (MORE, LESS))
    if bool(grows) == bool(shrinks):
        return None
    return 1 if grows else -1
