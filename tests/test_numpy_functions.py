"""numpy's functions on tensors: ops where a gradient flows, refused where it would be lost."""

import math

import numpy as np
import pytest

import nnlite
from nnlite import Tensor, gradcheck, no_grad, ops
from nnlite.layers import Layer
from nnlite.numpy_functions import TABLE

pytestmark = pytest.mark.one_table  # the ops have tests of their own, over both tables

A = np.array([[0.5, 1.5, 0.25], [2.0, 0.75, 1.25]])
B = np.array([[1.0, 0.5, 2.5], [1.75, 1.0, 0.5]])

UFUNCS = [function for function in TABLE if isinstance(function, np.ufunc)]

#: Each function of the table with arguments, as a script may write it.
CALLS = [
    *((f, lambda a, f=f: f(a)) for f in UFUNCS if f.nin == 1),
    *((f, lambda a, f=f: f(a, B)) for f in UFUNCS if f.nin == 2 and f is not np.matmul),
    *((f, lambda a, f=f: f(B, a)) for f in (np.add, np.maximum, np.power, np.true_divide)),
    *((f, lambda a, f=f: f(a)) for f in (np.sum, np.mean, np.max, np.min, np.var, np.std)),
    *((f, lambda a, f=f: f(a, axis=1)) for f in (np.sum, np.mean, np.max, np.min, np.var, np.std)),
    (np.sum, lambda a: np.sum(a, 0, keepdims=True)),
    (np.std, lambda a: np.std(a, axis=0, keepdims=True)),
    (np.matmul, lambda a: np.matmul(a, B.T)),
    (np.clip, lambda a: np.clip(a, 0.6, 1.3)),
    (np.clip, lambda a: np.clip(a, a_min=None, a_max=1.3)),
    (np.clip, lambda a: np.clip(a, min=0.6)),
    (np.clip, lambda a: np.clip(a, B * a, 1.3)),
    (np.clip, lambda a: np.clip(B, a, a + 0.5)),
    (np.tile, lambda a: np.tile(a, reps=2)),
    (np.where, lambda a: np.where(B > 0.75, a, 3.0)),
    (np.where, lambda a: np.where(a > 0.7, a * 2, -a)),
    (np.linalg.norm, lambda a: np.linalg.norm(a)),
    (np.linalg.norm, lambda a: np.linalg.norm(a, axis=1, keepdims=True)),
    (np.reshape, lambda a: np.reshape(a, (3, -1))),
    (np.ravel, lambda a: np.ravel(a)),
    (np.transpose, lambda a: np.transpose(a)),
    (np.transpose, lambda a: np.transpose(a, (1, 0))),
    (np.squeeze, lambda a: np.squeeze(a[:, :1])),
    (np.expand_dims, lambda a: np.expand_dims(a, 1)),
    (np.broadcast_to, lambda a: np.broadcast_to(a, (2, 2, 3))),
    (np.concatenate, lambda a: np.concatenate([a, B, a])),
    (np.concatenate, lambda a: np.concatenate((a, B), axis=-1)),
    (np.stack, lambda a: np.stack([a, B], axis=1)),
    (np.copy, lambda a: np.copy(a)),
    (np.prod, lambda a: np.prod(a, axis=1)),
    (np.cumsum, lambda a: np.cumsum(a, axis=0)),
    (np.sort, lambda a: np.sort(a, axis=1)),
    (np.linalg.norm, lambda a: np.linalg.norm(a, 1, axis=0)),
    (np.dot, lambda a: np.dot(a, B.T)),
    (np.inner, lambda a: np.inner(a, B)),
    (np.outer, lambda a: np.outer(a, B)),
    (np.tensordot, lambda a: np.tensordot(a, B, [[1], [1]])),
    (np.einsum, lambda a: np.einsum("bi,ci->bc", a, B)),
    (np.trace, lambda a: np.trace(a, 1)),
    (np.diagonal, lambda a: np.diagonal(a, offset=1)),
    (np.moveaxis, lambda a: np.moveaxis(a, 0, -1)),
    (np.swapaxes, lambda a: np.swapaxes(a, 0, 1)),
    (np.flip, lambda a: np.flip(a, axis=1)),
    (np.roll, lambda a: np.roll(a, 1, axis=0)),
    (np.repeat, lambda a: np.repeat(a, 2, axis=1)),
    (np.tile, lambda a: np.tile(a, (2, 1))),
    (np.take, lambda a: np.take(a, [0, 2, 2], axis=1)),
    (np.hstack, lambda a: np.hstack([a, B])),
    (np.vstack, lambda a: np.vstack([a, B])),
]  # fmt: skip


class Calls(Layer):
    """Applies a function in its call."""

    def __init__(self, function):
        super().__init__(dtype="float64")
        self.function = function

    def call(self, inputs):
        return self.function(inputs)


def test_every_function_of_the_table_has_a_call():
    assert {function for function, _ in CALLS} == set(TABLE)


@pytest.mark.parametrize("call", [c for _, c in CALLS], ids=[f.__name__ for f, _ in CALLS])
def test_a_function_is_numpy_s_and_differentiable(call):
    expected = call(A)
    for found in (call(Tensor(A)), Calls(call)(A)):
        assert isinstance(found, Tensor)
        assert found.dtype == expected.dtype
        # log2 and log10 multiply, std takes the root of a mean: a few roundings
        np.testing.assert_allclose(found.data, expected, rtol=1e-14)
    assert gradcheck(call, A)
    with no_grad():
        assert isinstance(Calls(call)(A), Tensor)


@pytest.mark.parametrize("function", [np.cumprod, np.median, np.sinc, np.rot90])
def test_what_is_not_in_the_table_is_refused(function):
    with pytest.raises(TypeError, match=f"^np.{function.__name__} cannot be differentiated"):
        Calls(function)(Tensor(A))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: np.add.reduce(x), "np.add.reduce with these arguments"),
        (lambda x: np.exp(x, out=np.zeros(A.shape)), "np.exp with these arguments"),
        (lambda x: np.sum(x, where=A > 1), "np.sum of a Tensor takes no where"),
        (lambda x: np.std(x, ddof=1), "np.std of a Tensor takes no ddof"),
        (lambda x: np.linalg.norm(x, 2), "ord=2 is not there for 2 axes"),
        (lambda x: np.nansum(x), "np.nansum cannot .* Did you mean 'sum'"),
    ],
)
def test_arguments_that_an_op_lacks_are_refused(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call(Tensor(A))


@pytest.mark.parametrize(
    ("take", "how"),
    [
        (lambda x: Tensor(np.asarray(x)), "np.asarray"),
        (lambda x: Tensor(np.array(x, np.float32)), "np.asarray"),
        (lambda x: x * float(ops.sum(x)), r"float\(x\)"),
        (lambda x: x * int(ops.sum(x)), r"int\(x\)"),
        (lambda x: x * math.exp(ops.sum(x)), r"float\(x\)"),
        (lambda x: Tensor(x.numpy() * 2), r"x.numpy\(\)"),
        (lambda x: x * ops.sum(x).item(), r"x.item\(\)"),
    ],
)
def test_values_are_not_taken_out_of_a_recorded_call(take, how):
    message = f"{how}.* in the call of layer 'calls' would cut the gradient.*stop_gradient"
    with pytest.raises(TypeError, match=message):
        Calls(take)(Tensor(A))
    take(Tensor(A))  # outside of calls
    Calls(take)(A)  # data, which needs no gradient
    with no_grad():
        Calls(take)(Tensor(A))


def test_values_may_be_taken_out_on_purpose_and_decide():
    def chooses(x):
        factor = float(ops.stop_gradient(ops.sum(x)).numpy())
        print(x, f"{x}")
        return x * factor if ops.sum(x) > 0 and ops.max(x) < 10 else x

    x = Tensor(A)
    Calls(chooses)(x).sum().backward()
    np.testing.assert_array_equal(x.grad, np.full(A.shape, A.sum()))


def test_a_model_with_numpy_in_its_call_learns_and_predicts():
    class Swish(nnlite.Model):
        def __init__(self):
            super().__init__()
            self.hidden, self.out = nnlite.layers.Dense(8), nnlite.layers.Dense(1)

        def call(self, inputs):
            hidden = self.hidden(inputs)
            hidden = hidden / (1 + np.exp(-hidden))
            return self.out(np.concatenate([inputs, hidden], axis=1))

    random = np.random.default_rng(0)
    x = random.normal(size=(64, 3)).astype("f4")
    y = x[:, :1] * x[:, 1:2]
    model = Swish()
    model.compile("adam", "mse")
    before = model.evaluate(x, y, verbose=0)
    model.fit(x, y, epochs=30, batch_size=8, verbose=0)
    assert model.evaluate(x, y, verbose=0) < 0.5 * before
    assert model.predict(x, verbose=0).shape == (64, 1)
