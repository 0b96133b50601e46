"""Lesson 1: one neuron
====================

A neuron is a weighted sum and a curve. To train it is to walk downhill. This lesson does both
with nothing but numpy; all that comes later is the same, only larger.
"""

import matplotlib.pyplot as plt
import numpy as np

import nnlite

# %%
# The neuron
# ----------
#
# A neuron takes some numbers :math:`x_1, \dots, x_I`. It has a weight :math:`w_i` for each of them
# and one number more, the bias :math:`b`. It adds up, and bends the sum by a curve. Here that is
# the *sigmoid* :math:`\sigma`, which takes any number to one between 0 and 1:
#
# .. math::
#    z = \sum_i x_i w_i + b, \qquad p = \sigma(z) = \frac{1}{1 + e^{-z}}
#
# We read p as a probability: how likely is it that the sample belongs to class 1, and not to
# class 0?
#
# Nobody computes one sample after the other. The B samples of a *batch* are the rows of a matrix X,
# and one product does all sums:
#
# .. math::
#    z = X w + b


def neuron(x, w, b):
    """p for each row of x (B, I)."""
    return 1 / (1 + np.exp(-(x @ w + b)))


# %%
# Some data: two clouds of points in the plane. The labels y say from which cloud a point comes.

random = np.random.default_rng(0)
red, blue = random.normal([-1, -0.5], 0.9, (60, 2)), random.normal([1, 1], 0.9, (60, 2))
x = np.concatenate([red, blue])
y = np.repeat([0.0, 1.0], 60)

# %%
# How wrong it is
# ---------------
#
# The *loss* is one number that says how wrong the neuron is. If a point has the label 1, the neuron
# gave it the probability p; if it has the label 0, it gave it 1 - p. The loss is minus the
# logarithm of that, on average over the batch. It is 0 for who is always certain and right, and
# grows without end for who is certain and wrong.
#
# .. math::
#    L = -\frac{1}{B} \sum_n \bigl( y_n \ln p_n + (1 - y_n) \ln (1 - p_n) \bigr)


def loss(x, y, w, b):
    p = neuron(x, w, b)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


w, b = np.zeros(2), 0.0
assert np.isclose(loss(x, y, w, b), np.log(2))  # who knows nothing says 1/2, always
print(f"loss at first: {loss(x, y, w, b):.4f}")

# %%
# Which way is down
# -----------------
#
# How does L change if a weight changes a little? The chain rule goes back from the end, one factor
# for each step. The curve's slope is :math:`\sigma'(z) = p (1 - p)`, and so
#
# .. math::
#    \frac{\partial L}{\partial p_n} &= \frac{1}{B} \, \frac{p_n - y_n}{p_n (1 - p_n)} \\
#    \frac{\partial L}{\partial z_n} &=
#       \frac{\partial L}{\partial p_n} \, p_n (1 - p_n) = \frac{p_n - y_n}{B}
#
# What is left is just the error :math:`p - y`. From z on it is easy: :math:`z_n` contains
# :math:`w_i` times :math:`x_{ni}`, and b times 1. Every sample has its say, so we sum over them:
#
# .. math::
#    \frac{\partial L}{\partial w_i} &= \sum_n x_{ni} \frac{\partial L}{\partial z_n},
#    \quad\text{that is}\quad
#    \frac{\partial L}{\partial w} = X^T \frac{\partial L}{\partial z} \\
#    \frac{\partial L}{\partial b} &= \sum_n \frac{\partial L}{\partial z_n}


def gradient(x, y, w, b):
    dz = (neuron(x, w, b) - y) / len(x)
    return x.T @ dz, dz.sum()


# %%
# Is that right? Do not believe it: measure. A slope is a difference divided by a step, and the best
# one looks to both sides:
#
# .. math::
#    \frac{\partial L}{\partial w_i} \approx
#       \frac{L(w_i + h) - L(w_i - h)}{2h}, \qquad h = 10^{-6}
#
# This is the *gradient check*. Lesson 6 is about it, and no lesson is without it.

w, b, h = np.array([0.3, -0.8]), 0.1, 1e-6
dw, db = gradient(x, y, w, b)
for i, step in enumerate(h * np.eye(2)):
    measured = (loss(x, y, w + step, b) - loss(x, y, w - step, b)) / (2 * h)
    print(f"dL/dw[{i}]  by the chain rule {dw[i]:.8f}, measured {measured:.8f}")
    assert np.isclose(dw[i], measured, rtol=1e-6)
measured = (loss(x, y, w, b + h) - loss(x, y, w, b - h)) / (2 * h)
print(f"dL/db     by the chain rule {db:.8f}, measured {measured:.8f}")
assert np.isclose(db, measured, rtol=1e-6)

# %%
# Downhill
# --------
#
# The gradient points uphill. So go a little against it, again and again. How far is the *learning
# rate* :math:`\eta`:
#
# .. math::
#    w \leftarrow w - \eta \frac{\partial L}{\partial w}, \qquad
#    b \leftarrow b - \eta \frac{\partial L}{\partial b}

w, b, losses = np.zeros(2), 0.0, []
for _ in range(100):
    losses.append(loss(x, y, w, b))
    dw, db = gradient(x, y, w, b)
    w, b = w - 0.5 * dw, b - 0.5 * db

right = np.mean((neuron(x, w, b) > 0.5) == y)
assert losses[-1] < 0.3 < losses[0]
print(f"loss {losses[0]:.3f} -> {loss(x, y, w, b):.3f}, {right:.0%} of the points are right")

# %%
# On the left the loss at each step. On the right what the neuron has learned: p changes from 0 to 1
# along one direction, that of w. Where :math:`z = 0` and so :math:`p = \frac12`, there is a
# straight line; one neuron can do no better.

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
left.plot(losses)
left.set(xlabel="step", ylabel="loss", ylim=(0, None))
line = np.linspace(-4, 4, 80)
p = neuron(np.stack(np.meshgrid(line, line), axis=-1), w, b)
shades = right.contourf(line, line, p, 20, cmap="RdBu", alpha=0.5)
right.contour(line, line, p, [0.5], colors="black")
right.scatter(*red.T, color="firebrick", edgecolor="white", s=30)
right.scatter(*blue.T, color="navy", edgecolor="white", s=30)
right.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
figure.colorbar(shades, ax=right, label="p", ticks=[0, 0.5, 1])
plt.show()

# %%
# The same with nnlite
# --------------------
#
# In nnlite (as in Keras) our neuron is a `Dense` layer of one unit. Trained in the same way it has
# the same weights at the end. They differ by roundings, for nnlite computes with numbers of
# 32 bits (float32), numpy above with 64.

layer = nnlite.layers.Dense(1, activation="sigmoid", kernel_initializer="zeros")
model = nnlite.Sequential([nnlite.Input((2,)), layer])
model.compile(nnlite.optimizers.SGD(0.5), "binary_crossentropy")
model.fit(x, y, epochs=100, batch_size=len(x), verbose=0)

kernel, bias = model.get_weights()
print("numpy ", w, b)
print("nnlite", kernel[:, 0], bias[0])
np.testing.assert_allclose(kernel[:, 0], w, rtol=1e-4)
np.testing.assert_allclose(bias[0], b, rtol=1e-4)

# %%
# The file
# --------
#
# What the layer computes is this, in :source:`nnlite/_kernels/reference/dense.py`. The line above
# it says which sizes must agree: B samples, I inputs, O outputs. With one output it is our
# neuron; with more, there are some side by side, and w has a column for each.
#
# .. literalinclude:: ../../../nnlite/_kernels/reference/dense.py
#    :pyobject: dense_forward
#
# And one step downhill, in :source:`nnlite/_kernels/reference/optimizers.py`:
#
# .. literalinclude:: ../../../nnlite/_kernels/reference/optimizers.py
#    :pyobject: sgd_update
#
# **Try it.** Move the clouds closer together. Set the learning rate to 50. Give the points a third
# input, :math:`x_1 x_2`, and draw the line again.
