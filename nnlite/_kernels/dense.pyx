"""The dense layer: its three products (gemm.c) and its bias. `reference/` holds the twins.

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
    ctypedef enum gemm_rule:
        GEMM_SGD
        GEMM_MOMENTUM
        GEMM_NESTEROV
    ctypedef struct gemm_update:
        gemm_rule rule
        double rate, momentum
        void* velocity
    ctypedef struct gemm_product_f32:
        Py_ssize_t rows, columns, depth
        const float* left
        const float* right
        gemm_epilogue_f32 epilogue
        gemm_update update
        const float* mask
        float* out
    ctypedef struct gemm_product_f64:
        Py_ssize_t rows, columns, depth
        const double* left
        const double* right
        gemm_epilogue_f64 epilogue
        gemm_update update
        const double* mask
        double* out
    ctypedef struct gemm_products:
        const char* name
        void (*nn_f32)(const gemm_product_f32* p) noexcept nogil
        void (*nt_f32)(const gemm_product_f32* p) noexcept nogil
        void (*tn_f32)(const gemm_product_f32* p) noexcept nogil
        void (*tn_update_f32)(const gemm_product_f32* p) noexcept nogil
        void (*nn_f64)(const gemm_product_f64* p) noexcept nogil
        void (*nt_f64)(const gemm_product_f64* p) noexcept nogil
        void (*tn_f64)(const gemm_product_f64* p) noexcept nogil
        void (*tn_update_f64)(const gemm_product_f64* p) noexcept nogil
    const gemm_products* gemm_choose(const char* cap)
    void gemm_share(
        int (*size)() noexcept nogil,
        void (*run)(
            parallel.threads_task task, void* context, Py_ssize_t size, Py_ssize_t step
        ) noexcept nogil,
    )


#: What may follow a dense layer's sums.
cdef enum Activation:
    LINEAR
    RELU
    SIGMOID
    TANH

cdef Door _dense_forward = door(
    reference.dense_forward, dense_forward_call, NULL, (), "activation",
    {"linear": LINEAR, "relu": RELU, "sigmoid": SIGMOID, "tanh": TANH},
)
cdef Door _dense_backward_input = door(reference.dense_backward_input, dense_backward_input_call)
cdef Door _dense_backward_input_relu = door(
    reference.dense_backward_input_relu, dense_backward_input_relu_call
)
cdef Door _dense_backward_kernel = door(reference.dense_backward_kernel, dense_backward_kernel_call)
cdef Door _dense_sgd_update = door(reference.dense_sgd_update, dense_sgd_update_call)
cdef Door _dense_sgd_momentum_update = door(
    reference.dense_sgd_momentum_update, dense_sgd_momentum_update_call
)
cdef Door _dense_sgd_nesterov_update = door(
    reference.dense_sgd_nesterov_update, dense_sgd_nesterov_update_call
)
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


cdef inline gemm_product_f32 product_f32(
    Py_ssize_t rows, Py_ssize_t columns, Py_ssize_t depth,
    const float* left, const float* right, float* out
) noexcept nogil:
    """A product with neither an epilogue nor an update nor a mask."""
    cdef gemm_product_f32 p
    memset(&p, 0, sizeof(p))
    p.rows, p.columns, p.depth, p.left, p.right, p.out = rows, columns, depth, left, right, out
    return p


cdef inline gemm_product_f64 product_f64(
    Py_ssize_t rows, Py_ssize_t columns, Py_ssize_t depth,
    const double* left, const double* right, double* out
) noexcept nogil:
    """A product with neither an epilogue nor an update nor a mask."""
    cdef gemm_product_f64 p
    memset(&p, 0, sizeof(p))
    p.rows, p.columns, p.depth, p.left, p.right, p.out = rows, columns, depth, left, right, out
    return p


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
        f32 = product_f32(rows, outputs, inputs, x, w, out)
        f32.epilogue.bias, f32.epilogue.relu = b, activation == RELU
        if activation == SIGMOID:
            f32.epilogue.then = sigmoid[float]
        elif activation == TANH:
            f32.epilogue.then = tanh[float]
        _gemm.nn_f32(&f32)
    else:
        f64 = product_f64(rows, outputs, inputs, x, w, out)
        f64.epilogue.bias, f64.epilogue.relu = b, activation == RELU
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
        backward_input(a[0].f32, a[1].f32, NULL, a[2].f32, rows, inputs, outputs)
    else:
        backward_input(a[0].f64, a[1].f64, NULL, a[2].f64, rows, inputs, outputs)


def dense_backward_input_relu(dz, w, y, out):
    """out = dz wᵀ where y > 0, else 0: dense_backward_input and then relu_vjp."""
    _dense_backward_input_relu.call((dz, w, y, out))


cdef void dense_backward_input_relu_call(Call* call) noexcept nogil:
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[0].shape[0], inputs = a[1].shape[0], outputs = a[1].shape[1]
    if call.single:
        backward_input(a[0].f32, a[1].f32, a[2].f32, a[3].f32, rows, inputs, outputs)
    else:
        backward_input(a[0].f64, a[1].f64, a[2].f64, a[3].f64, rows, inputs, outputs)


cdef void backward_input(
    const floating* dz, const floating* w, const floating* mask, floating* out,
    Py_ssize_t rows, Py_ssize_t inputs, Py_ssize_t outputs
) noexcept nogil:
    """out = dz wᵀ; 0 where there is a mask that is not above 0."""
    cdef gemm_product_f32 f32
    cdef gemm_product_f64 f64
    if floating is float:
        f32 = product_f32(rows, inputs, outputs, dz, w, out)
        f32.mask = mask
        _gemm.nt_f32(&f32)
    else:
        f64 = product_f64(rows, inputs, outputs, dz, w, out)
        f64.mask = mask
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
        f32 = product_f32(inputs, outputs, rows, x, dz, out)
        _gemm.tn_f32(&f32)
    else:
        f64 = product_f64(inputs, outputs, rows, x, dz, out)
        _gemm.tn_f64(&f64)


def dense_sgd_update(x, dz, w, learning_rate):
    """w ← w - learning_rate g, with g = xᵀ dz."""
    _dense_sgd_update.call((x, dz, w), (learning_rate,))


cdef void dense_sgd_update_call(Call* call) noexcept nogil:
    cdef gemm_update update = update_of(call, GEMM_SGD)
    update_kernel(call, &update)


def dense_sgd_momentum_update(x, dz, w, velocity, learning_rate, momentum):
    """velocity ← momentum velocity - learning_rate g;  w ← w + velocity, with g = xᵀ dz."""
    _dense_sgd_momentum_update.call((x, dz, w, velocity), (learning_rate, momentum))


cdef void dense_sgd_momentum_update_call(Call* call) noexcept nogil:
    cdef gemm_update update = update_of(call, GEMM_MOMENTUM)
    update.momentum = call.settings[1][0]
    update_kernel(call, &update)


def dense_sgd_nesterov_update(x, dz, w, velocity, learning_rate, momentum):
    """v ← momentum v - learning_rate g;  w ← w + momentum v - learning_rate g, with g = xᵀ dz.

    v is velocity.
    """
    _dense_sgd_nesterov_update.call((x, dz, w, velocity), (learning_rate, momentum))


cdef void dense_sgd_nesterov_update_call(Call* call) noexcept nogil:
    cdef gemm_update update = update_of(call, GEMM_NESTEROV)
    update.momentum = call.settings[1][0]
    update_kernel(call, &update)


cdef gemm_update update_of(Call* call, gemm_rule rule) noexcept nogil:
    """The rule with its rate, the first setting, and the velocity, the array after x, dz and w."""
    cdef gemm_update update
    memset(&update, 0, sizeof(update))
    update.rule, update.rate, update.velocity = rule, call.settings[0][0], call.a[3].data
    return update


cdef void update_kernel(Call* call, const gemm_update* update) noexcept nogil:
    """Update w in the tiles of xᵀ dz; the arrays are x, dz, w and perhaps the velocity."""
    cdef const Array* a = call.a
    cdef Py_ssize_t rows = a[0].shape[0], inputs = a[2].shape[0], outputs = a[2].shape[1]
    cdef gemm_product_f32 f32
    cdef gemm_product_f64 f64
    if call.single:
        f32 = product_f32(inputs, outputs, rows, a[0].f32, a[1].f32, a[2].f32)
        f32.update = update[0]
        _gemm.tn_update_f32(&f32)
    else:
        f64 = product_f64(inputs, outputs, rows, a[0].f64, a[1].f64, a[2].f64)
        f64.update = update[0]
        _gemm.tn_update_f64(&f64)


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
