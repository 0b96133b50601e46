"""Updates of parameters, in place and flat, shared among threads in ranges of elements.

`reference.py` holds the twins.
"""

from cython cimport floating

from . cimport parallel
from . import reference
from .compiled_door cimport Array, Call, Door, door

cdef enum:
    RANGE = 32768  # elements at a stretch, about 5 us' worth: fewer are not worth another thread

cdef Door _sgd_update = door(reference.sgd_update, sgd_update_call)
cdef Door _sgd_momentum_update = door(reference.sgd_momentum_update, sgd_momentum_update_call)
cdef Door _sgd_nesterov_update = door(reference.sgd_nesterov_update, sgd_nesterov_update_call)


def sgd_update(w, g, learning_rate):
    """w ← w - learning_rate g."""
    _sgd_update.call((w, g), (learning_rate,))


cdef void sgd_update_call(Call* call) noexcept nogil:
    parallel.run(sgd_update_range, call, call.a[0].size, RANGE)


cdef void sgd_update_range(void* context, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    cdef Call* call = <Call*> context
    cdef const Array* a = call.a
    cdef double learning_rate = call.settings[0][0]
    if call.single:
        sgd(a[0].f32 + first, a[1].f32 + first, <float> learning_rate, end - first)
    else:
        sgd(a[0].f64 + first, a[1].f64 + first, learning_rate, end - first)


cdef void sgd(
    floating* w, const floating* g, floating learning_rate, Py_ssize_t size
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(size):
        w[i] -= learning_rate * g[i]


def sgd_momentum_update(w, g, velocity, learning_rate, momentum):
    """velocity ← momentum velocity - learning_rate g;  w ← w + velocity."""
    _sgd_momentum_update.call((w, g, velocity), (learning_rate, momentum))


cdef void sgd_momentum_update_call(Call* call) noexcept nogil:
    parallel.run(sgd_momentum_update_range, call, call.a[0].size, RANGE)


cdef void sgd_momentum_update_range(void* context, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    cdef Call* call = <Call*> context
    cdef const Array* a = call.a
    cdef double learning_rate = call.settings[0][0], momentum = call.settings[1][0]
    if call.single:
        sgd_momentum(
            a[0].f32 + first, a[1].f32 + first, a[2].f32 + first,
            <float> learning_rate, <float> momentum, end - first
        )
    else:
        sgd_momentum(
            a[0].f64 + first, a[1].f64 + first, a[2].f64 + first,
            learning_rate, momentum, end - first
        )


cdef void sgd_momentum(
    floating* w, const floating* g, floating* velocity, floating learning_rate, floating momentum,
    Py_ssize_t size
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(size):
        velocity[i] = momentum * velocity[i] - learning_rate * g[i]
        w[i] += velocity[i]


def sgd_nesterov_update(w, g, velocity, learning_rate, momentum):
    """v ← momentum v - learning_rate g;  w ← w + momentum v - learning_rate g (v is velocity)."""
    _sgd_nesterov_update.call((w, g, velocity), (learning_rate, momentum))


cdef void sgd_nesterov_update_call(Call* call) noexcept nogil:
    parallel.run(sgd_nesterov_update_range, call, call.a[0].size, RANGE)


cdef void sgd_nesterov_update_range(void* context, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    cdef Call* call = <Call*> context
    cdef const Array* a = call.a
    cdef double learning_rate = call.settings[0][0], momentum = call.settings[1][0]
    if call.single:
        sgd_nesterov(
            a[0].f32 + first, a[1].f32 + first, a[2].f32 + first,
            <float> learning_rate, <float> momentum, end - first
        )
    else:
        sgd_nesterov(
            a[0].f64 + first, a[1].f64 + first, a[2].f64 + first,
            learning_rate, momentum, end - first
        )


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
