"""Arithmetic, element by element, and parts of rows. `reference.py` holds the twins."""

from cython cimport floating
from libc.string cimport memcpy

from . import reference
from .compiled_door cimport Array, Call, Door, door

cdef enum:
    ADD, SUBTRACT, MULTIPLY, DIVIDE, MAXIMUM, MINIMUM

cdef dict _OPERATIONS = {
    "add": ADD, "subtract": SUBTRACT, "multiply": MULTIPLY, "divide": DIVIDE,
    "maximum": MAXIMUM, "minimum": MINIMUM,
}
cdef dict _EXTREMES = {"maximum": MAXIMUM, "minimum": MINIMUM}

cdef Door _combine = door(
    reference.combine, combine_call, NULL, (), "operation", _OPERATIONS
)
cdef Door _extreme_vjp = door(
    reference.extreme_vjp, extreme_vjp_call, NULL, (), "operation", _EXTREMES
)
cdef Door _scale = door(reference.scale, scale_call)
cdef Door _insert_columns = door(reference.insert_columns, insert_columns_call)
cdef Door _take_columns = door(reference.take_columns, take_columns_call)


# ------------------------------------------------------------------------ element by element (flat)


def combine(a, b, operation, out):
    """out = a + b, a - b, a b, a / b, max(a, b) or min(a, b); a NaN in either stays NaN.

    The operation is one of "add", "subtract", "multiply", "divide", "maximum", "minimum".
    """
    _combine.call((a, b, out), (), operation)


cdef void combine_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    if call.single:
        combined(a[0].f32, a[1].f32, call.choice, a[2].f32, a[2].size)
    else:
        combined(a[0].f64, a[1].f64, call.choice, a[2].f64, a[2].size)


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
    cdef const Array* a = call.a
    if call.single:
        scaled(a[0].f32, <float> call.settings[0][0], a[1].f32, a[1].size)
    else:
        scaled(a[0].f64, call.settings[0][0], a[1].f64, a[1].size)


cdef void scaled(
    const floating* x, floating factor, floating* out, Py_ssize_t size
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(size):
        out[i] = x[i] * factor


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
