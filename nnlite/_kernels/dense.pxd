"""The dense layer's kernels without their door, for other compiled modules."""

from cython cimport floating

#: What may follow a dense layer's sums.
cdef enum Activation:
    LINEAR
    RELU
    SIGMOID
    TANH

cdef void forward(
    const floating* x, const floating* w, const floating* b, Activation activation, floating* out,
    Py_ssize_t rows, Py_ssize_t inputs, Py_ssize_t outputs
) noexcept nogil
cdef void backward_input(
    const floating* dz, const floating* w, const floating* mask, floating* out,
    Py_ssize_t rows, Py_ssize_t inputs, Py_ssize_t outputs
) noexcept nogil
cdef void backward_kernel(
    const floating* x, const floating* dz, floating* out,
    Py_ssize_t rows, Py_ssize_t inputs, Py_ssize_t outputs
) noexcept nogil
cdef void backward_bias(
    const floating* dz, floating* out, Py_ssize_t rows, Py_ssize_t outputs
) noexcept nogil
