"""The tape: what it records, how it is walked, and that it lets go."""

import gc
import threading
import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import few, one, pairs, shapes

from nnlite import Tensor, activations, gradcheck, losses, no_grad, ops
from nnlite.tape import gradients, op, unbroadcast

# ------------------------------------------------------------------------ differentiation


def test_by_hand():
    # z = (x y + x)², dz/dx = 2 (x y + x) (y + 1), dz/dy = 2 (x y + x) x
    x, y = Tensor(3.0), Tensor(2.0)
    z = (x * y + x) ** 2
    assert z.item() == 81
    z.backward()
    assert x.grad.item() == 2 * 9 * 3
    assert y.grad.item() == 2 * 9 * 3


@few
@given(arrays=one())
def test_a_tensor_used_many_times_gets_the_sum(arrays):
    (array,) = arrays
    x = Tensor(array)
    (x * x + x).sum().backward()
    np.testing.assert_allclose(x.grad, 2 * array + 1, rtol=1e-15)
    assert gradcheck(lambda x: x * x * x - x / (x * x + 1), array)


def test_a_shared_subexpression_is_walked_once():
    walked = []

    @op(x=lambda dy: walked.append(1) or dy)
    def identity(x, /):
        return x.copy()

    x = Tensor(2.0)
    shared = identity(x * 3)
    (shared * shared + ops.exp(shared) + shared).backward()
    assert len(walked) == 1
    np.testing.assert_allclose(x.grad, 3 * (2 * 6 + np.exp(6) + 1), rtol=1e-6)  # float32


def test_a_diamond_waits_for_all_its_branches():
    x = Tensor(np.array(1.5))
    a = x * 2
    b = a * a
    c = a + b  # made after b, but needed by a later branch too
    (b * c + ops.log(c)).backward()
    # with a = 2 x: f = a³ + a⁴ + ln(a + a²), f' = 2 (3 a² + 4 a³ + (1 + 2 a) / (a + a²))
    assert x.grad == pytest.approx(2 * (27 + 108 + 7 / 12), rel=1e-14)


@few
@given(arrays=pairs())
def test_broadcasting_is_undone(arrays):
    a, b = arrays
    x, y = Tensor(a), Tensor(b)
    z = x + y
    z.sum().backward()
    assert (x.grad == z.size / max(a.size, 1)).all()  # each element is repeated that often
    assert (y.grad == z.size / max(b.size, 1)).all()


@few
@given(shape=shapes(), data=st.data())
def test_unbroadcast_is_the_transpose_of_broadcasting(shape, data):
    extra = data.draw(shapes())
    stretched = tuple(data.draw(st.integers(1, 3)) if n == 1 else n for n in shape)
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    x, dy = rng.normal(size=shape), rng.normal(size=(*extra, *stretched))
    # <broadcast(x), dy> = <x, unbroadcast(dy)>
    left = np.vdot(np.broadcast_to(x, dy.shape), dy)
    found = unbroadcast(dy, shape)
    assert found.shape == shape
    assert np.vdot(x, found) == pytest.approx(left, rel=1e-12, abs=1e-12)


def test_backward_adds_up_until_the_gradient_is_dropped():
    x = Tensor([1.0, 2.0])
    y = (x * x).sum()
    y.backward()
    first = x.grad
    y.backward()
    assert x.grad.tolist() == [4.0, 8.0]
    assert first.tolist() == [2.0, 4.0]  # what was handed out before is not changed
    x.grad = None
    y.backward()
    assert x.grad.tolist() == [2.0, 4.0]


def test_gradients_of_several_leaves_share_no_memory():
    x, y, seed = Tensor([1.0, 2.0]), Tensor([3.0, 4.0]), np.ones(2, np.float32)
    (x + y).backward(seed)  # one dy flows to both
    x.grad += 10
    assert y.grad.tolist() == [1.0, 1.0]
    assert seed.tolist() == [1.0, 1.0]


def test_the_gradient_of_a_number_is_an_array_too():
    x = Tensor(3.0)
    assert isinstance(gradients(x * x)[x], np.ndarray)


def test_a_seed_is_the_gradient_at_the_target():
    x = Tensor([1.0, 2.0])
    y = x * x
    y.backward(np.array([10.0, 100.0]))
    assert x.grad.tolist() == [20.0, 400.0]
    x.grad = None
    y.backward(Tensor([1.0, 0.0]))
    assert x.grad.tolist() == [2.0, 0.0]
    with pytest.raises(ValueError, match=r"seed must have the shape \(2,\), got \(1,\)"):
        y.backward(np.ones(1))


def test_only_a_scalar_needs_no_seed():
    x = Tensor([[1.0], [2.0]])
    with pytest.raises(ValueError, match=r"the shape \(2, 1\); reduce it first"):
        (x * 2).backward()
    assert x.grad is None
    (x[:1] * 2).backward()  # one element, whatever its shape
    assert x.grad.tolist() == [[2.0], [0.0]]


def test_a_leaf_is_its_own_gradient():
    x = Tensor(3.0)
    x.backward()
    assert x.grad.item() == 1.0


@pytest.mark.parametrize(
    "make",
    [
        lambda: Tensor(2.0, requires_grad=False) * 2,
        lambda: Tensor(Tensor(2.0).data, requires_grad=False),
    ],
)
def test_where_nothing_was_recorded_backward_says_so(make):
    with pytest.raises(ValueError, match="depends on no tensor that requires a gradient"):
        make().backward()


@pytest.mark.parametrize(
    "make", [lambda: Tensor([1, 2]).sum(), lambda: Tensor([1.0]) == Tensor([1.0])]
)
def test_whole_numbers_and_booleans_have_no_gradient_and_backward_says_so(make):
    with pytest.raises(ValueError, match="holds integers or booleans"):
        make().backward()


def test_constants_get_no_gradient():
    x, constant = Tensor([1.0]), Tensor([2.0], requires_grad=False)
    (x * constant * np.array([3.0])).sum().backward()
    assert x.grad.tolist() == [6.0]
    assert constant.grad is None


def test_intermediate_results_keep_no_gradient():
    x = Tensor([1.0])
    y = x * 2
    y.sum().backward()
    assert y.grad is None
    assert list(gradients((x * y).sum())) == [x]


def test_an_op_that_nobody_asks_for_a_gradient_is_not_differentiated():
    asked = []

    @op(a=lambda dy: asked.append("a") or dy, b=lambda dy: asked.append("b") or dy)
    def first(a, b, /):
        return a + b

    first(np.ones(2), Tensor([1.0, 2.0])).sum().backward()
    assert asked == ["b"]


def test_an_op_without_a_rule_for_an_input_gives_it_no_gradient():
    @op(a=lambda dy: dy)
    def half_known(a, b, /):
        return a + b

    a, b = Tensor([1.0]), Tensor([1.0])
    half_known(a, b * 2).sum().backward()
    assert a.grad.tolist() == [1.0]
    assert b.grad is None


def test_a_rule_for_what_is_no_input_is_refused():
    with pytest.raises(AssertionError, match="half has rules"):

        @op(z=lambda dy: dy)
        def half(x, /):
            return x / 2


def test_an_op_keeps_just_what_its_vjp_reads():
    a, b = Tensor([1.0]), Tensor([2.0])
    assert (a + b).node.saved == {}
    assert set((a * b).node.saved) == {"a", "b"}
    assert set(ops.exp(a).node.saved) == {"y"}
    assert set(ops.tanh(a).node.saved) == {"y"}


# ----------------------------------------------------------------------------------- no_grad


def test_no_grad_records_nothing_and_ends_with_its_block():
    x = Tensor([1.0])
    with no_grad():
        assert not (x * 2).requires_grad
        with no_grad():
            pass
        assert (x * 2).node is None
    assert (x * 2).requires_grad
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert (x * 2).requires_grad


def test_no_grad_holds_for_its_own_thread_only():
    x, found = Tensor([1.0]), {}
    inside, done = threading.Event(), threading.Event()

    def other():
        found["before"] = (x * 2).requires_grad
        with no_grad():
            inside.set()
            done.wait(10)

    with no_grad():
        thread = threading.Thread(target=other)
        thread.start()
        assert inside.wait(10)
        assert not (x * 2).requires_grad
    found["after"] = (x * 2).requires_grad  # while the other thread is inside its block
    done.set()
    thread.join()
    assert found == {"before": True, "after": True}


def test_a_softmax_under_no_grad_is_a_constant_for_a_loss_too():
    x = Tensor([[1.0, 2.0]])
    with no_grad():
        y = activations.softmax(x)
    loss = losses.sparse_categorical_crossentropy([0], y)
    assert not loss.requires_grad
    recorded = losses.sparse_categorical_crossentropy([0], activations.softmax(x))
    assert loss.data.tolist() == recorded.data.tolist()


# ------------------------------------------------------------------------- long and let go


def test_a_long_chain_does_not_exhaust_the_stack():
    x = y = Tensor(np.array(1.0))
    for _ in range(10_000):
        y = y + x * 1e-4
    y.backward()
    assert x.grad == pytest.approx(2.0, rel=1e-12)  # 10,000 roundings of 1e-16
    marker = weakref.ref(Marker.mark(y))
    assert marker() is not None
    del y
    assert marker() is None


class Marker:
    """Something that lives as long as a tape does."""

    @classmethod
    def mark(cls, y: Tensor) -> "Marker":
        """Tie a marker to the oldest note that y depends on."""
        node = y.node
        while getattr(node.sources[0], "sources", None):
            node = node.sources[0]
        marker = cls()
        node.saved = {**node.saved, "marker": marker}
        return marker


def test_the_tape_goes_with_the_last_tensor_without_the_garbage_collector():
    gc.collect()
    gc.disable()
    try:
        x = Tensor(np.ones((2, 3)))
        logits = ops.dense(x, np.ones((3, 2)), np.zeros(2), activation="tanh")
        loss = losses.SparseCategoricalCrossentropy()([0, 1], activations.softmax(logits))
        loss.backward()
        marker = weakref.ref(Marker.mark(loss))
        leaf = weakref.ref(x)
        assert marker() is not None
        del loss, logits
        assert marker() is None
        del x
        assert leaf() is None
    finally:
        gc.enable()


def test_what_nobody_can_differentiate_any_more_is_freed():
    x = Tensor(np.ones(3))
    y = ops.exp(x)
    values = weakref.ref(y.data)
    z = y.sum()
    del y
    assert values() is not None  # z's tape needs it
    z.backward()
    del z
    assert values() is None
