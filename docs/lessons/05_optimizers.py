"""Lesson 5: SGD, momentum, Nesterov, Adam
=======================================

All optimizers walk downhill along the gradient. They differ in what they remember of the way.
Each is two or three lines. Here they are, written by hand, and compared with nnlite's bit by bit.
"""

import matplotlib.pyplot as plt
import numpy as np

import nnlite

# %%
# A valley
# --------
#
# The test is a long valley, thirty times steeper across than along:
#
# .. math::
#    f(w) &= \tfrac{1}{2} (w_1^2 + 30 \, w_2^2) \\
#    g &= \frac{\partial f}{\partial w} = (w_1, \, 30 \, w_2)
#
# Steep directions forbid large steps, flat ones need them. Every training of a network has both.


def valley(w):
    return 0.5 * (w[0] ** 2 + 30 * w[1] ** 2)


def gradient(w):
    return np.array([w[0], 30 * w[1]])


start = np.array([-4.0, 1.0])
tensor = nnlite.Tensor(start)
valley(tensor).backward()
assert (tensor.grad == gradient(start)).all()
assert nnlite.gradcheck(valley, start)

# %%
# Plain
# -----
#
# Against the gradient, by a learning rate :math:`\eta`. Across the valley one step multiplies
# :math:`w_2` by :math:`1 - 30 \eta`. So beyond :math:`\eta = 1/15` it swings wider and wider.
#
# .. math::
#    w \leftarrow w - \eta g


def sgd(w, g, state, rate=0.05):
    w -= rate * g


# %%
# (These functions change w in place, as all optimizers do: weights are large, and nobody wants a
# new copy for each step. `state` is a place to remember things, which plain descent does not need.
# And it is called *stochastic* gradient descent, because the gradient is usually that of a few
# samples drawn at random.)
#
# Momentum
# --------
#
# A ball does not follow the slope, it has a speed v. The slope changes the speed, and friction
# (:math:`\mu = 0.9`) takes a tenth of it away at each step. Across the valley pushes to the left
# and to the right cancel each other; along it they add up, to as much as :math:`1 + \mu + \mu^2 +
# \dots = 1 / (1 - \mu) = 10` times the plain step.
#
# .. math::
#    v &\leftarrow \mu v - \eta g \\
#    w &\leftarrow w + v


def momentum(w, g, state, rate=0.02, mu=0.9):
    v = state.setdefault("v", np.zeros_like(w))
    v *= mu
    v -= rate * g
    w += v


# %%
# Nesterov
# --------
#
# We know that the next step will go :math:`\mu v` on anyway. So why not look at the slope there,
# and not here? Written for the point where one looks, the rule is
#
# .. math::
#    v &\leftarrow \mu v - \eta g \\
#    w &\leftarrow w + \mu v - \eta g
#
# The ball brakes before it has rolled up the other side.


def nesterov(w, g, state, rate=0.02, mu=0.9):
    v = state.setdefault("v", np.zeros_like(w))
    v *= mu
    v -= rate * g
    w += mu * v - rate * g


# %%
# Adam
# ----
#
# Adam gives each weight a step of its own. It keeps two moving averages: m of the gradient, and v
# of its square. Then :math:`m / \sqrt{v}` is a mean gradient in units of its usual size, a number
# around 1 in steep and in flat directions, and :math:`\eta` says directly how far a weight moves.
#
# .. math::
#    m &\leftarrow m + (1 - \beta_1)(g - m) \\
#    v &\leftarrow v + (1 - \beta_2)(g^2 - v) \\
#    w &\leftarrow w - \alpha \frac{m}{\sqrt{v} + \varepsilon}
#
# Both averages begin at 0, and so they are too small at first: after t steps by the factors
# :math:`1 - \beta_1^t` and :math:`1 - \beta_2^t`. To make up for this,
#
# .. math::
#    \alpha = \eta \, \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t}


def adam(w, g, state, rate=0.3, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    t = state["t"] = state.get("t", 0) + 1
    m = state.setdefault("m", np.zeros_like(w))
    v = state.setdefault("v", np.zeros_like(w))
    m += (g - m) * (1 - beta_1)
    v += (g * g - v) * (1 - beta_2)
    alpha = rate * np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    w -= m * alpha / (np.sqrt(v) + epsilon)


# %%
# What the first step of Adam does can be worked out on paper: :math:`m = (1 - \beta_1) g`,
# :math:`v = (1 - \beta_2) g^2`, and so all that is left is the sign of g. Each weight moves by just
# :math:`\eta`.

w = start.copy()
adam(w, gradient(w), {})
print("the first step of Adam:", w - start)
np.testing.assert_allclose(w - start, -0.3 * np.sign(gradient(start)), rtol=1e-6)

# %%
# The race
# --------
#
# Forty steps of each, from the same place.

rules = {"SGD": sgd, "momentum": momentum, "Nesterov": nesterov, "Adam": adam}
ways = {}
for name, rule in rules.items():
    w, state, way = start.copy(), {}, [start]
    for _ in range(40):
        rule(w, gradient(w), state)
        way.append(w.copy())
    ways[name] = np.array(way)
    print(f"{name:9} f = {valley(w):.6f} after 40 steps")
assert valley(ways["Nesterov"][-1]) < valley(ways["momentum"][-1])

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
x, y = np.meshgrid(np.linspace(-4.5, 2.5, 100), np.linspace(-1.7, 1.7, 100))
left.contour(x, y, np.sqrt(valley([x, y])), 12, colors="lightgray")
for name, way in ways.items():
    left.plot(*way.T, ".-", linewidth=1, label=name)
    right.semilogy([valley(w) for w in way], label=name)
left.plot(0, 0, "k*", markersize=10)
left.set(xlabel="$w_1$", ylabel="$w_2$")
right.set(xlabel="step", ylabel="f(w)")
right.legend()
plt.show()

# %%
# Do not read too much into who wins: this is one valley with one choice of learning rates. But see
# how: plain descent jumps from side to side, momentum overshoots, Nesterov less so, and Adam sets
# out with equal steps in both directions.
#
# Bit by bit
# ----------
#
# nnlite's optimizers get the same gradients. Not just nearly the same weights should come out:
# where the same operations are done in the same order, every bit is the same. (In 64 bits here, as
# numpy computes; Adam's :math:`\alpha` is one number for all weights.)

optimizers = {
    "SGD": nnlite.optimizers.SGD(0.05),
    "momentum": nnlite.optimizers.SGD(0.02, momentum=0.9),
    "Nesterov": nnlite.optimizers.SGD(0.02, momentum=0.9, nesterov=True),
    "Adam": nnlite.optimizers.Adam(0.3),
}
for name, optimizer in optimizers.items():
    weight = nnlite.Parameter(start)
    for place in ways[name][1:]:
        optimizer.apply_gradients([(gradient(weight.data), weight)])
        assert (weight.data == place).all(), name
    print(f"{name:9} the same bits for 40 steps")

# %%
# The file
# --------
#
# The rules are kernels in :source:`nnlite/_kernels/reference/optimizers.py`. `w.dtype.type` rounds
# a number to the type of the weights, so that weights of 32 bits meet numbers of 32 bits.
#
# .. literalinclude:: ../../../nnlite/_kernels/reference/optimizers.py
#    :start-at: @door("w[N] g[N] velocity[N] -> w[N] velocity[N]")
#    :end-before: @door("w[N] g[N] v[N] trace[N]?
#
# **Try it.** Write `RMSprop` (the rule after these in the file) and let it race. Make the valley a
# thousand times steeper across than along. Who is still there?
