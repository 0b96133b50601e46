"""Each fault is found by the check that is made for it, and nothing else is made of health."""

import re
import warnings

import numpy as np
import pytest

from nnlite.diagnosis import doctor
from nnlite.diagnosis.patient import Patient

from . import faults

pytestmark = pytest.mark.one_table

CHECKS = {check.name: check for check in (*doctor.AT_FIRST, *doctor.CHECKS)}


def patient_of(
    model, x, y, batch_size=32, validation_split=0.0, validation_data=None, shuffle=True
):
    given = validation_split, validation_data, batch_size, shuffle
    return Patient(model, x, y, None, None, *given)


def found(name, model, x, y, **options):
    """What one check has found."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(CHECKS[name].find(patient_of(model, x, y, **options)))


@pytest.mark.parametrize("fault", faults.FAULTS)
def test_a_fault_is_found(fault):
    check, severity, text, make = faults.FAULTS[fault]
    model, x, y, options = make()
    findings = found(check, model, x, y, **options)
    assert [finding.severity for finding in findings] == [severity]
    assert re.search(text, f"{findings[0].seen}. {findings[0].advice}")
    for part in (findings[0].seen, findings[0].why, findings[0].advice):
        assert 10 < len(part) < 240


def test_every_check_has_a_fault():
    assert {check for check, *_ in faults.FAULTS.values()} == CHECKS.keys()


@pytest.mark.parametrize("health", faults.HEALTHY)
def test_no_false_alarm(health):
    model, x, y = faults.HEALTHY[health]()
    diagnosis = doctor.diagnose(model, x, y, validation_split=0.2)
    assert diagnosis.healthy, str(diagnosis)
    assert diagnosis.looked_at.keys() == CHECKS.keys()


def test_no_false_alarm_on_a_trained_model():
    model = faults.classifier()
    model.fit(faults.X, faults.LABELS, epochs=30, verbose=0)
    assert doctor.diagnose(model, faults.X, faults.LABELS).healthy
