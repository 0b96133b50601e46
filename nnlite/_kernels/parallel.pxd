"""The pool of threads, for other compiled modules."""

cdef extern from "threads.h" nogil:
    ctypedef void (*threads_task)(void* context, Py_ssize_t first, Py_ssize_t end) noexcept nogil

cdef void run(
    threads_task task, void* context, Py_ssize_t size, Py_ssize_t step
) noexcept nogil
cdef int threads() noexcept nogil
