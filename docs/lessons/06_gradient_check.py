"""Lesson 6: the gradient check
============================

A wrong gradient is a treacherous mistake: the training still learns something, only not as well.
So every gradient is compared with a measured slope. This lesson is about measuring well: why the
step is a millionth, why 64 bits, and what to do at a kink.
"""

import matplotlib.pyplot as plt
import numpy as np

import nnlite
from nnlite.gradient_check import check
from nnlite.tape import op

# %%
# To one side or to both
# ----------------------
#
# A slope is a difference divided by a step h. What does that leave out? Taylor's series says:
#
# .. math::
#    f(x + h) &= f + h f' + \tfrac{h^2}{2} f'' + \tfrac{h^3}{6} f''' + \dots \\
#    f(x - h) &= f - h f' + \tfrac{h^2}{2} f'' - \tfrac{h^3}{6} f''' + \dots
#
# with f and its derivatives on the right taken at x.
#
# From the first line alone we get the slope with an error proportional to h. If we subtract the two
# lines, :math:`f''` is gone, and the error is proportional to :math:`h^2`:
#
# .. math::
#    \frac{f(x + h) - f(x)}{h} &= f' + \tfrac{h}{2} f'' + \dots \\[1ex]
#    \frac{f(x + h) - f(x - h)}{2h} &= f' + \tfrac{h^2}{6} f''' + \dots
#
# With h = 1/1000 the error is then about a millionth and not a thousandth. This is called the
# *central difference*.


def one_sided(f, x, h):
    return (f(x + h) - f(x)) / h


def central(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


# %%
# Why a millionth
# ---------------
#
# So the smaller the step, the better? No: numbers have only so many digits. Each value of f is
# rounded by about :math:`\varepsilon |f|`, where :math:`\varepsilon` is :math:`2 \cdot 10^{-16}`
# for 64 bits. Of two values that are nearly the same the difference has just this error, and it is
# divided by h. In all
#
# .. math::
#    \text{error} \approx \frac{h^2}{6} |f'''| + \frac{\varepsilon |f|}{h}
#
# One part falls with h, the other grows. They are equally large near :math:`h =
# \sqrt[3]{\varepsilon} \approx 6 \cdot 10^{-6}`, and then the error is about :math:`10^{-11}`. In
# 32 bits :math:`\varepsilon` is :math:`10^{-7}`, and the best that can be had is an error of about
# :math:`10^{-5}`: too much to tell a small mistake from rounding. So gradients are checked in 64
# bits. (The dotted line in the picture is the step that nnlite takes.)

steps = 10.0 ** np.arange(-13, 0.1, 0.25)
errors = {
    "one side, 64 bits": [abs(one_sided(np.exp, 1.0, h) - np.e) for h in steps],
    "central, 64 bits": [abs(central(np.exp, 1.0, h) - np.e) for h in steps],
    "central, 32 bits": [
        abs(float(central(np.exp, np.float32(1), np.float32(h))) - np.e) for h in steps
    ],
}
figure, axes = plt.subplots(figsize=(7, 3.8), layout="constrained")
for name, found in errors.items():
    axes.loglog(steps, found, ".-", label=name)
axes.axvline(1e-6, color="gray", linestyle=":")
axes.set(xlabel="step h", ylabel="error of the slope of $e^x$ at 1", ylim=(1e-13, 10))
axes.legend()
plt.show()

for name, found in errors.items():
    best = int(np.argmin(found))
    print(f"{name}: at best {found[best]:.0e}, with h = {steps[best]:.0e}")
assert min(errors["central, 64 bits"]) < 1e-9
assert min(errors["one side, 64 bits"]) > 1e-10
assert min(errors["central, 32 bits"]) > 1e-7

# %%
# nnlite takes :math:`h = 10^{-6}`, times the value itself where that is larger than 1. It is a
# little to the left of the best, on purpose: there the error is rounding, which is known
# beforehand, whatever :math:`f'''` may be.
#
# How near is near enough
# -----------------------
#
# Gradients can be 1000 or 0.001, so one looks at the *relative* error. But near 0 nothing is left
# to be relative to. Hence both: analytic a and numerical n agree where
#
# .. math::
#    |a - n| \le 10^{-7} + 10^{-6} \, |n|
#
# A function on many numbers is moved one number at a time. Here is the check in ten lines, as
# lesson 3 had it, for any function of nnlite's tensors:


def agree(f, x, h=1e-6):
    tensor = nnlite.Tensor(x)
    f(tensor).backward()
    slopes = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[place] = h
        slopes[place] = (f(x + step) - f(x - step)).item() / (2 * h)
    return bool(np.all(np.abs(tensor.grad - slopes) <= 1e-7 + 1e-6 * np.abs(slopes)))


x = np.random.default_rng(0).normal(size=(3, 4))
assert agree(lambda t: nnlite.ops.sum(nnlite.ops.tanh(t) * t), x)
assert nnlite.gradcheck(lambda t: nnlite.ops.sum(nnlite.ops.tanh(t) * t), x)

# %%
# A mistake
# ---------
#
# This tanh has a wrong rule. The slope is :math:`1 - y^2`, and somebody forgot the square. What is
# computed forwards is right, so no prediction looks odd. The check sees it, and names the worst
# element:


@op(x=lambda dy, y: dy * (1 - y))
def careless_tanh(x, /):
    return np.tanh(x)


assert not agree(lambda t: nnlite.ops.sum(careless_tanh(t)), x)
report = check(careless_tanh, x)
print(report)
assert not report

# %%
# Some mistakes leave a trace. If the gradient is everywhere the same multiple of the slope, a
# factor was forgotten, and the report says which it could be:


@op(x=lambda dy, x: np.full_like(x, dy))
def careless_mean(x, /):
    return np.mean(x)


report = check(careless_mean, x)
print(report.cause)
assert "12" in report.cause

# %%
# Kinks
# -----
#
# The relu has a corner at 0. To the left its slope is 0, to the right 1, and a central difference
# says 1/2. The tape says 0. Nobody is wrong: there is no slope. How can a program tell a corner
# from a mistake?
#
# By measuring to both sides. For a smooth function the two one-sided slopes differ by :math:`h
# f''`. With a quarter of the step they differ by a quarter. At a corner they differ by the same,
# however short the step.


def apart(f, x, h):
    return (f(x + h) - f(x)) / h - (f(x) - f(x - h)) / h


def relu(x):
    return max(x, 0.0)


for name, f, place in (("exp at 0", np.exp, 0.0), ("relu at 0", relu, 0.0)):
    ratio = apart(f, place, 1e-4) / apart(f, place, 4e-4)
    print(f"{name}: with a quarter of the step the two sides differ by {ratio:.3f} times as much")
assert np.isclose(apart(np.exp, 0, 1e-4) / apart(np.exp, 0, 4e-4), 0.25, rtol=1e-3)
assert np.isclose(apart(relu, 0, 1e-4) / apart(relu, 0, 4e-4), 1)

# %%
# So does nnlite. The kink is named, and the gradient is checked again a little beside it:

report = nnlite.gradcheck(lambda x: nnlite.ops.sum(nnlite.ops.relu(x)), [-1.0, 0.0, 2.0])
print(report)
assert report.verdict == "kink"

# %%
# A million weights
# -----------------
#
# To move each of a million weights alone would take two million calls. Instead, move all at once
# along a random direction d. The slope along d is :math:`\sum_i g_i d_i`, one number to compare. If
# the gradient is wrong somewhere, this number is wrong too, unless by an accident; and four
# directions do not have the same accident. nnlite does so from 257 elements on.

many = np.random.default_rng(1).normal(size=100_000)
tensor = nnlite.Tensor(many)
nnlite.ops.sum(nnlite.ops.tanh(tensor)).backward()
direction = np.random.default_rng(2).normal(size=many.shape)
by_the_tape = tensor.grad @ direction
measured = central(lambda t: np.tanh(many + t * direction).sum(), 0.0, 1e-6)
print(f"along a random direction: {by_the_tape:.6f} by the tape, {measured:.6f} measured")
assert np.isclose(by_the_tape, measured, rtol=1e-5)

# %%
# The file
# --------
#
# How nnlite measures stands in :source:`nnlite/gradient_check/slopes.py`. First with one step;
# where that disagrees with the tape, with many, of which the most certain is taken:
#
# .. literalinclude:: ../../../nnlite/gradient_check/slopes.py
#    :pyobject: central_difference
#
# .. literalinclude:: ../../../nnlite/gradient_check/slopes.py
#    :pyobject: careful_slope
#
# .. literalinclude:: ../../../nnlite/gradient_check/slopes.py
#    :pyobject: _is_kink
#
# What a report says of causes comes from :source:`nnlite/gradient_check/causes.py`:
#
# .. literalinclude:: ../../../nnlite/gradient_check/causes.py
#    :pyobject: likely_cause
#
# **Try it.** Check :math:`\sqrt{|x|}` at 0, and :math:`|x|^3`. Write a rule that is wrong only for
# :math:`x > 5`. Does the check find it?
