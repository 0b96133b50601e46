"""A training step on a copy of a model: its gradients and activations, and nothing has changed."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..data import pack_x_y_sample_weight
from ..layers.weights import gather
from ..naming import names_kept
from ..optimizers import Optimizer
from ..random import states
from ..tensor import Array, raw
from ..tree import flatten
from .tensorboard_tags import tags_of


def copy_of(model: Any) -> Any:
    """Return a copy of a model with all that a step changes.

    Raises
    ------
    TypeError
        Where something in the model cannot be copied.
    """
    from ..explaining.step import copy_of  # the floor above

    return copy_of(model, "TensorBoard, for gradients and activations,")


def write_step(model: Any, step: int, gradients: bool, activations: bool) -> None:
    """Do a step on a copy, and write its histograms into the default writer.

    Parameters
    ----------
    model : Model
        In the middle of `fit`.
    step : int
    gradients : bool
        Whether to write "<path of a weight>/gradient": what the optimizer is given, before it clips
        anything.
    activations : bool
        Whether to write "<path of a layer>/activation": all that its calls return.
    """
    from ..summary import histogram, record_if, should_record_summaries

    if not should_record_summaries():
        return
    with record_if(False):  # the model may write summaries itself
        found = step_on_a_copy(model, samples_of(model._fitting_now.train.steps.batches))
    written = ("gradient", gradients), ("activation", activations)
    for (kind, wanted), arrays in zip(written, found, strict=True):
        for path, values in arrays.items() if wanted else ():
            histogram(f"{path}/{kind}", values, step=step)


def samples_of(batches: Any) -> Any:
    """Return as many samples of the training data as a batch has.

    Of arrays in memory the first ones, each time; of what is read or comes batch by batch some of
    those that are in memory now.

    Parameters
    ----------
    batches : ArrayBatches or StreamBatches
        Between two steps.

    Returns
    -------
    (x, y, sample_weight)
    """
    column = next(one for one in batches.columns if one is not None)
    return batches.gather(np.arange(min(len(column.rows), len(column.buffer))))


def step_on_a_copy(model: Any, batch: Any) -> tuple[dict[str, Array], dict[str, Array]]:
    """Do a training step of a model, and return what was seen.

    Parameters
    ----------
    model : Model
        Compiled and built. It stays as it is: its weights, its optimizer, its metrics, and what
        will be drawn at random next.
    batch : (x, y, sample_weight)

    Returns
    -------
    gradients : dict of str to array
        By the path of the weight, see `tags_of`.
    activations : dict of str to 1-D array
        By the path of the layer, also of layers inside layers.
    """
    gradients: dict[str, Array] = {}
    activations: dict[str, list[Array]] = {}
    with states.kept(), names_kept():
        twin = copy_of(model)
        tags = tags_of(twin.weights)
        for optimizer in _optimizers(twin):
            optimizer.apply = _with_gradients_seen(optimizer, gradients, tags)
        inside = [layer for layer, _, _ in twin._inside() if layer is not twin]
        for layer, tag in zip(inside, tags_of(inside).values(), strict=True):
            layer.call = _with_outputs_seen(layer.call, activations.setdefault(tag, []))
        twin.train_step(pack_x_y_sample_weight(*batch))
    return gradients, {path: np.concatenate(seen) for path, seen in activations.items() if seen}


def _optimizers(model: Any) -> list[Any]:
    found: dict[int, Any] = {}
    gather(vars(model).values(), Optimizer, found)
    return list(found.values())


def _with_gradients_seen(
    optimizer: Any, seen: dict[str, Array], tags: dict[int, str]
) -> Callable[..., None]:
    apply, scale = optimizer.apply, optimizer.loss_scale_factor or 1.0

    @functools.wraps(apply)
    def noted(grads: Any, trainable_variables: Any = None) -> None:
        weights = optimizer.built_for if trainable_variables is None else trainable_variables
        for weight, gradient in zip(weights, grads, strict=True):
            if gradient is not None:
                seen[tags.get(id(weight), weight.path)] = np.array(raw(gradient)) / scale
        apply(grads, trainable_variables)

    return noted


def _with_outputs_seen(call: Callable[..., Any], seen: list[Array]) -> Callable[..., Any]:
    @functools.wraps(call)
    def noted(*args: Any, **kwargs: Any) -> Any:
        outputs = call(*args, **kwargs)
        seen.extend(np.array(one.data).ravel() for one in flatten(outputs))
        return outputs

    return noted
