"""Structures with places: paths, names, and packing."""

from typing import NamedTuple

import pytest

from nnlite.structures import leaves_by_path, names_of, show_path
from nnlite.tree import flatten, is_shape, pack

pytestmark = pytest.mark.one_table


class Pair(NamedTuple):
    left: object
    right: object


STRUCTURES = [7, [1, 2], (1, (2, 3)), {"b": 1, "a": [2, 3]}, Pair(1, {"x": 2}), [], {}]


@pytest.mark.parametrize("structure", STRUCTURES, ids=str)
def test_paths_lead_to_the_leaves_in_order(structure):
    found = list(leaves_by_path(structure))
    assert [leaf for _, leaf in found] == flatten(structure)
    for path, leaf in found:
        inner = structure
        for key in path:
            inner = inner[key]
        assert inner is leaf


@pytest.mark.parametrize("structure", STRUCTURES, ids=str)
def test_what_is_packed_has_the_same_form(structure):
    packed = pack(structure, flatten(structure))
    assert packed == structure
    assert type(packed) is type(structure)


def test_what_counts_as_a_leaf_is_not_looked_into():
    shapes = [(None, 3), {"a": (None, 4, 5)}]
    assert [path for path, _ in leaves_by_path(shapes, is_shape)] == [(0,), (1, "a")]
    assert pack(shapes, ["x", "y"], is_shape) == ["x", {"a": "y"}]


def test_paths_are_written_as_in_python():
    assert show_path(("deep", 0)) == "['deep'][0]"
    assert show_path(()) == ""


@pytest.mark.parametrize(
    ("structure", "names"),
    [
        (0, ["output"]),
        ([0, 0], ["output_1", "output_2"]),
        ((0, [0, 0]), ["output_1", "output_2_1", "output_2_2"]),
        ({"main": 0, "aux": 0}, ["aux", "main"]),
        ({"a": [0, 0]}, ["a_1", "a_2"]),
    ],
)
def test_every_leaf_has_a_name_of_its_own(structure, names):
    assert names_of(structure, "output") == names
