"""Reading the bytes of an .npz file: a zip archive of numpy arrays. Pickled objects are refused."""

from __future__ import annotations

import io
import zipfile
import zlib

import numpy as np


def decode(content: bytes) -> dict[str, np.ndarray]:
    """Return all arrays of an .npz file by name; ValueError where `content` is no whole one."""
    # np.load would take anything else for a pickle, and say so.
    if content[:4] != b"PK\x03\x04":
        raise ValueError(
            "it is no .npz file: expected it to begin with the bytes 50 4b 03 04, "
            f"got {content[:4].hex(' ') or 'nothing'}"
        )
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"its zip archive is cut short or damaged ({error})") from error
