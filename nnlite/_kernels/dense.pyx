"""The dense layer: its three products (gemm.c) and its bias. `reference.py` holds the twins.

Axes: B batch (rows), I inputs, O outputs.
"""

import os

from cython cimport floating
from libc.string cimport memset

from . cimport parallel
from . import reference
from .activations cimport sigmoid, tanh
from .compiled_door cimport Array, Call, Door, door


cdef extern from "gemm.h" nogil:
    ctypedef struct gemm_epilogue_f32:
        const float* bias
        int relu
        void (*then)(const float* z, float* y, Py_ssize_t size) noexcept nogil
    ctypedef struct gemm_epilogue_f64:
        const double* bias
        int relu
        void (*then)(const double* z, double* y, Py_ssize_t size) noexcept nogil
    ctypedef struct gemm_product_f32:
        Py_ssize_t rows, columns, depth
        const float* left
        const float* right
        gemm_epilogue_f32 epilogue
        float* out
    ctypedef struct gemm_product_f64:
        Py_ssize_t rows, columns, depth
        const double* left
        const double* right
        gemm_epilogue_f64 epilogue
        double* out
    ctypedef struct gemm_products:
        const char* name
        void (*nn_f32)(const gemm_product_f32* p) noexcept nogil
        void (*nt_f32)(const gemm_product_f32* p) noexcept nogil
        void (*tn_f32)(const gemm_product_f32* p) noexcept nogil
        void (*nn_f64)(const gemm_product_f64* p) noexcept nogil
        void (*nt_f64)(const gemm_product_f64* p) noexcept nogil
        void (*tn_f64)(const gemm_product_f64* p) noexcept nogil
    const gemm_products* gemm_choose(const char* cap)
    void gemm_share(
        int (*size)() noexcept nogil,
        void (*run)(
            parallel.threads_task task, void* context, Py_ssize_t size, Py_ssize_t step
        ) noexcept nogil,
    )

cdef Door _dense_forward = door(
    reference.dense_forward, dense_forward_call, NULL, (), "activation",
    {"linear": LINEAR, "relu": RELU, "sigmoid": SIGMOID, "tanh": TANH},
)
cdef Door _dense_backward_input = door(reference.dense_backward_input, dense_backward_input_call)
cdef Door _dense_backward_kernel = door(reference.dense_backward_kernel, dense_backward_kernel_call)
cdef Door _dense_backward_bias = door(reference.dense_backward_bias, dense_backward_bias_call)

#: The products for this machine, chosen once; NNLITE_SIMD caps how wide their vectors are.
cdef const gemm_products* _gemm = gemm_choose(os.environ.get("NNLITE_SIMD", "").encode())
if _gemm == NULL:
    raise ValueError(
        "the environment variable NNLITE_SIMD must be avx512, avx2, neon or plain, "
        f"not {os.environ['NNLITE_SIMD']!r}"
    )
gemm_share(parallel.threads, parallel.run)


def vector_width() -> str:
    """The vector instructions of the matmul: "AVX-512", "AVX2+FMA", "NEON" or "plain"."""
    return _gemm.name.decode()


def dense_forward(x, w, b, activation, out):
    """out = activation(x w + b), with activation "linear", "relu", "sigmoid" or "tanh"."""
    _dense_forward.call((x, w, b, out), (), activation)


cdef void dense_forward_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Activation activation = <Activation> call.choice
    cdef Py_ssize_t rows = a[0].shape[0], inputs = a[1].shape[0], outputs = a[1].shape[1]
    if call.single:
        forward(a[0].f32, a[1].f32, a[2].f32, activation, a[3].f32, rows, inputs, outputs)
    else:
        forward(a[0].f64, a[1].f64, a[2].f64, activation, a[3].f64, rows, inputs, outputs)


cdef void forward(
    const floating* x, const floating* w, const floating* b, Activation activation, floating* out,
    Py_ssize_t rows, Py_ssize_t inputs, Py_ssize_t outputs
) noexcept nogil:
    cdef gemm_product_f32 f32
    cdef gemm_product_f64 f64
    if floating is float:
        f32 = gemm_product_f32(rows, outputs, inputs, x, w, gemm_epilogue_f32(b, False, NULL), out)
        f32.epilogue.relu = activation == RELU
        if activation == SIGMOID:
            f32.epilogue.then = sigmoid[float]
        elif activation == TANH:
            f32.epilogue.then = tanh[float]
        _gemm.nn_f32(&f32)
    else:
        f64 = gemm_product_f64(rows, outputs, inputs, x, w, gemm_epilogue_f64(b, False, NULL), out)
        f64.epilogue.relu = activation == RELU
        if activation == SIGMOID:
            f64.epilogue.then = sigmoid[double]
        elif activation == TANH:
            f64.epilogue.then = tanh[double]
        _gemm.nn_f64(&f64)


def dense_backward_input(dz, w, out):
    """out = dz wᵀ: the gradient of z = x w + b with respect to x."""
    _dense_backward_input.call((dz, w, out))


cdef void dense_backward_input_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[0].shape[0], inputs = a[1].shape[0], outputs = a[1].shape[1]
    if call.single:
        backward_input(a[0].f32, a[1].f32, a[2].f32, rows, inputs, outputs)
    else:
        backward_input(a[0].f64, a[1].f64, a[2].f64, rows, inputs, outputs)


cdef void backward_input(
    const floating* dz, const floating* w, floating* out,
    Py_ssize_t rows, Py_ssize_t inputs, Py_ssize_t outputs
) noexcept nogil:
    cdef gemm_product_f32 f32
    cdef gemm_product_f64 f64
    if floating is float:
        f32 = gemm_product_f32(rows, inputs, outputs, dz, w, gemm_epilogue_f32(NULL, False, NULL), out)
        _gemm.nt_f32(&f32)
    else:
        f64 = gemm_product_f64(rows, inputs, outputs, dz, w, gemm_epilogue_f64(NULL, False, NULL), out)
        _gemm.nt_f64(&f64)


def dense_backward_kernel(x, dz, out):
    """out = xᵀ dz: the gradient of z = x w + b with respect to w."""
    _dense_backward_kernel.call((x, dz, out))


cdef void dense_backward_kernel_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[0].shape[0], inputs = a[2].shape[0], outputs = a[2].shape[1]
    if call.single:
        backward_kernel(a[0].f32, a[1].f32, a[2].f32, rows, inputs, outputs)
    else:
        backward_kernel(a[0].f64, a[1].f64, a[2].f64, rows, inputs, outputs)


cdef void backward_kernel(
    const floating* x, const floating* dz, floating* out,
    Py_ssize_t rows, Py_ssize_t inputs, Py_ssize_t outputs
) noexcept nogil:
    cdef gemm_product_f32 f32
    cdef gemm_product_f64 f64
    if floating is float:
        f32 = gemm_product_f32(inputs, outputs, rows, x, dz, gemm_epilogue_f32(NULL, False, NULL), out)
        _gemm.tn_f32(&f32)
    else:
        f64 = gemm_product_f64(inputs, outputs, rows, x, dz, gemm_epilogue_f64(NULL, False, NULL), out)
        _gemm.tn_f64(&f64)


def dense_backward_bias(dz, out):
    """out = the sum of dz over the batch: the gradient of z = x w + b with respect to b."""
    _dense_backward_bias.call((dz, out))


cdef void dense_backward_bias_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    if call.single:
        backward_bias(a[0].f32, a[1].f32, a[0].shape[0], a[0].shape[1])
    else:
        backward_bias(a[0].f64, a[1].f64, a[0].shape[0], a[0].shape[1])


cdef void backward_bias(
    const floating* dz, floating* out, Py_ssize_t rows, Py_ssize_t outputs
) noexcept nogil:
    cdef Py_ssize_t row, o
    memset(out, 0, outputs * sizeof(floating))
    for row in range(rows):
        for o in range(outputs):
            out[o] += dz[o]
        dz += outputs
