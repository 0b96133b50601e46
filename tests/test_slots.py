"""What is given for each input or output is told apart by place and by name."""

import pytest

import nnlite
from nnlite.slots import Slots

pytestmark = pytest.mark.one_table

TWO = Slots(["main", "aux"])


@pytest.mark.parametrize(
    "given", [["a", "b"], ("a", "b"), {"main": "a", "aux": "b"}, {"aux": "b", "main": "a"}]
)
def test_by_place_and_by_name(given):
    assert TWO.split(given, "loss") == ["a", "b"]
    assert TWO.split_or_share(given, "loss") == ["a", "b"]


def test_a_dict_may_leave_some_out():
    assert TWO.split({"aux": "b"}, "loss") == [None, "b"]


def test_one_thing_for_all():
    assert TWO.split_or_share("mse", "loss") == ["mse", "mse"]
    config = {"class_name": "Huber", "config": {}}
    assert TWO.split_or_share(config, "loss") == [config, config]


def test_the_only_slot():
    one = Slots(["out"])
    for given in ("a", ["a"], ("a",), {"out": "a"}):
        assert one.split(given, "loss") == ["a"]


def test_nested_ones():
    slots = Slots(["a", "b", "c"])
    assert slots.split([1, (2, 3)], "y", nested=True) == [1, 2, 3]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["a"], r"the model has 2 outputs \(main, aux\), so loss takes 2 entries, got 1; give"),
        ("a", "so loss takes 2 entries, got 1"),
        (
            {"man": "a"},
            r"loss names the output 'man', .*Did you mean 'main'\? Its outputs: main, a",
        ),
    ],
)
def test_what_fits_no_slot_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        TWO.split(given, "loss")


def test_the_names_of_the_outputs():
    model = nnlite.Sequential([nnlite.layers.Dense(1, name="price", input_shape=[2])])
    assert Slots.of_outputs(model, (None, 1)).names == ["price"]
    own = nnlite.Model()
    assert Slots.of_outputs(own, [(None, 1), (None, 1)]).names == ["output_1", "output_2"]
    assert Slots.of_outputs(own, {"a": (None, 1), "b": (None, 1)}).names == ["a", "b"]


def test_what_is_nested_as_the_slots_are():
    slots = Slots(["x", "y/a", "y/b"], structure={"y": [None, None], "x": None})
    for given, expected in (
        ({"x": 1, "y": [2, 3]}, [1, 2, 3]),
        ({"y": [[2], [3]]}, [None, [2], [3]]),
        ({"x": [1]}, [[1], None, None]),
        ({"x": 1, "y/b": 3}, [1, None, 3]),
        ([1, 2, 3], [1, 2, 3]),
    ):
        assert slots.split(given, "loss") == expected
    assert slots.split_or_share("mse", "loss") == ["mse"] * 3
    slots = Slots(["a", "b", "c"], structure=[[None, None], None])
    assert slots.split([[1, 2], 3], "loss") == slots.split([1, 2, 3], "loss") == [1, 2, 3]
    with pytest.raises(ValueError, match="names the output 'z', which the model does not have"):
        slots.split({"z": 1}, "loss")
    with pytest.raises(ValueError, match=r"3 outputs .* loss takes 3 entries, got 2"):
        slots.split(["mse", "mse"], "loss")
