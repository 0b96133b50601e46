"""From whatever `fit`, `evaluate` and `predict` are given to the batches that the steps take."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import arguments
from .data import ArrayBatches
from .inputs import held_dtypes
from .samples import Samples, checked_batch, checked_inputs, checked_samples, split_samples
from .streams import StreamBatches, stream_of
from .tree import flatten, map_structure

Batches = ArrayBatches | StreamBatches


def batches_of(
    model: Any,
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    class_weight: Any = None,
    batch_size: int | None = None,
    shuffle: np.random.Generator | None = None,
    place: str = "",
) -> Batches:
    """Check the data of a training or an evaluation, and make its batches.

    Raises
    ------
    ValueError, TypeError
        For data that cannot be trained on; of a stream the first batch is looked at.
    """
    size = arguments.batch_size(batch_size)
    stream = stream_of(x, shuffle)
    if stream is None:
        try:
            samples = checked_samples(model, x, y, sample_weight, class_weight, place)
        except (TypeError, ValueError) as error:
            hint = None if y is not None else _pairs_hint(x, f"{place}x")
            if hint is None or _are_inputs(model, x):
                raise
            raise ValueError(f"{hint} (As inputs: {error})") from error
        return array_batches(model, samples, size, shuffle)
    model._compiled  # noqa: B018  refused before the stream is touched
    _refuse_beside_a_stream(f"{place}x", {"y": y, "sample_weight": sample_weight})
    return StreamBatches(
        stream,
        lambda batch, where: checked_batch(model, batch, class_weight, where),
        lambda samples: _dtypes(model, samples),
        f"{place}x",
    )


def batches_of_fit(
    model: Any,
    data: tuple[Any, Any, Any, Any],
    validation_split: float,
    validation_data: Any,
    batch_sizes: tuple[int | None, int | None],
    shuffle: np.random.Generator | None,
) -> tuple[Batches, Batches | None]:
    """Make the batches for training and, if any, those for validation."""
    size, held_out_size = batch_sizes
    if validation_data is not None:
        x, y, weights = unpacked_validation(validation_data)
        training = batches_of(model, *data, size, shuffle)
        try:
            return training, batches_of(
                model, x, y, weights, None, held_out_size or size, place="validation "
            )
        except BaseException:
            training.close()
            raise
    if validation_split == 0:
        return batches_of(model, *data, size, shuffle), None
    if stream_of(data[0]) is not None:
        raise ValueError(
            "validation_split: nothing can be held out of data that comes batch by batch; give "
            "validation_data"
        )
    parts = split_samples(checked_samples(model, *data), validation_split)
    size = arguments.batch_size(size)
    return (
        array_batches(model, parts[0], size, shuffle),
        array_batches(model, parts[1], held_out_size or size),
    )


def unpacked_validation(validation_data: Any) -> tuple[Any, Any, Any]:
    """Return x, y and sample_weight of what `fit` is given as validation_data; x may be a stream.

    Raises
    ------
    ValueError
        Where it is neither such a tuple nor a stream.
    """
    if stream_of(validation_data) is not None:
        return validation_data, None, None
    if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
        raise ValueError(
            "validation_data must be (x, y) or (x, y, sample_weight), or give such batches"
        )
    x, y, weights = (*validation_data, None)[:3]
    return x, y, weights


def batches_of_inputs(model: Any, x: Any, batch_size: int) -> Batches:
    """Make the batches of a prediction, of inputs that were checked, or of a stream."""
    stream = stream_of(x)
    if stream is None:
        return array_batches(model, Samples(x, None, None), batch_size)
    return StreamBatches(
        stream,
        lambda batch, place: Samples(checked_inputs(model, _inputs_in(batch), place), None, None),
        lambda samples: _dtypes(model, samples),
        "x",
    )


def _inputs_in(batch: Any) -> Any:
    return batch[0] if isinstance(batch, tuple) and len(batch) in (1, 2, 3) else batch


def array_batches(
    model: Any, samples: Samples, batch_size: int, shuffle: np.random.Generator | None = None
) -> ArrayBatches:
    """Make the batches of checked samples."""
    # Labels were checked, and kernels rely on it: nobody may change them now.
    samples = samples._replace(y=map_structure(_own_labels, samples.y))
    return ArrayBatches(tuple(samples), _dtypes(model, samples), batch_size, shuffle)


def _own_labels(y: Any) -> Any:
    return y.copy() if isinstance(y, np.ndarray) and y.dtype.kind in "iu" else y


def _dtypes(model: Any, samples: Samples) -> list[Any]:
    """Return what each array of the samples is cast to: labels and ids stay whole numbers."""
    return [
        *held_dtypes(model, len(flatten(samples.x))),
        *(
            y.dtype if y is not None and y.dtype.kind in "iu" else model.dtype
            for y in flatten(samples.y)
        ),
        *(model.dtype for _ in flatten(samples.weights)),
    ]


def _pairs_hint(x: Any, place: str) -> str | None:
    """Say what to do with pairs (x, y), where x cannot be inputs but looks like such pairs."""
    if not isinstance(x, (list, tuple)):
        return None
    if x and all(map(_is_pair, x)):
        if all(np.ndim(one[0]) > 1 for one in x):
            return (
                f"{place} is a {type(x).__name__} of {len(x)} batches (x, y), and a list stands "
                "for the inputs of a model; give what goes through the batches again and again: "
                "itertools.cycle(batches), with steps_per_epoch=len(batches)."
            )
        return (
            f"{place} is a {type(x).__name__} of {len(x)} pairs (x, y), and a list stands for the "
            "inputs of a model; make arrays of all x and all y first: x, y = map(np.stack, "
            "zip(*pairs))."
        )
    if _is_pair(x):
        return f"{place} is a pair (x, y), and y is missing; give both: (x, y) as two arguments."
    return None


def _are_inputs(model: Any, x: Any) -> bool:
    try:
        checked_inputs(model, x)
    except (TypeError, ValueError):
        return False
    return True


def _is_pair(value: Any) -> bool:
    """Whether it is (x, y) or (x, y, sample_weight), of arrays."""
    return (
        isinstance(value, (list, tuple))
        and len(value) in (2, 3)
        and all(isinstance(one, (np.ndarray, np.generic)) for one in value)
    )


def _refuse_beside_a_stream(place: str, given: dict[str, Any]) -> None:
    for name, value in given.items():
        if value is not None:
            raise ValueError(
                f"{place} gives whole batches, so {name} must come with them, as in (x, y) or "
                "(x, y, sample_weight)"
            )
