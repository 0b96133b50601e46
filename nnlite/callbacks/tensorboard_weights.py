"""The weights of a model as histograms and as pictures."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..tensor import Array
from .tensorboard_tags import tags_of


def write_weights(model: Any, step: int, as_images: bool) -> None:
    """Write a histogram of each weight into the default writer, and perhaps a picture beside it.

    Parameters
    ----------
    model : Model
        Built.
    step : int
    as_images : bool
        Whether pictures are written too; see `pixels_of_weight`.
    """
    from ..summary import histogram, image  # the floor above

    weights = [weight for layer in model.layers for weight in layer.weights]
    tags = tags_of([*model.weights, *weights])
    for weight in weights:
        tag = tags[id(weight)]
        histogram(f"{tag}/histogram", weight.data, step=step)
        pixels = pixels_of_weight(weight.data) if as_images else None
        if pixels is not None:
            image(f"{tag}/image", pixels, step=step)


def pixels_of_weight(weight: Array) -> Array | None:
    """Return a weight as pictures, as Keras shows it; None where there is nothing to see.

    What is below 0 is shown black, above 1 white.

    Parameters
    ----------
    weight : array
        A vector (of shape (n,), axes of length 1 aside) becomes a column of pixels, a matrix a
        picture that is no higher than wide, three axes (h, w, k) k pictures, and four pictures
        with channels in the last.

    Returns
    -------
    array of floats of shape (k, height, width, channels), or None
    """
    squeezed = np.squeeze(weight)
    if squeezed.dtype.kind != "f":
        squeezed = squeezed.astype(np.float32)
    if squeezed.ndim == 1:
        return squeezed[None, :, None, None]
    if squeezed.ndim == 2:
        low = squeezed.T if squeezed.shape[0] > squeezed.shape[1] else squeezed
        return low[None, :, :, None]
    if squeezed.ndim == 3:
        return squeezed.transpose(2, 0, 1)[..., None]
    if squeezed.ndim == 4 and squeezed.shape[-1] in (1, 3, 4):
        return squeezed
    return None
