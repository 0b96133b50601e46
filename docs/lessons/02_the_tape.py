"""Lesson 2: the tape in 100 lines
===============================

In lesson 1 we worked out the gradient by hand. A computer can do that for us, for anything we
compute. It notes down what was done, as on a tape, and then plays the tape backwards. This lesson
builds such a tape, and compares it with nnlite's.
"""

import itertools
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np

import nnlite

# %%
# The idea
# --------
#
# A computation is a chain of small steps, and each step has a simple derivative. Say that a step
# makes y from a and b, and that at the end there is a number L. Somebody tells us how L changes
# with y; we call that :math:`\mathrm{d}y = \partial L / \partial y`. Then the chain rule says how L
# changes with a and b:
#
# .. math::
#    \mathrm{d}a = \mathrm{d}y \, \frac{\partial y}{\partial a}, \qquad
#    \mathrm{d}b = \mathrm{d}y \, \frac{\partial y}{\partial b}
#
# So each step needs a rule, which takes dy and gives da and db. For a product :math:`y = a b`
# the rules are :math:`\mathrm{d}a = \mathrm{d}y \, b` and :math:`\mathrm{d}b = \mathrm{d}y \, a`.
# For :math:`y = e^x` it is :math:`\mathrm{d}x = \mathrm{d}y \, y`.
#
# If a is used in two places, L changes through both. Then the two parts are **added**.
#
# A tensor
# --------
#
# A tensor is an array that remembers how it was made: by which rule, from which other tensors, and
# when.

clock = itertools.count()


class Tensor:
    def __init__(self, data, rule=None, sources=()):
        self.data = np.asarray(data, np.float64)
        self.rule = rule  # takes dy, and returns a gradient for each source
        self.sources = sources
        self.time = next(clock)
        self.grad = None

    def __add__(self, other):
        return add(self, other)

    def __mul__(self, other):
        return multiply(self, other)

    def __sub__(self, other):
        return add(self, multiply(other, -1.0))

    def __matmul__(self, other):
        return matmul(self, other)


# %%
# Ops
# ---
#
# An *op* is a function on arrays, together with one rule for each of its inputs. When it is called
# on tensors, it computes, and leaves a note: that is the tensor which it returns.


def op(forward, *rules):
    def call(*inputs):
        tensors = [x if isinstance(x, Tensor) else Tensor(x) for x in inputs]
        arrays = [tensor.data for tensor in tensors]
        y = forward(*arrays)
        return Tensor(y, lambda dy: [rule(dy, y, *arrays) for rule in rules], tensors)

    return call


add = op(np.add, lambda dy, y, a, b: dy, lambda dy, y, a, b: dy)
multiply = op(np.multiply, lambda dy, y, a, b: dy * b, lambda dy, y, a, b: dy * a)
matmul = op(np.matmul, lambda dy, y, a, b: dy @ b.T, lambda dy, y, a, b: a.T @ dy)
exp = op(np.exp, lambda dy, y, x: dy * y)
log = op(np.log, lambda dy, y, x: dy / x)
tanh = op(np.tanh, lambda dy, y, x: dy * (1 - y * y))
relu = op(lambda x: np.maximum(x, 0), lambda dy, y, x: dy * (x > 0))
total = op(np.sum, lambda dy, y, x: np.broadcast_to(dy, x.shape))

# %%
# One thing remains. numpy *broadcasts*: in a matrix plus a row, the row is added to every line.
# Each of its numbers was then used many times, so the gradients of all these places must be added:


def unbroadcast(gradient, shape):
    while gradient.ndim > len(shape):
        gradient = gradient.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            gradient = gradient.sum(axis=axis, keepdims=True)
    return gradient


# %%
# Backwards
# ---------
#
# Begin at the end, with :math:`\partial L / \partial L = 1`. Visit the tensors, **the newest
# first**. When we come to one, everything that was made from it lies behind us: so its gradient is
# complete, and can be sent on to its sources.


def newest_first(target):
    found, stack = {target}, [target]
    while stack:
        for source in stack.pop().sources:
            if source not in found:
                found.add(source)
                stack.append(source)
    return sorted(found, key=lambda tensor: tensor.time, reverse=True)


def backward(target):
    gradients = {target: np.ones_like(target.data)}
    for tensor in newest_first(target):
        dy = tensor.grad = gradients[tensor]
        if tensor.rule is None:
            continue  # a leaf: nothing was computed to make it
        for source, gradient in zip(tensor.sources, tensor.rule(dy), strict=True):
            gradient = unbroadcast(gradient, source.data.shape)
            gradients[source] = gradients.get(source, 0) + gradient


# %%
# That is the whole tape. A small sum to try it on:
#
# .. math::
#    L = a b + e^a, \qquad \frac{\partial L}{\partial a} = b + e^a, \qquad
#    \frac{\partial L}{\partial b} = a

a, b = Tensor(0.5), Tensor(3.0)
product = a * b
power = exp(a)
result = product + power
backward(result)
print(f"L = {result.data:.4f}, dL/da = {a.grad:.4f}, dL/db = {b.grad:.4f}")
assert np.isclose(a.grad, 3 + np.exp(0.5))
assert np.isclose(b.grad, 0.5)

# %%
# Its tape, as a picture. Values (black) go from left to right, gradients (red) from right to left,
# along the same lines. Two gradients arrive at a, and are added.

places = {a: (0, 1), b: (0, 0), product: (1, 0), power: (1, 1), result: (2, 0.5)}
names = {a: "a", b: "b", product: "a b", power: "$e^a$", result: "L"}
figure, axes = plt.subplots(figsize=(7, 3.2), layout="constrained")
for tensor, (column, row) in places.items():
    flowing = tensor.rule(tensor.grad) if tensor.rule else []
    for source, gradient in zip(tensor.sources, flowing, strict=True):
        start = np.array(places[source])
        way = np.array([column, row]) - start
        line = {"arrowstyle": "->", "color": "gray", "shrinkA": 38, "shrinkB": 38}
        axes.annotate("", start + way, start, arrowprops=line)
        middle = start + 0.5 * way
        box = {"facecolor": "white", "edgecolor": "white"}
        axes.text(*middle, f"{gradient:.3g}", color="tab:red", ha="center", va="center", bbox=box)
    box = {"boxstyle": "round,pad=0.5", "facecolor": "#e8f0f8", "edgecolor": "#2b7bba"}
    axes.text(column, row, f"{names[tensor]} = {tensor.data:.3g}", ha="center", bbox=box)
    axes.text(column, row - 0.22, f"{tensor.grad:.3g}", color="tab:red", ha="center")
axes.set(xlim=(-0.4, 2.4), ylim=(-0.4, 1.25))
axes.set_axis_off()
plt.show()

# %%
# Compared with nnlite's
# ----------------------
#
# Both tapes get the same expressions; `o` is where the functions come from. The values and all
# gradients must agree. In addition nnlite's gradient check measures the slopes.

small = SimpleNamespace(exp=exp, log=log, tanh=tanh, relu=relu, sum=total)
expressions = {
    "used twice": lambda o, a, b: o.sum(a * a * b + a),
    "a row is broadcast": lambda o, a, b: o.sum(a * a + b),
    "log, exp": lambda o, a, b: o.log(o.sum(o.exp(a * b))),
    "a network": lambda o, a, b: o.sum(o.tanh(o.relu(a @ weights) @ others - b)),
}
random = np.random.default_rng(1)
weights, others = random.normal(size=(3, 5)), random.normal(size=(5, 3))
inputs = random.normal(size=(4, 3)), random.normal(size=3)

for name, expression in expressions.items():
    ours, theirs = [Tensor(x) for x in inputs], [nnlite.Tensor(x) for x in inputs]
    one, other = expression(small, *ours), expression(nnlite.ops, *theirs)
    backward(one)
    other.backward()
    pairs = zip(ours, theirs, strict=True)
    apart = max(np.abs(mine.grad - its.grad).max() for mine, its in pairs)
    print(f"{name:20} L = {one.data:9.5f}, gradients differ by {apart:.1e}")
    assert np.isclose(one.data, other.item(), rtol=1e-13)
    assert apart < 1e-12
    assert nnlite.gradcheck(lambda a, b, f=expression: f(nnlite.ops, a, b), *inputs)

# %%
# And it learns
# -------------
#
# *Exclusive or* is 1 if just one of two inputs is 1. One neuron cannot do it: no line separates
# the two classes. Two layers can. Not one derivative is worked out here.

x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float64)
y = np.array([[0], [1], [1], [0]], np.float64)
w1, w2 = Tensor(random.normal(size=(2, 8))), Tensor(random.normal(size=(8, 1)))
b1, b2 = Tensor(np.zeros(8)), Tensor(np.zeros(1))
for _ in range(500):
    error = tanh(Tensor(x) @ w1 + b1) @ w2 + b2 - y
    loss = total(error * error)
    backward(loss)
    for weight in (w1, b1, w2, b2):
        weight.data -= 0.05 * weight.grad

print((tanh(Tensor(x) @ w1 + b1) @ w2 + b2).data.round(3)[:, 0])
assert loss.data < 1e-3

# %%
# The file
# --------
#
# This is the walk backwards in :source:`nnlite/tape.py`; `pending` are our `gradients`, `source` is
# our `tensor`, and a node's `origin` one of its sources. What is more: a *watcher* may look on,
# which is how a step can be explained; and results in between are no tensors but lighter *nodes*,
# which keep just those arrays that the rule needs.
#
# .. literalinclude:: ../../../nnlite/tape.py
#    :start-at: pending: dict[Any, Array] =
#    :end-at: return found
#    :dedent: 4
#
# And these are two of its ops, in :source:`nnlite/ops/elementary.py`. The names of a rule's
# parameters say what it needs.
#
# .. literalinclude:: ../../../nnlite/ops/elementary.py
#    :pyobject: square
#
# .. literalinclude:: ../../../nnlite/ops/elementary.py
#    :pyobject: sqrt
#
# **Try it.** Add an op `sin`. Forget a minus sign in its rule, and see who finds out.
