"""The progress on terminals, in notebooks and through pipes."""

import re
import sys
import types

import pytest

from nnlite.callbacks import CallbackList, ProgbarLogger, resolve_verbose
from nnlite.callbacks import progress as module

from .terminal import on_a_terminal, screen, through_a_pipe

pytestmark = pytest.mark.one_table

TRAINING = """
from nnlite.callbacks import CallbackList, progress
progress.INTERVAL = {interval}
steps = {steps}
calls = CallbackList(add_progbar=True, verbose={verbose}, epochs={epochs}, steps=steps)
with calls:
    calls.on_train_begin()
    for epoch in range({epochs}):
        calls.on_epoch_begin(epoch)
        for batch in range(12):
            if batch == {fails_at}:
                raise SystemExit("stopped by hand")
            calls.on_train_batch_end(batch, {{"loss": 1 / (batch + 1), "accuracy": 0.5}})
        calls.on_test_begin()
        for batch in range(3):
            calls.on_test_batch_end(batch, {{"loss": 7.0}})
        calls.on_test_end({{"loss": 7.0}})
        calls.on_epoch_end(epoch, {{"loss": 0.25, "accuracy": 0.5, "val_loss": 0.0005}})
    calls.on_train_end()
"""

METRICS = "- loss: 0.2500 - accuracy: 0.5000 - val_loss: 5.0000e-04"


def training(
    verbose: int = 1,
    epochs: int = 2,
    steps: int | None = 12,
    interval: float = 0.0,
    fails_at: int | None = None,
) -> str:
    return TRAINING.format(**locals())


def without_times(text: str) -> str:
    """Replace what depends on the machine's speed."""
    text = re.sub(r"\b\d+(s|ms|us)/step", "T/step", text)
    return re.sub(r"(?<= )\d+s\b", "Ts", text)


def test_the_terminal_keeps_a_line_an_epoch() -> None:
    full = "12/12 " + "━" * 20 + " Ts T/step " + METRICS
    shown = screen(without_times(on_a_terminal(training())))
    assert shown == ["Epoch 1/2", full, "Epoch 2/2", full, ""]


def test_the_bar_moves() -> None:
    written = without_times(on_a_terminal(training(epochs=1)))
    assert " 1/12 ━─────────────────── Ts T/step - loss: 1.0000 - accuracy: 0.5000" in written
    assert " 6/12 ━━━━━━━━━━────────── Ts T/step - loss: 0.1667 - accuracy: 0.5000" in written
    assert "7.0000" not in written  # the validation inside fit shows nothing


def test_short_epochs_draw_no_bar() -> None:
    written = on_a_terminal(training(epochs=1, interval=1000.0))
    assert written.count("\n") == 1
    assert "\r" not in written.replace("\r\n", "")


def test_a_narrow_terminal_shows_the_whole_last_line() -> None:
    written = without_times(on_a_terminal(training(epochs=1), columns=40))
    assert METRICS in written
    moving = written.replace("\r\n", "\n").split("\r")
    assert all(len(one) <= 40 for one in moving[:-1])  # what is drawn again must not wrap


def test_a_terminal_without_these_characters() -> None:
    written = on_a_terminal(training(epochs=1), PYTHONIOENCODING="ascii")
    assert " 6/12 ==========.......... " in written


def test_a_failure_leaves_its_message_on_a_line_of_its_own() -> None:
    shown = screen(without_times(on_a_terminal(training(epochs=1, fails_at=6))))
    assert shown[0].startswith(" 6/12 ━━━━━━━━━━────────── Ts T/step - loss: 0.1667")
    assert shown[1:] == ["stopped by hand", ""]


@pytest.mark.parametrize("verbose", [1, 2])
def test_a_pipe_gets_a_line_an_epoch(verbose: int) -> None:
    written = without_times(through_a_pipe(training(verbose)))
    line = f"12/12 - Ts - T/step {METRICS}\n"
    assert written == f"Epoch 1/2 - {line}Epoch 2/2 - {line}"


def test_verbose_2_is_the_same_on_a_terminal() -> None:
    written = without_times(on_a_terminal(training(2, epochs=1)))
    assert written == f"12/12 - Ts - T/step {METRICS}\r\n"


def test_verbose_0_is_silent() -> None:
    assert on_a_terminal(training(0)) == ""
    assert through_a_pipe(training(0)) == ""


def test_steps_that_nobody_knows_are_counted() -> None:
    written = without_times(on_a_terminal(training(steps=None)))
    assert "6/Unknown Ts T/step - loss: 0.1667" in written
    assert screen(written)[1].startswith("12/12 " + "━" * 20)
    assert "2/12 ━━━" in written  # the second epoch knows from the first
    assert "Epoch 2/2 - 12/12 - " in through_a_pipe(training(steps=None))


@pytest.mark.parametrize("what", ["test", "predict"])
def test_evaluate_and_predict(what: str, capsys) -> None:
    calls = CallbackList(add_progbar=True, verbose=2, epochs=1, steps=3)
    getattr(calls, f"on_{what}_begin")()
    for batch in range(3):
        getattr(calls, f"on_{what}_batch_end")(batch, {"loss": 1.0})
    getattr(calls, f"on_{what}_end")({"loss": 0.5} if what == "test" else {})
    metrics = " - loss: 0.5000" if what == "test" else ""
    assert without_times(capsys.readouterr().out) == f"3/3 - Ts - T/step{metrics}\n"


def test_evaluate_shows_its_line_again_after_fit(capsys) -> None:
    calls = CallbackList(add_progbar=True, verbose=2, epochs=1, steps=3)
    calls.on_train_begin()
    calls.on_test_begin()
    calls.on_test_end({"loss": 0.5})
    assert capsys.readouterr().out == ""
    calls.on_train_end()
    calls.on_test_begin()
    calls.on_test_end({"loss": 0.5})
    assert capsys.readouterr().out.startswith("3/3 - ")


@pytest.mark.parametrize(
    ("verbose", "steps", "live", "listens"),
    [
        (1, 10, True, True),
        (1, None, True, True),
        (1, 10, False, False),
        (2, 10, True, False),
        (2, None, False, True),  # somebody has to count
        (0, 10, True, False),
        (0, None, False, False),
    ],
)
def test_listens_to_batches_only_where_it_needs_them(
    verbose: int, steps: int | None, live: bool, listens: bool, monkeypatch
) -> None:
    monkeypatch.setattr(module, "_can_redraw", lambda: live)
    calls = CallbackList([ProgbarLogger()], verbose=verbose, epochs=1, steps=steps)
    for hook in ("on_train_batch_end", "on_test_batch_end", "on_predict_batch_end"):
        assert calls.listens(hook) is listens
    assert calls.listens("on_epoch_end")
    assert not calls.listens("on_train_batch_begin")


@pytest.mark.parametrize(("value", "expected"), [(0, 0), (1, 1), (2, 2), (False, 0), (True, 1)])
def test_resolve_verbose(value: object, expected: int) -> None:
    resolved = resolve_verbose(value)
    assert resolved == expected
    assert type(resolved) is int


@pytest.mark.parametrize("value", [3, -1, "1", "Auto", None, 1.0, []])
def test_resolve_verbose_refuses_all_else(value: object) -> None:
    with pytest.raises(ValueError, match=r"verbose must be 'auto', 0 .* got"):
        resolve_verbose(value)


def test_auto_is_a_bar_on_a_terminal_only(monkeypatch) -> None:
    code = "from nnlite.callbacks import resolve_verbose; print(resolve_verbose('auto'))"
    assert on_a_terminal(code).split() == ["1"]
    assert through_a_pipe(code).split() == ["2"]
    monkeypatch.setattr(sys, "stdout", None)  # as in a program without a console
    assert resolve_verbose("auto") == 2


@pytest.mark.parametrize(("config", "expected"), [({"IPKernelApp": {}}, 1), ({}, 2)])
def test_auto_is_a_bar_in_a_notebook(config: dict, expected: int, monkeypatch) -> None:
    ipython = types.ModuleType("IPython")
    ipython.get_ipython = lambda: types.SimpleNamespace(config=config)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    assert resolve_verbose("auto") == expected


def test_no_thread_is_left_behind() -> None:
    code = training() + "import threading; print(threading.active_count())"
    assert screen(on_a_terminal(code))[-2] == "1"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.25, "0.2500"),
        (-12.5, "-12.5000"),
        (1e-3, "1.0000e-03"),
        (0.0, "0.0000e+00"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        ("text", "text"),
    ],
)
def test_numbers(value: object, text: str) -> None:
    assert module._metrics({"m": value}) == f" - m: {text}"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(2.4, "2s/step"), (0.0015, "2ms/step"), (1e-3, "1ms/step"), (2e-5, "20us/step")],
)
def test_step_times(seconds: float, text: str) -> None:
    assert module._step_time(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.9, "0s"), (59.9, "59s"), (125, "2:05"), (3603, "1:00:03")]
)
def test_durations(seconds: float, text: str) -> None:
    assert module._duration(seconds) == text


def test_standard_output_may_know_no_more_than_write(monkeypatch) -> None:
    class Tee:
        text = ""

        def write(self, text):
            self.text += text

    tee = Tee()
    monkeypatch.setattr("sys.stdout", tee)
    assert resolve_verbose("auto") == 2
    progress = ProgbarLogger()
    progress.set_params({"verbose": "auto", "epochs": 2, "steps": 1})
    progress.on_epoch_begin(0)
    progress.on_epoch_end(0, {"loss": 0.5})
    assert "loss: 0.5" in tee.text
