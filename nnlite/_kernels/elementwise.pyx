"""Arithmetic, element by element, on flat arrays. `reference.py` holds the twins."""

from cython cimport floating

from . import reference
from .compiled_door cimport Array, Call, Door, door

cdef Door _add = door(reference.add, add_call)


def add(a, b, out):
    """out = a + b."""
    _add.call((a, b, out))


cdef void add_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    if call.single:
        sums(a[0].f32, a[1].f32, a[2].f32, a[2].size)
    else:
        sums(a[0].f64, a[1].f64, a[2].f64, a[2].size)


cdef void sums(const floating* a, const floating* b, floating* out, Py_ssize_t size) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(size):
        out[i] = a[i] + b[i]
