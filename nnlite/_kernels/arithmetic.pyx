"""Arithmetic, element by element, and columns. `reference/` holds the twins."""

from cython cimport floating
from libc.math cimport fabs, pow, powf, sqrt
from libc.string cimport memcpy

from . cimport activations, parallel
from . import reference
from .compiled_door cimport Array, Call, Door, door

cdef enum:
    ADD, SUBTRACT, MULTIPLY, DIVIDE, POWER, MAXIMUM, MINIMUM, EQUAL
    ABS, SIGN, SQRT, EXP, LOG
    RANGE = 32768  # elements at a stretch: fewer are not worth another thread

cdef dict _OPERATIONS = {
    "add": ADD, "subtract": SUBTRACT, "multiply": MULTIPLY, "divide": DIVIDE, "power": POWER,
    "maximum": MAXIMUM, "minimum": MINIMUM, "equal": EQUAL,
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
cdef Door _mask_fill = door(reference.mask_fill, mask_fill_call)
cdef Door _insert_columns = door(reference.insert_columns, insert_columns_call)
cdef Door _take_columns = door(reference.take_columns, take_columns_call)


# ------------------------------------------------------------------------ element by element (flat)


def combine(a, b, operation, out):
    """out = a + b, a - b, a b, a / b, aᵇ, max(a, b), min(a, b), or 1 where a = b, else 0.

    A NaN in either stays NaN, but 1ᵇ and a⁰ are always 1, and it is equal to nothing.
    The operation is one of "add", "subtract", "multiply", "divide", "power", "maximum", "minimum",
    "equal".
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
    elif operation == EQUAL:
        for i in range(size):
            out[i] = <floating> (a[i] == b[i])
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


def mask_fill(x, mask, value, out):
    """out = x where the mask is above 1/2, else value."""
    _mask_fill.call((x, mask, out), (value,))


cdef void mask_fill_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef double value = call.settings[0][0]
    if call.single:
        mask_filled(a[0].f32, a[1].f32, <float> value, a[2].f32, a[2].size)
    else:
        mask_filled(a[0].f64, a[1].f64, value, a[2].f64, a[2].size)


cdef void mask_filled(
    const floating* x, const floating* mask, floating value, floating* out, Py_ssize_t size
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(size):
        out[i] = x[i] if mask[i] > <floating> 0.5 else value


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
