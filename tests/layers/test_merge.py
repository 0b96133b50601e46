"""The layers that merge several tensors into one: values, gradients, shapes, refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import few, floats, matrices, pairs_apart

from nnlite import Input, gradcheck, layers
from nnlite.layers import Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract

FORMULAS = {
    Add: lambda a, b: a + b,
    Subtract: lambda a, b: a - b,
    Multiply: lambda a, b: a * b,
    Average: lambda a, b: (a + b) / 2,
    Maximum: lambda a, b: max(a, b),
    Minimum: lambda a, b: min(a, b),
}

every_merge = pytest.mark.parametrize("kind", FORMULAS, ids=lambda kind: kind.__name__)


def two(a, b):
    """Arrays with a batch axis that both have in full."""
    return np.stack([a, a / 2]), np.stack([b, b + 1])


@every_merge
@few
@given(pair=pairs_apart())
def test_two_tensors_element_by_element(kind, pair):
    a, b = two(*pair)
    if a.ndim != b.ndim:
        return  # aligned otherwise than by numpy: see below
    y = kind(dtype="float64")([a, b])
    expected = np.vectorize(FORMULAS[kind], otypes=[float])(*np.broadcast_arrays(a, b))
    np.testing.assert_allclose(y.numpy(), expected, rtol=1e-15)  # a rounding or two
    shapes = [(None, *x.shape[1:]) for x in (a, b)]
    assert kind().compute_output_shape(shapes) == (None, *expected.shape[1:])


@every_merge
@few
@given(pair=matrices("BI", "BI", "BI"))
def test_the_gradient_is_the_slope(kind, pair):
    a, b = pair[0], pair[1] + 1 / 16
    layer = kind(dtype="float64")
    assert gradcheck(lambda *xs: layer(list(xs)), a, b)


@pytest.mark.parametrize("kind", [Add, Multiply, Average, Maximum, Minimum])
def test_three_tensors(kind):
    arrays = np.random.default_rng(0).normal(size=(3, 4, 2))
    together = {"Add": np.sum, "Multiply": np.prod, "Average": np.mean}
    expected = together.get(kind.__name__, getattr(np, kind.__name__.lower()[:3], None))
    y = kind(dtype="float64")(list(arrays))
    np.testing.assert_allclose(y.numpy(), expected(arrays, axis=0), rtol=1e-14)
    assert gradcheck(lambda *xs: kind(dtype="float64")(list(xs)), *arrays)


@every_merge
def test_a_tensor_of_lower_rank_gets_axes_behind_the_batch(kind):
    a, b = np.full((2, 3), 2.0), np.arange(12.0).reshape(2, 2, 3)
    y = kind(dtype="float64")([a, b])
    expected = np.vectorize(FORMULAS[kind], otypes=[float])(2.0, b)
    np.testing.assert_array_equal(y.numpy(), expected)
    assert kind()([Input((3,)), Input((2, 3))]).shape == (None, 2, 3)


@few
@given(pair=matrices("BCIO", "BIC", "BOC"))
def test_concatenate(pair):
    a, b = pair
    y = Concatenate(axis=1, dtype="float64")([a, b, a])
    expected = [[*p, *q, *p] for p, q in zip(a.tolist(), b.tolist(), strict=True)]
    assert y.numpy().tolist() == expected
    assert gradcheck(lambda *xs: Concatenate(-2, dtype="float64")(list(xs)), a, b)


def test_concatenate_shapes():
    x, y = Input((None, 2)), Input((3, 2))
    assert Concatenate()([y, y]).shape == (None, 3, 4)
    assert Concatenate(axis=1)([y, y]).shape == (None, 6, 2)
    assert Concatenate(axis=1)([x, y]).shape == (None, None, 2)
    assert Concatenate()([x, y]).shape == (None, 3, 4)
    assert Concatenate(axis=0)([y, y]).shape == (None, 3, 2)


@few
@given(pair=matrices("BIOC", "BIC", "BCO"), normalize=st.booleans())
def test_dot_of_three_axes(pair, normalize):
    a, b = pair[0] + 1 / 16, pair[1] + 1 / 16
    layer = Dot(axes=(2, 1), normalize=normalize, dtype="float64")
    y = layer([a, b])
    if normalize:
        a, b = (
            x / np.sqrt(np.einsum(f"{s}->{s[0]}{s.replace('c', '')[1:]}", x * x)).reshape(shape)
            for x, s, shape in (
                (a, "bic", (*a.shape[:2], 1)),
                (b, "bco", (b.shape[0], 1, b.shape[2])),
            )
        )
    # a handful of products, each rounded once
    np.testing.assert_allclose(y.numpy(), np.einsum("bic,bco->bio", a, b), rtol=1e-12, atol=1e-13)
    assert gradcheck(lambda *xs: layer(list(xs)), a, b, rtol=1e-5)


@few
@given(pair=st.tuples(floats((3, 2), off_zero=True), floats((3, 2), off_zero=True)))
def test_dot_of_rows_is_a_column(pair):
    a, b = pair
    y = Dot(axes=-1, dtype="float64")([a, b])
    np.testing.assert_allclose(y.numpy(), np.einsum("bi,bi->b", a, b)[:, None], atol=1e-14)
    cosine = Dot(axes=1, normalize=True, dtype="float64")([a, a]).numpy()
    np.testing.assert_allclose(cosine, np.ones((3, 1)), rtol=1e-14)


def test_dot_shapes():
    assert Dot(axes=1)([Input((3,)), Input((3,))]).shape == (None, 1)
    assert Dot(axes=(1, 2))([Input((2, 5)), Input((3, 2))]).shape == (None, 5, 3)
    assert Dot(axes=-1)([Input((4, 2)), Input((2,))]).shape == (None, 4)


@pytest.mark.one_table
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        *((name, {}) for name in ("add", "subtract", "multiply", "average", "maximum", "minimum")),
        ("concatenate", {"axis": 1}),
        ("dot", {"axes": 1, "normalize": True}),
    ],
)
def test_the_lower_case_functions_call_the_layers(name, arguments):
    x = Input((3,))
    y = getattr(layers, name)([x, x], **arguments, name="mine")
    layer = y._keras_history.operation
    assert type(layer).__name__ == name.capitalize()
    assert layer.name == "mine"
    assert layer.get_config().items() >= arguments.items()


@pytest.mark.one_table
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x, y, z: Add()(x), "'add' takes a list of tensors, got one of the shape"),
        (lambda x, y, z: Add()([x, y]), r"'add': the shapes \(None, 2\), \(None, 3\) do not go"),
        (lambda x, y, z: Subtract()([x, x, x]), "'subtract' takes two tensors, got 3"),
        (lambda x, y, z: Concatenate()([x, z]), r"of one rank .*\(None, 2\), \(None, 3, 2\)"),
        (
            lambda x, y, z: Concatenate(2)([x, y]),
            "along axis 2 takes tensors of one rank that have",
        ),
        (lambda x, y, z: Concatenate(1)([z, z[:, :, :1]]), "other sizes are equal.*on axis 2"),
        (lambda x, y, z: Dot(1)([x, y]), r"axis 1 of \(None, 2\) and axis 1 of \(None, 3\) must"),
        (lambda x, y, z: Dot(2)([x, y]), r"there is no axis 2 in the shape \(None, 2\)"),
        (lambda x, y, z: Dot(1)([x]), "takes two tensors, got 1"),
        (lambda x, y, z: Dot(0), "axes must be one axis for both, .* got 0"),
    ],
)
def test_what_does_not_go_together_is_refused_at_once(call, message):
    with pytest.raises(ValueError, match=message):
        call(Input((2,)), Input((3,)), Input((3, 2)))


@pytest.mark.one_table
def test_a_layer_that_takes_one_tensor_names_the_merge():
    with pytest.raises(ValueError, match=r"'dense' takes one tensor, got several.*Concatenate"):
        layers.Dense(2)([Input((2,)), Input((3,))])


@pytest.mark.one_table
def test_an_axis_is_a_whole_number():
    with pytest.raises(TypeError, match="axis must be a whole number"):
        Concatenate(axis=1.0)
