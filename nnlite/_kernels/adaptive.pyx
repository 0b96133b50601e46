"""What some optimizers learn from a weight, or from all steps, as a whole.

`reference/` holds the twins.
"""

from cython cimport floating
from libc.math cimport isnan, pow, sqrt

from . cimport parallel
from . import reference
from .compiled_door cimport Array, Call, Door, door


cdef enum:
    LANES = 8      # sums that run side by side, so that the compiler can make vectors of them
    COLUMNS = 64   # whose squares are summed together
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
    """A thread owns rows: their squares are summed in lanes."""
    cdef Call* call = <Call*> context
    cdef const Array* a = call.a
    cdef Py_ssize_t row, width = a[0].shape[1]
    cdef double rest = pow(call.settings[2][0], call.settings[0][0])
    cdef double epsilon = call.settings[1][0]
    for row in range(first, end):
        if call.single:
            mixed(a[1].f32 + row, rest, squares(a[0].f32 + row * width, width) / width + epsilon)
        else:
            mixed(a[1].f64 + row, rest, squares(a[0].f64 + row * width, width) / width + epsilon)


cdef void means_of_columns(void* context, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    """A thread owns columns, and sums some of them at a time down the rows."""
    cdef Call* call = <Call*> context
    cdef const Array* a = call.a
    cdef Py_ssize_t column = first
    while column < end:
        if call.single:
            mean_of_columns(a[0].f32, a[2].f32, call, column, min(COLUMNS, end - column))
        else:
            mean_of_columns(a[0].f64, a[2].f64, call, column, min(COLUMNS, end - column))
        column += COLUMNS


cdef void mean_of_columns(
    const floating* g, floating* columns, const Call* call, Py_ssize_t first, Py_ssize_t count
) noexcept nogil:
    cdef Py_ssize_t row, o, height = call.a[0].shape[0], width = call.a[0].shape[1]
    cdef double rest = pow(call.settings[2][0], call.settings[0][0])
    cdef double[COLUMNS] sums
    cdef double value
    for o in range(count):
        sums[o] = 0
    for row in range(height):
        for o in range(count):
            value = g[row * width + first + o]
            sums[o] += value * value
    for o in range(count):
        mixed(columns + first + o, rest, sums[o] / height + call.settings[1][0])


cdef inline void mixed(floating* mean, double rest, double value) noexcept nogil:
    mean[0] = <floating> ((1 - rest) * mean[0] + rest * value)


cdef double squares(const floating* x, Py_ssize_t size) noexcept nogil:
    """Sum in lanes: element i goes to lane i % LANES, and the lanes are added in order."""
    cdef double[LANES] lanes
    cdef double value, total = 0
    cdef Py_ssize_t i, lane, whole = size - size % LANES
    for lane in range(LANES):
        lanes[lane] = 0
    for i in range(size // LANES):
        for lane in range(LANES):
            value = x[i * LANES + lane]
            lanes[lane] += value * value
    for i in range(whole, size):
        value = x[i]
        lanes[i - whole] += value * value
    for lane in range(LANES):
        total += lanes[lane]
    return total


def adafactor_direction(g, rows, columns, v, direction):
    """v = rows columns / mean(rows), for each row and column;  direction = g / √v.

    The mean is taken in float64.
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
    cdef Py_ssize_t row, o, place, height = call.a[0].shape[0], width = call.a[0].shape[1]
    cdef double mean = 0
    cdef floating share, square
    for row in range(height):
        mean += rows[row]
    mean /= height
    for row in range(first, end):
        share = <floating> (rows[row] / mean)
        for o in range(width):
            place = row * width + o
            square = share * columns[o]
            v[place] = square
            direction[place] = g[place] / <floating> sqrt(square)
