"""Several callbacks spoken to as one."""

import numpy as np
import pytest

from nnlite.callbacks import Callback, CallbackList, EarlyStopping, History, ProgbarLogger
from nnlite.callbacks.base import HOOKS

from .test_base import counts

pytestmark = pytest.mark.one_table


class Model:
    """Takes the place of a model."""


class Recorder(Callback):
    """Notes every hook that it hears."""

    def __init__(self, name: str = "", heard: list | None = None) -> None:
        super().__init__()
        self.name = name
        self.heard = [] if heard is None else heard


def note(hook: str):
    def heard(self, *args):
        self.heard.append((self.name, hook, *args))

    return heard


for each in HOOKS:
    setattr(Recorder, each, note(each))


@pytest.mark.parametrize("hook", HOOKS)
def test_hands_every_hook_on_in_order(hook: str) -> None:
    heard = []
    calls = CallbackList([Recorder("first", heard), Recorder("second", heard)])
    place = (7,) if counts(hook) else ()
    getattr(calls, hook)(*place, {"loss": 1.0})
    assert heard == [
        ("first", hook, *place, {"loss": 1.0}),
        ("second", hook, *place, {"loss": 1.0}),
    ]
    getattr(calls, hook)(*place)
    assert heard[-1] == ("second", hook, *place, {})


def test_flattens_and_keeps_the_order() -> None:
    a, b, c, d = (Callback() for _ in range(4))
    assert CallbackList([a, (b, [c]), [], CallbackList(d)]).callbacks == [a, b, c, d]
    assert CallbackList(a).callbacks == [a]
    assert CallbackList(None).callbacks == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (EarlyStopping, r"callbacks: EarlyStopping is a class; write EarlyStopping\(\.\.\.\)"),
        ([Callback(), [EarlyStopping]], r"callbacks\[1\]\[0\]: EarlyStopping is a class"),
        ("early", "callbacks must be a Callback or a list of Callbacks, got str: 'early'"),
        ([Callback(), 3], r"callbacks\[1\] must be a Callback .* got int: 3"),
        ([None], r"callbacks\[0\] must be a Callback .* got NoneType"),
        ({"a": 1}, "got dict"),
        ([int], r"callbacks\[0\] must be a Callback .* got type"),
    ],
)
def test_refuses_what_is_no_callback(given: object, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        CallbackList(given)


def test_logs_arrive_as_python_floats() -> None:
    heard = Recorder()
    outputs = np.zeros((2, 3))
    CallbackList(heard).on_train_batch_end(
        0, {"a": np.float32(0.5), "b": np.array(2.0), "c": 3, "outputs": outputs, "name": "x"}
    )
    logs = heard.heard[0][-1]
    assert [type(logs[name]) for name in "abc"] == [float] * 3
    assert (logs["a"], logs["b"], logs["c"], logs["name"]) == (0.5, 2.0, 3.0, "x")
    assert logs["outputs"] is outputs


def test_later_callbacks_see_what_earlier_ones_add() -> None:
    class Adds(Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["learning_rate"] = 0.1

    calls = CallbackList([Adds()], add_history=True)
    calls.on_epoch_end(0, {"loss": 1.0})
    assert calls.history.history == {"loss": [1.0], "learning_rate": [0.1]}


def test_listens_only_where_somebody_does() -> None:
    class Old(Callback):
        def on_batch_end(self, batch, logs=None): ...

    assert not any(CallbackList([Callback()]).listens(hook) for hook in HOOKS)
    calls = CallbackList([Callback(), Old()])
    heard = [hook for hook in HOOKS if calls.listens(hook)]
    assert heard == ["on_train_batch_end", "on_batch_end"]


def test_adds_history_and_progress_bar_once() -> None:
    calls = CallbackList(add_history=True, add_progbar=True, verbose=0)
    assert [type(one) for one in calls.callbacks] == [History, ProgbarLogger]
    given = History()
    calls = CallbackList([given], add_history=True)
    assert calls.callbacks == [given]
    assert calls.history is given
    assert CallbackList().history is None


def test_who_comes_last_is_told_after_all_others_wherever_it_stands():
    class Last(Callback):
        comes_last = True

    last, first, later = Last(), Callback(), Callback()
    calls = CallbackList([last, first], add_history=True)
    calls.append(later)
    assert calls.callbacks == [first, calls.history, later, last]
    assert calls.history is calls.callbacks[1]


def test_an_appended_callback_is_heard():
    calls, heard = CallbackList(), Recorder()
    calls.on_train_begin()
    calls.append(heard)
    calls.on_train_begin()
    assert heard.heard == [("", "on_train_begin", {})]


def test_states_are_kept_by_class_and_place():
    class Counts(Callback):
        keeps = ("count",)

        def __init__(self, count):
            super().__init__()
            self.count = count

    state = CallbackList([Counts(1), Callback(), Counts(2)]).get_state()
    assert state == {"Counts_0": {"count": 1}, "Counts_1": {"count": 2}}
    first, second, third = Counts(0), Counts(0), Counts(0)
    CallbackList([first, second, third]).set_state(state)
    assert [one.count for one in (first, second, third)] == [1, 2, 0]


def test_gives_model_and_params_to_all() -> None:
    model, one = Model(), Callback()
    calls = CallbackList([one], add_history=True, model=model, epochs=3, verbose=0)
    assert one.model is model
    assert one.params == {"epochs": 3, "verbose": 0}
    assert model.history is calls.history


def test_an_unknown_keyword_goes_to_the_params() -> None:
    assert CallbackList(Callback(), anything=1).callbacks[0].params == {"anything": 1}


def test_closes_the_bar_when_the_body_fails() -> None:
    class Bar:
        leave = False
        closed = False

        def close(self):
            self.closed = True

    bar = Bar()
    calls = CallbackList(add_progbar=True, verbose=1)
    calls.callbacks[0]._bar = bar
    with pytest.raises(KeyboardInterrupt), calls:
        raise KeyboardInterrupt
    assert bar.closed
    assert bar.leave


def test_all_hear_of_an_error_even_after_one_that_fails_itself() -> None:
    class Fails(Callback):
        def failed(self, error):
            raise OSError("no space left")

    class Hears(Callback):
        def failed(self, error):
            heard.append(error)

    heard: list[BaseException] = []
    error = ZeroDivisionError()
    with pytest.raises(OSError, match="no space") as found, CallbackList([Fails(), Hears()]):
        raise error
    assert heard == [error]
    assert found.value.__context__ is error
