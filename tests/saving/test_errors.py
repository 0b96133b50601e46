"""One exception for every refused file, that says which, where and why."""

import copy
import pickle

import pytest

from nnlite.saving.errors import FileRefused

pytestmark = pytest.mark.one_table


def test_it_says_which_file_where_and_why() -> None:
    error = FileRefused("model.h5", "/model_weights/dense", "a soft link")
    assert isinstance(error, ValueError)
    assert (error.file, error.place, error.reason) == (
        "model.h5",
        "/model_weights/dense",
        "a soft link",
    )
    assert str(error) == "model.h5 was refused, at /model_weights/dense: a soft link"


@pytest.mark.parametrize("copied", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])  # noqa: S301 - our own bytes
def test_it_can_be_copied_between_processes(copied) -> None:
    error = copied(FileRefused("model.h5", "/", "broken"))
    assert (error.file, error.place, error.reason) == ("model.h5", "/", "broken")
