"""What objects hold is noted down as deep as it goes, and given back in place."""

import random
import threading
from collections import OrderedDict, defaultdict, deque, namedtuple
from types import SimpleNamespace

import numpy as np
import pytest

import nnlite
from nnlite.contents import Contents

pytestmark = pytest.mark.one_table

Pair = namedtuple("Pair", "one other")


class Own:
    """A class of a user's, which may hold anything."""

    def __init__(self, **held):
        vars(self).update(held)


def holding():
    generator = np.random.default_rng(1)
    return Own(
        number=1,
        nested=[{"a": [1, (2, [3])]}],
        pair=Pair([1], {2}),
        last=deque([1, 2], maxlen=2),
        ordered=OrderedDict(b=1, a=2),
        default=defaultdict(list, x=[1]),
        space=SimpleNamespace(array=np.arange(3.0)),
        inner=Own(array=np.array(2)),
        generators=[generator, np.random.RandomState(2), random.Random(3)],
    )


def spoilt(one):
    one.number, one.new = 2, "not there before"
    one.nested[0]["a"][1][1].append(4)
    one.nested.append(0)
    one.pair.one.clear()
    one.pair.other.add(5)
    one.last.append(9)
    one.ordered.move_to_end("b")
    one.default["y"].append(2)
    one.space.array *= 7
    one.inner.array[...] = 3
    one.inner.inner = one
    numpys, older, pythons = one.generators
    return numpys.normal(), older.normal(), pythons.random()


def test_all_is_given_back_in_place_as_often_as_is_asked():
    one = holding()
    inside = {name: id(value) for name, value in vars(one).items()}
    contents = Contents([one])
    drawn = spoilt(one)
    contents.restore()
    assert spoilt(one) == drawn  # the generators begin anew
    contents.restore()
    assert {name: id(value) for name, value in vars(one).items()} == inside
    assert (one.number, one.nested, one.pair) == (1, [{"a": [1, (2, [3])]}], Pair([1], {2}))
    assert (one.last, one.last.maxlen, [*one.ordered]) == (deque([1, 2]), 2, ["b", "a"])
    assert one.default == {"x": [1]}
    assert one.default["z"] == []
    np.testing.assert_array_equal(one.space.array, [0, 1, 2])
    assert vars(one.inner) == {"array": np.array(2)}


def test_what_is_left_alone():
    """Some arrays, what cannot be written, and objects that others have made."""
    moved, fixed = np.zeros(2), np.zeros(2)
    fixed.flags.writeable = False
    thread, model = threading.Thread(), nnlite.Sequential([nnlite.layers.Dense(1)])
    own = Own(moved=moved, fixed=fixed, thread=thread, model=model, itself=None)
    own.itself = [own]
    contents = Contents([own], left=[moved])
    moved += 1
    thread.mark = model.mark = 1
    contents.restore()
    assert moved.tolist() == [1, 1]
    assert thread.mark == model.mark == 1
