"""The activations that work element by element. `reference/` holds the twins, curves.c the loops."""

import os

from . cimport parallel
from . import reference
from .compiled_door cimport Array, Call, Door, door


cdef extern from "curves.h" nogil:
    ctypedef struct curves_functions:
        void value_f32(
            int curve, float a, float b, float c, const float* xs, float* ys, Py_ssize_t size
        ) noexcept nogil
        void value_f64(
            int curve, double a, double b, double c, const double* xs, double* ys, Py_ssize_t size
        ) noexcept nogil
        void slope_f32(
            int curve, float a, float b, float c, const float* xs, const float* dys, float* ys,
            Py_ssize_t size
        ) noexcept nogil
        void slope_f64(
            int curve, double a, double b, double c, const double* xs, const double* dys,
            double* ys, Py_ssize_t size
        ) noexcept nogil
    const curves_functions* curves_choose(const char* cap)
    const char* curves_name(int curve)

cdef enum:
    RANGE = 8192  # elements at a stretch: fewer are not worth another thread

cdef dict _curves():
    """The rows of the table in C, by name."""
    cdef dict found = {}
    while curves_name(len(found)) != NULL:
        found[curves_name(len(found)).decode()] = len(found)
    return found


#: The loops for this machine, chosen once; dense.pyx refuses an unknown NNLITE_SIMD.
cdef const curves_functions* _loops = curves_choose(os.environ.get("NNLITE_SIMD", "").encode())
cdef dict _CURVES = _curves()
cdef Door _activate = door(reference.activate, activate_call, NULL, (), "curve", _CURVES)
cdef Door _activate_vjp = door(
    reference.activate_vjp, activate_vjp_call, NULL, (), "curve", _CURVES
)


def activate(x, curve, a, b, c, out):
    """out = the curve's value at x; NaN stays NaN. The curve is a row of the table of curves."""
    _activate.call((x, out), (a, b, c), curve)


cdef void activate_call(Call* call) noexcept nogil:
    parallel.run(activate_range, call, call.a[1].size, RANGE)


cdef void activate_range(void* context, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    cdef Call* call = <Call*> context
    cdef const Array* x = &call.a[0]
    cdef const Array* out = &call.a[1]
    cdef double a = call.settings[0][0], b = call.settings[1][0], c = call.settings[2][0]
    if call.single:
        _loops.value_f32(
            call.choice, <float> a, <float> b, <float> c, x.f32 + first, out.f32 + first,
            end - first,
        )
    else:
        _loops.value_f64(call.choice, a, b, c, x.f64 + first, out.f64 + first, end - first)


def activate_vjp(x, dy, curve, a, b, c, out):
    """out = dy times the curve's slope at x. The curve is a row of the table of curves."""
    _activate_vjp.call((x, dy, out), (a, b, c), curve)


cdef void activate_vjp_call(Call* call) noexcept nogil:
    parallel.run(activate_vjp_range, call, call.a[2].size, RANGE)


cdef void activate_vjp_range(void* context, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    cdef Call* call = <Call*> context
    cdef const Array* x = &call.a[0]
    cdef const Array* dy = &call.a[1]
    cdef const Array* out = &call.a[2]
    cdef double a = call.settings[0][0], b = call.settings[1][0], c = call.settings[2][0]
    if call.single:
        _loops.slope_f32(
            call.choice, <float> a, <float> b, <float> c, x.f32 + first, dy.f32 + first,
            out.f32 + first, end - first,
        )
    else:
        _loops.slope_f64(
            call.choice, a, b, c, x.f64 + first, dy.f64 + first, out.f64 + first, end - first
        )
