"""Lesson 4: softmax and cross-entropy
===================================

Which of C classes is it? The last layer gives C numbers, the softmax makes probabilities of them,
and the cross-entropy says how wrong they are. Together the two have the simplest gradient there
is. But who computes them as they are written gets infinities.
"""

import matplotlib.pyplot as plt
import numpy as np

import nnlite

# %%
# From numbers to probabilities
# -----------------------------
#
# The last layer's numbers :math:`z_1, \dots, z_C` are called *logits*. Any numbers may come out.
# Probabilities must be positive, and their sum must be 1. So: make them positive by the
# exponential, then divide by the sum. That is the **softmax**.
#
# .. math::
#    p_c = \frac{e^{z_c}}{\sum_k e^{z_k}}
#
# The **cross-entropy** is what we had in lesson 1: minus the logarithm of the probability that was
# given to the right class t.
#
# .. math::
#    L = -\ln p_t


def naive_loss(z, t):
    """-ln softmax(z)[t], as it is written."""
    e = np.exp(z)
    return -np.log(e[t] / e.sum())


z = np.array([2.0, 1.0, -1.0])
print(f"class 0 is right: loss {naive_loss(z, 0):.4f}")
print(f"class 2 is right: loss {naive_loss(z, 2):.4f}")

# %%
# Where this breaks
# -----------------
#
# A number of 32 bits is at most :math:`3.4 \cdot 10^{38}`, which is :math:`e^{88.7}`. A logit of
# 100 is nothing unusual in a training that goes wrong, and what comes out is not a number:

wild = np.array([100.0, 0.0, -100.0], np.float32)
with np.errstate(all="ignore"):  # numpy would warn
    print([float(naive_loss(wild, t)) for t in range(3)])

# %%
# Two things help, and neither is an approximation. First, if we take the same number m from all
# logits, the softmax stays what it was, for the factor :math:`e^{-m}` is above and below the line:
#
# .. math::
#    \frac{e^{z_c - m}}{\sum_k e^{z_k - m}}
#       = \frac{e^{-m} \, e^{z_c}}{e^{-m} \sum_k e^{z_k}} = p_c
#
# With m the largest logit, no exponent is above 0. So nothing overflows, and the sum is at least 1.
#
# Second, the logarithm and the exponential undo each other. Write it down before computing:
#
# .. math::
#    L = -\ln \frac{e^{z_t - m}}{\sum_k e^{z_k - m}}
#       = \ln \Bigl( \sum_k e^{z_k - m} \Bigr) - (z_t - m)


def loss(z, t):
    """-ln softmax(z)[t], for any logits."""
    shifted = z - z.max()
    return np.log(np.exp(shifted).sum()) - shifted[t]


print([float(loss(wild, t)) for t in range(3)])
assert [loss(wild, t) for t in range(3)] == [0, 100, 200]
assert all(np.isclose(loss(z, t), naive_loss(z, t), rtol=1e-12) for t in range(3))

# %%
# p - y
# -----
#
# Now backwards. In :math:`L = \ln \sum_k e^{z_k} - z_t` the first part has the slope
#
# .. math::
#    \frac{\partial}{\partial z_c} \ln \sum_k e^{z_k} = \frac{e^{z_c}}{\sum_k e^{z_k}} = p_c
#
# and the second has the slope 1 for c = t, and else 0. If y is the row of zeros with a 1 at the
# right class (*one-hot*), then
#
# .. math::
#    \frac{\partial L}{\partial z} = p - y
#
# Read it: the right logit is pushed up by what its probability lacks, each other is pushed down by
# the probability that it has. The pushes add up to 0. And they are never larger than 1, however
# wild the logits are.


def gradient(z, t):
    e = np.exp(z - z.max())
    return e / e.sum() - np.eye(len(z))[t]


h = 1e-6
measured = [(loss(z + h * step, 2) - loss(z - h * step, 2)) / (2 * h) for step in np.eye(3)]
print("p - y:   ", gradient(z, 2).round(6))
print("measured:", np.round(measured, 6))
np.testing.assert_allclose(gradient(z, 2), measured, atol=1e-9)
assert abs(gradient(z, 2).sum()) < 1e-15

# %%
# On the left the loss of two classes, the wrong one being ahead by :math:`\Delta z`, in 32 bits. As
# it is written it ends where its numbers do. On the right the probabilities above, and what pushes
# the logits if class 2 is right.

ahead = np.linspace(-20, 140, 321, dtype=np.float32)
pairs = [np.array([d, 0], np.float32) for d in ahead]
with np.errstate(all="ignore"):
    naive = np.array([naive_loss(pair, 1) for pair in pairs])
assert np.isfinite(naive).sum() < len(pairs) == np.isfinite([loss(pair, 1) for pair in pairs]).sum()

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
left.plot(ahead, [loss(pair, 1) for pair in pairs], label="written for the computer")
left.plot(ahead, naive, linewidth=4, alpha=0.5, label="as it is written")
left.set(xlabel=r"$\Delta z$", ylabel="loss")
left.legend()
p = gradient(z, 2) + np.eye(3)[2]
right.bar(np.arange(3) - 0.2, p, 0.35, label="p")
right.bar(np.arange(3) + 0.2, -gradient(z, 2), 0.35, label="push: y - p")
right.axhline(0, color="black", linewidth=0.8)
right.set(xlabel="class", xticks=range(3))
right.legend()
plt.show()

# %%
# The same with nnlite
# --------------------
#
# The whole batch at once, and both the values and the gradient. nnlite's gradient check agrees.

random = np.random.default_rng(0)
logits, labels = random.normal(size=(5, 3)), np.array([0, 2, 1, 1, 0])


def crossentropy(z):
    return nnlite.ops.sparse_categorical_crossentropy(labels, z, from_logits=True)


tensor = nnlite.Tensor(logits)
losses = crossentropy(tensor)
losses.sum().backward()
for row, t in enumerate(labels):
    assert np.isclose(losses.numpy()[row], loss(logits[row], t), rtol=1e-12)
    np.testing.assert_allclose(tensor.grad[row], gradient(logits[row], t), atol=1e-14)
assert nnlite.gradcheck(crossentropy, logits)

# %%
# But a model usually ends with a softmax, and the loss sees only probabilities. Then it is too
# late: 0 is 0, and its logarithm is infinite. Keras cuts the probabilities off at :math:`10^{-7}`,
# and so no loss is above 16.1, and no gradient comes from there. In nnlite the result of a softmax
# remembers its logits, and the loss asks for them:

p = nnlite.activations.softmax(nnlite.Tensor([[1000.0, 0.0]]))
(remembered,) = nnlite.ops.sparse_categorical_crossentropy([1], p).numpy()
(forgotten,) = nnlite.ops.sparse_categorical_crossentropy([1], p.numpy()).numpy()
print(f"p = {p.numpy()[0]}: loss {remembered:.1f}; of bare probabilities {forgotten:.1f}")
assert remembered == 1000
assert np.isclose(forgotten, -np.log(1e-7), rtol=1e-3)

# %%
# The file
# --------
#
# Forward and backward are two kernels in :source:`nnlite/_kernels/reference/losses.py`. You know
# each line. `dloss` is what flows back to the loss of each sample; mostly that is 1/B, for the
# mean.
#
# .. literalinclude:: ../../../nnlite/_kernels/reference/losses.py
#    :pyobject: sparse_softmax_crossentropy
#
# .. literalinclude:: ../../../nnlite/_kernels/reference/losses.py
#    :pyobject: sparse_softmax_crossentropy_vjp
#
# And this looks for the logits, in :source:`nnlite/ops/crossentropy.py`:
#
# .. literalinclude:: ../../../nnlite/ops/crossentropy.py
#    :pyobject: logits_of
#
# **Try it.** For two classes, show on paper that the softmax is the sigmoid of
# :math:`z_1 - z_0`, and that lesson 1's loss is the one of this lesson.
