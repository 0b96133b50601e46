"""The activation kernels without their door, for other compiled modules."""

from cython cimport floating

#: The most rows of a block in `softmax_block`.
cdef enum:
    MOST_ROWS = 64

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

cdef Py_ssize_t softmax_rows(Py_ssize_t rows, Py_ssize_t classes) noexcept nogil
cdef void softmax_block(
    const floating* x, floating* out, Py_ssize_t rows, Py_ssize_t classes,
    floating* largest, floating* total
) noexcept nogil
cdef void exp(const floating* x, floating* out, Py_ssize_t size) noexcept nogil
cdef void log(const floating* x, floating* out, Py_ssize_t size) noexcept nogil
