"""Batches out of data sets. `reference/` holds the twins."""

from libc.stdint cimport int64_t, uint8_t

from . cimport parallel
from . import reference
from .compiled_door cimport Array, Call, Door, door

cdef extern from *:
    """
    #if defined(__GNUC__)
    #define PREFETCH(address) __builtin_prefetch(address)
    #else
    #define PREFETCH(address) ((void)(address))
    #endif
    """
    void PREFETCH(const char* address) noexcept nogil

cdef enum:
    RANGE = 8192  # elements at a stretch: rows from all over the memory take some microseconds
    AHEAD = 4     # rows that are on their way from memory while one is being cast
    LINE = 64     # bytes that come from memory together

cdef Door _gather_rows = door(
    reference.gather_rows, gather_rows_call, check_indices, ("x", "out")
)


def gather_rows(x, indices, out):
    """out = x[indices], cast to out's dtype; the rows of x may lie any distance apart.

    x is uint8, int64, float32 or float64, out float32, float64 or int64; indices outside 0..N-1
    raise IndexError.
    """
    _gather_rows.call((x, indices, out))


cdef int check_indices(Call* call) except -1:
    cdef const Array* a = call.a
    cdef Py_ssize_t outside
    if a[2].letter == c"B":
        raise TypeError("gather_rows: out must be float32, float64 or int64, got uint8")
    outside = index_outside(a[1].i64, a[1].size, a[0].shape[0])
    if outside >= 0:
        raise IndexError(
            f"gather_rows: the index {a[1].i64[outside]} is outside 0..{a[0].shape[0] - 1}"
        )
    return 0


cdef void gather_rows_call(Call* call) noexcept nogil:
    cdef Py_ssize_t rows = RANGE // max(call.a[2].shape[1], 1)
    parallel.run(gather_rows_range, call, call.a[2].shape[0], max(rows, 1))


cdef void gather_rows_range(void* context, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    cdef const Array* a = (<Call*> context).a
    if a[0].letter == c"B":
        gather_from(<const uint8_t*> a[0].data, a, first, end)
    elif a[0].letter == c"q":
        gather_from(<const int64_t*> a[0].i64, a, first, end)
    elif a[0].letter == c"f":
        gather_from(<const float*> a[0].f32, a, first, end)
    else:
        gather_from(<const double*> a[0].f64, a, first, end)


cdef void gather_from(
    const Source* x, const Array* a, Py_ssize_t first, Py_ssize_t end
) noexcept nogil:
    """Gather rows first..end-1 of out, by its type."""
    cdef Py_ssize_t row = a[0].strides[0], column = a[0].strides[1]
    cdef Py_ssize_t count = end - first, columns = a[2].shape[1], start = first * columns
    cdef const int64_t* indices = a[1].i64 + first
    if a[2].letter == c"f":
        gather(x, row, column, indices, a[2].f32 + start, count, columns)
    elif a[2].letter == c"d":
        gather(x, row, column, indices, a[2].f64 + start, count, columns)
    else:
        gather(x, row, column, indices, a[2].i64 + start, count, columns)


cdef void gather(
    const Source* x, Py_ssize_t row_step, Py_ssize_t column_step, const int64_t* indices,
    Target* out, Py_ssize_t count, Py_ssize_t columns
) noexcept nogil:
    """out[row] = x[indices[row]], with x's steps in bytes."""
    cdef Py_ssize_t row, i, row_size = columns * sizeof(Source)
    cdef const Source* source
    if column_step != sizeof(Source):
        row_size = 0  # scattered: not asked for ahead
    for row in range(count if count < AHEAD else AHEAD):
        ask_for(<const char*> x + indices[row] * row_step, row_size)
    for row in range(count):
        if row + AHEAD < count:
            ask_for(<const char*> x + indices[row + AHEAD] * row_step, row_size)
        source = <const Source*> (<const char*> x + indices[row] * row_step)
        if column_step == sizeof(Source):
            for i in range(columns):
                out[i] = <Target> source[i]
        else:
            for i in range(columns):
                out[i] = <Target> (<const Source*> (<const char*> source + i * column_step))[0]
        out += columns


cdef void ask_for(const char* data, Py_ssize_t size) noexcept nogil:
    """Ask for memory that is soon to be read: rows of a large data set are in no cache."""
    cdef const char* end = data + size
    while data < end:
        PREFETCH(data)
        data += LINE


cdef Py_ssize_t index_outside(
    const int64_t* indices, Py_ssize_t count, Py_ssize_t rows
) noexcept nogil:
    """The first place whose index is not one of 0..rows-1; -1 if there is none."""
    cdef Py_ssize_t i
    for i in range(count):
        if not 0 <= indices[i] < rows:
            return i
    return -1
