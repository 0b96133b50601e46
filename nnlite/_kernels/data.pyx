"""Batches out of data sets, and rows of tables. `reference/` holds the twins."""

from cython cimport floating
from libc.math cimport NAN
from libc.stdint cimport int64_t, uint8_t
from libc.string cimport memcpy, memset

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
cdef Door _take_rows = door(reference.take_rows, take_rows_call, check_rows_of_table)
cdef Door _take_rows_vjp = door(reference.take_rows_vjp, take_rows_vjp_call, check_rows_of_result)


def gather_rows(x, indices, out):
    """out = x[indices], cast to out's dtype; the rows of x may lie any distance apart.

    x is uint8, int64, float32 or float64, out float32, float64 or int64; indices outside 0..N-1
    raise IndexError.
    """
    _gather_rows.call((x, indices, out))


cdef int check_indices(Call* call) except -1:
    if call.a[2].letter == c"B":
        raise TypeError("gather_rows: out must be float32, float64 or int64, got uint8")
    return check_rows("gather_rows", &call.a[1], call.a[0].shape[0])


cdef int check_rows(str kernel, const Array* indices, Py_ssize_t rows) except -1:
    cdef Py_ssize_t outside = index_outside(indices.i64, indices.size, rows)
    if outside >= 0:
        raise IndexError(f"{kernel}: the index {indices.i64[outside]} is outside 0..{rows - 1}")
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


# ------------------------------------------------------------------------------------------- tables


def take_rows(w, indices, out):
    """out[b] = w[indices[b]]: what an embedding looks up. Other indices raise IndexError."""
    _take_rows.call((w, indices, out))


cdef int check_rows_of_table(Call* call) except -1:
    return check_rows("take_rows", &call.a[1], call.a[0].shape[0])


cdef void take_rows_call(Call* call) noexcept nogil:
    cdef Py_ssize_t rows = RANGE // max(call.a[2].shape[1], 1)
    parallel.run(take_rows_range, call, call.a[2].shape[0], max(rows, 1))


cdef void take_rows_range(void* context, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    cdef const Array* a = (<Call*> context).a
    cdef Py_ssize_t row, columns = a[2].shape[1], bytes = columns * a[2].itemsize
    cdef int64_t index
    for row in range(first, end):
        index = a[1].i64[row]
        if 0 <= index < a[0].shape[0]:
            memcpy(a[2].data + row * bytes, a[0].data + index * bytes, bytes)
        else:  # a replayed step passes no check: its data was looked at, but may have been changed
            fill_nan(&a[2], row * columns, columns)


cdef void fill_nan(const Array* out, Py_ssize_t start, Py_ssize_t count) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(start, start + count):
        if out.letter == c"f":
            out.f32[i] = NAN
        else:
            out.f64[i] = NAN


def take_rows_vjp(dy, indices, out):
    """out[n] = Σ dy[b] over all b with indices[b] = n, in ascending order of b."""
    _take_rows_vjp.call((dy, indices, out))


cdef int check_rows_of_result(Call* call) except -1:
    return check_rows("take_rows_vjp", &call.a[1], call.a[2].shape[0])


cdef void take_rows_vjp_call(Call* call) noexcept nogil:
    """A thread owns rows of the result, and looks through all indices for them."""
    cdef Py_ssize_t rows = call.a[2].shape[0], least = RANGE // max(call.a[2].shape[1], 1)
    cdef Py_ssize_t share = -(-rows // parallel.threads())
    parallel.run(take_rows_vjp_range, call, rows, max(least, share, 1))


cdef void take_rows_vjp_range(void* context, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    cdef const Array* a = (<Call*> context).a
    if (<Call*> context).single:
        add_rows(a[0].f32, a, a[2].f32, first, end)
    else:
        add_rows(a[0].f64, a, a[2].f64, first, end)


cdef void add_rows(
    const floating* dy, const Array* a, floating* out, Py_ssize_t first, Py_ssize_t end
) noexcept nogil:
    """The sums of rows first..end-1."""
    cdef Py_ssize_t b, i, columns = a[2].shape[1]
    cdef int64_t index
    memset(out + first * columns, 0, (end - first) * columns * sizeof(floating))
    for b in range(a[1].size):
        index = a[1].i64[b]
        if first <= index < end:
            for i in range(columns):
                out[index * columns + i] += dy[b * columns + i]
