"""Pictures as PNG files."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from .arrays import Array, array_of, check_axes, check_numbers, warn_of

AXES = "[k, height, width, channels]"

#: Pillow's names of pixels with so many channels.
MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}

#: How hard zlib tries, from 0 to 9: this is several times as fast as its default of 6, for files
#: that are a tenth larger.
EFFORT = 1


def pixels_of(data: Any, most: int, what: str) -> Array:
    """Return the first pictures as uint8, of their own.

    Floats are floor(255.5 x), with x cut to between 0 and 1: TensorFlow's `convert_image_dtype`.
    NaN becomes 0, with a warning.

    Parameters
    ----------
    data : array-like of uint8 or floats of shape (k, height, width, channels)
        1 channel is grey, 2 grey and alpha, 3 RGB, 4 RGBA.
    most : int
        At most so many.
    what : str
        What to call it in errors.
    """
    array = array_of(data, what)
    check_axes(array, what, AXES)
    height, width, channels = array.shape[1:]
    if channels not in MODES:
        raise ValueError(f"{what} must have 1 to 4 channels, got shape {array.shape}")
    if not height or not width:
        raise ValueError(f"{what} must have pixels, got shape {array.shape}")
    if array.dtype == np.uint8:
        return array[:most].copy()
    if array.dtype.kind in "biu":
        raise TypeError(
            f"{what} must be uint8 from 0 to 255 or floats from 0 to 1, not {array.dtype}: "
            "convert it, such as with .astype(np.uint8)"
        )
    check_numbers(array, what, "f")
    array = array[:most]
    with np.errstate(over="ignore"):
        levels = array * array.dtype.type(255.5)
    missing = int(np.isnan(levels).sum())
    warn_of(missing, levels.size, what, "are NaN, and are shown as 0")
    return np.fmin(np.fmax(levels, 0), 255).astype(np.uint8)


def png(pixels: Array) -> bytes:
    """Return a picture (uint8 of shape (height, width, channels)) as a PNG file."""
    from PIL import Image

    height, width, channels = pixels.shape
    image = Image.frombuffer(MODES[channels], (width, height), pixels.tobytes())
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=EFFORT)
    return file.getvalue()
