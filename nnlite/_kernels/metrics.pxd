"""The metric kernels without their door, for other compiled modules."""

from cython cimport floating
from libc.stdint cimport int64_t

cdef void sparse_accuracy(
    const int64_t* labels, const floating* y_pred, floating* out,
    Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil
cdef void accuracy(
    const floating* y_true, const floating* y_pred, floating* out,
    Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil
cdef void accumulate(
    const floating* values, const floating* weights, double* state, Py_ssize_t rows
) noexcept nogil


cdef inline Py_ssize_t argmax(const floating* row, Py_ssize_t classes) noexcept nogil:
    """The place of the largest, the first of equals; a NaN is larger than all, as in numpy."""
    cdef Py_ssize_t c, best = 0
    for c in range(classes):
        if row[c] != row[c]:
            return c
        if row[c] > row[best]:
            best = c
    return best
