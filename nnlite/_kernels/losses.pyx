"""Losses, one number per sample, and their means. `reference/` holds the twins."""

from cython cimport floating
from libc.math cimport INFINITY
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
cdef Door _ignore_labels = door(reference.ignore_labels, ignore_labels_call)
cdef Door _signed_labels = door(reference.signed_labels, signed_labels_call)
cdef Door _categorical_hinge = door(reference.categorical_hinge, categorical_hinge_call)
cdef Door _categorical_hinge_vjp = door(reference.categorical_hinge_vjp, categorical_hinge_vjp_call)
cdef Door _normalized_weights = door(reference.normalized_weights, normalized_weights_call)
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


# ---------------------------------------------------------------------------------- labels and margins


def ignore_labels(labels, ignored, kept, mask):
    """kept = labels, mask = 1; where a label is `ignored`, kept = 0, mask = 0."""
    _ignore_labels.call((labels, kept, mask), (ignored,))


cdef void ignore_labels_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t i
    cdef bint counts
    for i in range(a[0].size):
        counts = a[0].i64[i] != <int64_t> call.settings[0][0]
        a[1].i64[i] = a[0].i64[i] if counts else 0
        if call.single:
            a[2].f32[i] = counts
        else:
            a[2].f64[i] = counts


def signed_labels(y_true, out):
    """out = 2 y_true - 1 where all of y_true is 0 or 1; otherwise out = y_true."""
    _signed_labels.call((y_true, out))


cdef void signed_labels_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    if call.single:
        signed(a[0].f32, a[1].f32, a[1].size)
    else:
        signed(a[0].f64, a[1].f64, a[1].size)


cdef void signed(const floating* y_true, floating* out, Py_ssize_t size) noexcept nogil:
    cdef Py_ssize_t i
    cdef bint binary = True
    for i in range(size):
        binary &= y_true[i] == 0 or y_true[i] == 1
    for i in range(size):
        out[i] = <floating> 2 * y_true[i] - <floating> 1 if binary else y_true[i]


def categorical_hinge(targets, y_pred, loss):
    """loss = max(1 + max_c (1 - targets) y_pred - Σ targets y_pred, 0)."""
    _categorical_hinge.call((targets, y_pred, loss))


cdef void categorical_hinge_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[1].shape[0], classes = a[1].shape[1]
    if call.single:
        hinges(a[0].f32, a[1].f32, a[2].f32, rows, classes)
    else:
        hinges(a[0].f64, a[1].f64, a[2].f64, rows, classes)


cdef void hinges(
    const floating* targets, const floating* y_pred, floating* loss,
    Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil:
    cdef Py_ssize_t row
    cdef floating largest, right, lacking
    for row in range(rows):
        largest = wrong_and_right(targets, y_pred, classes, &right)
        lacking = <floating> 1 + largest - right
        loss[row] = <floating> 0 if lacking < 0 else lacking
        targets += classes
        y_pred += classes


cdef floating wrong_and_right(
    const floating* targets, const floating* y_pred, Py_ssize_t classes, floating* right
) noexcept nogil:
    """max_c (1 - targets) y_pred; leaves Σ targets y_pred in `right`."""
    cdef Py_ssize_t c
    cdef floating score, largest = -INFINITY
    right[0] = 0
    for c in range(classes):
        right[0] += targets[c] * y_pred[c]
        score = (<floating> 1 - targets[c]) * y_pred[c]
        largest = score if score > largest or score != score else largest
    return largest


def categorical_hinge_vjp(targets, y_pred, dloss, out):
    """out = ((1 - targets) [first of the largest (1 - targets) y_pred] - targets) dloss.

    It is 0 where the loss is 0.
    """
    _categorical_hinge_vjp.call((targets, y_pred, dloss, out))


cdef void categorical_hinge_vjp_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[1].shape[0], classes = a[1].shape[1]
    if call.single:
        hinge_gradients(a[0].f32, a[1].f32, a[2].f32, a[3].f32, rows, classes)
    else:
        hinge_gradients(a[0].f64, a[1].f64, a[2].f64, a[3].f64, rows, classes)


cdef void hinge_gradients(
    const floating* targets, const floating* y_pred, const floating* dloss, floating* out,
    Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil:
    cdef Py_ssize_t row, c
    cdef floating largest, right, slope
    cdef bint found
    for row in range(rows):
        largest = wrong_and_right(targets, y_pred, classes, &right)
        found = False
        for c in range(classes):
            slope = -targets[c]
            if not found and (<floating> 1 - targets[c]) * y_pred[c] == largest:
                slope += <floating> 1 - targets[c]
                found = True
            out[c] = slope * dloss[row]
            if <floating> 1 + largest - right <= 0:
                out[c] = 0
        targets += classes
        y_pred += classes
        out += classes


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


def normalized_weights(weights, out):
    """out = weights / Σ weights, summed in float64; all 0 where the sum is 0."""
    _normalized_weights.call((weights, out))


cdef void normalized_weights_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    if call.single:
        normalized(a[0].f32, a[1].f32, a[1].size)
    else:
        normalized(a[0].f64, a[1].f64, a[1].size)


cdef void normalized(const floating* weights, floating* out, Py_ssize_t size) noexcept nogil:
    cdef Py_ssize_t i
    cdef double total = 0
    for i in range(size):
        total += weights[i]
    for i in range(size):
        out[i] = <floating> (weights[i] / total) if total != 0 else <floating> 0
