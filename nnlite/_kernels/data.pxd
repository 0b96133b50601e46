"""The data kernels without their door, for other compiled modules."""

from libc.stdint cimport int64_t, uint8_t

ctypedef fused Source:
    uint8_t
    int64_t
    float
    double

ctypedef fused Target:
    int64_t
    float
    double

cdef Py_ssize_t index_outside(
    const int64_t* indices, Py_ssize_t count, Py_ssize_t rows
) noexcept nogil
cdef void gather(
    const Source* x, Py_ssize_t row_step, Py_ssize_t column_step, const int64_t* indices,
    Target* out, Py_ssize_t count, Py_ssize_t columns
) noexcept nogil
