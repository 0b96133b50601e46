"""How the table is written."""

import pytest

from nnlite.profiler.table import Key, Row, Tally, duration, rows_of, text

pytestmark = pytest.mark.one_table


def tally(calls, nanoseconds, flops=0):
    made = Tally()
    made.calls, made.nanoseconds, made.flops = calls, nanoseconds, flops
    return made


def test_a_table_by_hand():
    rows = [
        Row("dense (Dense)", "forward", 1719, 1.5, 0.75, 3 * 10**9),
        Row("dense (Dense)", "backward", 10, 0.001, 0.0005),
        Row("Python", "", 0, 0.25, 0.125),
    ]
    assert text("Profile", rows).splitlines() == [
        "Profile",
        "",
        "                         calls   total    mean  share  GFLOP/s",
        "dense (Dense)  forward   1,719   1.5 s  873 us  75.0%        2",
        "               backward     10    1 ms  100 us   0.1%",
        "Python                          250 ms          12.5%",
    ]


def test_what_is_left_is_pythons():
    tallies = {
        Key("callbacks", name="Mine"): tally(2, 10**8),
        Key("epoch", name="epoch 0"): tally(1, 10**9),  # what has no line is Python's too
        Key("loss"): tally(4, 2 * 10**8),
        Key("backward"): tally(4, 10**8),  # of no layer: the loss's
    }
    assert rows_of(tallies, 2.0, 0.25) == [
        Row("loss", "forward", 4, 0.2, 0.1),
        Row("loss", "backward", 4, 0.1, 0.05),
        Row("callbacks", "Mine", 2, 0.1, 0.05),
        Row("Python", "", 0, pytest.approx(1.35), pytest.approx(0.675)),
        Row("this profile", "", 0, 0.25, 0.125),
    ]


def test_an_empty_profile():
    assert [row[:5] for row in rows_of({}, 0.0, 0.0)] == [
        ("Python", "", 0, 0.0, 0.0),
        ("this profile", "", 0, 0.0, 0.0),
    ]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(4321.0, "4321 s"), (1.234, "1.23 s"), (0.0541, "54.1 ms"), (3.7e-7, "370 ns"), (0, "0 ns")],
)
def test_durations(seconds, expected):
    assert duration(seconds) == expected
