"""Lesson 8: the replay
====================

What is a training step when it comes down to it? A list of some two dozen calls. This lesson
records the list of a real model, and trains the model by it, without layers, tape and optimizer.
Then it makes the list shorter and lets its arrays share memory, and every bit of the result stays.
"""

import time

import matplotlib.pyplot as plt
import numpy as np

import nnlite
from nnlite import _kernels, layers
from nnlite.lowering import (
    LARGE,
    Call,
    Lifetime,
    assigned,
    fused,
    owner_of,
    touched_by,
    with_early_updates,
    with_shared_memory,
)
from nnlite.origins import origin

# %%
# Why
# ---
#
# In nnlite the numbers are computed by *kernels*, functions that write into arrays which they are
# given. All else (layers, the tape, the optimizer) is Python that decides which kernel is to be
# called next, with which arrays. So a step takes
#
# .. math::
#    T = \sum_{\text{calls}} (t_{\text{kernel}} + t_{\text{Python}})
#
# For large matrices :math:`t_{\text{Python}}` is nothing. For a small network it is nearly all. But
# in a model whose graph cannot change, Python decides the same each time. Once is enough.
#
# Recording
# ---------
#
# The classifier of chapter 10, and a batch of 512 pictures (of noise; the kernels do not mind):


def classifier():
    nnlite.utils.set_random_seed(0)
    model = nnlite.Sequential(
        [
            nnlite.Input((784,)),
            layers.Dense(300, activation="relu", name="first"),
            layers.Dense(100, activation="relu", name="second"),
            layers.Dense(10, activation="softmax", name="third"),
        ]
    )
    model.compile(nnlite.optimizers.SGD(0.01), "sparse_categorical_crossentropy")
    return model


random = np.random.default_rng(0)
x = random.normal(size=(512, 784)).astype("float32")
y = random.integers(0, 10, 512)

# %%
# The first step makes what is made only once. The second one is recorded: each call is noted just
# before it runs, with the very arrays that it gets, and with what it is for.

model = classifier()
model.train_on_batch(x, y)
calls = []


def note(kernel, arguments):
    calls.append(Call(kernel, arguments, (origin(),)))


with _kernels.recording(note):
    model.train_on_batch(x, y)


def show(calls):
    for kernel, arguments, origins in calls:
        shapes = ["x".join(map(str, a.shape)) for a in arguments if np.ndim(a)]
        parts = [one.part + (f" {one.layer.name}" if one.layer else "") for one in origins]
        print(f"{kernel:31} {' + '.join(parts):32} {', '.join(shapes)}")


show(calls)

# %%
# That is all of it. Forwards from top to bottom, then the loss, backwards through the layers, and
# at the end each weight is updated. (`gather_rows` fetches the rows of the batch out of the data.)
#
# Replaying
# ---------
#
# Every array of the list is still there: the weights themselves, the batch, the results in between.
# If we make all calls again, they write all results again, and change the weights once more. That
# is a training step.


def replay(calls, steps):
    for _ in range(steps):
        for kernel, arguments, _ in calls:
            getattr(_kernels, kernel)(*arguments)


def same_weights(one, other):
    pairs = zip(one.get_weights(), other.get_weights(), strict=True)
    return all((a == b).all() for a, b in pairs)


twin = classifier()
for _ in range(2):
    twin.train_on_batch(x, y)
assert same_weights(model, twin)

replay(calls, 5)
assert not same_weights(model, twin)
for _ in range(5):
    twin.train_on_batch(x, y)
assert same_weights(model, twin)  # bit by bit

# %%
# But a training has another batch in each step. Look at the first call: which rows it fetches
# stands in an array too. Whoever changes the numbers in that array changes the batch. nnlite does
# not even copy them: it lets the pointer move on over the shuffled numbers of the whole epoch, by
# 512 at each step. Such an array is called a *window*. A learning rate that changes is read in the
# same way.

data, rows, batch = calls[0].arguments
rows[:] = random.permutation(512)
replay(calls, 1)
twin.train_on_batch(x[rows], y[rows])
assert same_weights(model, twin)

# %%
# Fusing
# ------
#
# Now that the list lies before us, it can be improved. The gradient of the first layer's weights is
# a matrix of 784 x 300. It is computed, written to memory, read again by `sgd_update`, and needed
# by nobody else. So let one kernel do both, each tile of the gradient being used up while it is in
# registers (lesson 7):
#
# .. math::
#    W \leftarrow W - \eta \, X^T \mathrm{d}Z
#
# That is allowed if nothing else reads the gradient, and if nothing in between changes what it is
# made of. Likewise the mask of the relu is applied where its input is made.

shorter = fused(calls)
show(call for call in shorter if len(call.origins) == 2)
assert len(shorter) < len(calls)


def written(calls):
    return sum(array.nbytes for call in calls for array in touched_by(call)[1])


print(f"before: {len(calls)} calls write {written(calls) / 1e6:.1f} MB")
print(f"now:    {len(shorter)} calls write {written(shorter) / 1e6:.1f} MB")
replay(shorter, 3)
for _ in range(3):
    twin.train_on_batch(x[rows], y[rows])
assert same_weights(model, twin)

# %%
# Sharing memory
# --------------
#
# An array that is made in the step is needed from the call that writes it to the last one that
# reads it: that is its *lifetime*. Two arrays whose lifetimes do not overlap can lie in the same
# place. Before that, each update moves forward to where its gradient is there and nobody reads the
# old weights any more. So what it reads is free sooner.


def lifetimes(calls):
    """Of each large array that the calls make themselves."""
    found, known = {}, set()
    for place, call in enumerate(calls):
        read, written = touched_by(call)
        known |= {id(owner_of(array)) for array in read} - found.keys()
        for owner in map(owner_of, [*read, *written]):
            if id(owner) not in known and owner.nbytes >= LARGE:
                first = found.get(id(owner), Lifetime(place, place, 0)).first
                found[id(owner)] = Lifetime(first, place, owner.nbytes)
    return [*found.values()]


early = with_early_updates(shorter)
packed = with_shared_memory(early, [])
replay(packed, 3)
for _ in range(3):
    twin.train_on_batch(x[rows], y[rows])
assert same_weights(model, twin)

# %%
# In the picture each box is an array: from left to right the calls during which it is needed, from
# bottom to top the memory that it takes. On the left as recorded, each in a place of its own; on
# the right after all passes.

figure, pair = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
for axes, some, title in ((pair[0], calls, "as recorded"), (pair[1], early, "fused and shared")):
    lives = lifetimes(some)
    starts = np.cumsum([0, *(life.size for life in lives)])
    if some is early:
        starts = [*assigned(lives)[0], assigned(lives)[1]]
    for number, (life, start) in enumerate(zip(lives, starts, strict=False)):
        corner, width = (life.first - 0.5, start / 1e6), life.last - life.first + 1
        color = plt.get_cmap("tab10")(number)
        box = {"facecolor": color, "alpha": 0.6, "edgecolor": "black"}
        axes.add_patch(plt.Rectangle(corner, width, life.size / 1e6, **box))
    axes.set(xlim=(-1, len(calls)), xlabel="call", title=f"{title}: {starts[-1] / 1e6:.1f} MB")
    print(f"{title}: {len(lives)} large arrays in {starts[-1] / 1e6:.1f} MB")
pair[0].set(ylabel="memory [MB]", ylim=(0, 5.2))
plt.show()

# %%
# What it gains
# -------------
#
# In nnlite the list is run by a compiled loop, without Python. For a small network that is the
# difference. The same training on the tape and replayed; both end with the same bits:


def small(run_eagerly):
    nnlite.utils.set_random_seed(0)
    model = nnlite.Sequential([nnlite.Input((8,)), layers.Dense(30, "relu"), layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=run_eagerly)
    return model


features = random.normal(size=(6400, 8)).astype("float32")
targets = features.sum(axis=1)
models, seconds = [], []
for run_eagerly in (True, False):
    models.append(small(run_eagerly))
    began = time.perf_counter()
    models[-1].fit(features, targets, epochs=2, verbose=0)
    seconds.append((time.perf_counter() - began) / 400)
print(f"on the tape {seconds[0] * 1e6:.0f} µs a step, replayed {seconds[1] * 1e6:.0f} µs")
assert same_weights(*models)

# %%
# When it is not done
# -------------------
#
# A list is only right while it would come out the same. So nnlite is careful. While it records,
# every array that a kernel reads must be known: the data, a weight, or what an earlier call has
# written. If numpy had a hand in it, an array turns up that nobody knows, and such steps stay on
# the tape. So do those in which your own code takes part, since that may decide otherwise the next
# time. The whole list of conditions stands in :doc:`How the engine works </engine>`.

# %%
# The file
# --------
#
# `Recorder` in :source:`nnlite/plan.py` is our `note`; it also looks out for strangers:
#
# .. literalinclude:: ../../../nnlite/plan.py
#    :pyobject: Recorder.note
#    :dedent: 4
#
# The passes over the list are in :source:`nnlite/lowering.py`. This is the first one:
#
# .. literalinclude:: ../../../nnlite/lowering.py
#    :pyobject: fused
#
# And our `replay`, compiled, in :source:`nnlite/_kernels/executor.pyx`. `aim` lets the pointers
# into windows move on.
#
# .. literalinclude:: ../../../nnlite/_kernels/executor.pyx
#    :language: cython
#    :start-at: with nogil:
#    :end-at: return done
#    :dedent: 8
#
# **Try it.** Record a step with momentum, or with Adam. Which kernels take part in the fusion now?
# Let the batch be 32 pictures: why does no array move any more?
