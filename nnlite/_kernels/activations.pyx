"""Activations, element by element and row by row. `reference/` holds the twins.

A literal takes the arrays' type, `<floating> 1`; a bare 1 would be a double in the generated C and
draw the whole expression into float64.
"""

import os

from cython cimport floating
from libc cimport math

from . import reference
from .compiled_door cimport Array, Call, Door, door


cdef extern from "vmath.h" nogil:
    ctypedef void vmath_f32(const float* x, float* y, Py_ssize_t size) noexcept nogil
    ctypedef void vmath_f64(const double* x, double* y, Py_ssize_t size) noexcept nogil
    ctypedef struct vmath_functions:
        vmath_f32* exp_f32
        vmath_f32* log_f32
        vmath_f32* tanh_f32
        vmath_f32* sigmoid_f32
        vmath_f64* exp_f64
        vmath_f64* log_f64
        vmath_f64* tanh_f64
        vmath_f64* sigmoid_f64
    const vmath_functions* vmath_choose(const char* cap)


#: exp and its like for this machine, chosen once; dense.pyx refuses an unknown NNLITE_SIMD.
cdef const vmath_functions* _vmath = vmath_choose(os.environ.get("NNLITE_SIMD", "").encode())

cdef Door _relu_forward = door(reference.relu_forward, relu_forward_call)
cdef Door _relu_vjp = door(reference.relu_vjp, relu_vjp_call)
cdef Door _sigmoid_forward = door(reference.sigmoid_forward, sigmoid_forward_call)
cdef Door _sigmoid_vjp = door(reference.sigmoid_vjp, sigmoid_vjp_call)
cdef Door _tanh_forward = door(reference.tanh_forward, tanh_forward_call)
cdef Door _tanh_vjp = door(reference.tanh_vjp, tanh_vjp_call)
cdef Door _softmax_forward = door(reference.softmax_forward, softmax_forward_call)
cdef Door _softmax_vjp = door(reference.softmax_vjp, softmax_vjp_call)
cdef Door _log_softmax_forward = door(reference.log_softmax_forward, log_softmax_forward_call)
cdef Door _log_softmax_vjp = door(reference.log_softmax_vjp, log_softmax_vjp_call)
cdef Door _sparsemax_forward = door(reference.sparsemax_forward, sparsemax_forward_call)
cdef Door _sparsemax_vjp = door(reference.sparsemax_vjp, sparsemax_vjp_call)


# ------------------------------------------------------------------------ element by element (flat)


def relu_forward(x, out):
    """out = max(x, 0); NaN stays NaN."""
    _relu_forward.call((x, out))


cdef void relu_forward_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    if call.single:
        relu(a[0].f32, a[1].f32, a[1].size)
    else:
        relu(a[0].f64, a[1].f64, a[1].size)


cdef void relu(const floating* x, floating* out, Py_ssize_t size) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(size):
        out[i] = <floating> 0 if x[i] < 0 else x[i]


def relu_vjp(y, dy, out):
    """out = dy where y > 0, else 0."""
    _relu_vjp.call((y, dy, out))


cdef void relu_vjp_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    if call.single:
        relu_gradient(a[0].f32, a[1].f32, a[2].f32, a[2].size)
    else:
        relu_gradient(a[0].f64, a[1].f64, a[2].f64, a[2].size)


cdef void relu_gradient(
    const floating* y, const floating* dy, floating* out, Py_ssize_t size
) noexcept nogil:
    cdef Py_ssize_t i
    cdef floating gradient
    for i in range(size):
        gradient = dy[i]  # read in any case: a read that depends on y would be a jump, not a mask
        out[i] = gradient if y[i] > 0 else <floating> 0


def sigmoid_forward(x, out):
    """out = 1 / (1 + e⁻ˣ), computed from e^-|x| so that nothing overflows."""
    _sigmoid_forward.call((x, out))


cdef void sigmoid_forward_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    if call.single:
        sigmoid(a[0].f32, a[1].f32, a[1].size)
    else:
        sigmoid(a[0].f64, a[1].f64, a[1].size)


cdef void sigmoid(const floating* x, floating* out, Py_ssize_t size) noexcept nogil:
    if floating is float:
        _vmath.sigmoid_f32(x, out, size)
    else:
        _vmath.sigmoid_f64(x, out, size)


def sigmoid_vjp(y, dy, out):
    """out = dy y (1 - y)."""
    _sigmoid_vjp.call((y, dy, out))


cdef void sigmoid_vjp_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    if call.single:
        sigmoid_gradient(a[0].f32, a[1].f32, a[2].f32, a[2].size)
    else:
        sigmoid_gradient(a[0].f64, a[1].f64, a[2].f64, a[2].size)


cdef void sigmoid_gradient(
    const floating* y, const floating* dy, floating* out, Py_ssize_t size
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(size):
        out[i] = dy[i] * (y[i] * (<floating> 1 - y[i]))


def tanh_forward(x, out):
    """out = tanh x."""
    _tanh_forward.call((x, out))


cdef void tanh_forward_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    if call.single:
        tanh(a[0].f32, a[1].f32, a[1].size)
    else:
        tanh(a[0].f64, a[1].f64, a[1].size)


cdef void tanh(const floating* x, floating* out, Py_ssize_t size) noexcept nogil:
    if floating is float:
        _vmath.tanh_f32(x, out, size)
    else:
        _vmath.tanh_f64(x, out, size)


def tanh_vjp(y, dy, out):
    """out = dy (1 - y²)."""
    _tanh_vjp.call((y, dy, out))


cdef void tanh_vjp_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    if call.single:
        tanh_gradient(a[0].f32, a[1].f32, a[2].f32, a[2].size)
    else:
        tanh_gradient(a[0].f64, a[1].f64, a[2].f64, a[2].size)


cdef void tanh_gradient(
    const floating* y, const floating* dy, floating* out, Py_ssize_t size
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(size):
        out[i] = dy[i] * (<floating> 1 - y[i] * y[i])


# ------------------------------------------------------------------------------ softmax, row by row


def softmax_forward(x, out):
    """out_c = e^(x_c - m) / Σ e^(x_k - m), with m = max x, so that nothing overflows."""
    _softmax_forward.call((x, out))


cdef void softmax_forward_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    if call.single:
        softmax(a[0].f32, a[1].f32, a[1].shape[0], a[1].shape[1])
    else:
        softmax(a[0].f64, a[1].f64, a[1].shape[0], a[1].shape[1])


cdef void softmax(
    const floating* x, floating* out, Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil:
    cdef Py_ssize_t row = 0, count
    cdef floating[MOST_ROWS] largest, total
    while row < rows:
        count = softmax_rows(rows - row, classes)
        softmax_block(x + row * classes, out + row * classes, count, classes, largest, total)
        row += count


cdef Py_ssize_t softmax_rows(Py_ssize_t rows, Py_ssize_t classes) noexcept nogil:
    """How many of `rows` make one block: what stays in the cache, and at least one."""
    return min(rows, MOST_ROWS, max(1, 4096 // max(1, classes)))


cdef void softmax_block(
    const floating* x, floating* out, Py_ssize_t rows, Py_ssize_t classes,
    floating* largest, floating* total
) noexcept nogil:
    """out = softmax(x); leaves m = max x and Σ e^(x_k - m) of each row in `largest` and `total`.

    The powers are taken of all rows at once, since a row may be shorter than a vector. A NaN is
    never the largest, but it makes the sum NaN, and by it the whole row.
    """
    cdef Py_ssize_t row, c
    cdef floating m, s
    for row in range(rows):
        m = -math.INFINITY
        for c in range(row * classes, (row + 1) * classes):
            m = x[c] if x[c] > m else m
        for c in range(row * classes, (row + 1) * classes):
            out[c] = x[c] - m
        largest[row] = m
    exp(out, out, rows * classes)
    for row in range(rows):
        s = 0
        for c in range(row * classes, (row + 1) * classes):
            s += out[c]
        for c in range(row * classes, (row + 1) * classes):
            out[c] /= s
        total[row] = s


cdef void exp(const floating* x, floating* out, Py_ssize_t size) noexcept nogil:
    if floating is float:
        _vmath.exp_f32(x, out, size)
    else:
        _vmath.exp_f64(x, out, size)


cdef void log(const floating* x, floating* out, Py_ssize_t size) noexcept nogil:
    if floating is float:
        _vmath.log_f32(x, out, size)
    else:
        _vmath.log_f64(x, out, size)


def softmax_vjp(y, dy, out):
    """out = y (dy - Σ y dy)."""
    _softmax_vjp.call((y, dy, out))


cdef void softmax_vjp_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    if call.single:
        softmax_gradient(a[0].f32, a[1].f32, a[2].f32, a[2].shape[0], a[2].shape[1])
    else:
        softmax_gradient(a[0].f64, a[1].f64, a[2].f64, a[2].shape[0], a[2].shape[1])


cdef void softmax_gradient(
    const floating* y, const floating* dy, floating* out, Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil:
    cdef Py_ssize_t row, c
    cdef floating dot
    for row in range(rows):
        dot = 0
        for c in range(classes):
            dot += y[c] * dy[c]
        for c in range(classes):
            out[c] = y[c] * (dy[c] - dot)
        y += classes
        dy += classes
        out += classes


# ------------------------------------------------------- logarithms of softmax, and sparsemax


def log_softmax_forward(x, out):
    """out_c = x_c - m - ln Σ e^(x_k - m), with m = max x."""
    _log_softmax_forward.call((x, out))


cdef void log_softmax_forward_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    if call.single:
        log_softmax(a[0].f32, a[1].f32, a[1].shape[0], a[1].shape[1])
    else:
        log_softmax(a[0].f64, a[1].f64, a[1].shape[0], a[1].shape[1])


cdef void log_softmax(
    const floating* x, floating* out, Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil:
    cdef Py_ssize_t row = 0, count, i, c
    cdef floating[MOST_ROWS] largest, total
    while row < rows:
        count = softmax_rows(rows - row, classes)
        softmax_block(x, out, count, classes, largest, total)
        log(total, total, count)
        for i in range(count):
            for c in range(classes):
                out[c] = (x[c] - largest[i]) - total[i]
            x += classes
            out += classes
        row += count


def log_softmax_vjp(y, dy, out):
    """out = dy - e^y Σ dy."""
    _log_softmax_vjp.call((y, dy, out))


cdef void log_softmax_vjp_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    if call.single:
        log_softmax_gradient(a[0].f32, a[1].f32, a[2].f32, a[2].shape[0], a[2].shape[1])
    else:
        log_softmax_gradient(a[0].f64, a[1].f64, a[2].f64, a[2].shape[0], a[2].shape[1])


cdef void log_softmax_gradient(
    const floating* y, const floating* dy, floating* out, Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil:
    cdef Py_ssize_t row, c
    cdef floating total
    exp(y, out, rows * classes)
    for row in range(rows):
        total = 0
        for c in range(classes):
            total += dy[c]
        for c in range(classes):
            out[c] = dy[c] - out[c] * total
        dy += classes
        out += classes


def sparsemax_forward(x, out):
    """out = max(x - τ, 0), with the τ of each row that makes Σ out = 1.

    A NaN makes its row NaN.
    """
    _sparsemax_forward.call((x, out))


cdef void sparsemax_forward_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    if call.single:
        sparsemax(a[0].f32, a[1].f32, a[1].shape[0], a[1].shape[1])
    else:
        sparsemax(a[0].f64, a[1].f64, a[1].shape[0], a[1].shape[1])


cdef void sparsemax(
    const floating* x, floating* out, Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil:
    """Michelot's iteration (1986): what lies above τ makes a larger τ, until all of it does.

    The support only shrinks, so that no more passes are needed than there are classes; mostly it
    takes a few, and no sort.
    """
    cdef Py_ssize_t row, c, count, before
    cdef floating m, tau, total
    for row in range(rows):
        m = -math.INFINITY
        for c in range(classes):
            m = x[c] if x[c] > m or x[c] != x[c] else m
        tau, count, before = -math.INFINITY, classes + 1, classes + 2
        while count < before:
            before, count, total = count, 0, 0
            for c in range(classes):
                if x[c] - m > tau:
                    total += x[c] - m
                    count += 1
            tau = (total - 1) / <floating> count
        for c in range(classes):
            out[c] = x[c] - m - tau if not (x[c] - m <= tau) else <floating> 0
        x += classes
        out += classes


def sparsemax_vjp(y, dy, out):
    """out = dy less its mean over the y > 0 of the row, and 0 where y = 0."""
    _sparsemax_vjp.call((y, dy, out))


cdef void sparsemax_vjp_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    if call.single:
        sparsemax_gradient(a[0].f32, a[1].f32, a[2].f32, a[2].shape[0], a[2].shape[1])
    else:
        sparsemax_gradient(a[0].f64, a[1].f64, a[2].f64, a[2].shape[0], a[2].shape[1])


cdef void sparsemax_gradient(
    const floating* y, const floating* dy, floating* out, Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil:
    cdef Py_ssize_t row, c, count
    cdef floating total
    for row in range(rows):
        total, count = 0, 0
        for c in range(classes):
            if y[c] > 0:
                total += dy[c]
                count += 1
        for c in range(classes):
            out[c] = dy[c] - total / <floating> count if y[c] > 0 else <floating> 0
        y += classes
        dy += classes
        out += classes
