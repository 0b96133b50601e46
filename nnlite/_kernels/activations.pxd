"""The activation kernels without their door, for other compiled modules."""

from cython cimport floating
from libc cimport math


cdef void relu(const floating* x, floating* out, Py_ssize_t size) noexcept nogil
cdef void relu_gradient(
    const floating* y, const floating* dy, floating* out, Py_ssize_t size
) noexcept nogil
cdef void sigmoid(const floating* x, floating* out, Py_ssize_t size) noexcept nogil
cdef void sigmoid_gradient(
    const floating* y, const floating* dy, floating* out, Py_ssize_t size
) noexcept nogil
cdef void tanh(const floating* x, floating* out, Py_ssize_t size) noexcept nogil
cdef void tanh_gradient(
    const floating* y, const floating* dy, floating* out, Py_ssize_t size
) noexcept nogil
cdef void softmax(
    const floating* x, floating* out, Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil
cdef void softmax_gradient(
    const floating* y, const floating* dy, floating* out, Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil


cdef inline floating exp(floating x) noexcept nogil:
    if floating is float:
        return math.expf(x)
    else:
        return math.exp(x)


cdef inline floating softmax_row(
    const floating* x, floating* out, Py_ssize_t classes, floating* largest
) noexcept nogil:
    """out = softmax(x) for one row; returns Σ e^(x_k - m) and leaves m = max x in `largest`.

    A NaN is never the largest, but it makes the sum NaN, and by it the whole row.
    """
    cdef floating total = 0
    cdef Py_ssize_t c
    largest[0] = -math.INFINITY
    for c in range(classes):
        if x[c] > largest[0]:
            largest[0] = x[c]
    for c in range(classes):
        out[c] = exp(x[c] - largest[0])
        total += out[c]
    for c in range(classes):
        out[c] /= total
    return total
