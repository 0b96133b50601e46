"""Lesson 7: the tiled matmul
==========================

Nearly all the time of a training goes into products of matrices. Three loops compute one, in a line
of code. This lesson counts what a processor has to do for it, finds out why three loops are slow,
and ends at the file that is fast.
"""

import time

import matplotlib.pyplot as plt
import numpy as np

import nnlite
from nnlite import _kernels

# %%
# Counting
# --------
#
# .. math::
#    y_{no} = \sum_i x_{ni} w_{io}
#
# For each of the B O results there are I products and I additions:
#
# .. math::
#    \text{FLOPs} = 2 \, B \, I \, O
#
# (FLOP: an operation on floating-point numbers.) A processor does both in one instruction, the
# *fused multiply-add*, FMA: :math:`s \leftarrow s + x w`, rounded once. And it does it for a whole
# *vector* of numbers at a time: 16 floats of 32 bits with AVX-512, 8 with AVX2, 4 with NEON.
#
# Here are the three loops:


def three_loops(x, w):
    y = np.zeros((len(x), w.shape[1]), np.float32)
    for n in range(len(x)):
        for o in range(w.shape[1]):
            for i in range(len(w)):
                y[n, o] += x[n, i] * w[i, o]
    return y


random = np.random.default_rng(0)
x = random.normal(size=(48, 64)).astype("float32")
w = random.normal(size=(64, 96)).astype("float32")
np.testing.assert_allclose(three_loops(x[:4], w), x[:4] @ w, rtol=1e-4, atol=1e-5)

# %%
# What stands in the way
# ----------------------
#
# Numbers are computed with in *registers*; there are 32 of one vector each (16 with AVX2). In one
# cycle of its clock, a core of today's processors can start about two FMAs, and can load about two
# vectors from the cache next to it. The three loops load an x and a w for each FMA. So the loads
# take twice as long as the FMAs.
#
# It gets worse. An FMA is done after 4 cycles. The sum of one result is a chain: each FMA needs
# what the one before it has left. So a chain gets on by one FMA in 4 cycles, where 8 could have
# been started. To keep the core busy, it takes at least 8 sums that do not depend on each other.
#
# The tile
# --------
#
# The remedy for both is to compute a *tile* of the result at once: R rows, V vectors wide. Its R V
# sums stay in registers from the first i to the last. For each i we load V vectors of w, and one
# number of each of the R rows of x (which is spread over a vector). Every x is used V times, and
# every w R times:
#
# .. math::
#    \frac{\text{FMAs}}{\text{loads}} &= \frac{R V}{R + V} \\
#    \text{registers} &= R V + V + 1
#
# A model of it, in which a row of `sums` is what would be V registers. It counts as it goes.
# Computed in 64 bits and then rounded once, multiply and add are as good as fused.

LANES = 16  # numbers in a vector


def tiled(x, w, tile_rows, tile_vectors):
    """The product, and how many FMAs of vectors there were for each load."""
    y = np.empty((len(x), w.shape[1]), np.float32)
    fmas = loads = 0
    for n in range(0, len(x), tile_rows):
        for o in range(0, w.shape[1], tile_vectors * LANES):
            rows, columns = slice(n, n + tile_rows), slice(o, o + tile_vectors * LANES)
            sums = np.zeros_like(y[rows, columns])
            vectors = -(-sums.shape[1] // LANES)  # rounded up
            for i in range(len(w)):
                right = w[i, columns].astype("float64")
                loads += vectors
                for row, left in enumerate(x[rows, i]):
                    sums[row] = left * right + sums[row]
                    loads += 1
                    fmas += vectors
            y[rows, columns] = sums
    return y, fmas / loads


ones, ratio = tiled(x, w, 1, 1)
print(f"1 x 1: {ratio:.2f} FMAs for each load")
for tile in ((4, 2), (6, 2), (8, 3)):
    y, ratio = tiled(x, w, *tile)
    rows, vectors = tile
    print(f"{rows} x {vectors}: {ratio:.2f} FMAs for each load")
    assert np.isclose(ratio, rows * vectors / (rows + vectors))
    assert (y == ones).all()  # bit by bit

# %%
# The last line of the code deserves a second look. Whatever the tile is, each sum adds up the same
# products in the same order, from the first i to the last. So the result has the same **bits**.
# nnlite promises just this: a row has the same result alone and in a batch, on one thread and on
# several, with narrow vectors and with wide ones. And so our slow model, which runs in Python, has
# the bits of the compiled kernel.

out = np.empty_like(ones)
_kernels.dense_forward(x, w, None, "linear", out)
np.testing.assert_allclose(out, ones, rtol=1e-4, atol=1e-5)
if _kernels.active() == "compiled":
    assert (out == ones).all()
    print("the same bits as the compiled kernel")

# %%
# Which tile?
# -----------
#
# Large ones have more FMAs for each load. But all sums must fit into the registers, or they have to
# be stored and loaded again. Below, all tiles that fit into 32 registers, and how many FMAs they
# have for each load; more than 1 is enough to wait for no load, and 8 sums are enough to wait for
# no FMA. Many will do. nnlite takes 8 x 3 with 32 registers, and 6 x 2 with 16.

R, V = np.mgrid[1:13, 1:7]
fits = R * V + V + 1 <= 32
ratios = np.where(fits, R * V / (R + V), np.nan)
assert fits[8 - 1, 3 - 1]
assert not fits[8 - 1, 4 - 1]
assert 6 * 2 + 2 + 1 <= 16

figure, axes = plt.subplots(figsize=(7, 3.4), layout="constrained")
shades = axes.pcolormesh(R, V, ratios, cmap="viridis", edgecolors="white")
for rows, vectors in zip(R[fits], V[fits], strict=True):
    ratio = rows * vectors / (rows + vectors)
    color = "black" if ratio > 1.8 else "white"
    axes.text(rows, vectors, f"{ratio:.1f}", ha="center", va="center", color=color)
for rows, vectors in ((8, 3), (6, 2)):
    corner = (rows - 0.5, vectors - 0.5)
    axes.add_patch(plt.Rectangle(corner, 1, 1, fill=False, edgecolor="red", linewidth=3))
axes.set(xlabel="rows R", ylabel="vectors V", xticks=range(1, 13))
axes.set_title("FMAs for each load, for tiles that fit into 32 registers", fontsize=10)
plt.show()

# %%
# How fast
# --------
#
# What counts in the end is how many FLOPs are done in a second. One thread, the first layer of
# chapter 10's classifier with a batch of 256, and the best of some tries:


def flops_per_second(product, x, w, tries):
    times = []
    for _ in range(tries):
        began = time.perf_counter()
        product(x, w)
        times.append(time.perf_counter() - began)
    return 2 * len(x) * w.size / min(times)


def dense(x, w):
    _kernels.dense_forward(x, w, None, "linear", out)


threads = nnlite.get_num_threads()
nnlite.set_num_threads(1)
large_x = random.normal(size=(256, 784)).astype("float32")
large_w = random.normal(size=(784, 300)).astype("float32")
out = np.empty((256, 300), "float32")
slow = flops_per_second(three_loops, x[:1], w, 3)
fast = flops_per_second(dense, large_x, large_w, 20)
nnlite.set_num_threads(threads)
print(f"three loops in Python:    {slow / 1e9:8.4f} GFLOP/s")
print(f"nnlite's {_kernels.active()} kernel: {fast / 1e9:8.1f} GFLOP/s")

# %%
# Backwards
# ---------
#
# Lesson 3 needs two products more, :math:`X^T \mathrm{d}Z` and :math:`\mathrm{d}Z \, W^T`. For the
# first, the tile only has to step through x in another way: down a column and not along a row. For
# the second, neither operand has its vectors where a tile wants them, and one is copied into the
# right order first. And as ever, the gradients are checked:

left, right = random.normal(size=(3, 5)), random.normal(size=(5, 4))
assert nnlite.gradcheck(nnlite.ops.matmul, left, right)

# %%
# The file
# --------
#
# This is the tile in C, in :source:`nnlite/_kernels/gemm_tile.h`. It is written once, in words such
# as VECTOR and FMA. `sum` is our `sums`, and k our i. `UNROLL` writes the loops over rows and
# vectors out, so that each sum gets a register of its own. After the loop over k comes what follows
# at once, while the sums are there: the bias, the relu, or a step of gradient descent.
#
# .. literalinclude:: ../../../nnlite/_kernels/gemm_tile.h
#    :language: c
#    :start-at: ALWAYS_INLINE TARGET void NAME(tile)(
#    :end-before: /* The tile with `rows` rows
#
# For each set of instructions, :source:`nnlite/_kernels/gemm.c` says what the words mean, and how
# large a tile is. For AVX-512:
#
# .. literalinclude:: ../../../nnlite/_kernels/gemm.c
#    :language: c
#    :start-at: #define TARGET __attribute__((target("avx512f")))
#    :end-at: #include "gemm_tile.h"
#
# A last thing our model leaves out: large matrices do not fit into the caches. So the sums go on
# for 384 k's, are put away, and are taken up again for the next 384 (`resume` above). They are
# still one chain.
#
# **Try it.** Let `tiled` compute its sums from the last i to the first. Which bits change, and how
# many?
