"""Lesson 9: your own kernel
=========================

All numbers of a training come from plain functions on arrays. So you can take one out and put your
own in its place. The library then checks it, times it, and trains with it. This lesson does so
with the smallest of them: the way back through the relu.
"""

import numpy as np

import nnlite
from nnlite import kernels, layers

# %%
# What is asked
# -------------
#
# The relu keeps what is above 0. On the way back, dy passes where it did so, and stops elsewhere:
#
# .. math::
#    y = \max(z, 0), \qquad
#    \mathrm{d}z = \begin{cases} \mathrm{d}y & y > 0 \\ 0 & \text{else} \end{cases}
#
# The kernel for it has three arrays: it reads y and dy, and writes the result into `out`.

print(kernels.describe("relu_vjp"))

# %%
# A wrong one
# -----------
#
# Somebody in a hurry forgets the mask:


def without_mask(y, dy, out):
    out[...] = dy


report = kernels.check("relu_vjp", without_mask)
print(report.findings[0], report.findings[-1], sep="\n")
assert not report

# %%
# Two witnesses speak against it. The first is the numpy twin, which is the specification: for the
# same arrays it writes other numbers. The second is the gradient check of lesson 6: with this
# function in its place, the layers that use it have wrong gradients. So nnlite does not take it:

try:
    kernels.override("relu_vjp", without_mask)
except kernels.KernelError as error:
    print(str(error).splitlines()[0])
else:
    raise AssertionError("it was taken")

# %%
# A right one
# -----------
#
# A loop over all elements is as plain as can be. It is slow, but it is right:


def my_relu_vjp(y, dy, out):
    for i in range(len(y)):
        out[i] = dy[i] if y[i] > 0 else 0


report = kernels.check("relu_vjp", my_relu_vjp)
print(report)
assert report

# %%
# Training with it
# ----------------
#
# While it is in force, every relu of every model goes back through it. It computes no other numbers
# than the compiled kernel does. So a training must end with the same weights, bit by bit:


def trained():
    nnlite.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
    model = nnlite.Sequential([nnlite.Input((4,)), layers.Dense(8, "relu"), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, x.prod(axis=1), epochs=3, verbose=0)
    return model.get_weights()


with kernels.override("relu_vjp", my_relu_vjp):
    mine = trained()
usual = trained()
assert all((a == b).all() for a, b in zip(mine, usual, strict=True))

# %%
# And with the wrong one, taken on purpose? The training runs, and its weights are numbers like any
# others. Nothing but a check tells you:

with kernels.override("relu_vjp", without_mask, check=False):
    wrong = trained()
assert all(np.isfinite(a).all() for a in wrong)
assert not (wrong[0] == usual[0]).all()

# %%
# The file
# --------
#
# The kernels are a table of names, and whoever needs one looks it up by its name at each call. So
# to replace it is to change an entry, in :source:`nnlite/_kernels/__init__.py`:
#
# .. literalinclude:: ../../../nnlite/_kernels/__init__.py
#    :pyobject: replace
#
# .. literalinclude:: ../../../nnlite/_kernels/__init__.py
#    :pyobject: _install
#
# And :source:`nnlite/kernels/overriding.py` checks before it does so:
#
# .. literalinclude:: ../../../nnlite/kernels/overriding.py
#    :pyobject: override
#
# **Try it.** Let `my_relu_vjp` pass the gradient at 0 as well. Who notices? Then replace
# `dense_forward` by the tiles of lesson 7. The guide :doc:`Kernels of your own
# </replacing_kernels>` says what else there is.
