"""Tiles and blocks: repeated, reduced and transposed. `reference/` holds the twins."""

from cython cimport floating
from libc.string cimport memcpy

from . import reference
from .compiled_door cimport Array, Call, Door, door

cdef enum:
    LANES = 8      # sums that run side by side, so that the compiler can make vectors of them
    COLUMNS = 64   # that are summed together
    SQUARE = 16    # rows and columns that are transposed together: both stay in the cache
    MAXIMUM, MINIMUM

cdef Door _tile = door(reference.tile, tile_call, check_tile)
cdef Door _sum_tiles = door(reference.sum_tiles, sum_tiles_call, check_sum_tiles)
cdef Door _extreme_of_tiles = door(
    reference.extreme_of_tiles, extreme_of_tiles_call, check_extreme_of_tiles, (), "operation",
    {"maximum": MAXIMUM, "minimum": MINIMUM},
)
cdef Door _transpose_blocks = door(
    reference.transpose_blocks, transpose_blocks_call, check_transpose_blocks
)


def tile(x, out):
    """out[:, r I + i] = x[:, i], for every r: x side by side. This is how arrays broadcast."""
    _tile.call((x, out))


cdef void tile_call(Call* call) noexcept nogil:
    cdef const Array* x = &call.a[0]
    cdef const Array* out = &call.a[1]
    if x.shape[1] == 1:
        if call.single:
            tile_number(x.f32, out.f32, out.shape[0], out.shape[1])
        else:
            tile_number(x.f64, out.f64, out.shape[0], out.shape[1])
    elif x.size:
        tile_rows(x, out)


cdef void tile_number(
    const floating* x, floating* out, Py_ssize_t rows, Py_ssize_t width
) noexcept nogil:
    cdef Py_ssize_t row
    for row in range(rows):
        filled(x[row], out + row * width, width)


cdef void filled(floating value, floating* out, Py_ssize_t size) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(size):
        out[i] = value


cdef void tile_rows(const Array* x, const Array* out) noexcept nogil:
    cdef Py_ssize_t bytes = x.shape[1] * x.itemsize
    cdef Py_ssize_t row, r, count = out.shape[1] // x.shape[1]
    for row in range(x.shape[0]):
        for r in range(count):
            memcpy(out.data + (row * count + r) * bytes, x.data + row * bytes, bytes)


def sum_tiles(x, out):
    """out[:, i] = Σ_r x[:, r I + i], in float64. This is how arrays are summed over an axis."""
    _sum_tiles.call((x, out))


cdef void sum_tiles_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[1].shape[0], width = a[0].shape[1], columns = a[1].shape[1]
    if call.single:
        sum_rows(a[0].f32, a[1].f32, rows, width, columns)
    else:
        sum_rows(a[0].f64, a[1].f64, rows, width, columns)


cdef void sum_rows(
    const floating* x, floating* out, Py_ssize_t rows, Py_ssize_t width, Py_ssize_t columns
) noexcept nogil:
    cdef Py_ssize_t row, block, first
    for row in range(rows):
        if columns == 1:
            out[row] = <floating> sum_one(x + row * width, width)
            continue
        for block in range((columns + COLUMNS - 1) // COLUMNS):
            first = block * COLUMNS
            sum_block(
                x + row * width + first, out + row * columns + first,
                width // columns, columns, min(COLUMNS, columns - first),
            )


cdef double sum_one(const floating* x, Py_ssize_t size) noexcept nogil:
    """Sum in lanes: element i goes to lane i % LANES, and the lanes are added in order."""
    cdef double[LANES] lanes
    cdef double total = 0
    cdef Py_ssize_t i, block, lane, whole = size - size % LANES
    for lane in range(LANES):
        lanes[lane] = 0
    for block in range(size // LANES):
        for lane in range(LANES):
            lanes[lane] += x[block * LANES + lane]
    for i in range(whole, size):
        lanes[i - whole] += x[i]
    for lane in range(LANES):
        total += lanes[lane]
    return total


cdef void sum_block(
    const floating* x, floating* out, Py_ssize_t count, Py_ssize_t stride, Py_ssize_t columns
) noexcept nogil:
    cdef double[COLUMNS] totals
    cdef Py_ssize_t r, i
    for i in range(columns):
        totals[i] = 0
    for r in range(count):
        for i in range(columns):
            totals[i] += x[r * stride + i]
    for i in range(columns):
        out[i] = <floating> totals[i]


cdef int check_tile(Call* call) except -1:
    return check_multiple("tile", call.a[0].shape[1], call.a[1].shape[1])


cdef int check_sum_tiles(Call* call) except -1:
    return check_multiple("sum_tiles", call.a[1].shape[1], call.a[0].shape[1])


cdef int check_extreme_of_tiles(Call* call) except -1:
    check_multiple("extreme_of_tiles", call.a[1].shape[1], call.a[0].shape[1])
    if call.a[1].size and not call.a[0].size:
        raise ValueError("extreme_of_tiles: of no tiles there is no extreme")
    return 0


cdef int check_multiple(str kernel, Py_ssize_t columns, Py_ssize_t width) except -1:
    if width % max(columns, 1) or (width and not columns):
        raise ValueError(f"{kernel}: {width} columns are no multiple of {columns}")
    return 0


def extreme_of_tiles(x, operation, out):
    """out[:, i] = the "maximum" ("minimum") over r of x[:, r I + i]; NaN stays NaN."""
    _extreme_of_tiles.call((x, out), (), operation)


cdef void extreme_of_tiles_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[1].shape[0], width = a[0].shape[1], columns = a[1].shape[1]
    if call.single:
        extreme_rows(a[0].f32, call.choice, a[1].f32, rows, width, columns)
    else:
        extreme_rows(a[0].f64, call.choice, a[1].f64, rows, width, columns)


cdef void extreme_rows(
    const floating* x, int operation, floating* out, Py_ssize_t rows, Py_ssize_t width,
    Py_ssize_t columns,
) noexcept nogil:
    cdef Py_ssize_t row, r, i
    for row in range(rows):
        for i in range(columns):
            out[i] = x[i]
        for r in range(width // max(columns, 1)):
            for i in range(columns):
                if operation == MAXIMUM:
                    out[i] = out[i] if out[i] >= x[i] or out[i] != out[i] else x[i]
                else:
                    out[i] = out[i] if out[i] <= x[i] or out[i] != out[i] else x[i]
            x += columns
        out += columns


# ---------------------------------------------------------- blocks: matrices one below the other


def transpose_blocks(x, out):
    """out = the transposes of the matrices, (I, O) each, that lie one below the other in x."""
    _transpose_blocks.call((x, out))


cdef void transpose_blocks_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[1].shape[1], columns = a[0].shape[1], block, first
    for block in range(a[0].size // max(1, rows * columns)):
        first = block * rows * columns
        if call.single:
            transpose(a[0].f32 + first, a[1].f32 + first, rows, columns)
        else:
            transpose(a[0].f64 + first, a[1].f64 + first, rows, columns)


cdef void transpose(
    const floating* x, floating* out, Py_ssize_t rows, Py_ssize_t columns
) noexcept nogil:
    cdef Py_ssize_t top = 0, left, i, o
    while top < rows:
        left = 0
        while left < columns:
            for o in range(left, min(left + SQUARE, columns)):
                for i in range(top, min(top + SQUARE, rows)):
                    out[o * rows + i] = x[i * columns + o]
            left += SQUARE
        top += SQUARE


cdef int check_transpose_blocks(Call* call) except -1:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[1].shape[1], columns = a[0].shape[1]
    if a[0].shape[0] * columns != a[1].shape[0] * rows or a[0].shape[0] % max(rows, 1):
        raise ValueError(
            f"transpose_blocks: blocks of the shape {(rows, columns)} do not make x "
            f"{(a[0].shape[0], columns)} and out {(a[1].shape[0], rows)}"
        )
    return 0
