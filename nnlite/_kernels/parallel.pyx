"""The pool of threads that the compiled kernels share (threads.c), and its size.

It is one extension, so that there is one pool: the other compiled modules reach it by `cimport`.
"""

from .thread_count import default


cdef extern from "threads.h" nogil:
    void threads_run(threads_task task, void* context, Py_ssize_t size, Py_ssize_t step)
    int threads_size()
    void threads_set_size(int size)


cdef void run(
    threads_task task, void* context, Py_ssize_t size, Py_ssize_t step
) noexcept nogil:
    """Do 0..size-1 in pieces of `step`, shared among the threads: see threads.h."""
    threads_run(task, context, size, step)


cdef int threads() noexcept nogil:
    """How many threads share a job."""
    return threads_size()


def get_num_threads():
    """How many threads a large kernel is shared by, the calling one included."""
    return threads_size()


def set_num_threads(int count):
    """Let `count` threads, at least 1, share each large kernel, the calling one included."""
    with nogil:
        threads_set_size(count)


set_num_threads(default())
