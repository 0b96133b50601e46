"""The states of all random streams: taken, put back, and refused where they are none."""

import copy
import random

import numpy as np
import pytest

import nnlite
from nnlite.random import states

pytestmark = pytest.mark.one_table


def draws():
    """One number of each stream there is."""
    return (
        nnlite.random.stream("shuffle").random(),
        nnlite.random.normal((2,)).numpy().tolist(),
        np.random.random(),  # noqa: NPY002
        np.random.standard_normal(),  # noqa: NPY002 (keeps a second one for the next call)
        random.gauss(0, 1),
        nnlite.random.stream("made later").random(),
    )


def test_the_same_numbers_come_again():
    draws()
    state = copy.deepcopy(states.get_state())
    first = draws()
    assert draws() != first
    states.set_state(state)
    assert draws() == first


def test_they_come_in_a_process_that_has_drawn_nothing_yet():
    draws()
    state = copy.deepcopy(states.get_state())
    first = draws()
    nnlite.utils.set_random_seed(7)
    states.set_state(state)
    assert draws() == first


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda state: state["streams"].update(shuffle={"bit_generator": "PCG64"}),
            "no state of a",
        ),
        (lambda state: state["streams"].update(shuffle={}), "no state of a random stream"),
        (lambda state: state["numpy"]["state"].update(pos=10**6), "no state of numpy's"),
        (lambda state: state["numpy"]["state"].update(pos=-1), "no state of numpy's"),
        (lambda state: state["numpy"]["state"].update(key=np.zeros(3, np.uint32)), "no state of"),
    ],
)
def test_what_is_no_state_is_refused_before_anything_changes(change, message):
    draws()
    state = copy.deepcopy(states.get_state())
    broken = copy.deepcopy(state)
    change(broken)
    first = draws()
    with pytest.raises(ValueError, match=message):
        states.set_state(broken)
    after = draws()
    states.set_state(state)
    assert (draws(), draws()) == (first, after)
