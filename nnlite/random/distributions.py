"""Draws from distributions, by the names of `keras.random`.

`seed` is a whole number, which gives the same draw every time; a `SeedGenerator`, which goes on; or
None, for one that all share. What layers draw comes from kernels (`_kernels/reference/random.py`);
the rest from numpy, which has a stream for each state of a seed.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import _kernels, ops
from ..config import floatx
from ..tensor import Array, Tensor, raw
from .seeds import state_to_draw_from

#: Φ(-2): how much of a normal distribution lies below two standard deviations.
BELOW_TWO = 0.5 * math.erfc(math.sqrt(2.0))


def normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> Tensor:
    """Draw from the normal distribution.

    Parameters
    ----------
    shape : sequence of int
    mean, stddev : float
    dtype : str, optional
        A float's; `nnlite.config.floatx()` by default.
    seed : int or SeedGenerator, optional
    """
    return _drawn("random_normal", shape, dtype, seed, float(mean), float(stddev), 0.0, 1.0)


def truncated_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> Tensor:
    """Draw from the normal distribution of `mean` and `stddev`, within two of the latter."""
    edges = BELOW_TWO, 1 - BELOW_TWO
    return _drawn("random_normal", shape, dtype, seed, float(mean), float(stddev), *edges)


def uniform(
    shape: Any, minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: Any = None
) -> Tensor:
    """Draw floats from [minval, maxval), each as likely as the others; see `normal`."""
    return _drawn("random_uniform", shape, dtype, seed, float(minval), float(maxval))


def dropout(inputs: Any, rate: float, noise_shape: Any = None, seed: Any = None) -> Tensor:
    """Set elements to 0 with the probability `rate`, and multiply the others by 1 / (1 - rate).

    Parameters
    ----------
    inputs : array-like or Tensor of floats
    rate : float from 0 to 1
    noise_shape : sequence of int or None, optional
        The shape of what is drawn, which broadcasts against the inputs; None is the input's size.
    seed : int or SeedGenerator, optional

    Raises
    ------
    ValueError
        For a rate outside [0, 1].
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"nnlite.random.dropout: rate must be from 0 to 1, got {rate!r}")
    x = inputs if isinstance(inputs, Tensor) else Tensor(inputs, False)
    x = x if x.dtype.kind == "f" else ops.cast(x, floatx())
    kept = 0.0 if rate == 1 else 1 / (1 - rate)
    return ops.multiply(x, keeping_mask(x.shape, rate, kept, noise_shape, x.dtype, seed))


def keeping_mask(
    shape: tuple[int, ...], rate: float, kept: float, noise_shape: Any, dtype: Any, seed: Any
) -> Tensor:
    """Draw 0 with the probability `rate`, else `kept`, for inputs of a shape; see `dropout`.

    Raises
    ------
    ValueError
        Where the noise's shape does not broadcast to that of the inputs.
    """
    sizes = shape
    if noise_shape is not None:
        given = zip(noise_shape, shape, strict=False)
        sizes = tuple(size if one is None else one for one, size in given)
        if len(noise_shape) != len(shape) or any(
            one not in (1, size) for one, size in zip(sizes, shape, strict=True)
        ):
            raise ValueError(
                f"noise_shape must have the inputs' sizes or 1 on each axis (None for the size "
                f"itself), got {tuple(noise_shape)} for inputs of the shape {shape}"
            )
    return _drawn("random_mask", sizes, dtype, seed, float(rate), float(kept))


def _drawn(kernel: str, shape: Any, dtype: Any, seed: Any, *settings: float) -> Tensor:
    """Let a kernel draw."""
    wanted = np.dtype(dtype or floatx())
    if wanted.kind != "f":
        raise ValueError(f"nnlite.random: these numbers are floats, got the dtype {dtype!r}")
    out = np.empty(tuple(shape), np.float64 if wanted == np.float64 else np.float32)
    getattr(_kernels, kernel)(state_to_draw_from(seed), *settings, out.reshape(-1))
    return Tensor(out if out.dtype == wanted else out.astype(wanted), False)


# ------------------------------------------------------------------------------- with numpy's help


def randint(shape: Any, minval: int, maxval: int, dtype: Any = "int32", seed: Any = None) -> Tensor:
    """Draw whole numbers from minval to maxval - 1, each as likely as the others.

    Parameters
    ----------
    shape : sequence of int
    minval, maxval : int
    dtype : str
        A whole number's.
    seed : int or SeedGenerator, optional

    Raises
    ------
    ValueError
        For a dtype of no whole numbers.
    """
    if np.dtype(dtype).kind not in "iu":
        raise ValueError(f"nnlite.random.randint draws whole numbers, got the dtype {dtype!r}")
    drawn = _generator(seed).integers(int(minval), int(maxval), tuple(shape))
    return Tensor(drawn.astype(dtype), False)


def categorical(logits: Any, num_samples: int, dtype: Any = "int32", seed: Any = None) -> Tensor:
    """Draw classes with the probabilities softmax(logits), `num_samples` for each row.

    Parameters
    ----------
    logits : (B, C) array-like or Tensor
    num_samples : int
    dtype : str
    seed : int or SeedGenerator, optional

    Returns
    -------
    (B, num_samples) Tensor

    Raises
    ------
    ValueError
        For logits of another shape.
    """
    values = np.asarray(raw(logits), np.float64)
    if values.ndim != 2:
        raise ValueError(
            "nnlite.random.categorical: logits must have the shape (samples, classes), got "
            f"{values.shape}"
        )
    # The largest of logits + noise is distributed as softmax, where the noise is Gumbel's.
    noise = _generator(seed).gumbel(size=(len(values), int(num_samples), values.shape[1]))
    return Tensor((values[:, np.newaxis] + noise).argmax(axis=2).astype(dtype), False)


def shuffle(x: Any, axis: int = 0, seed: Any = None) -> Tensor:
    """Return x with what lies along `axis` in a new order; slices stay whole."""
    return Tensor(_generator(seed).permutation(np.asarray(raw(x)), axis=axis), False)


def gamma(shape: Any, alpha: Any, dtype: Any = None, seed: Any = None) -> Tensor:
    """Draw from the gamma distribution of the shape `alpha` and the scale 1; see `normal`."""
    drawn = _generator(seed).gamma(raw(alpha), size=tuple(shape))
    return Tensor(drawn.astype(dtype or floatx()), False)


def beta(shape: Any, alpha: Any, beta: Any, dtype: Any = None, seed: Any = None) -> Tensor:
    """Draw from the beta distribution with parameters `alpha` and `beta`; see `normal`."""
    drawn = _generator(seed).beta(raw(alpha), raw(beta), size=tuple(shape))
    return Tensor(drawn.astype(dtype or floatx()), False)


def binomial(
    shape: Any, counts: Any, probabilities: Any, dtype: Any = None, seed: Any = None
) -> Tensor:
    """Draw how many of `counts` trials succeed, each with `probabilities`; see `normal`."""
    whole = np.asarray(raw(counts)).astype(np.int64)
    drawn = _generator(seed).binomial(whole, raw(probabilities), size=tuple(shape))
    return Tensor(drawn.astype(dtype or floatx()), False)


def _generator(seed: Any) -> np.random.Generator:
    """Return numpy's generator for the next draw of a seed, and count it."""
    state = state_to_draw_from(seed)
    key: Array = state.astype(np.uint64)
    state[1] += 1
    return np.random.Generator(np.random.Philox(key=key))
