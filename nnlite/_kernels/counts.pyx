"""Counts of right and wrong predictions, and who is first in a row. `reference/` holds the twins."""

from cython cimport floating
from libc.math cimport INFINITY, fabs
from libc.stdint cimport int64_t

from . import reference
from .compiled_door cimport Array, Call, Door, door
from .metrics cimport argmax

cdef Door _count_between = door(reference.count_between, count_between_call, check_counts)
cdef Door _count_pairs = door(reference.count_pairs, count_pairs_call)
cdef Door _in_top_k = door(reference.in_top_k, in_top_k_call)
cdef Door _argmax_rows = door(reference.argmax_rows, argmax_rows_call, check_columns)
cdef Door _keep_top_k = door(reference.keep_top_k, keep_top_k_call)
cdef Door _mark_largest = door(reference.mark_largest, mark_largest_call)
cdef Door _whole_numbers = door(reference.whole_numbers, whole_numbers_call)


def count_between(y_true, y_pred, weights, thresholds, state):
    """state[l, j] += Σ w y_true and state[l, T+1+j] += Σ w (1 - y_true): between thresholds.

    The sums go over the predictions of column l that are larger than just j of the thresholds.
    These ascend, and U is 2 T + 2; NaN is larger than none. How many lie above or below each
    threshold, true or false positives or negatives, are sums over j.
    """
    _count_between.call((y_true, y_pred, weights, thresholds, state))


cdef int check_counts(Call* call) except -1:
    reference.counts._check_counts(call.a[3].size, call.a[4].shape[1])
    return 0


cdef void count_between_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[1].shape[0], labels = a[1].shape[1]
    if call.single:
        between(a[0].f32, a[1].f32, a[2].f32, a[3].f64, a[4].f64, rows, labels, a[3].size)
    else:
        between(a[0].f64, a[1].f64, a[2].f64, a[3].f64, a[4].f64, rows, labels, a[3].size)


cdef void between(
    const floating* y_true, const floating* y_pred, const floating* weights,
    const double* thresholds, double* state, Py_ssize_t rows, Py_ssize_t labels, Py_ssize_t count
) noexcept nogil:
    cdef Py_ssize_t row, label, i = 0, place
    cdef double weight, truth
    cdef double* sums
    for row in range(rows):
        for label in range(labels):
            place = below(y_pred[i], thresholds, count)
            weight = 1 if weights == NULL else weights[i]
            truth = y_true[i]
            sums = state + label * (2 * count + 2) + place
            sums[0] += weight * truth
            sums[count + 1] += weight * (1 - truth)
            i += 1


cdef inline Py_ssize_t below(
    floating value, const double* thresholds, Py_ssize_t count
) noexcept nogil:
    """How many of the thresholds, which ascend, are smaller than a value: by halving."""
    cdef Py_ssize_t first = 0, middle
    while count > 0:
        middle = count // 2
        if value > <floating> thresholds[first + middle]:
            first += middle + 1
            count -= middle + 1
        else:
            count = middle
    return first


def count_pairs(labels, indices, weights, ignored, state):
    """state[label, index] += weight: the confusion matrix of true and predicted classes.

    Pairs whose label is `ignored`, or with a number outside 0..C-1, do not count.
    """
    _count_pairs.call((labels, indices, weights, state), (ignored,))


cdef void count_pairs_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef int64_t ignored = <int64_t> call.settings[0][0]
    if call.single:
        pairs(a[0].i64, a[1].i64, a[2].f32, ignored, a[3].f64, a[0].size, a[3].shape[0])
    else:
        pairs(a[0].i64, a[1].i64, a[2].f64, ignored, a[3].f64, a[0].size, a[3].shape[0])


cdef void pairs(
    const int64_t* labels, const int64_t* indices, const floating* weights, int64_t ignored,
    double* state, Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil:
    cdef Py_ssize_t row
    for row in range(rows):
        if labels[row] == ignored:
            continue
        if 0 <= labels[row] < classes and 0 <= indices[row] < classes:
            state[labels[row] * classes + indices[row]] += 1 if weights == NULL else weights[row]


def in_top_k(labels, y_pred, k, out):
    """out = 1 where fewer than k of a row's numbers are larger than the one at the label, else 0.

    A label outside 0..C-1, or a NaN there, is never among the first.
    """
    _in_top_k.call((labels, y_pred, out), (k,))


cdef void in_top_k_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[1].shape[0], classes = a[1].shape[1]
    cdef Py_ssize_t k = <Py_ssize_t> call.settings[0][0]
    if call.single:
        among_first(a[0].i64, a[1].f32, k, a[2].f32, rows, classes)
    else:
        among_first(a[0].i64, a[1].f64, k, a[2].f64, rows, classes)


cdef void among_first(
    const int64_t* labels, const floating* y_pred, Py_ssize_t k, floating* out,
    Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil:
    cdef Py_ssize_t row, c, larger
    cdef floating at_label
    for row in range(rows):
        out[row] = 0
        if 0 <= labels[row] < classes:
            at_label = y_pred[labels[row]]
            larger = 0
            for c in range(classes):
                larger += y_pred[c] > at_label
            out[row] = larger < k and at_label == at_label
        y_pred += classes


def argmax_rows(x, labels):
    """labels = the place of the largest of each row, the first of equals; NaN counts as largest."""
    _argmax_rows.call((x, labels))


cdef int check_columns(Call* call) except -1:
    if call.a[0].shape[1] == 0:
        raise ValueError("there is no largest of 0 classes")
    return 0


cdef void argmax_rows_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t row, classes = a[0].shape[1]
    for row in range(a[0].shape[0]):
        if call.single:
            a[1].i64[row] = argmax(a[0].f32 + row * classes, classes)
        else:
            a[1].i64[row] = argmax(a[0].f64 + row * classes, classes)


def keep_top_k(x, k, out):
    """out = x where it is among the k largest of its row (of equals the first), else -inf."""
    _keep_top_k.call((x, out), (k,))


cdef void keep_top_k_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t row, classes = a[0].shape[1]
    cdef Py_ssize_t k = <Py_ssize_t> call.settings[0][0]
    for row in range(a[0].shape[0]):
        if call.single:
            keep_first(a[0].f32 + row * classes, k, a[1].f32 + row * classes, classes)
        else:
            keep_first(a[0].f64 + row * classes, k, a[1].f64 + row * classes, classes)


cdef void keep_first(
    const floating* x, Py_ssize_t k, floating* out, Py_ssize_t classes
) noexcept nogil:
    cdef Py_ssize_t c, other, before
    for c in range(classes):
        before = 0
        for other in range(classes):
            before += comes_before(x[other], x[c], other < c)
        out[c] = x[c] if before < k else -INFINITY


cdef inline bint comes_before(floating a, floating b, bint stands_before) noexcept nogil:
    """Whether a comes before b where the largest is first; NaN comes last."""
    if a != a or b != b:
        return b != b and (a == a or stands_before)
    return a > b or (a == b and stands_before)


def mark_largest(x, tiny, out):
    """out = 1 where x is the largest of its row (equals too) and |x| > tiny, else 0."""
    _mark_largest.call((x, out), (tiny,))


cdef void mark_largest_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t row, classes = a[0].shape[1]
    cdef double tiny = call.settings[0][0]
    for row in range(a[0].shape[0]):
        if call.single:
            mark(a[0].f32 + row * classes, <float> tiny, a[1].f32 + row * classes, classes)
        else:
            mark(a[0].f64 + row * classes, tiny, a[1].f64 + row * classes, classes)


cdef void mark(
    const floating* x, floating tiny, floating* out, Py_ssize_t classes
) noexcept nogil:
    cdef Py_ssize_t c
    cdef floating largest = -INFINITY
    for c in range(classes):
        if x[c] > largest or x[c] != x[c]:
            largest = x[c]
    for c in range(classes):
        out[c] = x[c] >= largest and fabs(x[c]) > tiny


def whole_numbers(x, labels):
    """labels = x without what stands after the point; -1 where |x| >= 2³¹, or NaN."""
    _whole_numbers.call((x, labels))


cdef void whole_numbers_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    if call.single:
        cut(a[0].f32, a[1].i64, a[0].size)
    else:
        cut(a[0].f64, a[1].i64, a[0].size)


cdef void cut(const floating* x, int64_t* labels, Py_ssize_t size) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(size):
        labels[i] = <int64_t> x[i] if fabs(x[i]) < 2147483648.0 else -1
