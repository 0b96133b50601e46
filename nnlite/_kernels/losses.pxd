"""The loss kernels without their door, for other compiled modules."""

from cython cimport floating
from libc.stdint cimport int64_t

cdef Py_ssize_t label_outside(
    const int64_t* labels, Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil
cdef void sparse_crossentropy(
    const int64_t* labels, const floating* logits, floating* loss, floating* probabilities,
    Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil
cdef void sparse_crossentropy_gradient(
    const int64_t* labels, const floating* probabilities, const floating* dloss, floating* out,
    Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil
cdef void crossentropy(
    const floating* targets, const floating* logits, floating* loss, floating* probabilities,
    Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil
cdef void crossentropy_gradient(
    const floating* targets, const floating* probabilities, const floating* dloss, floating* out,
    Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil
cdef double weighted_sum(
    const floating* values, const floating* weights, Py_ssize_t rows
) noexcept nogil
cdef void weighted_mean_gradient(
    const floating* weights, const floating* dmean, floating* out, Py_ssize_t rows
) noexcept nogil
