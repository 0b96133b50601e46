"""Default writers, steps, conditions and scopes: each thread has its own."""

import threading

import numpy as np
import pytest

from nnlite import Tensor, summary
from nnlite.optimizers import SGD
from nnlite.summary import experimental

from .conftest import Log

pytestmark = pytest.mark.one_table


def steps(log: Log) -> list[int]:
    return [step for _, step, _ in log.values()]


def tags(log: Log) -> list[str]:
    return [tag for tag, _, _ in log.values()]


def test_without_a_writer_nothing_is_written_and_nothing_is_looked_at() -> None:
    assert not summary.should_record_summaries()
    assert summary.scalar("x", "no number") is False
    assert summary.histogram("x", object()) is False
    assert summary.image("x", 1) is False
    assert summary.text("x", 1) is False
    assert summary.audio("x", 1, 0) is False
    assert summary.graph(1) is False
    assert summary.write(1, 1) is False
    summary.flush()


def test_writers_inside_each_other(tmp_path) -> None:
    logs = [Log(tmp_path / name) for name in "ab"]
    outer, inner = (summary.create_file_writer(log.folder) for log in logs)
    with outer.as_default(step=10) as found:
        assert found is outer
        summary.scalar("x", 1)
        with inner.as_default(step=20):
            summary.scalar("x", 2)
        assert steps(logs[1]) == [20]  # the end of the context is a flush
        summary.scalar("x", 3)
        with inner.as_default():
            summary.scalar("x", 4)  # the step around
    assert not summary.should_record_summaries()
    assert experimental.get_step() is None
    assert logs[0].values() == [("x", 10, 1), ("x", 10, 3)]
    assert logs[1].values() == [("x", 20, 2), ("x", 10, 4)]


def test_the_default_comes_back_after_an_error(log) -> None:
    def run() -> None:
        with summary.create_file_writer(log.folder).as_default(step=3):
            summary.scalar("x", 1)
            raise KeyError

    with pytest.raises(KeyError):
        run()
    assert not summary.should_record_summaries()
    assert steps(log) == [3]


def test_set_as_default(log) -> None:
    def run() -> None:
        writer = summary.create_file_writer(log.folder)
        writer.set_as_default(step=4)
        summary.scalar("x", 1)
        summary.flush()

    thread = threading.Thread(target=run)  # whose default ends with it
    thread.start()
    thread.join()
    assert steps(log) == [4]
    assert not summary.should_record_summaries()


def test_another_thread_has_no_writer(writing) -> None:
    seen = []
    thread = threading.Thread(target=lambda: seen.append(summary.scalar("x", 1, step=0)))
    thread.start()
    thread.join()
    assert seen == [False]


@pytest.mark.parametrize(
    "step",
    [5, np.int8(5), np.uint64(5), np.array(5), np.array([5]), Tensor(np.int64(5)), Tensor(5)],
    ids=repr,
)
def test_steps_are_whole_numbers_of_any_kind(step, writing) -> None:
    summary.scalar("x", 1, step=step)
    experimental.set_step(step)
    summary.scalar("x", 1)
    experimental.set_step(None)
    with writing.writer.as_default(step=step):
        summary.scalar("x", 1)
    assert steps(writing.log) == [5, 5, 5]


@pytest.mark.parametrize("step", [0, -1, 2**63 - 1, -(2**63)])
def test_the_edges_of_steps(step, writing) -> None:
    summary.scalar("x", 1, step=step)
    writing.writer.flush()
    assert steps(writing.log) == [step]


def test_a_step_that_moves(writing) -> None:
    optimizer = SGD()
    experimental.set_step(optimizer.iterations)
    summary.scalar("x", 1)
    optimizer.iterations.data[...] += 3
    summary.scalar("x", 1)
    experimental.set_step(None)
    writing.writer.flush()
    assert steps(writing.log) == [0, 3]


@pytest.mark.parametrize(
    ("step", "error", "message"),
    [
        (None, ValueError, "a summary needs a step: give step="),
        (1.5, TypeError, "step must be one whole number, got 1.5"),
        (True, TypeError, "one whole number"),
        ("1", TypeError, "one whole number"),
        (np.array([1, 2]), TypeError, "one whole number"),
        (2**63, ValueError, "must fit into 64 bits"),
        (np.uint64(2**63), ValueError, "must fit into 64 bits"),
    ],
    ids=repr,
)
def test_what_is_no_step(step, error, message, writing) -> None:
    with pytest.raises(error, match=message):
        summary.scalar("x", 1, step=step)
    writing.writer.flush()
    assert writing.log.events() == []


def test_record_if(writing) -> None:
    step = 0
    with summary.record_if(lambda: step % 2 == 0):
        for step in range(4):  # which the condition looks at
            assert summary.scalar("x", 1, step=step) is (step % 2 == 0)
            assert summary.should_record_summaries() is (step % 2 == 0)
        with summary.record_if(True):
            assert summary.scalar("x", 1, step=7)
        with summary.record_if(np.False_):
            assert not summary.scalar("x", 1)  # for which no step is needed
    assert summary.scalar("x", 1, step=8)
    writing.writer.flush()
    assert steps(writing.log) == [0, 2, 7, 8]


def test_name_scopes(writing) -> None:
    with summary.name_scope("a") as a:
        summary.scalar("x", 1, step=0)
        with summary.name_scope("b c"):
            summary.scalar("y", 1, step=0)
        with summary.name_scope(""):
            summary.scalar("z", 1, step=0)
        with summary.name_scope("p/"):
            summary.scalar("q", 1, step=0)
    with summary.name_scope(a):
        summary.scalar("w", 1, step=0)
        summary.write("whole", 1, step=0)
        with experimental.summary_scope("own") as (tag, scope):
            assert (tag, scope) == ("a/own", "a/own/")
            summary.text("t", "", step=0)
    summary.scalar("x", 1, step=0)
    writing.writer.flush()
    assert tags(writing.log) == ["a/x", "a/b c/y", "z", "p/q", "a/w", "whole", "a/own/t", "x"]
    with pytest.raises(TypeError, match="name of a scope"), summary.name_scope(3):
        pass


def test_a_writer_that_does_nothing(writing) -> None:
    noop = summary.create_noop_writer()
    noop.set_as_default()
    with noop.as_default(step=1):
        summary.scalar("x", 1, step=2)  # goes where it went before
    noop.init(), noop.flush(), noop.close()
    writing.writer.flush()
    assert steps(writing.log) == [2]
