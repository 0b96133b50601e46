"""The cross-entropies by Keras's names: of probabilities or logits, of any shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..config import epsilon, float_type
from ..tensor import Tensor
from .arithmetic import cast, clip, divide
from .core import convert_to_tensor
from .elementary import log
from .losses import elementwise_loss, softmax_crossentropy, sparse_softmax_crossentropy
from .reductions import sum
from .shapes import known, ndim, product, reshape, shape, squeeze, with_last


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Tensor:
    """y = -(target log output + (1 - target) log(1 - output)), element by element.

    Parameters
    ----------
    target : numbers from 0 to 1
        A constant: no gradient flows to it.
    output : probabilities, or logits, of the same shape
        Probabilities are kept within epsilon and 1 - epsilon.
    from_logits : bool
        Whether the output is still to go through a sigmoid.

    Raises
    ------
    ValueError
        Where the shapes differ.
    """
    target, output = _alike("binary_crossentropy", target, output)
    formula, output = binary_formula(output, from_logits, "crossentropy")
    each = [reshape(x, (-1, 1)) for x in (target, output)]
    losses = elementwise_loss(*each, formula=formula, epsilon=epsilon())
    return reshape(losses, known(*shape(output)))


def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """y = -Σ target log output along `axis`.

    Parameters
    ----------
    target : the probability of each class, such as one-hot rows
        A constant: no gradient flows to it.
    output : probabilities, or logits, of the same shape
        Probabilities are divided by their sum, and kept within epsilon and 1 - epsilon.
    from_logits : bool
        Whether the output is still to go through a softmax.
    axis : int
        Along which the classes stand.

    Raises
    ------
    ValueError
        Where the shapes differ.
    """
    target, output = _alike("categorical_crossentropy", target, output)
    logits = logits_of(output, from_logits, axis)
    return by_rows(softmax_crossentropy, with_last(target, [axis]), logits)


def sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """y = -log of the output at the label, along `axis`.

    Parameters
    ----------
    target : whole numbers from 0 to C - 1
        Of the output's shape without the axis; a last axis of size 1 may stand for it.
    output, from_logits, axis : as in `categorical_crossentropy`

    Raises
    ------
    ValueError
        Where the shapes do not agree, or a label is of no class.
    """
    logits = logits_of(_floats(output), from_logits, axis)
    labels, wanted = convert_to_tensor(target), shape(logits)[:-1]
    if ndim(labels) == ndim(logits) and shape(labels)[-1] == 1:
        labels = squeeze(labels, -1)
    if not _agree(shape(labels), wanted):
        raise ValueError(
            f"ops.sparse_categorical_crossentropy: for outputs of the shape {shape(output)} the "
            f"target must be labels of the shape {wanted}, got {shape(target)}"
        )
    labels = labels if labels.dtype == "int64" else cast(labels, "int64")
    return by_rows(sparse_softmax_crossentropy, labels, logits)


def _alike(name: str, target: Any, output: Any) -> tuple[Any, Any]:
    """Return both as tensors of one float type, if their shapes are equal."""
    output = _floats(output)
    target = convert_to_tensor(target, output.dtype)
    if not _agree(shape(target), shape(output)):
        raise ValueError(
            f"ops.{name}: target and output must have the same shape, got {shape(target)} and "
            f"{shape(output)}"
        )
    return target, output


def _agree(one: Any, other: Any) -> bool:
    """Whether two shapes may be equal: None is any size."""
    return len(one) == len(other) and all(
        None in pair or pair[0] == pair[1] for pair in zip(one, other, strict=True)
    )


def _floats(output: Any) -> Any:
    output = convert_to_tensor(output)
    return convert_to_tensor(output, float_type(np.dtype(output.dtype)))


# ------------------------------------------------------------------- shared with nnlite.losses


def logits_of(output: Any, from_logits: bool, axis: int = -1) -> Any:
    """Return what softmax(...) must be applied to to give the predicted probabilities, (..., C).

    Where they are themselves a softmax, that is what it was applied to. Of other numbers p it is
    the logarithm of their shares, since softmax(ln p) = p / Σ p; those are kept off 0 as in Keras.
    """
    if from_logits:
        return with_last(output, [axis])
    logits = getattr(output, "logits", None)
    if logits is not None and axis in (-1, ndim(output) - 1):
        return logits
    p = with_last(output, [axis])
    shares = divide(p, sum(p, axis=-1, keepdims=True))
    return log(clip(shares, epsilon(), 1 - epsilon()))


def binary_formula(output: Any, from_logits: bool, kind: str) -> tuple[str, Any]:
    """Return the formula of `elementwise_loss` to use, and the logits or probabilities it is for.

    Where the output is itself a sigmoid, its log-odds are what that was applied to.
    """
    logits = output if from_logits else getattr(output, "log_odds", None)
    return (f"binary_{kind}", output) if logits is None else (f"logit_{kind}", logits)


def by_rows(loss: Callable[[Any, Any], Tensor], target: Any, output: Any) -> Tensor:
    """Return loss(target, output), a function of matrices, for outputs (..., O) -> (...).

    Parameters
    ----------
    loss : function
        Of targets (B, O) or (B,) and outputs (B, O); it returns (B,).
    target : (..., O), or (...) where each row has one target
    output : (..., O)
    """
    sizes = shape(output)
    if len(sizes) == 2:
        return loss(target, output)
    rows = product(sizes[:-1])
    values = loss(
        reshape(target, known(rows, *shape(target)[len(sizes) - 1 :])),
        reshape(output, known(rows, sizes[-1])),
    )
    return reshape(values, known(*sizes[:-1]))
