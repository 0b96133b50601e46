"""The doctor: a table of checks, each on a model and the data that it is to be trained on."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from .. import arguments
from ..naming import names_kept
from ..random import states
from . import inputs, layers, learning, rows, targets
from .findings import Diagnosis, Finding, NotLookedAt
from .patient import BATCH, PROBE, Patient


class Check(NamedTuple):
    """What a check is called, what it looks at, and what finds something.

    `find` raises NotLookedAt where it has nothing to look at.
    """

    name: str
    looks_at: str
    find: Callable[[Patient], Iterator[Finding]]


def refusal(patient: Patient) -> Iterator[Finding]:
    """Find what makes `fit` refuse the data."""
    if patient.refusal is not None and not any(inputs.not_finite(*one) for one in patient.inputs):
        why = "Nothing can be trained on them as they are"
        yield Finding("error", "fit() refuses the data", why, patient.refusal, {})


#: Those that say whether there can be a training at all.
AT_FIRST = (
    Check("values", "NaN, constant columns and outliers in x", inputs.values),
    Check("shapes", "x and y against the model and the loss, as fit() does", refusal),
    Check("weights", "NaN and infinity in the weights and the optimizer's numbers", layers.broken),
)

#: Those that need a step which can be done.
CHECKS = (
    Check("scale", "the size of the numbers that the first layers read", inputs.scale),
    Check("targets", "labels, last layer and loss against each other", targets.targets),
    Check("order", "whether the rows are in the order of their targets", rows.order),
    Check("leakage", "validation rows that are training rows, too", rows.leakage),
    Check("first loss", "the loss against that of knowing nothing", learning.first_loss),
    Check("dead units", f"ReLUs that are 0 for all of {PROBE:,} samples", layers.dead),
    Check("saturation", "sigmoid, tanh and softmax at their flat ends", layers.saturated),
    Check("gradients", "gradients that vanish, explode, are 0 or NaN", layers.gradients),
    Check(
        "learning rate", "a step at each rate, and a trial at the model's", learning.learning_rate
    ),
    Check(
        "one batch", f"whether {learning.FEW} samples can be learned by heart", learning.one_batch
    ),
)


def diagnose(
    model: Any,
    x: Any,
    y: Any = None,
    batch_size: int | None = None,
    validation_split: float = 0.0,
    validation_data: Any = None,
    shuffle: bool = True,
    class_weight: Any = None,
    sample_weight: Any = None,
) -> Diagnosis:
    """Make all checks; see `Model.doctor`."""
    size = BATCH if batch_size is None else arguments.batch_size(batch_size)
    with states.kept(), names_kept(), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # of what overflows there are findings
        patient = Patient(
            model, x, y, sample_weight, class_weight, validation_split, validation_data, size,
            shuffle,
        )  # fmt: skip
        diagnosis = Diagnosis(model.name, patient.size)
        for check in AT_FIRST:
            _make(check, patient, diagnosis)
        for check in CHECKS:
            if patient.obstacle:
                diagnosis.left_out[check.name] = patient.obstacle
            else:
                _make(check, patient, diagnosis)
    diagnosis.findings.sort(key=lambda finding: finding.severity == "note")
    diagnosis.rate_test = patient.rate_test
    return diagnosis


def _make(check: Check, patient: Patient, diagnosis: Diagnosis) -> None:
    """Make one check, and take down what it has found, or why it could not look."""
    try:
        found = [finding._replace(check=check.name) for finding in check.find(patient)]
    except NotLookedAt as reason:
        diagnosis.left_out[check.name] = str(reason)
    else:
        diagnosis.looked_at[check.name] = check.looks_at
        diagnosis.findings += found
