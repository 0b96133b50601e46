"""The exam: every fault is found by the check that is to find it, and questions do not tell."""

import os
import subprocess
import sys

import numpy as np
import pytest

import nnlite as keras
from nnlite import _kernels, exam, ops, optimizers, random, tape
from nnlite.cli import main
from nnlite.exam import checks, command, updates
from nnlite.exam.asking import fault_of
from nnlite.exam.faults import FAULTS, Fault, patched

pytestmark = pytest.mark.one_table


@pytest.fixture(autouse=True)
def nothing_stays():
    engine = tape.unbroadcast, tape.combined, random.dropout, _kernels.relu_vjp
    yield
    assert (tape.unbroadcast, tape.combined, random.dropout, _kernels.relu_vjp) == engine
    assert _kernels.replayable()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_every_fault_is_found(fault):
    """By the check that its row names, which finds nothing without the fault."""
    found = checks.catch(fault)
    assert found is not None
    kind = {"gradients": "gradient of ", "updates": "formula of ", "twin": "twin of "}
    assert found.check.startswith(kind[fault.found_by])
    assert found.said


def test_the_table_is_in_order():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) > 20
    assert all("; right is " in fault.function.__doc__ for fault in FAULTS)
    assert {fault.found_by for fault in FAULTS} == checks.KINDS.keys()


def test_a_fault_that_is_none_gets_away(capsys):
    def right(dz, out):
        _kernels.of_table("numpy", "dense_backward_bias")(dz, out)

    none = Fault("none at all", "dense_backward_bias", right, "gradients")
    assert command.tabulated([none, FAULTS[3]]) == ["none at all"]
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split("  ")[-1] == "GOT AWAY"
    assert "a forgotten mask" in lines[2]
    assert lines[3].startswith("1 of 2 faults found, in ")


def test_a_check_that_fails_without_the_fault_proves_nothing(monkeypatch):
    broken = checks.Check("broken", lambda: "always wrong")
    monkeypatch.setitem(checks.KINDS, "gradients", lambda fault: iter([broken]))
    with pytest.raises(AssertionError, match="broken fails without a fault, too: always wrong"):
        checks.catch(FAULTS[0])


def test_the_exit_code(monkeypatch, capsys):
    monkeypatch.setattr(command, "FAULTS", FAULTS[3:4])
    assert main(["exam"]) == 0
    monkeypatch.setattr(checks, "catch", lambda fault: None)
    assert main(["exam"]) == 1
    assert "1 of 1 faults got away: missing mask" in capsys.readouterr().err


@pytest.mark.parametrize("descent", updates.DESCENTS, ids=lambda descent: descent.name)
def test_the_formulas_are_those_of_the_optimizers(descent):
    assert updates.difference(descent) == ""
    other = descent._replace(optimizer=lambda: optimizers.SGD(0.123))
    assert updates.difference(other).startswith("in step 1 w becomes ")


# ------------------------------------------------------------------------------------- questions


def test_every_question_is_another_fault_and_none_tells_it():
    asked = [fault_of(number) for number in exam.questions()]
    assert sorted(asked) != asked or asked != list(FAULTS)
    assert {fault.name for fault in asked} == {fault.name for fault in FAULTS}
    for number in exam.questions():
        fault = fault_of(number)
        assert fault.name in exam.answer(number)
        assert fault.place not in repr(exam.question(number))
    for number in (0, len(FAULTS) + 1, -1, "1"):
        with pytest.raises(ValueError, match=f"the questions are 1 to {len(FAULTS)}"):
            exam.answer(number)


def number_of(name):
    return next(number for number in exam.questions() if fault_of(number).name == name)


def losses():
    model, (x, y) = exam.model(), exam.data()
    history = model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
    return history.history["loss"]


@pytest.mark.parametrize(
    "name",
    ["missing mask", "momentum off by one", "branches not added up", "dropout mask not fixed"],
)
def test_a_question_changes_trainings_inside_it_and_no_other(name):
    before = losses()
    assert losses() == before
    with exam.question(number_of(name)):
        assert losses() != before
    assert losses() == before


class Planting(keras.callbacks.Callback):
    """Has a fault in the engine during the third and fourth epoch."""

    def __init__(self, name):
        super().__init__()
        self.question = exam.question(number_of(name))

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            self.question.__enter__()
        if epoch == 4:
            self.question.close()


@pytest.mark.parametrize("name", ["branches not added up", "missing mask"])
def test_recorded_steps_neither_miss_a_fault_nor_keep_it(name):
    """A training with the fault in its middle has the bits of one that never replays."""
    x, y = exam.data()
    outcomes = []
    for eagerly in (False, True):
        model = exam.model()
        model.run_eagerly = eagerly
        planting = Planting(name)
        model.fit(x, y, batch_size=8, epochs=6, shuffle=False, verbose=0, callbacks=[planting])
        outcomes.append(model.get_weights())
    assert all(map(np.array_equal, *outcomes))


def test_explain_shows_the_numbers_of_a_question():
    model, (x, y) = exam.model(), exam.data(4)
    expected = str(keras.explain(model, x, y))
    with exam.question(number_of("missing mask")):
        assert str(keras.explain(model, x, y)) != expected
    assert str(keras.explain(model, x, y)) == expected


def test_patches_keep_steps_on_the_tape():
    with patched(ops, "tanh", None):
        assert ops.tanh is None
        assert not _kernels.replayable()
    assert ops.tanh is not None


def test_the_model_is_always_the_same():
    random.set_random_seed(1)
    first = exam.model().get_weights()
    random.set_random_seed(2)
    assert all(map(np.array_equal, first, exam.model().get_weights()))
    assert [array.dtype.name for array in exam.data(3)] == ["float32", "int64"]


def test_what_the_command_prints(capsys):
    number = number_of("missing mask")
    assert main(["exam", "--student", str(number)]) == 0
    sheet = capsys.readouterr().out
    assert f"with nnlite.exam.question({number}):" in sheet
    assert "mask" not in sheet
    right, wrong = (line.split()[-6:] for line in sheet.splitlines()[3:5])
    assert right != wrong
    assert main(["exam", "--answer", str(number)]) == 0
    assert "missing mask, in relu_vjp" in capsys.readouterr().out
    assert main(["exam", "--student", "99"]) == 1
    assert "the questions are 1 to" in capsys.readouterr().err


def test_a_question_that_this_model_does_not_show_says_so(capsys):
    main(["exam", "--student", str(number_of("shares exchanged"))])
    assert "look at other layers and optimizers" in capsys.readouterr().out


def test_what_the_sheet_says_to_begin_with_runs():
    """As a script, from the first import on."""
    sheet = command.sheet(number_of("missing mask"))
    lines = sheet.partition("To begin with:")[2].partition("The answer")[0].splitlines()
    code = "\n".join(line[4:] for line in lines)
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 0, done.stderr
    assert "Gradient check of 'exam'" in done.stdout
    assert "wrong from relu_3 bias on back" in done.stdout
