"""Callbacks made of functions."""

import numpy as np
import pytest

import nnlite
from nnlite.callbacks import CallbackList, LambdaCallback
from nnlite.callbacks.base import HOOKS

from .test_base import counts

pytestmark = pytest.mark.one_table


@pytest.mark.parametrize("hook", HOOKS)
def test_any_hook_may_be_given(hook: str) -> None:
    heard = []
    calls = CallbackList(LambdaCallback(**{hook: lambda *given: heard.append(given)}))
    place = (3,) if counts(hook) else ()
    getattr(calls, hook)(*place, {"loss": 1.0})
    assert heard == [(*place, {"loss": 1.0})]
    listened = {one for one in HOOKS if calls.listens(one)}
    by_a_new_name = {hook.replace("on_", "on_train_")} if hook.startswith("on_batch") else set()
    assert listened == {hook} | by_a_new_name


def test_in_a_training() -> None:
    heard = []
    model = nnlite.Sequential([nnlite.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(
        np.ones((4, 1)),
        np.ones((4, 1)),
        batch_size=2,
        callbacks=[
            LambdaCallback(
                lambda epoch, logs: heard.append(("epoch", epoch)),
                on_train_batch_end=lambda batch, logs: heard.append(("batch", batch)),
                on_train_end=lambda logs: heard.append(sorted(logs)),
            )
        ],
        verbose=0,
    )
    assert heard == [("epoch", 0), ("batch", 0), ("batch", 1), ["loss"]]


def test_what_is_no_hook_is_refused() -> None:
    with pytest.raises(TypeError, match=r"'on_epoch_ends'\. Did you mean 'on_epoch_end'"):
        LambdaCallback(on_epoch_ends=print)
    with pytest.raises(TypeError, match="on_train_end must be a function, got 3"):
        LambdaCallback(on_train_end=3)
