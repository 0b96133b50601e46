"""Sounds as WAV files."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from .arrays import Array, array_of, check_axes, check_numbers, warn_of

AXES = "[k, frames, channels]"

#: What the 16 and the 32 bits of a WAV file's head can count.
MOST_CHANNELS, MOST_BYTES = (1 << 16) - 1, (1 << 32) - 1


def clips_of(data: Any, most: int, what: str) -> Array:
    """Return the first clips in 16 bits: 32768 x, rounded (halves away from 0) and clipped.

    NaN becomes silence, with a warning.

    Parameters
    ----------
    data : array-like of floats of shape (k, frames, channels)
        Between -1 and 1.
    most : int
        At most so many.
    what : str
        What to call it in errors.

    Returns
    -------
    array of int16, little-endian, of shape (k, frames, channels)
    """
    array = array_of(data, what)
    check_axes(array, what, AXES)
    if array.dtype.kind in "biu":
        raise TypeError(
            f"{what} must be floats from -1 to 1, not {array.dtype}: divide 16-bit sound by 32768"
        )
    check_numbers(array, what, "f")
    _, frames, channels = array.shape
    if not 1 <= channels <= MOST_CHANNELS or 2 * frames * channels + 44 > MOST_BYTES:
        raise ValueError(f"{what} has no shape that a WAV file can have: {array.shape}")
    with np.errstate(over="ignore"):
        levels = array[:most].astype(np.float64) * 32768
    missing = np.isnan(levels)
    warn_of(int(missing.sum()), levels.size, what, "are NaN, and are written as silence")
    levels[missing] = 0
    rounded = np.trunc(levels + np.copysign(0.5, levels))
    return np.clip(rounded, -32768, 32767).astype("<i2")


def wav(clip: Array, sample_rate: int) -> bytes:
    """Return a clip (int16 of shape (frames, channels)) as a WAV file."""
    import wave

    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(clip.shape[1])
        out.setsampwidth(2)
        out.setframerate(sample_rate)
        out.writeframes(clip.astype(np.int16).tobytes())  # which wave turns on big-endian machines
    return file.getvalue()
