"""Metrics, one number per sample, and their sums over batches. `reference/` holds the twins."""

from cython cimport floating
from libc.stdint cimport int64_t

from . import reference
from .compiled_door cimport Array, Call, Door, door
from .losses cimport weighted_sum

cdef Door _sparse_categorical_accuracy = door(
    reference.sparse_categorical_accuracy, sparse_categorical_accuracy_call, check_classes
)
cdef Door _categorical_accuracy = door(
    reference.categorical_accuracy, categorical_accuracy_call, check_classes
)
cdef Door _binary_accuracy = door(reference.binary_accuracy, binary_accuracy_call)
cdef Door _accumulate_mean = door(reference.accumulate_mean, accumulate_mean_call)
cdef Door _equal_share = door(reference.equal_share, equal_share_call)
cdef Door _accumulate_moments = door(reference.accumulate_moments, accumulate_moments_call)


def sparse_categorical_accuracy(labels, y_pred, out):
    """out = 1 where the largest of y_pred (the first of equals) stands at the label, else 0."""
    _sparse_categorical_accuracy.call((labels, y_pred, out))


cdef void sparse_categorical_accuracy_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[1].shape[0], classes = a[1].shape[1]
    if call.single:
        sparse_accuracy(a[0].i64, a[1].f32, a[2].f32, rows, classes)
    else:
        sparse_accuracy(a[0].i64, a[1].f64, a[2].f64, rows, classes)


cdef void sparse_accuracy(
    const int64_t* labels, const floating* y_pred, floating* out,
    Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil:
    cdef Py_ssize_t row
    for row in range(rows):
        out[row] = argmax(y_pred + row * classes, classes) == labels[row]


def categorical_accuracy(y_true, y_pred, out):
    """out = 1 where the largest of y_pred and of y_true stand at the same place, else 0."""
    _categorical_accuracy.call((y_true, y_pred, out))


cdef void categorical_accuracy_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[1].shape[0], classes = a[1].shape[1]
    if call.single:
        accuracy(a[0].f32, a[1].f32, a[2].f32, rows, classes)
    else:
        accuracy(a[0].f64, a[1].f64, a[2].f64, rows, classes)


cdef void accuracy(
    const floating* y_true, const floating* y_pred, floating* out,
    Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil:
    cdef Py_ssize_t row
    for row in range(rows):
        out[row] = (
            argmax(y_pred + row * classes, classes) == argmax(y_true + row * classes, classes)
        )


cdef int check_classes(Call* call) except -1:
    if call.a[1].shape[1] == 0:
        raise ValueError("there is no largest of 0 classes")
    return 0


def binary_accuracy(y_true, y_pred, threshold, out):
    """out = the share of a row where y_true is 1 for y_pred > threshold, and else 0."""
    _binary_accuracy.call((y_true, y_pred, out), (threshold,))


cdef void binary_accuracy_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[1].shape[0], classes = a[1].shape[1]
    cdef double threshold = call.settings[0][0]
    if call.single:
        share_right(a[0].f32, a[1].f32, <float> threshold, a[2].f32, rows, classes)
    else:
        share_right(a[0].f64, a[1].f64, threshold, a[2].f64, rows, classes)


cdef void share_right(
    const floating* y_true, const floating* y_pred, floating threshold, floating* out,
    Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil:
    cdef Py_ssize_t row, c, right
    for row in range(rows):
        right = 0
        for c in range(classes):
            right += y_true[c] == <floating> (y_pred[c] > threshold)
        out[row] = <floating> right / <floating> classes
        y_true += classes
        y_pred += classes


def accumulate_mean(values, weights, state):
    """state += (Σ weights values, Σ weights), in float64: a mean over many batches, exact."""
    _accumulate_mean.call((values, weights, state))


cdef void accumulate_mean_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    if call.single:
        accumulate(a[0].f32, a[1].f32, a[2].f64, a[0].size)
    else:
        accumulate(a[0].f64, a[1].f64, a[2].f64, a[0].size)


cdef void accumulate(
    const floating* values, const floating* weights, double* state, Py_ssize_t rows
) noexcept nogil:
    cdef Py_ssize_t row
    cdef double total = 0
    for row in range(rows):
        total += 1 if weights == NULL else weights[row]
    state[0] += weighted_sum(values, weights, rows)
    state[1] += total


def equal_share(y_true, y_pred, out):
    """out = the share of a row where y_true = y_pred."""
    _equal_share.call((y_true, y_pred, out))


cdef void equal_share_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[1].shape[0], columns = a[1].shape[1]
    if call.single:
        share_equal(a[0].f32, a[1].f32, a[2].f32, rows, columns)
    else:
        share_equal(a[0].f64, a[1].f64, a[2].f64, rows, columns)


cdef void share_equal(
    const floating* y_true, const floating* y_pred, floating* out,
    Py_ssize_t rows, Py_ssize_t columns
) noexcept nogil:
    cdef Py_ssize_t row, c, equal
    for row in range(rows):
        equal = 0
        for c in range(columns):
            equal += y_true[c] == y_pred[c]
        out[row] = <floating> equal / <floating> columns
        y_true += columns
        y_pred += columns


def accumulate_moments(y_true, y_pred, weights, state):
    """state += Σ w, Σ w y_true, Σ w y_true², Σ w (y_true - y_pred)² over the batch, in float64."""
    _accumulate_moments.call((y_true, y_pred, weights, state))


cdef void accumulate_moments_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[1].shape[0], columns = a[1].shape[1]
    if call.single:
        sum_squares(a[0].f32, a[1].f32, a[2].f32, a[3].f64, rows, columns)
    else:
        sum_squares(a[0].f64, a[1].f64, a[2].f64, a[3].f64, rows, columns)


cdef void sum_squares(
    const floating* y_true, const floating* y_pred, const floating* weights, double* state,
    Py_ssize_t rows, Py_ssize_t columns
) noexcept nogil:
    cdef Py_ssize_t row, c, i = 0
    cdef double weight, y, error
    for row in range(rows):
        for c in range(columns):
            weight = 1 if weights == NULL else weights[i]
            y, error = y_true[i], <double> y_true[i] - <double> y_pred[i]
            state[c] += weight
            state[columns + c] += weight * y
            state[2 * columns + c] += weight * (y * y)
            state[3 * columns + c] += weight * (error * error)
            i += 1
