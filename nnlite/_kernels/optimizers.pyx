"""Updates of parameters, in place and flat, shared among threads in ranges of elements.

The loops are in updates_loops.h, a rule for each of the twins in `reference/optimizers.py`. All
else is the same for all of them, so the kernels are made here in a loop.
"""

import functools
import os

from . cimport parallel
from .compiled_door cimport MOST_ARRAYS, Call, Door, door
from .reference import optimizers as twins
from .updates cimport update_table, updates_choose, updates_find


cdef enum:
    RANGE = 32768  # elements at a stretch, about 5 us' worth: fewer are not worth another thread

#: The updates for this machine, chosen once; NNLITE_SIMD caps how wide their vectors are.
cdef const update_table* _updates = updates_choose(os.environ.get("NNLITE_SIMD", "").encode())


cdef void run(Call* call) noexcept nogil:
    parallel.run(run_range, call, call.a[0].size, RANGE)


cdef void run_range(void* context, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    cdef Call* call = <Call*> context
    cdef void* arrays[MOST_ARRAYS]
    cdef int i
    for i in range(call.count):
        arrays[i] = call.a[i].data
        if arrays[i] != NULL:
            arrays[i] = call.a[i].data + first * call.a[i].itemsize
    if call.single:
        _updates.f32[call.choice](end - first, arrays, call.settings)
    else:
        _updates.f64[call.choice](end - first, arrays, call.settings)


def compiled(twin):
    """Make the compiled twin of a rule: its arrays come first, then its settings."""
    cdef Door entrance = door(twin, run)
    cdef int arrays = entrance.count
    names = entrance.parameters
    entrance.rule = updates_find(twin.__name__.encode())
    assert entrance.rule >= 0, twin.__name__

    @functools.wraps(twin)
    def kernel(*args, **kwargs):
        if kwargs:
            args += tuple([kwargs.pop(name) for name in names[len(args):] if name in kwargs])
        if kwargs or len(args) != len(names):
            raise TypeError(f"{twin.__name__} takes the arguments {', '.join(names)}")
        entrance.call(args[:arrays], args[arrays:])

    return kernel


for _name, _twin in list(vars(twins).items()):
    if hasattr(_twin, "specification"):
        globals()[_name] = compiled(_twin)
