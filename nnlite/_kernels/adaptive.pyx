"""What some optimizers learn from a weight, or from all steps, as a whole.

`reference/` holds the twins.
"""

import os

from cython cimport floating
from libc.math cimport isnan, pow, sqrt
from libc.string cimport memset

from . cimport parallel
from . import reference
from .compiled_door cimport Array, Call, Door, door
from .updates cimport update_table, updates_choose, updates_find


#: The loops for this machine, chosen once, and the places of two of them.
cdef const update_table* _loops = updates_choose(os.environ.get("NNLITE_SIMD", "").encode())
cdef int _sum_of_squares = updates_find("sum_of_squares")
cdef int _add_squares = updates_find("add_squares")


cdef enum:
    COLUMNS = 256  # that are worked on together, down the rows
    RANGE = 32768  # elements at a stretch: fewer are not worth another thread

cdef Door _nadam_product = door(reference.nadam_product, nadam_product_call)
cdef Door _lamb_rate = door(reference.lamb_rate, lamb_rate_call)
cdef Door _adafactor_rate = door(reference.adafactor_rate, adafactor_rate_call)
cdef Door _adafactor_means = door(reference.adafactor_means, adafactor_means_call)
cdef Door _adafactor_direction = door(reference.adafactor_direction, adafactor_direction_call)


def nadam_product(state, beta_1, step):
    """state ← state beta_1 (1 - 0.96^step / 2); steps count from 1."""
    _nadam_product.call((state,), (beta_1, step))


cdef void nadam_product_call(Call* call) noexcept nogil:
    call.a[0].f64[0] *= call.settings[0][0] * (1 - 0.5 * pow(0.96, call.settings[1][0]))


def lamb_rate(learning_rate, weight_squares, direction_squares, state):
    """state = learning_rate √(weight_squares / direction_squares); the root is 1 where one is 0.

    The squares are Σ w² over the weight, and the same of the direction in which it is to move.
    """
    _lamb_rate.call((state,), (learning_rate, weight_squares, direction_squares))


cdef void lamb_rate_call(Call* call) noexcept nogil:
    cdef double norm = sqrt(call.settings[1][0]), other = sqrt(call.settings[2][0])
    call.a[0].f64[0] = call.settings[0][0] * (norm / other if norm > 0 and other > 0 else 1)


def adafactor_rate(
    learning_rate, weight_squares, direction_squares, size, epsilon, clip_threshold, step, state
):
    """state = min(learning_rate, 1/√step) max(epsilon, RMS(w)) / max(1, RMS(u) / clip_threshold).

    RMS(w) = √(weight_squares / size), and RMS(u) is that of the direction; steps count from 1.
    """
    _adafactor_rate.call(
        (state,),
        (learning_rate, weight_squares, direction_squares, size, epsilon, clip_threshold, step),
    )


cdef void adafactor_rate_call(Call* call) noexcept nogil:
    cdef const double** s = <const double**> call.settings
    cdef double size = s[3][0]
    cdef double rate = min(s[0][0], 1 / sqrt(s[6][0]))
    cdef double scale = larger(s[4][0], sqrt(s[1][0] / size))
    call.a[0].f64[0] = rate * scale / larger(1, sqrt(s[2][0] / size) / s[5][0])


cdef inline double larger(double limit, double x) noexcept nogil:
    """The larger one; NaN stays NaN."""
    return x if x > limit or isnan(x) else limit


# -------------------------------------------------------------- means of squares over both axes


def adafactor_means(g, rows, columns, beta_2_decay, epsilon, step):
    """rows ← β rows + (1 - β) (mean of g² over each row + epsilon); columns alike.

    β = 1 - step^beta_2_decay, steps count from 1, and means are in float64.
    """
    _adafactor_means.call((g, rows, columns), (beta_2_decay, epsilon, step))


cdef void adafactor_means_call(Call* call) noexcept nogil:
    cdef Py_ssize_t height = call.a[0].shape[0], width = call.a[0].shape[1]
    if call.a[0].size:
        parallel.run(means_of_rows, call, height, max(1, RANGE // width))
        parallel.run(means_of_columns, call, width, max(COLUMNS, RANGE // height))


cdef void means_of_rows(void* context, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    """A thread owns rows."""
    cdef Call* call = <Call*> context
    cdef const Array* a = call.a
    cdef Py_ssize_t row, width = a[0].shape[1]
    cdef double rest = pow(call.settings[2][0], call.settings[0][0])
    cdef double epsilon = call.settings[1][0], squares
    cdef void* arrays[2]
    arrays[1] = &squares
    for row in range(first, end):
        arrays[0] = a[0].data + row * width * a[0].itemsize
        if call.single:
            _loops.f32[_sum_of_squares](width, arrays, NULL)
            mixed(a[1].f32 + row, rest, squares / width + epsilon)
        else:
            _loops.f64[_sum_of_squares](width, arrays, NULL)
            mixed(a[1].f64 + row, rest, squares / width + epsilon)


cdef void means_of_columns(void* context, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    """A thread owns columns, and sums some of them at a time down the rows."""
    cdef Call* call = <Call*> context
    cdef const Array* a = call.a
    cdef Py_ssize_t column = first
    while column < end:
        mean_of_columns(call, column, min(COLUMNS, end - column))
        column += COLUMNS


cdef void mean_of_columns(Call* call, Py_ssize_t first, Py_ssize_t count) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t row, o, height = a[0].shape[0], width = a[0].shape[1]
    cdef double rest = pow(call.settings[2][0], call.settings[0][0])
    cdef double epsilon = call.settings[1][0]
    cdef double[COLUMNS] sums
    cdef void* arrays[2]
    memset(sums, 0, sizeof(sums))
    arrays[1] = sums
    for row in range(height):
        arrays[0] = a[0].data + (row * width + first) * a[0].itemsize
        if call.single:
            _loops.f32[_add_squares](count, arrays, NULL)
        else:
            _loops.f64[_add_squares](count, arrays, NULL)
    for o in range(count):
        if call.single:
            mixed(a[2].f32 + first + o, rest, sums[o] / height + epsilon)
        else:
            mixed(a[2].f64 + first + o, rest, sums[o] / height + epsilon)


cdef inline void mixed(floating* mean, double rest, double value) noexcept nogil:
    mean[0] = <floating> ((1 - rest) * mean[0] + rest * value)


def adafactor_direction(g, rows, columns, v, direction):
    """v = r columns, for each row and column, with r = rows / mean(rows);  direction = g / √v.

    Instead of √v the roots of r and of `columns` are taken, which are far fewer. The mean is taken
    in float64.
    """
    _adafactor_direction.call((g, rows, columns, v, direction))


cdef void adafactor_direction_call(Call* call) noexcept nogil:
    if call.a[0].size:
        parallel.run(directions, call, call.a[0].shape[0], max(1, RANGE // call.a[0].shape[1]))


cdef void directions(void* context, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    cdef Call* call = <Call*> context
    cdef const Array* a = call.a
    if call.single:
        direction_of_rows(a[0].f32, a[1].f32, a[2].f32, a[3].f32, a[4].f32, call, first, end)
    else:
        direction_of_rows(a[0].f64, a[1].f64, a[2].f64, a[3].f64, a[4].f64, call, first, end)


cdef void direction_of_rows(
    const floating* g, const floating* rows, const floating* columns, floating* v,
    floating* direction, const Call* call, Py_ssize_t first, Py_ssize_t end
) noexcept nogil:
    cdef Py_ssize_t height = call.a[0].shape[0], width = call.a[0].shape[1]
    cdef Py_ssize_t row, o, place, column = 0, count
    cdef floating[COLUMNS] per_root
    cdef floating share, per_root_of_share, one = 1
    cdef double mean = 0
    for row in range(height):
        mean += rows[row]
    mean /= height
    while column < width:
        count = min(COLUMNS, width - column)
        for o in range(count):
            per_root[o] = one / <floating> sqrt(columns[column + o])
        for row in range(first, end):
            share = <floating> (rows[row] / mean)
            per_root_of_share = one / <floating> sqrt(share)
            place = row * width + column
            for o in range(count):
                v[place + o] = share * columns[column + o]
                direction[place + o] = g[place + o] * per_root_of_share * per_root[o]
        column += COLUMNS
