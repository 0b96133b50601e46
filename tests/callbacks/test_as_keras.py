"""EarlyStopping and ReduceLROnPlateau decide as Keras's own do, on the same values."""

import numpy as np
import pytest

import nnlite

from .keras_callbacks import decisions, told

pytestmark = pytest.mark.one_table


#: Some epochs of a quantity: falling, with plateaus and relapses, rounded so that some are equal.
DRAWN = np.random.default_rng(2).normal(size=(6, 30)).cumsum(axis=1).round(1).tolist()

CASES = [
    ("EarlyStopping", {}),
    ("EarlyStopping", {"patience": 3, "restore_best_weights": True}),
    ("EarlyStopping", {"patience": 2, "min_delta": 0.5, "restore_best_weights": True}),
    ("EarlyStopping", {"patience": 4, "mode": "max", "restore_best_weights": True}),
    ("EarlyStopping", {"patience": 3, "monitor": "val_accuracy", "restore_best_weights": True}),
    ("EarlyStopping", {"patience": 5, "baseline": 0.0, "restore_best_weights": True}),
    ("EarlyStopping", {"patience": 1, "start_from_epoch": 8, "restore_best_weights": True}),
    ("EarlyStopping", {"patience": 99, "restore_best_weights": True}),
    ("ReduceLROnPlateau", {"patience": 2}),
    ("ReduceLROnPlateau", {"patience": 3, "factor": 0.5, "cooldown": 4}),
    ("ReduceLROnPlateau", {"patience": 1, "factor": 0.5, "min_lr": 0.01}),
    ("ReduceLROnPlateau", {"patience": 0, "factor": 0.9, "cooldown": 1}),
    ("ReduceLROnPlateau", {"patience": 2, "min_delta": 1.0, "mode": "max"}),
]


@pytest.mark.parametrize(("name", "arguments"), CASES)
def test_decides_as_keras_does(name: str, arguments: dict, worker) -> None:
    for values in DRAWN:
        model = nnlite.Sequential([nnlite.Input((1,)), nnlite.layers.Dense(1)])
        ours = decisions(nnlite, model, name, arguments, values, 0.1)
        assert ours == worker.submit(told, name, arguments, values).result()


def test_the_cases_differ() -> None:
    """Each argument makes a difference on these values."""
    found = []
    for name, arguments in CASES:
        model = nnlite.Sequential([nnlite.Input((1,)), nnlite.layers.Dense(1)])
        found.append([decisions(nnlite, model, name, arguments, one, 0.1) for one in DRAWN])
    assert all(found.count(one) == 1 for one in found)
