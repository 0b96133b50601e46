"""Updates of parameters, in place and flat, shared among threads in ranges of elements.

The loops are in updates.c; `reference/` holds the twins.
"""

import os

from . cimport parallel
from . import reference
from .compiled_door cimport MOST_ARRAYS, Call, Door, door


cdef extern from "updates.h" nogil:
    enum:
        SGD_UPDATE
        SGD_MOMENTUM_UPDATE
        SGD_NESTEROV_UPDATE
        ADAM_UPDATE
        RMSPROP_UPDATE
        UPDATES
    ctypedef void (*update)(
        Py_ssize_t size, void* const* arrays, const double* const* settings
    ) noexcept nogil
    ctypedef struct update_table:
        update[UPDATES] f32
        update[UPDATES] f64
    const update_table* updates_choose(const char* cap)


cdef enum:
    RANGE = 32768  # elements at a stretch, about 5 us' worth: fewer are not worth another thread

cdef Door _sgd_update = door(reference.sgd_update, sgd_update_call)
cdef Door _sgd_momentum_update = door(reference.sgd_momentum_update, sgd_momentum_update_call)
cdef Door _sgd_nesterov_update = door(reference.sgd_nesterov_update, sgd_nesterov_update_call)
cdef Door _adam_update = door(reference.adam_update, adam_update_call)
cdef Door _rmsprop_update = door(reference.rmsprop_update, rmsprop_update_call)

#: The updates for this machine, chosen once; NNLITE_SIMD caps how wide their vectors are.
cdef const update_table* _updates = updates_choose(os.environ.get("NNLITE_SIMD", "").encode())


cdef struct Job:
    Call* call
    int kernel
    int count


cdef void run(Call* call, int kernel, int count) noexcept nogil:
    """Run an update on the call's first `count` arrays."""
    cdef Job job = Job(call, kernel, count)
    parallel.run(run_range, &job, call.a[0].size, RANGE)


cdef void run_range(void* context, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    cdef Job* job = <Job*> context
    cdef Call* call = job.call
    cdef void* arrays[MOST_ARRAYS]
    cdef int i
    for i in range(job.count):
        arrays[i] = call.a[i].data
        if arrays[i] != NULL:
            arrays[i] = call.a[i].data + first * call.a[i].itemsize
    if call.single:
        _updates.f32[job.kernel](end - first, arrays, call.settings)
    else:
        _updates.f64[job.kernel](end - first, arrays, call.settings)


def sgd_update(w, g, learning_rate):
    """w ← w - learning_rate g."""
    _sgd_update.call((w, g), (learning_rate,))


cdef void sgd_update_call(Call* call) noexcept nogil:
    run(call, SGD_UPDATE, 2)


def sgd_momentum_update(w, g, velocity, learning_rate, momentum):
    """velocity ← momentum velocity - learning_rate g;  w ← w + velocity."""
    _sgd_momentum_update.call((w, g, velocity), (learning_rate, momentum))


cdef void sgd_momentum_update_call(Call* call) noexcept nogil:
    run(call, SGD_MOMENTUM_UPDATE, 3)


def sgd_nesterov_update(w, g, velocity, learning_rate, momentum):
    """v ← momentum v - learning_rate g;  w ← w + momentum v - learning_rate g (v is velocity)."""
    _sgd_nesterov_update.call((w, g, velocity), (learning_rate, momentum))


cdef void sgd_nesterov_update_call(Call* call) noexcept nogil:
    run(call, SGD_NESTEROV_UPDATE, 3)


def adam_update(w, g, m, v, largest_v, learning_rate, beta_1, beta_2, epsilon, step):
    """m ← m + (1 - beta_1) (g - m);  v ← v + (1 - beta_2) (g² - v);  w ← w - α m / (√v + epsilon).

    Here α = learning_rate √(1 - beta_2^step) / (1 - beta_1^step), and steps count from 1. Where
    `largest_v` is given, largest_v ← max(largest_v, v) takes the place of v below the root.
    """
    _adam_update.call((w, g, m, v, largest_v), (learning_rate, beta_1, beta_2, epsilon, step))


cdef void adam_update_call(Call* call) noexcept nogil:
    run(call, ADAM_UPDATE, 5)


def rmsprop_update(w, g, v, trace, average, learning_rate, rho, momentum, epsilon):
    """v ← rho v + (1 - rho) g²;  w ← w - s  with  s = learning_rate g / √(v + epsilon).

    Where `average` is given, average ← rho average + (1 - rho) g, and v - average² takes the place
    of v below the root. Where `trace` is given, trace ← momentum trace + s takes the place of s.
    """
    _rmsprop_update.call((w, g, v, trace, average), (learning_rate, rho, momentum, epsilon))


cdef void rmsprop_update_call(Call* call) noexcept nogil:
    run(call, RMSPROP_UPDATE, 5)
