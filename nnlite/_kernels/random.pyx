"""Random numbers from a counter. `reference/` holds the twins, and says whose each word is.

The words and the normal distribution's quantiles are made in philox.c.
"""

import os

from cython cimport floating
from libc.stdint cimport int64_t, uint32_t, uint64_t

from . cimport parallel
from . import reference
from .activations cimport log
from .compiled_door cimport Call, Door, door


cdef extern from "philox.h" nogil:
    enum:
        PHILOX_GROUP
    ctypedef struct philox_functions:
        void (*words)(
            uint64_t seed, uint64_t call, uint64_t group, Py_ssize_t groups, uint32_t* words
        ) noexcept nogil
        void (*inverse_normal)(
            const double* p, const double* log, double* z, Py_ssize_t size
        ) noexcept nogil
    const philox_functions* philox_choose(const char* cap)


cdef enum:
    RANGE = 64  # groups at a stretch: fewer are not worth another thread

#: Powers of two: 2^-24 and so on.
cdef double TO_24 = 1.0 / 16777216.0, TO_32 = 1.0 / 4294967296.0
cdef double TO_52 = 1.0 / 4503599627370496.0, TO_53 = 1.0 / 9007199254740992.0

#: For this machine, chosen once; NNLITE_SIMD caps how wide the vectors are.
cdef const philox_functions* _philox = philox_choose(os.environ.get("NNLITE_SIMD", "").encode())

cdef Door _random_mask = door(reference.random_mask, random_mask_call)
cdef Door _random_uniform = door(reference.random_uniform, random_uniform_call)
cdef Door _random_normal = door(reference.random_normal, random_normal_call)

#: Draws `size` numbers, at most a group's, from its words.
ctypedef void (*Draw)(
    const Call* call, const uint32_t* words, Py_ssize_t first, Py_ssize_t size
) noexcept nogil

cdef struct Job:
    Call* call
    Draw draw
    Py_ssize_t each  # numbers that a group of words makes


cdef void run(Call* call, Draw draw, Py_ssize_t each) noexcept nogil:
    """Draw all numbers of a call, and count it."""
    cdef Job job = Job(call, draw, each)
    parallel.run(draw_groups, &job, (call.a[1].size + each - 1) // each, RANGE)
    call.a[0].i64[1] = <int64_t> (<uint64_t> call.a[0].i64[1] + 1)


cdef void draw_groups(void* context, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
    cdef Job* job = <Job*> context
    cdef const int64_t* state = job.call.a[0].i64
    cdef uint32_t[PHILOX_GROUP] words
    cdef Py_ssize_t group, start
    for group in range(first, end):
        start = group * job.each
        _philox.words(<uint64_t> state[0], <uint64_t> state[1], group, 1, words)
        job.draw(job.call, words, start, min(job.each, job.call.a[1].size - start))


cdef Py_ssize_t elements_of_a_group(const Call* call) noexcept nogil:
    """One word makes a float32, two make a float64."""
    return PHILOX_GROUP if call.single else PHILOX_GROUP // 2


def random_mask(seed_state, rate, kept, out):
    """out = 0 with the probability `rate`, else `kept`; float32 and float64 draw the same.

    The state is (seed, number of the call), and the call is counted.
    """
    _random_mask.call((seed_state, out), (rate, kept))


cdef void random_mask_call(Call* call) noexcept nogil:
    run(call, draw_mask, PHILOX_GROUP)


cdef void draw_mask(
    const Call* call, const uint32_t* words, Py_ssize_t first, Py_ssize_t size
) noexcept nogil:
    cdef double rate = min(max(call.settings[0][0], 0.0), 1.0), kept = call.settings[1][0]
    cdef uint64_t threshold = <uint64_t> (rate * 4294967296.0)
    if rate == 1:  # the threshold is above every word
        kept, threshold = 0, 0
    if call.single:
        masked(words, <uint32_t> threshold, <float> kept, call.a[1].f32 + first, size)
    else:
        masked(words, <uint32_t> threshold, kept, call.a[1].f64 + first, size)


cdef void masked(
    const uint32_t* words, uint32_t threshold, floating kept, floating* out, Py_ssize_t size
) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(size):
        out[i] = kept if words[i] >= threshold else <floating> 0


def random_uniform(seed_state, low, high, out):
    """out = low + (high - low) u, with u of 24 or 53 random bits in [0, 1).

    What is rounded up to `high` becomes `low`. The state is (seed, number of the call), and the
    call is counted.
    """
    _random_uniform.call((seed_state, out), (low, high))


cdef void random_uniform_call(Call* call) noexcept nogil:
    run(call, draw_uniform, elements_of_a_group(call))


cdef void draw_uniform(
    const Call* call, const uint32_t* words, Py_ssize_t first, Py_ssize_t size
) noexcept nogil:
    cdef double low = call.settings[0][0], high = call.settings[1][0]
    cdef float[PHILOX_GROUP] single
    cdef double[PHILOX_GROUP] u
    cdef Py_ssize_t i
    if call.single:
        for i in range(size):
            single[i] = <float> (words[i] >> 8) * <float> TO_24
        spread(single, <float> low, <float> high, call.a[1].f32 + first, size)
    else:
        for i in range(size):
            u[i] = <double> <int64_t> (joined(words, i) >> 11) * TO_53
        spread(u, low, high, call.a[1].f64 + first, size)


cdef inline uint64_t joined(const uint32_t* words, Py_ssize_t i) noexcept nogil:
    """The 64 bits of the element i of a group."""
    return <uint64_t> words[i] << 32 | words[PHILOX_GROUP // 2 + i]


cdef void spread(
    const floating* u, floating low, floating high, floating* out, Py_ssize_t size
) noexcept nogil:
    cdef Py_ssize_t i
    cdef floating value
    for i in range(size):
        value = low + (high - low) * u[i]
        out[i] = low if value >= high else value


def random_normal(seed_state, mean, stddev, least, most, out):
    """out = mean + stddev z, with Φ(z) uniform between `least` and `most`, which are 0 and 1.

    Others truncate the distribution. The state is (seed, number of the call), and the call is
    counted.
    """
    _random_normal.call((seed_state, out), (mean, stddev, least, most))


cdef void random_normal_call(Call* call) noexcept nogil:
    run(call, draw_normal, elements_of_a_group(call))


cdef void draw_normal(
    const Call* call, const uint32_t* words, Py_ssize_t first, Py_ssize_t size
) noexcept nogil:
    cdef double mean = call.settings[0][0], stddev = call.settings[1][0]
    cdef double least = call.settings[2][0], most = call.settings[3][0], u
    cdef double[PHILOX_GROUP] p, logs, z
    cdef Py_ssize_t i
    logs[0] = 0
    for i in range(size):
        if call.single:
            u = (words[i] + 0.5) * TO_32
        else:
            u = (<double> <int64_t> (joined(words, i) >> 12) + 0.5) * TO_52
        p[i] = least + (most - least) * u
        logs[i] = min(p[i], 1 - p[i])
    log(logs, logs, size)
    _philox.inverse_normal(p, logs, z, size)
    for i in range(size):
        if call.single:
            call.a[1].f32[first + i] = <float> (mean + stddev * z[i])
        else:
            call.a[1].f64[first + i] = mean + stddev * z[i]
