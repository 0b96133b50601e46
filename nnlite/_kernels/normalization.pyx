"""Normalization down columns and along rows. `reference/` holds the twins."""

from cython cimport floating
from libc.math cimport sqrt

from . cimport parallel
from . import reference
from .compiled_door cimport Array, Call, Door, door

cdef enum:
    BATCH, GIVEN
    VARIANCE, SQUARE
    COLUMNS = 64    # that are summed together
    LANES = 8       # sums that run side by side, so that the compiler can make vectors of them
    RANGE = 4096    # elements at a stretch: fewer are not worth another thread

cdef dict _MOMENTS = {"batch": BATCH, "given": GIVEN}
cdef dict _SPREADS = {"variance": VARIANCE, "square": SQUARE}

cdef Door _column_moments = door(reference.column_moments, column_moments_call)
cdef Door _moving_average_update = door(
    reference.moving_average_update, moving_average_update_call
)
cdef Door _normalize_columns_forward = door(
    reference.normalize_columns_forward, normalize_columns_forward_call
)
cdef Door _normalize_columns_vjp = door(
    reference.normalize_columns_vjp, normalize_columns_vjp_call, NULL, (), "moments", _MOMENTS
)
cdef Door _normalize_rows_forward = door(
    reference.normalize_rows_forward, normalize_rows_forward_call, NULL, (), "spread", _SPREADS
)
cdef Door _normalize_rows_vjp = door(
    reference.normalize_rows_vjp, normalize_rows_vjp_call, NULL, (), "spread", _SPREADS
)


#: Works on some columns, or on some rows, of a call's arrays; `like` only says of which type.
ctypedef void (*OnFloats)(
    Call* call, Py_ssize_t first, Py_ssize_t count, const float* like
) noexcept nogil
ctypedef void (*OnDoubles)(
    Call* call, Py_ssize_t first, Py_ssize_t count, const double* like
) noexcept nogil

cdef struct Job:
    Call* call
    OnFloats on_floats
    OnDoubles on_doubles
    Py_ssize_t most  # columns or rows at once


cdef void over_columns(Call* call, OnFloats on_floats, OnDoubles on_doubles) noexcept nogil:
    """Share the columns of the call's first array in blocks, which a thread goes down row by row."""
    cdef Job job = Job(call, on_floats, on_doubles, COLUMNS)
    cdef Py_ssize_t rows = call.a[0].shape[0], columns = call.a[0].shape[1]
    parallel.run(do_some, &job, columns, COLUMNS * max(1, RANGE // max(1, COLUMNS * rows)))


cdef void over_rows(Call* call, OnFloats on_floats, OnDoubles on_doubles) noexcept nogil:
    """Share the rows of the call's first array."""
    cdef Job job = Job(call, on_floats, on_doubles, 1)
    cdef Py_ssize_t rows = call.a[0].shape[0], columns = call.a[0].shape[1]
    parallel.run(do_some, &job, rows, max(1, RANGE // max(1, columns)))


cdef void do_some(void* context, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    cdef Job* job = <Job*> context
    cdef Py_ssize_t count
    while first < end:
        count = min(job.most, end - first)
        if job.call.single:
            job.on_floats(job.call, first, count, NULL)
        else:
            job.on_doubles(job.call, first, count, NULL)
        first += count


# -------------------------------------------------------------------- down columns: over the batch


def column_moments(x, mean, variance):
    """mean = Σ x / B and variance = Σ (x - mean)² / B, down each column."""
    _column_moments.call((x, mean, variance))


cdef void column_moments_call(Call* call) noexcept nogil:
    over_columns(call, moments_of_block[float], moments_of_block[double])


cdef void moments_of_block(
    Call* call, Py_ssize_t first, Py_ssize_t columns, const floating* like
) noexcept nogil:
    cdef const Array* a = call.a
    cdef const floating* x = <const floating*> a[0].data + first
    cdef floating* mean = <floating*> a[1].data + first
    cdef floating* variance = <floating*> a[2].data + first
    cdef double[COLUMNS] exact, squares
    cdef double centred
    cdef Py_ssize_t rows = a[0].shape[0], stride = a[0].shape[1], row, i
    for i in range(columns):
        exact[i] = squares[i] = 0
    for row in range(rows):
        for i in range(columns):
            exact[i] += x[row * stride + i]
    for i in range(columns):
        exact[i] /= rows
        mean[i] = <floating> exact[i]
    for row in range(rows):
        for i in range(columns):
            centred = x[row * stride + i] - exact[i]
            squares[i] += centred * centred
    for i in range(columns):
        variance[i] = <floating> (squares[i] / rows)


def moving_average_update(average, value, momentum):
    """average ← momentum average + (1 - momentum) value."""
    _moving_average_update.call((average, value), (momentum,))


cdef void moving_average_update_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef double momentum = call.settings[0][0]
    if call.single:
        move(a[0].f32, a[1].f32, a[0].size, <float> momentum, <float> (1 - momentum))
    else:
        move(a[0].f64, a[1].f64, a[0].size, momentum, 1 - momentum)


cdef void move(
    floating* average, const floating* value, Py_ssize_t size, floating momentum, floating rest
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(size):
        average[i] = average[i] * momentum + value[i] * rest


def normalize_columns_forward(x, mean, variance, gamma, beta, epsilon, out):
    """out = γ (x - mean) / √(variance + epsilon) + β, in each column."""
    _normalize_columns_forward.call((x, mean, variance, gamma, beta, out), (epsilon,))


cdef void normalize_columns_forward_call(Call* call) noexcept nogil:
    over_columns(call, normalized_block[float], normalized_block[double])


cdef void normalized_block(
    Call* call, Py_ssize_t first, Py_ssize_t columns, const floating* like
) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[0].shape[0], stride = a[0].shape[1], row, i
    cdef const floating* x = <const floating*> a[0].data + first
    cdef floating* out = <floating*> a[5].data + first
    cdef double epsilon = call.settings[0][0], inverse
    cdef floating[COLUMNS] mean, scale, shift
    for i in range(columns):
        mean[i] = (<const floating*> a[1].data)[first + i]
        inverse = 1 / sqrt(<double> (<const floating*> a[2].data)[first + i] + epsilon)
        scale[i] = <floating> (inverse * weight[floating](&a[3], first + i, 1))
        shift[i] = weight[floating](&a[4], first + i, 0)
    for row in range(rows):
        for i in range(columns):
            out[row * stride + i] = (x[row * stride + i] - mean[i]) * scale[i] + shift[i]


cdef inline floating weight(const Array* array, Py_ssize_t i, floating neutral) noexcept nogil:
    """An element of a γ or β that may be missing."""
    return neutral if array.data == NULL else (<const floating*> array.data)[i]


def normalize_columns_vjp(
    dy, x, mean, variance, gamma, epsilon, moments, dx, dgamma, dbeta
):
    """dβ = Σ dy, dγ = Σ dy h and dx = γ s (dy - dβ / B - h dγ / B), in each column.

    Here h = (x - mean) s with s = 1 / √(variance + epsilon). That is where the moments are those
    of the "batch". Where they are "given", from elsewhere, dx = γ s dy.
    """
    _normalize_columns_vjp.call(
        (dy, x, mean, variance, gamma, dx, dgamma, dbeta), (epsilon,), moments
    )


cdef void normalize_columns_vjp_call(Call* call) noexcept nogil:
    over_columns(call, gradients_of_block[float], gradients_of_block[double])


cdef void gradients_of_block(
    Call* call, Py_ssize_t first, Py_ssize_t columns, const floating* like
) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[0].shape[0], stride = a[0].shape[1], row, i
    cdef const floating* dy = <const floating*> a[0].data + first
    cdef const floating* x = <const floating*> a[1].data + first
    cdef floating* dx = <floating*> a[5].data + first
    cdef double epsilon = call.settings[0][0]
    cdef double[COLUMNS] inverse, sum_dy, sum_dy_h
    cdef floating[COLUMNS] mean, scale, shift, slope
    for i in range(columns):
        mean[i] = (<const floating*> a[2].data)[first + i]
        inverse[i] = 1 / sqrt(<double> (<const floating*> a[3].data)[first + i] + epsilon)
        scale[i] = <floating> (inverse[i] * weight[floating](&a[4], first + i, 1))
        sum_dy[i] = sum_dy_h[i] = 0
    for row in range(rows):
        for i in range(columns):
            sum_dy[i] += dy[row * stride + i]
            sum_dy_h[i] += <double> dy[row * stride + i] * (x[row * stride + i] - mean[i])
    for i in range(columns):
        sum_dy_h[i] *= inverse[i]
        shift[i] = <floating> (sum_dy[i] / rows)
        slope[i] = <floating> (inverse[i] * sum_dy_h[i] / rows)
        if a[6].data != NULL:
            (<floating*> a[6].data)[first + i] = <floating> sum_dy_h[i]
        if a[7].data != NULL:
            (<floating*> a[7].data)[first + i] = <floating> sum_dy[i]
    for row in range(rows):
        if call.choice == GIVEN:
            for i in range(columns):
                dx[row * stride + i] = scale[i] * dy[row * stride + i]
        else:
            for i in range(columns):
                dx[row * stride + i] = scale[i] * (
                    dy[row * stride + i] - shift[i] - slope[i] * (x[row * stride + i] - mean[i])
                )


# -------------------------------------------------------------------- along rows: over the features


def normalize_rows_forward(x, gamma, beta, epsilon, spread, out, mean, scale):
    """out = γ (x - mean) scale + β with scale = 1 / √(Σ (x - mean)² / I + epsilon), in each row.

    With the spread "variance" it is that about the mean; with "square", about mean = 0.
    """
    _normalize_rows_forward.call((x, gamma, beta, out, mean, scale), (epsilon,), spread)


cdef void normalize_rows_forward_call(Call* call) noexcept nogil:
    over_rows(call, normalized_row[float], normalized_row[double])


cdef void normalized_row(
    Call* call, Py_ssize_t row, Py_ssize_t count, const floating* like
) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t columns = a[0].shape[1], i
    cdef const floating* x = <const floating*> a[0].data + row * columns
    cdef const floating* gamma = <const floating*> a[1].data
    cdef const floating* beta = <const floating*> a[2].data
    cdef floating* out = <floating*> a[3].data + row * columns
    cdef double exact = 0
    cdef floating mean, scale
    if call.choice == VARIANCE:
        exact = sum_about(x, 0, columns, 1) / columns
    scale = <floating> (
        1 / sqrt(sum_about(x, exact, columns, 2) / columns + call.settings[0][0])
    )
    mean = <floating> exact
    (<floating*> a[4].data)[row] = mean
    (<floating*> a[5].data)[row] = scale
    for i in range(columns):
        out[i] = (x[i] - mean) * scale
    if gamma != NULL:
        for i in range(columns):
            out[i] = out[i] * gamma[i]
    if beta != NULL:
        for i in range(columns):
            out[i] = out[i] + beta[i]


cdef double sum_about(
    const floating* x, double centre, Py_ssize_t size, int power
) noexcept nogil:
    """Σ (x - centre)^power, power 1 or 2: element i goes to lane i % LANES, and the lanes are added
    in order.
    """
    cdef double[LANES] lanes
    cdef double total = 0, value
    cdef Py_ssize_t i, block, lane, whole = size - size % LANES
    for lane in range(LANES):
        lanes[lane] = 0
    for block in range(size // LANES):
        for lane in range(LANES):
            value = x[block * LANES + lane] - centre
            lanes[lane] += value * value if power == 2 else value
    for i in range(whole, size):
        value = x[i] - centre
        lanes[i - whole] += value * value if power == 2 else value
    for lane in range(LANES):
        total += lanes[lane]
    return total


def normalize_rows_vjp(dy, x, gamma, mean, scale, spread, dx, dgamma, dbeta):
    """dβ = Σ dy, dγ = Σ dy h and dx = scale (γ dy - Σ' γ dy / I - h Σ' γ dy h / I).

    Here h = (x - mean) scale, Σ is down the column and Σ' along the row; with the spread "square"
    the first Σ' is left out.
    """
    _normalize_rows_vjp.call((dy, x, gamma, mean, scale, dx, dgamma, dbeta), (), spread)


cdef void normalize_rows_vjp_call(Call* call) noexcept nogil:
    over_rows(call, gradients_of_row[float], gradients_of_row[double])
    if call.a[6].data != NULL or call.a[7].data != NULL:
        over_columns(call, gradients_of_weights[float], gradients_of_weights[double])


cdef void gradients_of_row(
    Call* call, Py_ssize_t row, Py_ssize_t count, const floating* like
) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t columns = a[0].shape[1], i
    cdef const floating* dy = <const floating*> a[0].data + row * columns
    cdef const floating* x = <const floating*> a[1].data + row * columns
    cdef floating mean = (<const floating*> a[3].data)[row]
    cdef floating scale = (<const floating*> a[4].data)[row]
    cdef floating* dx = <floating*> a[5].data + row * columns
    cdef double[LANES] sums, products
    cdef double sum_g = 0, sum_gh = 0
    cdef floating g, shift, slope
    for i in range(LANES):
        sums[i] = products[i] = 0
    for i in range(columns):
        g = dy[i] * weight[floating](&a[2], i, 1)
        dx[i] = g
        sums[i % LANES] += g
        products[i % LANES] += <double> g * ((x[i] - mean) * scale)
    for i in range(LANES):
        sum_g += sums[i]
        sum_gh += products[i]
    shift = <floating> (sum_g / columns) if call.choice == VARIANCE else 0
    slope = <floating> (sum_gh / columns)
    for i in range(columns):
        dx[i] = scale * (dx[i] - shift - slope * ((x[i] - mean) * scale))


cdef void gradients_of_weights(
    Call* call, Py_ssize_t first, Py_ssize_t columns, const floating* like
) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[0].shape[0], stride = a[0].shape[1], row, i
    cdef const floating* dy = <const floating*> a[0].data + first
    cdef const floating* x = <const floating*> a[1].data + first
    cdef double[COLUMNS] sum_dy, sum_dy_h
    cdef floating mean, scale
    for i in range(columns):
        sum_dy[i] = sum_dy_h[i] = 0
    for row in range(rows):
        mean = (<const floating*> a[3].data)[row]
        scale = (<const floating*> a[4].data)[row]
        for i in range(columns):
            sum_dy[i] += dy[row * stride + i]
            sum_dy_h[i] += <double> dy[row * stride + i] * ((x[row * stride + i] - mean) * scale)
    for i in range(columns):
        if a[6].data != NULL:
            (<floating*> a[6].data)[first + i] = <floating> sum_dy_h[i]
        if a[7].data != NULL:
            (<floating*> a[7].data)[first + i] = <floating> sum_dy[i]
