"""The optimizer kernels without their door, for other compiled modules."""

from cython cimport floating

cdef void sgd(
    floating* w, const floating* g, floating learning_rate, Py_ssize_t size
) noexcept nogil
cdef void sgd_momentum(
    floating* w, const floating* g, floating* velocity, floating learning_rate, floating momentum,
    Py_ssize_t size
) noexcept nogil
cdef void sgd_nesterov(
    floating* w, const floating* g, floating* velocity, floating learning_rate, floating momentum,
    Py_ssize_t size
) noexcept nogil
