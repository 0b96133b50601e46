"""gradcheck finds what is wrong: a check that cannot fail proves nothing."""

import re

import numpy as np
import pytest

from nnlite import Tensor, _kernels, gradcheck, ops
from nnlite.gradient_check import check, numerical_gradient
from nnlite.gradient_check.causes import NO_PATTERN
from nnlite.tape import op

A = np.array([[0.5, -1.25], [2.0, 0.75]])
B = np.array([[1.5, 0.25], [-0.5, 1.0]])


def faulty(forward, **rules):
    """Make an op of a right forward and wrong rules."""
    return op(**rules)(forward)


def product(a, b, /):
    return a @ b


def power_of_two(x, /):
    return x**2


def rectified(x, /):
    return np.maximum(x, 0)


def total(x, /):
    return x.sum(axis=0)


def softened(x, /):
    e = np.exp(x)
    return e / e.sum(axis=-1, keepdims=True)


def only_the_last(dy, x):
    dx = np.array(2 * dy * x)
    dx[-1, -1] *= 1.001
    return dx


FAULTS = {
    "a wrong factor": (faulty(power_of_two, x=lambda dy, x: dy * x), [A]),
    "a wrong sign": (faulty(power_of_two, x=lambda dy, x: -2 * dy * x), [A]),
    "dy left out": (faulty(power_of_two, x=lambda dy, x: 2 * x), [A]),
    "no rule for b": (faulty(product, a=lambda dy, b: dy @ b.T), [A, B]),
    "a constant added": (faulty(power_of_two, x=lambda dy, x: 2 * dy * x + 1e-3), [A]),
    "one element in a thousand off": (faulty(power_of_two, x=only_the_last), [A]),
    "NaN": (faulty(power_of_two, x=lambda dy, x: dy * np.nan), [A]),
    "NaN in one place": (
        faulty(power_of_two, x=lambda dy, x: np.where(x == 2, np.nan, 2 * dy * x)),
        [A],
    ),
    "an operand not transposed": (
        faulty(product, a=lambda dy, b: dy @ b, b=lambda dy, a: a.T @ dy),
        [A, B],
    ),
    "operands swapped": (
        faulty(product, a=lambda dy, a: dy @ a.T, b=lambda dy, a: a.T @ dy),
        [A, B],
    ),
    "the second operand forgotten": (faulty(product, a=lambda dy, b: dy @ b.T), [A, B]),
    "no mask": (faulty(rectified, x=lambda dy: dy), [A]),
    "the mask of the wrong side": (faulty(rectified, x=lambda dy, x: dy * (x < 0)), [A]),
    "a mean for a sum": (faulty(total, x=lambda dy, x: np.broadcast_to(dy, x.shape) / 2), [A]),
    "a softmax's off-diagonal left out": (
        faulty(softened, x=lambda dy, y: dy * y * (1 - y)),
        [A],
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_it_finds(fault):
    wrong, inputs = FAULTS[fault]
    with pytest.raises(AssertionError, match=r"^gradcheck: input [01], element "):
        gradcheck(wrong, *inputs)


#: What the report says of each fault.
CAUSES = {
    "a wrong factor": r"factor 1/2 too much",
    "a wrong sign": r"^the sign",
    "dy left out": r"^a forgotten factor: what flows back, dy$",
    "no rule for b": r"^no gradient arrives",
    "a constant added": r"^a constant is added: 0\.001",
    "one element in a thousand off": r"^only one of 4 elements .* is wrong: \(1, 1\)$",
    "NaN": "^the gradient is not finite",
    "NaN in one place": "^the gradient is not finite",
    "an operand not transposed": r"^an operand that is transposed.*dy \(input 1\) in place of dy "
    r"\(input 1ᵀ\)$",
    "operands swapped": r"^the wrong operand: dy \(input 0ᵀ\) in place of dy \(input 1ᵀ\)$",
    "the second operand forgotten": "^no gradient arrives",
    "no mask": "^a forgotten mask: .* in 1 of 4 elements$",
    "the mask of the wrong side": "^the mask is turned round",
    "a mean for a sum": "factor 1/2 too much, the number of samples",
    "a softmax's off-diagonal left out": f"^{NO_PATTERN}$",
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.one_table
def test_it_names_the_likely_cause(fault):
    wrong, inputs = FAULTS[fault]
    report = check(wrong, *inputs)
    assert not report
    assert report.verdict == "wrong"
    assert re.search(CAUSES[fault], report.cause)


def test_it_passes_the_same_ops_with_right_rules():
    assert gradcheck(faulty(power_of_two, x=lambda dy, x: 2 * dy * x), A)
    assert gradcheck(faulty(product, a=lambda dy, b: dy @ b.T, b=lambda dy, a: a.T @ dy), A, B)
    assert gradcheck(faulty(rectified, x=lambda dy, x: dy * (x > 0)), A)
    assert gradcheck(faulty(total, x=lambda dy, x: np.broadcast_to(dy, x.shape)), A)
    assert gradcheck(
        faulty(softened, x=lambda dy, y: y * (dy - (y * dy).sum(axis=-1, keepdims=True))), A
    )


@pytest.mark.parametrize(
    ("kernel", "call"),
    [
        ("relu_vjp", lambda a, b: ops.relu(a) * b),
        ("softmax_vjp", lambda a, b: ops.softmax(a) * b),
        ("dense_backward_kernel", lambda a, b: ops.dense(a, b)),
        ("dense_backward_input", lambda a, b: ops.dense(a, b)),
        ("dense_backward_bias", lambda a, b: ops.dense(a, B, b[0], activation="tanh")),
        ("elementwise_loss_vjp", lambda a, b: ops.elementwise_loss(A, b, "squared")),
    ],
)
def test_it_finds_a_wrong_kernel(kernel, call, monkeypatch):
    right = getattr(_kernels, kernel)

    def wrong(*args):
        right(*args)
        args[-1].reshape(-1)[-1] += 1e-3

    assert gradcheck(call, A, B)
    monkeypatch.setattr(_kernels, kernel, wrong)
    with pytest.raises(AssertionError, match="gradcheck"):
        gradcheck(call, A, B)


def test_the_message_names_the_place_and_both_values():
    wrong = faulty(product, a=lambda dy, b: dy @ b.T, b=only_the_first)
    with pytest.raises(AssertionError) as caught:
        gradcheck(lambda a, b: wrong(a, b).sum(), A, B)
    assert str(caught.value).startswith(
        "gradcheck: input 1, element (1, 1): the tape says 0, central differences say -0.5"
    )


def only_the_first(dy, a):
    db = a.T @ dy
    db[1, 1] = 0
    return db


def test_the_numerical_gradient_is_that_of_a_polynomial():
    def cubic(x: Tensor) -> Tensor:
        return (x * x * x).sum()

    x = np.array([1.0, -2.0, 100.0])
    slope = numerical_gradient(cubic, [x], 0)
    # Rounding: the values are near 1e6, so 1e6 eps / (2 h) = 1e-6 with h = 1e-4; 3 x² is 3e4.
    np.testing.assert_allclose(slope, 3 * x**2, rtol=1e-6, atol=1e-3)


def test_an_input_that_does_not_count_has_the_gradient_zero():
    assert gradcheck(lambda a, b: a * 2, A, B)
    assert gradcheck(lambda a: a * a, 3.0)


def test_a_function_cut_off_from_its_inputs_is_refused():
    with pytest.raises(ValueError, match="depends on no tensor"):
        gradcheck(lambda a: Tensor(a.data * 2, requires_grad=False), A)


@pytest.mark.one_table
def test_an_input_that_the_function_changes_is_refused():
    def doubling(x: Tensor) -> Tensor:
        x.data[...] *= 2
        return x * x

    with pytest.raises(ValueError, match="changes its input 0 in place"):
        check(doubling, A)


@pytest.mark.parametrize(
    ("returned", "kind"),
    [(np.ones(2), "ndarray"), (3.0, "float"), (None, "NoneType"), ((), "an empty structure")],
)
@pytest.mark.one_table
def test_a_function_that_returns_no_tensor_is_refused(returned, kind):
    with pytest.raises(TypeError, match=f"must return a tensor, .* not {kind}"):
        check(lambda a: returned, A)


@pytest.mark.one_table
def test_inputs_that_cannot_be_moved_are_refused():
    with pytest.raises(ValueError, match=r"input 1 holds nan at \(1, 0\)"):
        check(product, A, A * [[1, 1], [np.nan, 1]])
    with pytest.raises(ValueError, match="input 0 holds -inf"):
        check(power_of_two, [1.0, -np.inf])
    with pytest.raises(TypeError, match="input 0 must hold real numbers, not complex128"):
        check(power_of_two, A + 1j)
    with pytest.raises(TypeError, match=r"weights must be Parameters, .* not int"):
        check(power_of_two, A, weights=[3])
    with pytest.raises(ValueError, match="rtol and atol must be 0 or more"):
        check(power_of_two, A, rtol=-1)


@pytest.mark.one_table
def test_the_numerical_gradient_moves_whole_numbers_and_float32_in_float64():
    for inputs in ([1, 2], np.array([1, 2]), np.array([1, 2], "float32")):
        slope = numerical_gradient(lambda x: (x * x).sum(), [inputs], 0)
        np.testing.assert_allclose(slope, [2, 4], rtol=1e-8)
