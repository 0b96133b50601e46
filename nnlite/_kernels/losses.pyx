"""Losses, one number per sample, and their means. `reference/` holds the twins."""

from cython cimport floating
from libc.math cimport fabs
from libc.stdint cimport int64_t

from . import reference
from .activations cimport MOST_ROWS, log, softmax_block, softmax_rows
from .compiled_door cimport Array, Call, Door, door

cdef Door _sparse_softmax_crossentropy = door(
    reference.sparse_softmax_crossentropy, sparse_softmax_crossentropy_call, check_labels
)
cdef Door _sparse_softmax_crossentropy_vjp = door(
    reference.sparse_softmax_crossentropy_vjp, sparse_softmax_crossentropy_vjp_call, check_labels
)
cdef Door _softmax_crossentropy = door(reference.softmax_crossentropy, softmax_crossentropy_call)
cdef Door _softmax_crossentropy_vjp = door(reference.softmax_crossentropy_vjp, softmax_crossentropy_vjp_call)
cdef Door _mean_squared_error = door(reference.mean_squared_error, mean_squared_error_call)
cdef Door _mean_squared_error_vjp = door(reference.mean_squared_error_vjp, mean_squared_error_vjp_call)
cdef Door _mean_absolute_error = door(reference.mean_absolute_error, mean_absolute_error_call)
cdef Door _mean_absolute_error_vjp = door(
    reference.mean_absolute_error_vjp, mean_absolute_error_vjp_call
)
cdef Door _weighted_mean = door(reference.weighted_mean, weighted_mean_call)
cdef Door _weighted_mean_vjp = door(reference.weighted_mean_vjp, weighted_mean_vjp_call)


# ----------------------------------------------------------------- crossentropy with integer labels


def sparse_softmax_crossentropy(labels, logits, loss, probabilities):
    """loss = -log softmax(logits)[label]; the softmax itself is kept for the vjp.

    Labels outside 0..C-1 raise ValueError.
    """
    _sparse_softmax_crossentropy.call((labels, logits, loss, probabilities))


cdef void sparse_softmax_crossentropy_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[1].shape[0], classes = a[1].shape[1]
    if call.single:
        sparse_crossentropy(a[0].i64, a[1].f32, a[2].f32, a[3].f32, rows, classes)
    else:
        sparse_crossentropy(a[0].i64, a[1].f64, a[2].f64, a[3].f64, rows, classes)


cdef void sparse_crossentropy(
    const int64_t* labels, const floating* logits, floating* loss, floating* probabilities,
    Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil:
    cdef Py_ssize_t first = 0, row, count
    cdef floating[MOST_ROWS] largest, total
    while first < rows:
        count = softmax_rows(rows - first, classes)
        softmax_block(logits, probabilities, count, classes, largest, total)
        log(total, total, count)
        for row in range(count):
            loss[first + row] = total[row] - (logits[labels[first + row]] - largest[row])
            logits += classes
        probabilities += count * classes
        first += count


def sparse_softmax_crossentropy_vjp(labels, probabilities, dloss, out):
    """out = (softmax - onehot(label)) dloss: the gradient with respect to the logits."""
    _sparse_softmax_crossentropy_vjp.call((labels, probabilities, dloss, out))


cdef void sparse_softmax_crossentropy_vjp_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[1].shape[0], classes = a[1].shape[1]
    if call.single:
        sparse_crossentropy_gradient(a[0].i64, a[1].f32, a[2].f32, a[3].f32, rows, classes)
    else:
        sparse_crossentropy_gradient(a[0].i64, a[1].f64, a[2].f64, a[3].f64, rows, classes)


cdef void sparse_crossentropy_gradient(
    const int64_t* labels, const floating* probabilities, const floating* dloss, floating* out,
    Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil:
    cdef Py_ssize_t row, c
    for row in range(rows):
        for c in range(classes):
            out[c] = probabilities[c] * dloss[row]
        c = labels[row]
        out[c] = (probabilities[c] - <floating> 1) * dloss[row]
        probabilities += classes
        out += classes


cdef int check_labels(Call* call) except -1:
    cdef Py_ssize_t classes = call.a[1].shape[1]
    cdef Py_ssize_t row = label_outside(call.a[0].i64, call.a[0].size, classes)
    if row >= 0:
        raise ValueError(f"the label {call.a[0].i64[row]} is outside 0..{classes - 1}")
    return 0


cdef Py_ssize_t label_outside(
    const int64_t* labels, Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil:
    """The first row whose label is not one of 0..classes-1; -1 if there is none."""
    cdef Py_ssize_t row
    for row in range(rows):
        if not 0 <= labels[row] < classes:
            return row
    return -1


# ---------------------------------------------------------- crossentropy with a target distribution


def softmax_crossentropy(targets, logits, loss, probabilities):
    """loss = -Σ targets log softmax(logits); the softmax itself is kept for the vjp."""
    _softmax_crossentropy.call((targets, logits, loss, probabilities))


cdef void softmax_crossentropy_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[1].shape[0], classes = a[1].shape[1]
    if call.single:
        crossentropy(a[0].f32, a[1].f32, a[2].f32, a[3].f32, rows, classes)
    else:
        crossentropy(a[0].f64, a[1].f64, a[2].f64, a[3].f64, rows, classes)


cdef void crossentropy(
    const floating* targets, const floating* logits, floating* loss, floating* probabilities,
    Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil:
    cdef Py_ssize_t first = 0, row, c, count
    cdef floating[MOST_ROWS] largest, log_total
    cdef floating total
    while first < rows:
        count = softmax_rows(rows - first, classes)
        softmax_block(logits, probabilities, count, classes, largest, log_total)
        log(log_total, log_total, count)
        for row in range(count):
            total = 0
            for c in range(classes):
                total += targets[c] * (log_total[row] - (logits[c] - largest[row]))
            loss[first + row] = total
            targets += classes
            logits += classes
        probabilities += count * classes
        first += count


def softmax_crossentropy_vjp(targets, probabilities, dloss, out):
    """out = (softmax Σ targets - targets) dloss: the gradient with respect to the logits."""
    _softmax_crossentropy_vjp.call((targets, probabilities, dloss, out))


cdef void softmax_crossentropy_vjp_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[1].shape[0], classes = a[1].shape[1]
    if call.single:
        crossentropy_gradient(a[0].f32, a[1].f32, a[2].f32, a[3].f32, rows, classes)
    else:
        crossentropy_gradient(a[0].f64, a[1].f64, a[2].f64, a[3].f64, rows, classes)


cdef void crossentropy_gradient(
    const floating* targets, const floating* probabilities, const floating* dloss, floating* out,
    Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil:
    cdef Py_ssize_t row, c
    cdef floating total
    for row in range(rows):
        total = 0
        for c in range(classes):
            total += targets[c]
        for c in range(classes):
            out[c] = (probabilities[c] * total - targets[c]) * dloss[row]
        targets += classes
        probabilities += classes
        out += classes


# -------------------------------------------------------------------------------- squared error


def mean_squared_error(y_true, y_pred, loss):
    """loss = Σ (y_pred - y_true)² / O."""
    _mean_squared_error.call((y_true, y_pred, loss))


cdef void mean_squared_error_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    if call.single:
        squared_error(a[0].f32, a[1].f32, a[2].f32, a[0].shape[0], a[0].shape[1])
    else:
        squared_error(a[0].f64, a[1].f64, a[2].f64, a[0].shape[0], a[0].shape[1])


cdef void squared_error(
    const floating* y_true, const floating* y_pred, floating* loss,
    Py_ssize_t rows, Py_ssize_t width
) noexcept nogil:
    cdef Py_ssize_t row, o
    cdef floating total, error
    for row in range(rows):
        total = 0
        for o in range(width):
            error = y_pred[o] - y_true[o]
            total += error * error
        loss[row] = total / <floating> width
        y_true += width
        y_pred += width


def mean_squared_error_vjp(y_true, y_pred, dloss, out):
    """out = 2 (y_pred - y_true) dloss / O."""
    _mean_squared_error_vjp.call((y_true, y_pred, dloss, out))


cdef void mean_squared_error_vjp_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[3].shape[0], width = a[3].shape[1]
    if call.single:
        squared_error_gradient(a[0].f32, a[1].f32, a[2].f32, a[3].f32, rows, width)
    else:
        squared_error_gradient(a[0].f64, a[1].f64, a[2].f64, a[3].f64, rows, width)


cdef void squared_error_gradient(
    const floating* y_true, const floating* y_pred, const floating* dloss, floating* out,
    Py_ssize_t rows, Py_ssize_t width
) noexcept nogil:
    cdef Py_ssize_t row, o
    cdef floating scale
    for row in range(rows):
        scale = (<floating> 2 / <floating> width) * dloss[row]
        for o in range(width):
            out[o] = (y_pred[o] - y_true[o]) * scale
        y_true += width
        y_pred += width
        out += width


# ------------------------------------------------------------------------------- absolute error


def mean_absolute_error(y_true, y_pred, loss):
    """loss = Σ |y_pred - y_true| / O."""
    _mean_absolute_error.call((y_true, y_pred, loss))


cdef void mean_absolute_error_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    if call.single:
        absolute_error(a[0].f32, a[1].f32, a[2].f32, a[0].shape[0], a[0].shape[1])
    else:
        absolute_error(a[0].f64, a[1].f64, a[2].f64, a[0].shape[0], a[0].shape[1])


cdef void absolute_error(
    const floating* y_true, const floating* y_pred, floating* loss,
    Py_ssize_t rows, Py_ssize_t width
) noexcept nogil:
    cdef Py_ssize_t row, o
    cdef floating total
    for row in range(rows):
        total = 0
        for o in range(width):
            total += <floating> fabs(y_pred[o] - y_true[o])
        loss[row] = total / <floating> width
        y_true += width
        y_pred += width


def mean_absolute_error_vjp(y_true, y_pred, dloss, out):
    """out = sign(y_pred - y_true) dloss / O."""
    _mean_absolute_error_vjp.call((y_true, y_pred, dloss, out))


cdef void mean_absolute_error_vjp_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[3].shape[0], width = a[3].shape[1]
    if call.single:
        absolute_error_gradient(a[0].f32, a[1].f32, a[2].f32, a[3].f32, rows, width)
    else:
        absolute_error_gradient(a[0].f64, a[1].f64, a[2].f64, a[3].f64, rows, width)


cdef void absolute_error_gradient(
    const floating* y_true, const floating* y_pred, const floating* dloss, floating* out,
    Py_ssize_t rows, Py_ssize_t width
) noexcept nogil:
    cdef Py_ssize_t row, o
    cdef floating scale, error, sign
    for row in range(rows):
        scale = dloss[row] / <floating> width
        for o in range(width):
            error = y_pred[o] - y_true[o]
            sign = error if error != error else <floating> ((error > 0) - (error < 0))
            out[o] = sign * scale
        y_true += width
        y_pred += width
        out += width


# ------------------------------------------------------------------------------ means over a batch


def weighted_mean(values, weights, out):
    """out = Σ weights values / B, summed in float64; without weights all are 1."""
    _weighted_mean.call((values, weights, out))


cdef void weighted_mean_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[0].size
    if call.single:
        a[2].f32[0] = <float> (weighted_sum(a[0].f32, a[1].f32, rows) / max(rows, 1))
    else:
        a[2].f64[0] = weighted_sum(a[0].f64, a[1].f64, rows) / max(rows, 1)


cdef double weighted_sum(
    const floating* values, const floating* weights, Py_ssize_t rows
) noexcept nogil:
    """Σ weights values in float64; `weights` may be NULL, then all are 1."""
    cdef Py_ssize_t row
    cdef double total = 0
    for row in range(rows):
        total += values[row] if weights == NULL else <double> values[row] * weights[row]
    return total


def weighted_mean_vjp(weights, dmean, out):
    """out = weights dmean / B."""
    _weighted_mean_vjp.call((weights, dmean, out))


cdef void weighted_mean_vjp_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    if call.single:
        weighted_mean_gradient(a[0].f32, a[1].f32, a[2].f32, a[2].size)
    else:
        weighted_mean_gradient(a[0].f64, a[1].f64, a[2].f64, a[2].size)


cdef void weighted_mean_gradient(
    const floating* weights, const floating* dmean, floating* out, Py_ssize_t rows
) noexcept nogil:
    cdef Py_ssize_t row
    cdef floating scale = dmean[0] / <floating> max(rows, 1)
    for row in range(rows):
        out[row] = scale if weights == NULL else scale * weights[row]
