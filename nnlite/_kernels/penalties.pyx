"""Penalties on large numbers, and limits of norms. `reference/` holds the twins."""

import os

from cython cimport floating
from libc.math cimport fabs, sqrt

from . cimport parallel
from . import reference
from .compiled_door cimport Array, Call, Door, door
from .updates cimport update_table, updates_choose, updates_find


#: The loops for this machine, chosen once, and the place of one of them.
cdef const update_table* _loops = updates_choose(os.environ.get("NNLITE_SIMD", "").encode())
cdef int _sum_of_squares = updates_find("sum_of_squares")


cdef enum:
    LANES = 8     # sums that run side by side, so that the compiler can make vectors of them
    COLUMNS = 64  # whose norms are computed together
    PARTS = 64    # that a sum of squares is made of at most,
    LEAST = 4096  # with at least so many elements
    RANGE = 32768  # elements at a stretch: fewer are not worth another thread

cdef Door _l1_l2_penalty = door(reference.l1_l2_penalty, l1_l2_penalty_call)
cdef Door _l1_l2_penalty_vjp = door(reference.l1_l2_penalty_vjp, l1_l2_penalty_vjp_call)
cdef Door _limit_norms = door(reference.limit_norms, limit_norms_call)
cdef Door _accumulate_squares = door(reference.accumulate_squares, accumulate_squares_call)
cdef Door _limit_norm = door(reference.limit_norm, limit_norm_call)


def l1_l2_penalty(values, l1, l2, out):
    """out = l1 Σ |values| + l2 Σ values², summed in float64."""
    _l1_l2_penalty.call((values, out), (l1, l2))


cdef void l1_l2_penalty_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef double l1 = call.settings[0][0], l2 = call.settings[1][0]
    if call.single:
        a[1].f32[0] = <float> penalty(a[0].f32, a[0].size, l1, l2)
    else:
        a[1].f64[0] = penalty(a[0].f64, a[0].size, l1, l2)


cdef double penalty(
    const floating* values, Py_ssize_t size, double l1, double l2
) noexcept nogil:
    """Sum in lanes: element i goes to lane i % LANES, and the lanes are added in order."""
    cdef double[LANES] absolute, squared
    cdef double value, sum_absolute = 0, sum_squared = 0
    cdef Py_ssize_t i, block, lane, whole = size - size % LANES
    for lane in range(LANES):
        absolute[lane] = squared[lane] = 0
    for block in range(size // LANES):
        for lane in range(LANES):
            value = values[block * LANES + lane]
            absolute[lane] += fabs(value)
            squared[lane] += value * value
    for i in range(whole, size):
        value = values[i]
        absolute[i - whole] += fabs(value)
        squared[i - whole] += value * value
    for lane in range(LANES):
        sum_absolute += absolute[lane]
        sum_squared += squared[lane]
    return l1 * sum_absolute + l2 * sum_squared


def l1_l2_penalty_vjp(values, dpenalty, l1, l2, out):
    """out = (l1 sign(values) + 2 l2 values) dpenalty."""
    _l1_l2_penalty_vjp.call((values, dpenalty, out), (l1, l2))


cdef void l1_l2_penalty_vjp_call(Call* call) noexcept nogil:
    parallel.run(gradient_range, call, call.a[2].size, RANGE)


cdef void gradient_range(void* context, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    cdef Call* call = <Call*> context
    cdef const Array* a = call.a
    cdef double l1 = call.settings[0][0], l2 = call.settings[1][0]
    if call.single:
        penalty_gradient(
            a[0].f32 + first, a[1].f32[0], a[2].f32 + first, end - first, <float> l1, <float> (2 * l2)
        )
    else:
        penalty_gradient(a[0].f64 + first, a[1].f64[0], a[2].f64 + first, end - first, l1, 2 * l2)


cdef void penalty_gradient(
    const floating* values, floating dpenalty, floating* out, Py_ssize_t size,
    floating l1, floating twice_l2
) noexcept nogil:
    cdef Py_ssize_t i
    cdef floating sign, one = 1
    for i in range(size):
        sign = -one if values[i] < 0 else values[i]  # 0 and NaN are their own signs
        sign = one if values[i] > 0 else sign
        out[i] = (l1 * sign + twice_l2 * values[i]) * dpenalty


def limit_norms(w, low, high, rate, epsilon):
    """w ← w (rate clip(n, low, high) + (1 - rate) n) / (epsilon + n), in each column, n its norm.

    n = √Σ w² down the column, in float64.
    """
    _limit_norms.call((w,), (low, high, rate, epsilon))


cdef void limit_norms_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[0].shape[0], columns = a[0].shape[1]
    cdef Py_ssize_t first, block
    for block in range((columns + COLUMNS - 1) // COLUMNS):
        first = block * COLUMNS
        if call.single:
            limit_block(a[0].f32 + first, rows, columns, min(COLUMNS, columns - first), call)
        else:
            limit_block(a[0].f64 + first, rows, columns, min(COLUMNS, columns - first), call)


cdef void limit_block(
    floating* w, Py_ssize_t rows, Py_ssize_t stride, Py_ssize_t columns, const Call* call
) noexcept nogil:
    cdef double low = call.settings[0][0], high = call.settings[1][0]
    cdef double rate = call.settings[2][0], epsilon = call.settings[3][0]
    cdef double[COLUMNS] squared
    cdef floating[COLUMNS] scale
    cdef double norm, clipped
    cdef Py_ssize_t row, o
    for o in range(columns):
        squared[o] = 0
    for row in range(rows):
        for o in range(columns):
            squared[o] += <double> w[row * stride + o] * w[row * stride + o]
    for o in range(columns):
        norm = sqrt(squared[o])
        clipped = low if norm < low else norm
        clipped = high if clipped > high else clipped
        scale[o] = <floating> ((rate * clipped + (1 - rate) * norm) / (epsilon + norm))
    for row in range(rows):
        for o in range(columns):
            w[row * stride + o] *= scale[o]


def accumulate_squares(values, state):
    """state ← state + Σ values², in float64."""
    _accumulate_squares.call((values, state))


cdef struct Squares:
    Call* call
    Py_ssize_t part  # how many elements each part has, but for the last one
    double[PARTS] sums


cdef void accumulate_squares_call(Call* call) noexcept nogil:
    """Sum in parts, however many threads there are, and add the parts in order."""
    cdef Squares squares
    cdef Py_ssize_t part, size = call.a[0].size
    squares.call = call
    squares.part = max(LEAST, (size + PARTS - 1) // PARTS)
    cdef Py_ssize_t parts = (size + squares.part - 1) // squares.part
    parallel.run(squares_of_parts, &squares, parts, max(1, RANGE // squares.part))
    cdef double total = 0
    for part in range(parts):
        total += squares.sums[part]
    call.a[1].f64[0] += total


cdef void squares_of_parts(void* context, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    cdef Squares* squares = <Squares*> context
    cdef const Array* x = &squares.call.a[0]
    cdef Py_ssize_t part, start, size
    cdef void* arrays[2]
    for part in range(first, end):
        start = part * squares.part
        size = min(squares.part, x.size - start)
        arrays[0], arrays[1] = x.data + start * x.itemsize, &squares.sums[part]
        if squares.call.single:
            _loops.f32[_sum_of_squares](size, arrays, NULL)
        else:
            _loops.f64[_sum_of_squares](size, arrays, NULL)


def limit_norm(x, state, limit, out):
    """out = x min(1, limit / √state): as long as `limit` where a vector of norm √state is longer.

    Here `state` is what `accumulate_squares` found for x, or for several arrays together.
    """
    _limit_norm.call((x, state, out), (limit,))


cdef void limit_norm_call(Call* call) noexcept nogil:
    parallel.run(limit_range, call, call.a[2].size, RANGE)


cdef void limit_range(void* context, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    cdef Call* call = <Call*> context
    cdef const Array* a = call.a
    cdef double norm = sqrt(a[1].f64[0]), limit = call.settings[0][0]
    cdef double factor = limit / norm if norm > limit else 1
    if call.single:
        shrunk(a[0].f32 + first, <float> factor, a[2].f32 + first, end - first)
    else:
        shrunk(a[0].f64 + first, factor, a[2].f64 + first, end - first)


cdef void shrunk(
    const floating* x, floating factor, floating* out, Py_ssize_t size
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(size):
        out[i] = x[i] * factor
