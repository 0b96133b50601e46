"""Arithmetic, element by element, and parts of rows. `reference/` holds the twins."""

from cython cimport floating
from libc.math cimport fabs, pow, powf, sqrt
from libc.string cimport memcpy

from . cimport activations, parallel
from . import reference
from .compiled_door cimport Array, Call, Door, door

cdef enum:
    ADD, SUBTRACT, MULTIPLY, DIVIDE, POWER, MAXIMUM, MINIMUM
    ABS, SIGN, SQRT, EXP, LOG
    RANGE = 32768  # elements at a stretch: fewer are not worth another thread
    LANES = 8      # sums that run side by side, so that the compiler can make vectors of them
    COLUMNS = 64   # that are summed together

cdef dict _OPERATIONS = {
    "add": ADD, "subtract": SUBTRACT, "multiply": MULTIPLY, "divide": DIVIDE, "power": POWER,
    "maximum": MAXIMUM, "minimum": MINIMUM,
}
cdef dict _FUNCTIONS = {"abs": ABS, "sign": SIGN, "sqrt": SQRT, "exp": EXP, "log": LOG}
cdef dict _EXTREMES = {"maximum": MAXIMUM, "minimum": MINIMUM}

cdef Door _combine = door(
    reference.combine, combine_call, NULL, (), "operation", _OPERATIONS
)
cdef Door _extreme_vjp = door(
    reference.extreme_vjp, extreme_vjp_call, NULL, (), "operation", _EXTREMES
)
cdef Door _scale = door(reference.scale, scale_call)
cdef Door _fill = door(reference.fill, fill_call)
cdef Door _transform = door(
    reference.transform, transform_call, NULL, (), "function", _FUNCTIONS
)
cdef Door _clip = door(reference.clip, clip_call)
cdef Door _clip_vjp = door(reference.clip_vjp, clip_vjp_call)
cdef Door _tile = door(reference.tile, tile_call, check_tile)
cdef Door _sum_tiles = door(reference.sum_tiles, sum_tiles_call, check_sum_tiles)
cdef Door _insert_columns = door(reference.insert_columns, insert_columns_call)
cdef Door _take_columns = door(reference.take_columns, take_columns_call)


# ------------------------------------------------------------------------ element by element (flat)


def combine(a, b, operation, out):
    """out = a + b, a - b, a b, a / b, aᵇ, max(a, b) or min(a, b).

    A NaN in either stays NaN, but 1ᵇ and a⁰ are always 1.
    The operation is one of "add", "subtract", "multiply", "divide", "power", "maximum", "minimum".
    """
    _combine.call((a, b, out), (), operation)


cdef void combine_call(Call* call) noexcept nogil:
    parallel.run(combine_range, call, call.a[2].size, RANGE)


cdef void combine_range(void* context, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    cdef Call* call = <Call*> context
    cdef const Array* a = call.a
    if call.single:
        combined(a[0].f32 + first, a[1].f32 + first, call.choice, a[2].f32 + first, end - first)
    else:
        combined(a[0].f64 + first, a[1].f64 + first, call.choice, a[2].f64 + first, end - first)


cdef void combined(
    const floating* a, const floating* b, int operation, floating* out, Py_ssize_t size
) noexcept nogil:
    cdef Py_ssize_t i
    if operation == ADD:
        for i in range(size):
            out[i] = a[i] + b[i]
    elif operation == SUBTRACT:
        for i in range(size):
            out[i] = a[i] - b[i]
    elif operation == MULTIPLY:
        for i in range(size):
            out[i] = a[i] * b[i]
    elif operation == DIVIDE:
        for i in range(size):
            out[i] = a[i] / b[i]
    elif operation == POWER:
        for i in range(size):
            out[i] = powf(a[i], b[i]) if floating is float else pow(a[i], b[i])
    elif operation == MAXIMUM:
        for i in range(size):
            out[i] = a[i] if a[i] > b[i] or a[i] != a[i] else b[i]
    else:
        for i in range(size):
            out[i] = a[i] if a[i] < b[i] or a[i] != a[i] else b[i]


def extreme_vjp(a, b, dy, operation, out):
    """out = dy where a is the "maximum" ("minimum") of a and b, dy / 2 where a = b, else 0.

    That is the gradient with respect to a.
    """
    _extreme_vjp.call((a, b, dy, out), (), operation)


cdef void extreme_vjp_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    if call.single:
        extreme_gradient(a[0].f32, a[1].f32, a[2].f32, call.choice, a[3].f32, a[3].size)
    else:
        extreme_gradient(a[0].f64, a[1].f64, a[2].f64, call.choice, a[3].f64, a[3].size)


cdef void extreme_gradient(
    const floating* a, const floating* b, const floating* dy, int operation, floating* out,
    Py_ssize_t size
) noexcept nogil:
    cdef Py_ssize_t i
    cdef floating share
    for i in range(size):
        if a[i] == b[i]:
            share = <floating> 0.5
        elif operation == MAXIMUM:
            share = <floating> (a[i] > b[i])
        else:
            share = <floating> (a[i] < b[i])
        out[i] = dy[i] * share


def scale(x, factor, out):
    """out = factor x."""
    _scale.call((x, out), (factor,))


cdef void scale_call(Call* call) noexcept nogil:
    parallel.run(scale_range, call, call.a[1].size, RANGE)


cdef void scale_range(void* context, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    cdef Call* call = <Call*> context
    cdef const Array* a = call.a
    cdef double factor = call.settings[0][0]
    if call.single:
        scaled(a[0].f32 + first, <float> factor, a[1].f32 + first, end - first)
    else:
        scaled(a[0].f64 + first, factor, a[1].f64 + first, end - first)


cdef void scaled(
    const floating* x, floating factor, floating* out, Py_ssize_t size
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(size):
        out[i] = x[i] * factor


def fill(value, out):
    """out = value, everywhere."""
    _fill.call((out,), (value,))


cdef void fill_call(Call* call) noexcept nogil:
    if call.single:
        filled(<float> call.settings[0][0], call.a[0].f32, call.a[0].size)
    else:
        filled(call.settings[0][0], call.a[0].f64, call.a[0].size)


cdef void filled(floating value, floating* out, Py_ssize_t size) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(size):
        out[i] = value


def transform(x, function, out):
    """out = |x|, its sign (-1, 0 or 1), √x, eˣ or ln x; NaN stays NaN.

    The function is one of "abs", "sign", "sqrt", "exp", "log".
    """
    _transform.call((x, out), (), function)


cdef void transform_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    if call.single:
        transformed(a[0].f32, call.choice, a[1].f32, a[1].size)
    else:
        transformed(a[0].f64, call.choice, a[1].f64, a[1].size)


cdef void transformed(
    const floating* x, int function, floating* out, Py_ssize_t size
) noexcept nogil:
    cdef Py_ssize_t i
    if function == ABS:
        for i in range(size):
            out[i] = <floating> fabs(x[i])
    elif function == SIGN:
        for i in range(size):
            out[i] = sign(x[i])
    elif function == SQRT:
        for i in range(size):
            out[i] = <floating> sqrt(x[i])  # rounded twice for float32, which gives the same bits
    elif function == EXP:
        activations.exp(x, out, size)
    else:
        activations.log(x, out, size)


cdef inline floating sign(floating x) noexcept nogil:
    """-1, 0 or 1; NaN is its own sign."""
    if x > 0:
        return 1
    if x < 0:
        return -1
    return x if x != x else 0


def clip(x, low, high, out):
    """out = min(max(x, low), high); NaN stays NaN."""
    _clip.call((x, out), (low, high))


cdef void clip_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef double low = call.settings[0][0], high = call.settings[1][0]
    if call.single:
        clipped(a[0].f32, <float> low, <float> high, a[1].f32, a[1].size)
    else:
        clipped(a[0].f64, low, high, a[1].f64, a[1].size)


cdef void clipped(
    const floating* x, floating low, floating high, floating* out, Py_ssize_t size
) noexcept nogil:
    cdef Py_ssize_t i
    cdef floating value
    for i in range(size):
        value = low if x[i] < low else x[i]
        out[i] = high if value > high else value


def clip_vjp(x, dy, low, high, out):
    """out = dy where low <= x <= high, else 0 dy."""
    _clip_vjp.call((x, dy, out), (low, high))


cdef void clip_vjp_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef double low = call.settings[0][0], high = call.settings[1][0]
    if call.single:
        clip_gradient(a[0].f32, a[1].f32, <float> low, <float> high, a[2].f32, a[2].size)
    else:
        clip_gradient(a[0].f64, a[1].f64, low, high, a[2].f64, a[2].size)


cdef void clip_gradient(
    const floating* x, const floating* dy, floating low, floating high, floating* out,
    Py_ssize_t size
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(size):
        out[i] = dy[i] * <floating> (low <= x[i] <= high)


# --------------------------------------------------------- tiles: a row's columns again and again


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


cdef int check_multiple(str kernel, Py_ssize_t columns, Py_ssize_t width) except -1:
    if width % max(columns, 1) or (width and not columns):
        raise ValueError(f"{kernel}: {width} columns are no multiple of {columns}")
    return 0


# ---------------------------------------------------------------------- columns: parts of every row


def insert_columns(x, start, out):
    """out[:, start : start + O] = x; the other columns stay."""
    run_columns(_insert_columns, (x, out), start, 0, 1)


cdef void insert_columns_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t start = <Py_ssize_t> call.settings[0][0], row
    cdef Py_ssize_t bytes = a[0].shape[1] * a[0].itemsize
    if start < 0 or start + a[0].shape[1] > a[1].shape[1]:
        return
    for row in range(a[0].shape[0]):
        memcpy(
            a[1].data + (row * a[1].shape[1] + start) * a[1].itemsize, a[0].data + row * bytes, bytes
        )


def take_columns(x, start, out):
    """out = x[:, start : start + O]."""
    run_columns(_take_columns, (x, out), start, 1, 0)


cdef void take_columns_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t start = <Py_ssize_t> call.settings[0][0], row
    cdef Py_ssize_t bytes = a[1].shape[1] * a[1].itemsize
    if start < 0 or start + a[1].shape[1] > a[0].shape[1]:
        return
    for row in range(a[1].shape[0]):
        memcpy(
            a[1].data + row * bytes, a[0].data + (row * a[0].shape[1] + start) * a[0].itemsize, bytes
        )


cdef int run_columns(Door door, tuple arrays, start, Py_ssize_t narrow, Py_ssize_t wide) except -1:
    """Check where the columns start, which a door does not look at, and run."""
    cdef Call call
    cdef double first = start
    door.prepare(arrays, None, &call)
    if not 0 <= start <= call.a[wide].shape[1] - call.a[narrow].shape[1]:
        raise ValueError(
            f"{door.kernel}: {call.a[narrow].shape[1]} columns from {start} on are not within "
            f"{call.a[wide].shape[1]}"
        )
    call.settings[0] = &first
    with nogil:
        call.run(&call)
    return 0
