"""The strategies of nnlite.testing, and the domains that they draw from."""

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from nnlite.tensor import Tensor
from nnlite.testing import check_layer, domains, strategies

pytestmark = pytest.mark.one_table

few = settings(max_examples=20, deadline=None)
one_try = settings(max_examples=1, deadline=None)


@few
@given(x=strategies.shapes().flatmap(strategies.off_kinks))
def test_off_kinks_keeps_away_from_eighths_and_from_each_other(x):
    assert (np.abs(x * 8 - np.round(x * 8)) > 0.4).all()
    assert np.unique(x).size == x.size
    assert (np.abs(x) < 3).all()


def test_ends_between_two_multiples_are_kept_to():
    for seed in range(20):
        x = domains.floats((5,), low=0.1, high=0.4).draw(seed)
        assert set(x) <= {0.125, 0.25, 0.375}
        assert set(domains.floats((5,), low=-0.4, high=-0.1).draw(seed)) <= {-0.125, -0.25, -0.375}
        y = domains.off_kinks((2,), low=0.1, high=0.6).draw(seed)
        assert set(y) <= {3 / 16, 5 / 16, 7 / 16}


def test_large_arrays_may_hold_a_number_twice():
    x = domains.off_kinks((20, 20)).draw()
    assert x.shape == (20, 20)


@pytest.mark.parametrize(
    "domain",
    [
        domains.one(),
        domains.pairs(),
        domains.matrices("BIO", "BI", "IO"),
        domains.tuples(domains.labels(3, 4), domains.one_hot(3, 4)),
        domains.tuples(domains.probabilities((2, 3))),
        domains.tuples(domains.inputs((2, 3)), domains.inputs((2,), ids=5)),
    ],
)
def test_a_random_source_and_hypothesis_draw_from_the_same_domain(domain):
    a, b = domain.draw(3), domain.draw(3)
    for one, other in zip(a, b, strict=True):
        np.testing.assert_array_equal(one, other)
    assert any(
        [x.tolist() for x in domain.draw(seed)] != [x.tolist() for x in a] for seed in range(9)
    )
    found = find(strategies.values_of(domain), lambda arrays: True, settings=one_try)
    assert [x.dtype for x in found] == [x.dtype for x in a]


def test_pairs_broadcast_and_are_not_all_alike():
    shapes = {tuple(x.shape for x in domains.pairs().draw(seed)) for seed in range(200)}
    for a, b in shapes:
        np.broadcast_shapes(a, b)
    assert any(len(a) != len(b) for a, b in shapes)
    assert any(1 in a and a != b for a, b in shapes)


def test_hypothesis_shrinks_what_it_draws():
    found = find(strategies.off_kinks((3,)), lambda x: bool((x > 1).any()))
    assert sorted(found)[-1] < 1.2
    np.testing.assert_array_equal(
        find(strategies.off_kinks((2,)), lambda x: bool(x[1] > 1)), [1 / 16, 17 / 16]
    )
    assert find(strategies.shapes(1, 3), lambda shape: 2 in shape) == (2,)


@few
@given(drawn=strategies.layers())
def test_layers_of_the_library_are_right(drawn):
    layer, inputs = drawn
    several = isinstance(inputs, list)
    y = layer([Tensor(x) for x in inputs] if several else Tensor(inputs))
    if y.requires_grad:  # not of ids that are looked up, nor of a discretization
        assert check_layer(layer, inputs)


@settings(max_examples=15, deadline=None)
@given(drawn=strategies.models())
def test_models_are_right(drawn):
    model, x, y = drawn
    report = model.gradcheck(x, y)
    assert report, report


def test_a_seed_is_reproduced():
    model, x, y = domains.models().draw(5)
    other, x2, y2 = domains.models().draw(5)
    np.testing.assert_array_equal(x, x2)
    np.testing.assert_array_equal(y, y2)
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert isinstance(strategies.models(), st.SearchStrategy)
