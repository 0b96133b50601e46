"""Activations, element by element and row by row. `reference.py` holds the twins.

A literal takes the arrays' type, `<floating> 1`; a bare 1 would be a double in the generated C and
draw the whole expression into float64.
"""

from cython cimport floating
from libc cimport math

from . import reference
from .compiled_door cimport Array, Door

cdef Door _relu_forward = Door(reference.relu_forward)
cdef Door _relu_vjp = Door(reference.relu_vjp)
cdef Door _sigmoid_forward = Door(reference.sigmoid_forward)
cdef Door _sigmoid_vjp = Door(reference.sigmoid_vjp)
cdef Door _tanh_forward = Door(reference.tanh_forward)
cdef Door _tanh_vjp = Door(reference.tanh_vjp)
cdef Door _softmax_forward = Door(reference.softmax_forward)
cdef Door _softmax_vjp = Door(reference.softmax_vjp)


# ------------------------------------------------------------------------ element by element (flat)


def relu_forward(x, out):
    """out = max(x, 0); NaN stays NaN."""
    cdef Array[2] a
    cdef bint single = _relu_forward.enter((x, out), a)
    with nogil:
        if single:
            relu(a[0].f32, a[1].f32, a[1].size)
        else:
            relu(a[0].f64, a[1].f64, a[1].size)


cdef void relu(const floating* x, floating* out, Py_ssize_t size) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(size):
        out[i] = <floating> 0 if x[i] < 0 else x[i]


def relu_vjp(y, dy, out):
    """out = dy where y > 0, else 0."""
    cdef Array[3] a
    cdef bint single = _relu_vjp.enter((y, dy, out), a)
    with nogil:
        if single:
            relu_gradient(a[0].f32, a[1].f32, a[2].f32, a[2].size)
        else:
            relu_gradient(a[0].f64, a[1].f64, a[2].f64, a[2].size)


cdef void relu_gradient(
    const floating* y, const floating* dy, floating* out, Py_ssize_t size
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(size):
        out[i] = dy[i] if y[i] > 0 else <floating> 0


def sigmoid_forward(x, out):
    """out = 1 / (1 + e⁻ˣ), computed from e^-|x| so that nothing overflows."""
    cdef Array[2] a
    cdef bint single = _sigmoid_forward.enter((x, out), a)
    with nogil:
        if single:
            sigmoid(a[0].f32, a[1].f32, a[1].size)
        else:
            sigmoid(a[0].f64, a[1].f64, a[1].size)


cdef void sigmoid(const floating* x, floating* out, Py_ssize_t size) noexcept nogil:
    cdef Py_ssize_t i
    cdef floating e
    for i in range(size):
        e = exp(-x[i] if x[i] >= 0 else x[i])
        out[i] = (<floating> 1 if x[i] >= 0 else e) / (<floating> 1 + e)


def sigmoid_vjp(y, dy, out):
    """out = dy y (1 - y)."""
    cdef Array[3] a
    cdef bint single = _sigmoid_vjp.enter((y, dy, out), a)
    with nogil:
        if single:
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
    cdef Array[2] a
    cdef bint single = _tanh_forward.enter((x, out), a)
    with nogil:
        if single:
            tanh(a[0].f32, a[1].f32, a[1].size)
        else:
            tanh(a[0].f64, a[1].f64, a[1].size)


cdef void tanh(const floating* x, floating* out, Py_ssize_t size) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(size):
        if floating is float:
            out[i] = math.tanhf(x[i])
        else:
            out[i] = math.tanh(x[i])


def tanh_vjp(y, dy, out):
    """out = dy (1 - y²)."""
    cdef Array[3] a
    cdef bint single = _tanh_vjp.enter((y, dy, out), a)
    with nogil:
        if single:
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
    cdef Array[2] a
    cdef bint single = _softmax_forward.enter((x, out), a)
    with nogil:
        if single:
            softmax(a[0].f32, a[1].f32, a[1].shape[0], a[1].shape[1])
        else:
            softmax(a[0].f64, a[1].f64, a[1].shape[0], a[1].shape[1])


cdef void softmax(
    const floating* x, floating* out, Py_ssize_t rows, Py_ssize_t classes
) noexcept nogil:
    cdef Py_ssize_t row
    cdef floating largest
    for row in range(rows):
        softmax_row(x + row * classes, out + row * classes, classes, &largest)


def softmax_vjp(y, dy, out):
    """out = y (dy - Σ y dy)."""
    cdef Array[3] a
    cdef bint single = _softmax_vjp.enter((y, dy, out), a)
    with nogil:
        if single:
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
