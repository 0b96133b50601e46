"""The base class of callbacks."""

import pytest

from nnlite.callbacks import Callback
from nnlite.callbacks.base import HOOKS

pytestmark = pytest.mark.one_table


def counts(hook: str) -> bool:
    """Whether a hook is told the number of its epoch or batch."""
    return "epoch" in hook or "batch" in hook


def test_every_keras_hook_is_there() -> None:
    moments = [
        *("train_begin", "train_end", "test_begin", "test_end", "predict_begin", "predict_end"),
        *("epoch_begin", "epoch_end", "batch_begin", "batch_end"),
        *("train_batch_begin", "train_batch_end", "test_batch_begin", "test_batch_end"),
        *("predict_batch_begin", "predict_batch_end"),
    ]
    assert sorted(HOOKS) == sorted(f"on_{moment}" for moment in moments)


@pytest.mark.parametrize("hook", HOOKS)
def test_hooks_do_nothing_and_are_not_listened_to(hook: str) -> None:
    callback = Callback()
    place = (0,) if counts(hook) else ()
    assert getattr(callback, hook)(*place) is None
    assert getattr(callback, hook)(*place, logs={}) is None
    assert not callback.listens(hook)


@pytest.mark.parametrize("end", ["begin", "end"])
def test_the_old_batch_hooks_are_called_by_the_new_ones(end: str) -> None:
    seen = []

    class Old(Callback):
        pass

    setattr(Old, f"on_batch_{end}", lambda self, batch, logs=None: seen.append((batch, logs)))
    getattr(Old(), f"on_train_batch_{end}")(3, {"loss": 1.0})
    assert seen == [(3, {"loss": 1.0})]
    assert Old().listens(f"on_train_batch_{end}")
    assert Old().listens(f"on_batch_{end}")
    assert not Old().listens(f"on_test_batch_{end}")


def test_a_hook_set_on_the_object_counts() -> None:
    callback = Callback()
    callback.on_epoch_end = lambda epoch, logs=None: None
    assert callback.listens("on_epoch_end")
    assert not Callback().listens("on_epoch_end")


def test_params_and_model_are_received() -> None:
    callback = Callback()
    callback.set_params({"epochs": 3})
    callback.set_model("the model")
    assert (callback.params, callback.model) == ({"epochs": 3}, "the model")


def test_an_unknown_keyword_is_refused_with_the_nearest_known_one() -> None:
    class Mine(Callback):
        def __init__(self, patience: int = 0) -> None:
            super().__init__()

    with pytest.raises(TypeError, match=r"Mine.*'patioence'.*Did you mean 'patience'"):
        Mine(patioence=1)
