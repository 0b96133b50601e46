"""Workers that make batches ahead: in order, not too many, and never in the way of an end."""

import os
import signal
import subprocess
import sys
import textwrap
import threading

import pytest

from nnlite.ahead import Workers

pytestmark = pytest.mark.one_table


class Squares:
    """Its items are squares."""

    def __getitem__(self, index):
        return index**2


@pytest.mark.parametrize("processes", [False, True])
@pytest.mark.parametrize("count", [1, 3])
def test_items_come_in_order(count, processes):
    with Workers(Squares(), count, processes, most=4) as workers:
        assert list(workers.items([3, 1, 2, *range(20)])) == [9, 1, 4, *(i**2 for i in range(20))]


def test_no_more_are_made_ahead_than_wanted():
    made = []

    class Notes:
        def __getitem__(self, index):
            made.append(index)
            return index

    with Workers(Notes(), 2, False, most=3) as workers:
        items = workers.items(iter(range(100)))
        for expected in range(5):
            assert next(items) == expected
            assert len(made) <= expected + 3


@pytest.mark.parametrize("processes", [False, True])
def test_an_error_comes_where_its_item_would(processes):
    with Workers([10, 20], 1, processes, most=4) as workers:
        items = workers.items(range(3))
        assert [next(items), next(items)] == [10, 20]
        with pytest.raises(IndexError):
            next(items)


def test_nobody_waits_for_a_worker_that_hangs():
    release = threading.Event()

    class Hangs:
        def __getitem__(self, index):
            if index:
                release.wait(60)
            return index

    with Workers(Hangs(), 1, False, most=2) as workers:
        assert next(workers.items(range(9))) == 0
    release.set()


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_ctrl_c_while_a_batch_is_made_ends_the_program():
    program = """
        import threading, numpy as np, nnlite

        class Hangs(nnlite.utils.PyDataset):
            def __len__(self):
                return 3

            def __getitem__(self, index):
                if index == 2:
                    print("ready", flush=True)
                    threading.Event().wait()
                return np.ones((4, 2)), np.ones(4)

        model = nnlite.Sequential([nnlite.layers.Dense(1)])
        model.compile("sgd", "mse")
        model.build((None, 2))  # imports numpy.random, which swallows a Ctrl-C
        try:
            model.fit(Hangs(), shuffle=False, verbose=0)
        except KeyboardInterrupt:
            print("stopped", flush=True)
    """
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "ready\n"
    child.send_signal(signal.SIGINT)
    assert child.communicate(timeout=60)[0] == "stopped\n"
