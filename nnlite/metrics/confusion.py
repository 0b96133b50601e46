"""Counts of right and wrong predictions, shares of them, and the best under a condition."""

from __future__ import annotations

from typing import Any

import numpy as np

from .thresholds import ThresholdMetric, listed


class _OfCounts(ThresholdMetric):
    """Base of the metrics that are one of the `Counts`, or a share of them, at each threshold."""

    #: Its name in `Counts`.
    what: str

    def __init__(self, thresholds: Any, default: float, name: str | None, dtype: Any) -> None:
        self.thresholds = listed(thresholds, self, default)
        super().__init__(self.thresholds, name, dtype)
        self.init_thresholds = thresholds

    def result(self) -> Any:
        """Return the number at the only threshold, or those at all."""
        values = getattr(self.counts(), self.what)[0]
        return float(values[0]) if len(values) == 1 else values

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"thresholds": self.init_thresholds}


# ------------------------------------------------------------------------------------- counts


class _Count(_OfCounts):
    """Base of the four counts, in weights of samples."""

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(thresholds, 0.5, name, dtype)


class TruePositives(_Count):
    """How many are positive and were predicted so.

    Parameters
    ----------
    thresholds : float or sequence of float, optional
        0.5 by default; the result is a number, or one for each of several.
    """

    what = "true_positives"


class FalsePositives(_Count):
    """How many are negative and were predicted positive.

    Parameters
    ----------
    thresholds
        As of `TruePositives`.
    """

    what = "false_positives"


class TrueNegatives(_Count):
    """How many are negative and were predicted so.

    Parameters
    ----------
    thresholds
        As of `TruePositives`.
    """

    what = "true_negatives"


class FalseNegatives(_Count):
    """How many are positive and were predicted negative.

    Parameters
    ----------
    thresholds
        As of `TruePositives`.
    """

    what = "false_negatives"


# ----------------------------------------------------------------------- precision and recall


class _Share(_OfCounts):
    """Base of precision and recall."""

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(thresholds, 0.5 if top_k is None else -np.inf, name, dtype)
        self.top_k, self.class_id = top_k, class_id


class Precision(_Share):
    """TP / (TP + FP): the share of right ones among those predicted positive.

    Parameters
    ----------
    thresholds : float or sequence of float, optional
        0.5 by default; with `top_k` none, all of the k largest being positive.
    top_k : int, optional
        Only the k largest of a row can be positive.
    class_id : int, optional
        Only this column of the predictions counts.
    """

    what = "precision"


class Recall(_Share):
    """TP / (TP + FN): the share of the positives that were predicted so.

    Parameters
    ----------
    thresholds, top_k, class_id
        As of `Precision`.
    """

    what = "recall"


# ------------------------------------------------------------------- the best under a condition


class _BestWhere(ThresholdMetric):
    """Base: the best of one share over all thresholds where another one is large enough.

    `what` is maximised, `where` has to reach the first argument, which is kept under `limit`.
    """

    what: str
    where: str
    limit: str

    def __init__(
        self, value: float, num_thresholds: int, class_id: int | None, name: Any, dtype: Any
    ) -> None:
        kind = type(self).__name__
        if not 0 <= value <= 1:
            raise ValueError(f"{kind}: {self.limit} must lie in [0, 1], got {value!r}")
        if num_thresholds < 1:
            raise ValueError(f"{kind}: num_thresholds must be at least 1, got {num_thresholds!r}")
        self.thresholds = (
            [0.5] if num_thresholds == 1 else np.linspace(0, 1, num_thresholds).tolist()
        )
        super().__init__(self.thresholds, name, dtype)
        setattr(self, self.limit, value)
        self.num_thresholds, self.class_id = num_thresholds, class_id

    def result(self) -> float:
        """Return the best value; 0 where no threshold fulfils the condition."""
        counts = self.counts()
        feasible = getattr(counts, self.where) >= getattr(self, self.limit)
        return float(getattr(counts, self.what)[feasible].max(initial=0.0))


class SensitivityAtSpecificity(_BestWhere):
    """The largest TP / (TP + FN) where TN / (TN + FP) is at least `specificity`.

    Parameters
    ----------
    specificity : float in [0, 1]
    num_thresholds : int
        How many thresholds from 0 to 1 are tried.
    class_id : int, optional
        Only this column of the predictions counts.
    """

    what, where, limit = "recall", "specificity", "specificity"

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(specificity, num_thresholds, class_id, name, dtype)


class SpecificityAtSensitivity(_BestWhere):
    """The largest TN / (TN + FP) where TP / (TP + FN) is at least `sensitivity`.

    Parameters
    ----------
    sensitivity : float in [0, 1]
    num_thresholds, class_id
        As of `SensitivityAtSpecificity`.
    """

    what, where, limit = "specificity", "recall", "sensitivity"

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)


class PrecisionAtRecall(_BestWhere):
    """The largest TP / (TP + FP) where TP / (TP + FN) is at least `recall`.

    Parameters
    ----------
    recall : float in [0, 1]
    num_thresholds, class_id
        As of `SensitivityAtSpecificity`.
    """

    what, where, limit = "precision", "recall", "recall"

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(recall, num_thresholds, class_id, name, dtype)


class RecallAtPrecision(_BestWhere):
    """The largest TP / (TP + FN) where TP / (TP + FP) is at least `precision`.

    Parameters
    ----------
    precision : float in [0, 1]
    num_thresholds, class_id
        As of `SensitivityAtSpecificity`.
    """

    what, where, limit = "recall", "precision", "precision"

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(precision, num_thresholds, class_id, name, dtype)
