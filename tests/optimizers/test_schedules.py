"""Every schedule: the values of real Keras, its configuration, and training by it."""

import math
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras_worker import keras_worker, schedule_values

from nnlite import Parameter, optimizers
from nnlite.optimizers import SGD, schedules
from nnlite.optimizers.schedules import LearningRateSchedule

pytestmark = pytest.mark.one_table  # no kernel is at work here

RATE = st.sampled_from([0.1, 0.004, 2.5])
LENGTH = st.integers(1, 12)
FLAG = st.booleans()


class Row(NamedTuple):
    cls: type[LearningRateSchedule]
    arguments: dict[str, st.SearchStrategy[Any]]  # what hypothesis draws them from


DECAY = {
    "initial_learning_rate": RATE,
    "decay_steps": LENGTH,
    "decay_rate": st.sampled_from([0.96, 0.5, 1.5]),
    "staircase": FLAG,
}
ROWS = [
    Row(schedules.ExponentialDecay, DECAY),
    Row(schedules.InverseTimeDecay, DECAY),
    Row(
        schedules.PiecewiseConstantDecay,
        {"boundaries": st.just([2, 5, 11]), "values": st.lists(RATE, min_size=4, max_size=4)},
    ),
    Row(
        schedules.PolynomialDecay,
        {
            "initial_learning_rate": RATE,
            "decay_steps": LENGTH,
            "end_learning_rate": RATE,
            "power": st.sampled_from([0.5, 1.0, 2.0]),
            "cycle": FLAG,
        },
    ),
    Row(
        schedules.CosineDecay,
        {
            "initial_learning_rate": RATE,
            "decay_steps": LENGTH,
            "alpha": st.sampled_from([0.0, 0.3]),
            "warmup_target": st.none() | RATE,
            "warmup_steps": LENGTH,
        },
    ),
    Row(
        schedules.CosineDecayRestarts,
        {
            "initial_learning_rate": RATE,
            "first_decay_steps": LENGTH,
            "t_mul": st.sampled_from([1.0, 1.5, 2.0]),
            "m_mul": st.sampled_from([1.0, 0.8]),
            "alpha": st.sampled_from([0.0, 0.3]),
        },
    ),
]
every_schedule = pytest.mark.parametrize("row", ROWS, ids=[row.cls.__name__ for row in ROWS])


@pytest.fixture(scope="module")
def worker():
    with keras_worker() as found:
        yield found


def test_every_schedule_has_a_row():
    assert {row.cls for row in ROWS} == set(schedules.registry.entries.values())


@every_schedule
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_its_values_are_keras_s(row, data, worker):
    chosen = {name: data.draw(values) for name, values in row.arguments.items()}
    steps = list(range(40))
    expected = worker.submit(schedule_values, row.cls.__name__, chosen, steps).result()
    found = [row.cls(**chosen)(step) for step in steps]
    if row.cls is schedules.CosineDecayRestarts:
        # Where a period begins, Keras's logarithm may round to the end of the one before.
        kept = [step for step in steps if not begins_a_period(step, **chosen)]
        found, expected = [[rates[step] for step in kept] for rates in (found, expected)]
    # Keras computes in float32, and takes powers, logarithms and cosines of what is rounded.
    largest = max(map(abs, expected), default=0)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5 * largest)


def begins_a_period(step, first_decay_steps, t_mul, **_):
    length = first_decay_steps
    while step > 0:
        step, length = step - length, length * t_mul
    return step == 0


BY_HAND = [
    (schedules.ExponentialDecay(0.1, 4, 0.5), {0: 0.1, 4: 0.05, 6: 0.05 / math.sqrt(2)}),
    (schedules.ExponentialDecay(0.1, 4, 0.5, staircase=True), {3: 0.1, 4: 0.05, 11: 0.025}),
    (schedules.InverseTimeDecay(0.1, 4, 0.5), {0: 0.1, 4: 0.1 / 1.5, 6: 0.1 / 1.75}),
    (schedules.InverseTimeDecay(0.1, 4, 0.5, staircase=True), {3: 0.1, 7: 0.1 / 1.5}),
    (schedules.PiecewiseConstantDecay([2, 5], [1.0, 0.5, 0.1]), {2: 1.0, 3: 0.5, 5: 0.5, 6: 0.1}),
    (schedules.PolynomialDecay(1.0, 4, 0.2, 2.0), {0: 1.0, 2: 0.4, 4: 0.2, 9: 0.2}),
    (schedules.PolynomialDecay(1.0, 4, 0.2, cycle=True), {4: 0.2, 6: 0.4, 8: 0.2}),
    (schedules.CosineDecay(1.0, 6, alpha=0.2), {0: 1.0, 2: 0.8, 3: 0.6, 6: 0.2, 9: 0.2}),
    (schedules.CosineDecay(0.0, 6, warmup_target=1.0, warmup_steps=4), {1: 0.25, 4: 1.0, 7: 0.5}),
]


@pytest.mark.parametrize(("schedule", "values"), BY_HAND)
def test_values_worked_by_hand(schedule, values):
    for step, rate in values.items():
        assert schedule(step) == pytest.approx(rate, rel=1e-15, abs=1e-16)  # float64


def test_restarts_by_hand():
    schedule = schedules.CosineDecayRestarts(1.0, 1, t_mul=3.0, m_mul=0.5)
    # periods begin after 0, 1, 4, 13, 40, 121 steps, at 1, 1/2, 1/4, ...
    assert [schedule(step) for step in (0, 1, 4, 13, 40, 121)] == [0.5**i for i in range(6)]
    assert schedule(2) == pytest.approx(0.25 * (1 + math.cos(math.pi / 3)), rel=1e-15)


@every_schedule
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_an_optimizer_with_it_comes_back_from_its_configuration(row, data):
    chosen = {name: data.draw(values) for name, values in row.arguments.items()}
    optimizer = SGD(row.cls(**chosen))
    config = optimizer.get_config()
    described = config["learning_rate"]
    assert described["module"] == "keras.optimizers.schedules"
    assert described["class_name"] == row.cls.__name__
    again = optimizers.deserialize(optimizers.serialize(optimizer))
    assert again.get_config() == config
    rates = schedules.deserialize(schedules.serialize(row.cls(**chosen)))
    assert [rates(step) for step in range(9)] == [row.cls(**chosen)(step) for step in range(9)]


class Halved(LearningRateSchedule):
    """A schedule of one's own."""

    def __init__(self, start: float) -> None:
        self.start = start

    def __call__(self, step: Any) -> float:
        return self.start / 2 ** int(step)


@pytest.mark.parametrize("rate", [Halved(1.0), lambda step: 0.5 ** int(step)])
def test_one_s_own(rate):
    optimizer, weight = SGD(rate), Parameter(np.zeros(1))
    for _ in range(3):
        optimizer.apply([np.ones(1)], [weight])
    assert weight.data.tolist() == [-1.75]
    assert float(optimizer.learning_rate) == 0.125
    assert [v.name for v in optimizer.variables] == ["iteration"]


def test_a_function_of_nothing_is_asked_before_each_step():
    asked: list[float] = []

    def rate() -> float:
        asked.append(0.5 ** len(asked))
        return asked[-1]

    optimizer, weight = SGD(rate), Parameter(np.zeros(1))
    for _ in range(3):
        optimizer.apply([np.ones(1)], [weight])
    assert weight.data.tolist() == [-1.75]
    assert len(asked) == 3
    assert optimizer.get_config()["learning_rate"] is rate


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: schedules.ExponentialDecay(0.1, 0, 0.9), "ExponentialDecay: decay_steps must be"),
        (lambda: schedules.CosineDecayRestarts(0.1, 5, t_mul=0.5), "t_mul must be at least 1"),
        (lambda: schedules.PiecewiseConstantDecay([1], [0.1]), "got 1 values and 1 boundaries"),
        (lambda: schedules.PiecewiseConstantDecay([2, 1], [1, 2, 3]), "boundaries must ascend"),
    ],
)
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_base_without_values():
    with pytest.raises(NotImplementedError, match="LearningRateSchedule has no __call__"):
        LearningRateSchedule()(0)
