"""Updates of parameters, in place and flat. `reference.py` holds the twins."""

from cython cimport floating

from . import reference
from .compiled_door cimport Array, Door

cdef Door _sgd_update = Door(reference.sgd_update)
cdef Door _sgd_momentum_update = Door(reference.sgd_momentum_update)
cdef Door _sgd_nesterov_update = Door(reference.sgd_nesterov_update)


def sgd_update(w, g, double learning_rate):
    """w ← w - learning_rate g."""
    cdef Array[2] a
    cdef bint single = _sgd_update.enter((w, g), a)
    with nogil:
        if single:
            sgd(a[0].f32, a[1].f32, <float> learning_rate, a[0].size)
        else:
            sgd(a[0].f64, a[1].f64, learning_rate, a[0].size)


cdef void sgd(
    floating* w, const floating* g, floating learning_rate, Py_ssize_t size
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(size):
        w[i] -= learning_rate * g[i]


def sgd_momentum_update(w, g, velocity, double learning_rate, double momentum):
    """velocity ← momentum velocity - learning_rate g;  w ← w + velocity."""
    cdef Array[3] a
    cdef bint single = _sgd_momentum_update.enter((w, g, velocity), a)
    with nogil:
        if single:
            sgd_momentum(
                a[0].f32, a[1].f32, a[2].f32, <float> learning_rate, <float> momentum, a[0].size
            )
        else:
            sgd_momentum(a[0].f64, a[1].f64, a[2].f64, learning_rate, momentum, a[0].size)


cdef void sgd_momentum(
    floating* w, const floating* g, floating* velocity, floating learning_rate, floating momentum,
    Py_ssize_t size
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(size):
        velocity[i] = momentum * velocity[i] - learning_rate * g[i]
        w[i] += velocity[i]


def sgd_nesterov_update(w, g, velocity, double learning_rate, double momentum):
    """v ← momentum v - learning_rate g;  w ← w + momentum v - learning_rate g (v is velocity)."""
    cdef Array[3] a
    cdef bint single = _sgd_nesterov_update.enter((w, g, velocity), a)
    with nogil:
        if single:
            sgd_nesterov(
                a[0].f32, a[1].f32, a[2].f32, <float> learning_rate, <float> momentum, a[0].size
            )
        else:
            sgd_nesterov(a[0].f64, a[1].f64, a[2].f64, learning_rate, momentum, a[0].size)


cdef void sgd_nesterov(
    floating* w, const floating* g, floating* velocity, floating learning_rate, floating momentum,
    Py_ssize_t size
) noexcept nogil:
    cdef Py_ssize_t i
    cdef floating step
    for i in range(size):
        step = learning_rate * g[i]
        velocity[i] = momentum * velocity[i] - step
        w[i] += momentum * velocity[i] - step
