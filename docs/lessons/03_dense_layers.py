"""Lesson 3: layers are matrices
=============================

A layer is many neurons that look at the same inputs. Forwards it is one product of matrices,
backwards it is two. This lesson derives them, stacks layers, and checks every gradient.
"""

import matplotlib.pyplot as plt
import numpy as np

import nnlite

# %%
# Forward
# -------
#
# O neurons look at the same I inputs. The weights of each are a column of W, so W has the shape
# (I, O). A batch of B samples is a matrix X of the shape (B, I). Then
#
# .. math::
#    Z = X W + b, \qquad Y = \varphi(Z)
#
# with a row b of O biases, which is added to each line, and a curve :math:`\varphi` applied to each
# number alone. Written out for one number:
#
# .. math::
#    z_{no} = \sum_i x_{ni} w_{io} + b_o
#
# Backward
# --------
#
# From the layer behind comes :math:`\mathrm{d}Y = \partial L / \partial Y`: a matrix of the shape
# of Y. First through the curve, number by number:
#
# .. math::
#    \mathrm{d}Z = \mathrm{d}Y \circ \varphi'(Z)
#
# Then look where a weight :math:`w_{io}` occurs: in :math:`z_{no}` of every sample n, each time
# with the factor :math:`x_{ni}`. An input :math:`x_{ni}` occurs in :math:`z_{no}` of every neuron
# o, with the factor :math:`w_{io}`. A bias occurs in every sample, with the factor 1. What occurs
# in several places gets the sum:
#
# .. math::
#    \mathrm{d}w_{io} &= \sum_n x_{ni} \, \mathrm{d}z_{no} \\
#    \mathrm{d}x_{ni} &= \sum_o \mathrm{d}z_{no} \, w_{io} \\
#    \mathrm{d}b_o &= \sum_n \mathrm{d}z_{no}
#
# Each sum is a product of two matrices, one of them transposed:
#
# .. math::
#    \mathrm{d}W = X^T \mathrm{d}Z, \qquad \mathrm{d}X = \mathrm{d}Z \, W^T
#
# and db is the sum of dZ over its rows.
#
# Whoever forgets which one is transposed looks at the shapes: there is only one way in which they
# fit. The picture has B = 6, I = 4 and O = 3. A gradient has the shape of what it is the gradient
# of.


colors = {"X": "#cfe3f5", "W": "#d5ecd5", "Z": "#f8d8b8"}


def draw(axes, left, rows, columns, name):
    """Draw a matrix, centred on the line 0."""
    color = next(color for letter, color in colors.items() if letter in name)
    corner = (left, -rows / 2)
    axes.add_patch(plt.Rectangle(corner, columns, rows, facecolor=color, edgecolor="gray"))
    axes.text(left + columns / 2, 0, f"{name}\n{rows} x {columns}", ha="center", va="center")


samples, inputs, outputs = 6, 4, 3
figure, axes = plt.subplots(figsize=(9, 1.9), layout="constrained")
draw(axes, 0, samples, outputs, "Z")
draw(axes, 4.5, samples, inputs, "X")
draw(axes, 9, inputs, outputs, "W")
draw(axes, 15, inputs, outputs, "dW")
draw(axes, 19.5, inputs, samples, "$X^T$")
draw(axes, 26, samples, outputs, "dZ")
draw(axes, 32, samples, inputs, "dX")
draw(axes, 37.5, samples, outputs, "dZ")
draw(axes, 41, outputs, inputs, "$W^T$")
for place in (3.75, 18.75, 36.75):
    axes.text(place, 0, "=", ha="center", va="center", fontsize=14)
axes.set(xlim=(-0.5, 45.5), ylim=(-3.5, 3.5), aspect="equal")
axes.set_axis_off()
plt.show()

# %%
# As code
# -------
#
# The curve here is the *relu*: negative numbers become 0, the others stay. Its slope is 0 or 1.


class Dense:
    def __init__(self, w, b, activation="linear"):
        self.w, self.b, self.activation = w, b, activation

    def forward(self, x):
        self.x = x  # kept for the way back
        z = x @ self.w + self.b
        self.y = np.maximum(z, 0) if self.activation == "relu" else z
        return self.y

    def backward(self, dy):
        """Keep dW and db, and return dX for the layer before."""
        dz = dy * (self.y > 0) if self.activation == "relu" else dy
        self.dw = self.x.T @ dz
        self.db = dz.sum(axis=0)
        return dz @ self.w.T


# %%
# Layers are stacked by handing on: Y forwards, dX backwards. At the end stands the mean of the
# squared errors. Its slope is where the way back begins:
#
# .. math::
#    L = \frac{1}{B O} \sum_{n, o} (y_{no} - t_{no})^2, \qquad
#    \mathrm{d}Y = \frac{2}{B O} (Y - T)

random = np.random.default_rng(0)
x, targets = random.normal(size=(samples, inputs)), random.normal(size=(samples, outputs))
network = [
    Dense(random.normal(size=(inputs, 5)), random.normal(size=5), "relu"),
    Dense(random.normal(size=(5, outputs)), random.normal(size=outputs)),
]


def forward(x):
    for layer in network:
        x = layer.forward(x)
    return np.mean((x - targets) ** 2)


def backward():
    dy = 2 * (network[-1].y - targets) / targets.size
    for layer in reversed(network):
        dy = layer.backward(dy)
    return dy


loss = forward(x)
dx = backward()

# %%
# Check
# -----
#
# Move each number of each array a little to both sides, and look at the loss:


def measured(array, h=1e-6):
    slopes = np.empty_like(array)
    for place in np.ndindex(array.shape):
        value = array[place]
        array[place] = value + h
        above = forward(x)
        array[place] = value - h
        below = forward(x)
        array[place] = value
        slopes[place] = (above - below) / (2 * h)
    return slopes


gradients = {"dX": (x, dx)}
for number, layer in enumerate(network, 1):
    gradients[f"dW{number}"] = layer.w, layer.dw
    gradients[f"db{number}"] = layer.b, layer.db
for name, (array, gradient) in gradients.items():
    apart = np.abs(gradient - measured(array)).max()
    print(f"{name:4} {array.shape!s:8} differs from what is measured by {apart:.1e}")
    assert gradient.shape == array.shape
    assert apart < 1e-8

# %%
# The same with nnlite
# --------------------
#
# Two `Dense` layers with our weights, in float64 as ours. A `GradientTape` hands out the gradients
# of the weights and of the input: they are ours.

layers = [
    nnlite.layers.Dense(5, activation="relu", dtype="float64"),
    nnlite.layers.Dense(outputs, dtype="float64"),
]
model = nnlite.Sequential([nnlite.Input((inputs,)), *layers])
model.set_weights([array for layer in network for array in (layer.w, layer.b)])

tensor = nnlite.Tensor(x)
with nnlite.GradientTape() as tape:
    tape.watch(tensor)
    value = nnlite.ops.mean((model(tensor) - targets) ** 2)
found = tape.gradient(value, [tensor, *model.trainable_weights])
ours = [dx, *(array for layer in network for array in (layer.dw, layer.db))]
assert np.isclose(value.item(), loss, rtol=1e-12)
for theirs, our in zip(found, ours, strict=True):
    np.testing.assert_allclose(theirs, our, rtol=1e-10, atol=1e-14)

# %%
# nnlite checks itself in the same way, whatever layers there are:

model.compile(loss="mse")
print(model.gradcheck(x, targets))

# %%
# The file
# --------
#
# The three products are kernels: functions that write into an array which they are given. These are
# their numpy twins, in :source:`nnlite/_kernels/reference/dense.py`. They are the specification;
# what runs is compiled, and lesson 7 shows how.
#
# .. literalinclude:: ../../../nnlite/_kernels/reference/dense.py
#    :pyobject: dense_backward_input
#
# .. literalinclude:: ../../../nnlite/_kernels/reference/dense.py
#    :pyobject: dense_backward_kernel
#
# .. literalinclude:: ../../../nnlite/_kernels/reference/dense.py
#    :pyobject: dense_backward_bias
#
# And this is the way back through the layer, in :source:`nnlite/ops/matrices.py`: our `backward`,
# which leaves out what nobody wants.
#
# .. literalinclude:: ../../../nnlite/ops/matrices.py
#    :pyobject: _dense_vjp
#
# **Try it.** Forget the `.T` of `self.x.T` while all sizes are equal, so that numpy does not
# complain. What does the check say, and what does ``model.gradcheck`` say is the cause of such
# errors?
