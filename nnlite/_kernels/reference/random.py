"""Random numbers from a counter: each is a function of a seed, a call's number and its place."""

from __future__ import annotations

import numpy as np
from numpy import ndarray

from ..door import door

# Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011)
# turns a counter of 128 bits and a key of 64 into 4 words of 32 bits. The key is the seed; the
# counter holds the number of the call in its upper half, and in its lower half that of the block of
# words. So nothing depends on threads, vectors or the order of evaluation.

MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
WEYL = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)  # what the key grows by from round to round
ROUNDS = 10
WORD = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)

#: Blocks side by side, for vectors: the words 16 g to 16 g + 15 are the first ones of 16 blocks.
LANES = 16


def philox(counter: tuple[ndarray, ...], key: tuple[ndarray, ...]) -> tuple[ndarray, ...]:
    """Return 4 words for a counter of 4 words and a key of 2, all uint64 and below 2³²."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(ROUNDS):
        first, second = MULTIPLIERS[0] * c0, MULTIPLIERS[1] * c2
        c0, c1 = (second >> HALF) ^ c1 ^ k0, second & WORD
        c2, c3 = (first >> HALF) ^ c3 ^ k1, first & WORD
        k0, k1 = (k0 + WEYL[0]) & WORD, (k1 + WEYL[1]) & WORD
    return c0, c1, c2, c3


def words(seed_state: ndarray, count: int) -> ndarray:
    """Return the first `count` words of a call, as uint64.

    Word i is word (i // 16) % 4 of the block 16 (i // 64) + i % 16.
    """
    seed, call = seed_state.astype(np.uint64)[:, np.newaxis]
    groups = -(-count // (4 * LANES))
    block = np.arange(groups * LANES, dtype=np.uint64)
    counter = block & WORD, block >> HALF, call & WORD, call >> HALF
    made = philox(counter, (seed & WORD, seed >> HALF))
    return np.stack([word.reshape(groups, LANES) for word in made], axis=1).reshape(-1)[:count]


def bits(seed_state: ndarray, out: ndarray) -> ndarray:
    """Return as many random bits for each element of `out` as it has itself, as uint64.

    One word for a float32; for a float64 the words j and j + 32 of its group of 64.
    """
    if out.dtype == np.float32:
        return words(seed_state, len(out))
    groups = -(-len(out) // 32)
    made = words(seed_state, 64 * groups).reshape(groups, 2, 32)
    return (made[:, 0] << HALF | made[:, 1]).reshape(-1)[: len(out)]


@door("seed_state[2] -> seed_state[2] out[N]")
def random_mask(seed_state: ndarray, rate: float, kept: float, out: ndarray) -> None:
    """out = 0 with the probability `rate`, else `kept`; float32 and float64 draw the same.

    The state is (seed, number of the call), and the call is counted.
    """
    threshold = np.uint64(min(max(rate, 0.0), 1.0) * 2.0**32)
    out[:] = np.where(words(seed_state, len(out)) >= threshold, kept, 0)
    seed_state[1] += 1


@door("seed_state[2] -> seed_state[2] out[N]")
def random_uniform(seed_state: ndarray, low: float, high: float, out: ndarray) -> None:
    """out = low + (high - low) u, with u of 24 or 53 random bits in [0, 1).

    What is rounded up to `high` becomes `low`. The state is (seed, number of the call), and the
    call is counted.
    """
    real = out.dtype.type
    u = uniform(bits(seed_state, out), real)
    out[:] = real(low) + (real(high) - real(low)) * u
    out[out >= real(high)] = low
    seed_state[1] += 1


def uniform(bits: ndarray, real: type) -> ndarray:
    """Return the upper bits, as many as a float's fraction has, as a fraction."""
    if real is np.float32:
        return (bits >> np.uint64(8)).astype(real) * real(2.0**-24)
    return (bits >> np.uint64(11)).astype(real) * real(2.0**-53)


@door("seed_state[2] -> seed_state[2] out[N]")
def random_normal(
    seed_state: ndarray, mean: float, stddev: float, least: float, most: float, out: ndarray
) -> None:
    """out = mean + stddev z, with Φ(z) uniform between `least` and `most`, which are 0 and 1.

    Others truncate the distribution. The state is (seed, number of the call), and the call is
    counted.
    """
    width = 32 if out.dtype == np.float32 else 52  # so that the middle of a step is exact
    spare = np.uint64(8 * out.itemsize - width)
    u = ((bits(seed_state, out) >> spare).astype(np.float64) + 0.5) * 2.0**-width
    out[:] = mean + stddev * inverse_normal(least + (most - least) * u)
    seed_state[1] += 1


#: Φ⁻¹ as three quotients of polynomials of degree 7, to 16 digits: near the middle, in the tails
#: and far out. (Wichura, "Algorithm AS 241", 1988.)
MIDDLE = (
    (
        *(2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4),
        *(4.5921953931549871457e4, 1.3731693765509461125e4, 1.9715909503065514427e3),
        *(1.3314166789178437745e2, 3.3871328727963666080e0),
    ),
    (
        *(5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4),
        *(2.1213794301586595867e4, 5.3941960214247511077e3, 6.8718700749205790830e2),
        *(4.2313330701600911252e1, 1.0),
    ),
)
TAIL = (
    (
        *(7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1),
        *(1.27045825245236838258e0, 3.64784832476320460504e0, 5.76949722146069140550e0),
        *(4.63033784615654529590e0, 1.42343711074968357734e0),
    ),
    (
        *(1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2),
        *(1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940e0),
        *(2.05319162663775882187e0, 1.0),
    ),
)
FAR = (
    (
        *(2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3),
        *(2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580e0),
        *(5.46378491116411436990e0, 6.65790464350110377720e0),
    ),
    (
        *(2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5),
        *(7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1),
        *(5.99832206555887937690e-1, 1.0),
    ),
)


def inverse_normal(p: ndarray) -> ndarray:
    """Return the z with Φ(z) = p, for p in (0, 1), all float64."""
    q = p - 0.5
    root = np.sqrt(-np.log(np.minimum(p, 1 - p)))
    near, far = np.abs(q) <= 0.425, root > 5
    argument = np.where(near, 0.180625 - q * q, np.where(far, root - 5, root - 1.6))
    quotients = (_quotient(argument, *region) for region in (MIDDLE, TAIL, FAR))
    middle, tail, outside = quotients
    return np.where(near, q * middle, np.copysign(np.where(far, outside, tail), q))


def _quotient(x: ndarray, over: tuple[float, ...], under: tuple[float, ...]) -> ndarray:
    numerator, denominator = np.full_like(x, over[0]), np.full_like(x, under[0])
    for a, b in zip(over[1:], under[1:], strict=True):
        numerator, denominator = numerator * x + a, denominator * x + b
    return numerator / denominator
