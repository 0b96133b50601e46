"""Structures of lists, tuples and dicts: their leaves, in an order that does not vary."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlite import tree

pytestmark = pytest.mark.one_table


class Pair(NamedTuple):
    left: object
    right: object


structures = st.recursive(
    st.integers(),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text("abc", max_size=2), inner, max_size=3),
        st.tuples(inner, inner).map(lambda pair: Pair(*pair)),
    ),
    max_leaves=8,
)


def test_the_leaves_of_a_dict_come_in_the_order_of_its_keys():
    assert tree.flatten({"b": 1, "a": [2, (3, 4)]}) == [2, 3, 4, 1]
    assert tree.flatten(5) == [5]
    assert tree.flatten([]) == []


@given(structures)
def test_what_is_flattened_can_be_packed_again(structure):
    packed = tree.pack(structure, tree.flatten(structure))
    assert packed == structure
    assert repr(packed) == repr(structure)  # of the same types, with keys in the same order


@given(structures)
def test_a_map_reaches_every_leaf_once_and_in_order(structure):
    seen = []
    doubled = tree.map_structure(lambda leaf: (seen.append(leaf), 2 * leaf)[1], structure)
    assert seen == tree.flatten(structure)
    assert tree.flatten(doubled) == [2 * leaf for leaf in seen]


def test_named_tuples_stay_named():
    assert tree.map_structure(str, Pair(1, {"x": 2})) == Pair("1", {"x": "2"})
    assert isinstance(tree.map_structure(str, Pair(1, 2)), Pair)


@pytest.mark.parametrize("shape", [(None, 3), [None, 3], (), (2,)])
def test_shapes_are_leaves(shape):
    assert tree.is_shape(shape)
    assert tree.flatten({"a": shape, "b": [shape]}, tree.is_shape) == [shape, shape]


@pytest.mark.parametrize("structure", [[(None, 3)], {"a": (3,)}, ((3,), (4,)), 3, None])
def test_structures_of_shapes_are_not(structure):
    assert not tree.is_shape(structure)
