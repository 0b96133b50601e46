"""Ctrl-C never leaves half a step, whether it comes at the worst moment or at any."""

import os
import signal
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest

from nnlite import Parameter
from nnlite.interrupts import Uninterrupted
from nnlite.optimizers import SGD


class InterruptedSGD(SGD):
    """Plain gradient descent with a SIGINT after each weight's update, at most `signals` times."""

    signals = 1

    def update(self, weight, gradient, *state, learning_rate):
        super().update(weight, gradient, *state, learning_rate=learning_rate)
        if self.signals:
            self.signals -= 1
            signal.raise_signal(signal.SIGINT)


@pytest.fixture(autouse=True)
def the_handler_as_before():
    before = signal.getsignal(signal.SIGINT)
    yield
    assert signal.getsignal(signal.SIGINT) is before


def applied(optimizer):
    """Three weights of 1 after a step of -0.5 with `optimizer`, and whether Ctrl-C was heard."""
    weights = [Parameter(np.ones(2)) for _ in range(3)]
    heard = False
    try:
        optimizer.apply([np.ones(2)] * 3, weights)
    except KeyboardInterrupt:
        heard = True
    return [weight.numpy()[0] for weight in weights], heard


def test_a_step_is_finished_first():
    optimizer = InterruptedSGD(0.5)
    assert applied(optimizer) == ([0.5, 0.5, 0.5], True)
    assert int(optimizer.iterations) == 1
    assert applied(optimizer) == ([0.5, 0.5, 0.5], False)


def test_who_insists_is_heard_at_once():
    optimizer = InterruptedSGD(0.5)
    optimizer.signals = 2
    assert applied(optimizer) == ([0.5, 0.5, 1], True)


def test_a_handler_of_the_user_s_own_is_called_afterwards():
    optimizer, heard = InterruptedSGD(0.5), []
    before = signal.signal(signal.SIGINT, lambda *_: heard.append(int(optimizer.iterations)))
    try:
        assert applied(optimizer) == ([0.5, 0.5, 0.5], False)
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == [1]


def test_who_ignores_ctrl_c_goes_on_ignoring_it():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert applied(InterruptedSGD(0.5)) == ([0.5, 0.5, 0.5], False)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_error_inside_is_not_lost():
    def fail():
        with Uninterrupted():
            signal.raise_signal(signal.SIGINT)
            raise ValueError("inside")

    with pytest.raises(KeyboardInterrupt) as raised:
        fail()
    assert isinstance(raised.value.__context__, ValueError)


def test_in_another_thread_there_is_nothing_to_do():
    seen = []

    def enter():
        with Uninterrupted() as context:
            seen.append((context.handler, applied(SGD(0.5))))

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert seen == [(None, ([0.5, 0.5, 0.5], False))]


@pytest.mark.one_table
@pytest.mark.skipif(os.name != "posix", reason="sends signals to itself")
def test_many_at_random_moments_leave_whole_steps():
    """A twin that nobody interrupts does as many steps, and has the same bits after each break."""
    program = """
        import os, random, signal, threading, time
        import numpy as np
        import nnlite as keras

        x = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")

        def made():
            keras.utils.set_random_seed(0)
            model = keras.Sequential([keras.layers.Dense(3, "tanh") for _ in range(10)])
            model.compile("adam", "mse", run_eagerly=True)
            model.train_on_batch(x, x)
            return model

        def state(model):
            return [n.numpy().tobytes() for n in [*model.weights, *model.optimizer.variables]]

        def interrupt(seconds):
            time.sleep(seconds)
            os.kill(os.getpid(), signal.SIGINT)

        model, twin = made(), made()
        for _ in range(150):
            sender = threading.Thread(target=interrupt, args=[random.uniform(0, 0.004)])
            try:
                sender.start()
                while sender.is_alive():
                    model.fit(x, x, epochs=5, verbose=0, shuffle=False)
                time.sleep(0.001)
            except KeyboardInterrupt:
                pass
            sender.join()
            while int(twin.optimizer.iterations) < int(model.optimizer.iterations):
                twin.train_on_batch(x, x)
            assert state(model) == state(twin), int(model.optimizer.iterations)
        print("whole")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert (done.stdout, done.returncode) == ("whole\n", 0), done.stderr
