"""The loops of updates.h: a table of rules for the instructions of this machine."""

cdef extern from "updates.h" nogil:
    ctypedef void (*update)(
        Py_ssize_t size, void* const* arrays, const double* const* settings
    ) noexcept nogil
    ctypedef struct update_table:
        const update* f32
        const update* f64
    const update_table* updates_choose(const char* cap)
    int updates_find(const char* name)
