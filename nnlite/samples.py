"""The data of `fit`, `evaluate` and `predict`, checked whole before anything is changed."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .data import refuse_non_finite, unpack_x_y_sample_weight
from .inputs import refuse_unknown_ids
from .layers import Layer
from .layers.base import as_numbers
from .objective import Objective
from .slots import Slots
from .sources import StoredRows, as_rows, in_memory, is_array
from .structures import leaves_by_path, show_path
from .targets import combined_weights
from .tensor import Array
from .tree import flatten, is_nested, is_shape, map_structure, pack


class Samples(NamedTuple):
    """Checked arrays that go together: inputs, targets and weights, a row a sample.

    Each may be one array or, of several inputs or outputs, a list, tuple or dict of them.
    """

    x: Any
    y: Any
    weights: Any

    @property
    def size(self) -> int:
        """The number of samples."""
        return len(flatten(self.x)[0])

    def part(self, rows: slice) -> Samples:
        """Return some of the samples, as views."""

        def of(array: Any) -> Any:
            if array is None:
                return None
            return array.part(rows) if isinstance(array, StoredRows) else array[rows]

        return Samples(*(map_structure(of, structure) for structure in (self.x, self.y, self[2])))


# ---------------------------------------------------------------------------------------- inputs


def checked_inputs(model: Any, x: Any, place: str = "") -> Any:
    """Check x by itself and against the model, which is built from it where it is not built yet."""
    x = _rows_of_inputs(model, x, place)
    _fit_model(model, x, place)
    refuse_unknown_ids(model, x, place)
    return x


def _rows_of_inputs(model: Any, x: Any, place: str) -> Any:
    """Check x by itself, one array or a structure; the model is not built from it yet."""
    if x is None:
        raise ValueError(f"{place}x is missing: give the inputs as an array, one row a sample")
    single = _is_one(x)
    if not single:
        x = _by_input(model, x, f"{place}x")
        single = _is_one(x)
    if single:
        if len(model._input_names or "1") > 1:
            raise ValueError(Slots(model._input_names, "input").mismatch(1, f"{place}x"))
        return _as_columns(model, _rows(x, f"{place}x"), ())
    leaves: list[tuple[str, Any]] = []
    for path, leaf in leaves_by_path(x, _is_array_like):
        name = f"{place}x{show_path(path)}"
        rows = _as_columns(model, _rows(leaf, name), path)
        if leaves and len(rows) != len(leaves[0][1]):
            raise ValueError(
                f"{leaves[0][0]} has {len(leaves[0][1])} samples, but {name} has {len(rows)}: "
                "all inputs need the same number"
            )
        leaves.append((name, rows))
    if not leaves:
        raise ValueError(f"{place}x holds no samples: it is an empty {type(x).__name__}")
    return pack(x, (rows for _, rows in leaves), _is_array_like)


def _rows(x: Any, place: str) -> Any:
    """Check the array of one input by itself."""
    rows = as_rows(x, place)
    if rows.ndim == 0 or len(rows) == 0:
        raise ValueError(f"{place} holds no samples: its shape is {rows.shape}")
    return rows


def _as_columns(model: Any, rows: Any, path: tuple[Any, ...]) -> Any:
    """Let numbers, one a sample, be rows of one number where that is what the model takes."""
    if rows.ndim > 1 or not isinstance(rows, np.ndarray) or len(path) > 1:
        return rows
    names = model._input_names or []
    place = path[0] if path else 0
    if place in names:
        place = names.index(place)
    entries = flatten(getattr(model, "_entries", None))
    wanted = entries[place].batch_shape[1:] if place in range(len(names)) else None
    return rows.reshape(-1, 1) if wanted == (1,) else rows


def _by_input(model: Any, x: Any, place: str) -> Any:
    """Match a list, tuple or dict to the model's inputs."""
    names = model._input_names
    if names is None or any(map(is_nested, _values(x))):
        return x  # the model takes it as it is
    if len(names) == 1 and not isinstance(x, dict):
        return x[0] if len(x) == 1 and _is_batch(x[0]) else as_numbers(x, place)
    slots = Slots(names, "input")
    for name, entry in zip(names, slots.split(x, place), strict=True):
        if entry is None:
            raise ValueError(f"{place} lacks the input {name!r}; it holds {', '.join(map(str, x))}")
    return x[names[0]] if len(names) == 1 else x


def _is_batch(value: Any) -> bool:
    """Whether `value` is the array of an input, and not one row of it."""
    return is_array(value) and len(value.shape) > 1


def _is_one(x: Any) -> bool:
    """Whether x is the samples of one input, and no structure of several."""
    return not is_nested(x) or _is_array_like(x)


def _is_array_like(value: Any) -> bool:
    """Whether a list or tuple stands for one array: of numbers, or of rows of numbers."""
    if isinstance(value, dict) or not is_nested(value):
        return False
    return not any(is_array(leaf) for leaf in flatten(value)) and not _holds_dict(value)


def _holds_dict(value: Any) -> bool:
    return isinstance(value, dict) or (is_nested(value) and any(map(_holds_dict, value)))


def _values(structure: Any) -> Any:
    return structure.values() if isinstance(structure, dict) else structure


def _fit_model(model: Any, x: Any, place: str) -> None:
    """Check x against the model, building the model from it where it is not built yet."""
    try:
        if model.built:
            one = isinstance(x, np.ndarray)  # the usual case, which a small call cannot wait for
            model.check_input_shape(x.shape if one else map_structure(lambda one: one.shape, x))
        elif not has_no_call(model):
            model.build(batch_shapes(x))
    except ValueError as error:
        raise ValueError(f"{place}x does not fit the model {model.name!r}. {error}") from error


def batch_shapes(x: Any) -> Any:
    """Return the shape of a batch of each array in x."""
    return map_structure(lambda rows: (None, *rows.shape[1:]), x)


def has_no_call(model: Any) -> bool:
    """Whether a model is but a train_step around others, and is never called itself."""
    return type(model).call is Layer.call


# --------------------------------------------------------------------------------------- samples


def checked_batch(model: Any, batch: Any, class_weight: Any, place: str) -> Samples:
    """Check a batch as a generator gives it: x, (x,), (x, y) or (x, y, sample_weight)."""
    try:
        x, y, sample_weight = unpack_x_y_sample_weight(batch)
    except ValueError as error:
        raise ValueError(f"{place}{error}") from None
    return checked_samples(model, x, y, sample_weight, class_weight, place)


def checked_samples(
    model: Any,
    x: Any,
    y: Any,
    sample_weight: Any = None,
    class_weight: Any = None,
    place: str = "",
) -> Samples:
    """Check inputs, targets and weights against each other, the model and the loss."""
    objective: Objective = model._compiled
    x = _rows_of_inputs(model, x, place)
    for path, rows in leaves_by_path(x):
        refuse_non_finite(rows, f"{place}x{show_path(path)}", model.dtype)
    with model.unbuilt_if_refused():
        _fit_model(model, x, place)
        refuse_unknown_ids(model, x, place)
        if has_no_call(model):
            return Samples(x, _as_given(y, f"{place}y"), _as_given(sample_weight, "sample_weight"))
        shapes = model.compute_output_shape(batch_shapes(x))
        objective.resolve(Slots.of_outputs(model, shapes))
        samples = len(flatten(x)[0])
        targets = _checked_targets(objective, y, shapes, samples, model.dtype, place)
        weights = _checked_weights(
            objective, targets, shapes, samples, sample_weight, class_weight, model.dtype, place
        )
    if len(targets) == 1:
        y = targets[0]
    elif isinstance(y, dict) and not any(map(is_nested, y.values())):
        names = objective.slots.names  # type: ignore[union-attr]
        y = {name: targets[names.index(name)] for name in y}
    elif any(target is not None for target in targets):
        y = pack(shapes, targets, is_shape)
    return Samples(x, y, weights)


def _as_given(values: Any, place: str) -> Any:
    """Return arrays of values that only a train_step of the user's own knows about."""
    return None if values is None else map_structure(lambda one: in_memory(one, place), values)


def _checked_targets(
    objective: Objective, y: Any, shapes: Any, samples: int, dtype: Any, place: str
) -> list[Array | None]:
    """Return the targets of each output, checked and in form."""
    slots = objective.slots
    assert slots is not None
    if y is None and objective.trained:
        raise ValueError(f"{place}y is missing: give the targets, one for each sample of x")
    if len(slots) == 1 and not isinstance(y, dict):
        entries = [_only_array(y, samples)]
    else:
        entries = [None] * len(slots) if y is None else slots.split(y, f"{place}y", nested=True)
    checked: list[Array | None] = []
    for index, (name, output, entry, shape) in enumerate(
        zip(slots.names, objective.outputs, entries, flatten(shapes, is_shape), strict=True)
    ):
        where = f"{place}y"
        if len(slots) > 1:
            where = f"{place}y[{name!r}]" if isinstance(y, dict) else f"{place}y[{index}]"
        if entry is None:
            if output.loss_function is not None or output.all_metrics:
                raise ValueError(f"{where} is missing: the output {name!r} has a loss or metrics")
            checked.append(None)
            continue
        array = in_memory(entry, where)
        count = len(np.atleast_1d(array))
        if count != samples:
            raise ValueError(
                f"{place}x has {samples} samples, but {where} has {count}: each needs one target"
            )
        refuse_non_finite(array, where, dtype)
        checked.append(output.prepare(array, shape, dtype, where))
    return checked


def _only_array(given: Any, samples: int) -> Any:
    """Unpack a list of one array, for the only output; any other list is an array itself."""
    listed = isinstance(given, (list, tuple)) and len(given) == 1
    return given[0] if listed and is_array(given[0]) and len(given[0]) == samples else given


def _checked_weights(
    objective: Objective,
    targets: list[Array | None],
    shapes: Any,
    samples: int,
    sample_weight: Any,
    class_weight: Any,
    dtype: Any,
    place: str,
) -> Any:
    """Return the samples' weights: one array for all outputs, or a list with one for each."""
    slots = objective.slots
    assert slots is not None
    where = f"{place}sample_weight"
    per_class = _class_weights(slots, class_weight)
    shared = not isinstance(sample_weight, dict) and not _lists_arrays(sample_weight)
    given = [sample_weight] * len(slots) if shared else slots.split(sample_weight, where)
    places = [where if len(slots) == 1 else f"{where} of {name!r}" for name in slots.names]
    outputs = flatten(shapes, is_shape)
    found = [
        combined_weights(
            np.empty((samples, 0)) if y is None else y, one, classes, spot, dtype, shape
        )
        for y, one, classes, spot, shape in zip(
            targets, given, per_class, places, outputs, strict=True
        )
    ]
    if shared and class_weight is None:  # one array will do
        found = found[:1]
    for weights, spot in zip(found, places, strict=False):
        if weights is not None:
            refuse_non_finite(weights, spot, dtype)
    if all(weights is None for weights in found):
        return None
    return found[0] if len(found) == 1 else found


def _lists_arrays(value: Any) -> bool:
    """Whether `value` is a list with the weights of each output, and not one array's numbers."""
    return isinstance(value, (list, tuple)) and any(
        one is None or is_array(one) or isinstance(one, (list, tuple)) for one in value
    )


def _class_weights(slots: Slots, class_weight: Any) -> list[Any]:
    """Return the class weights of each output: a dict of them by name, or in a list."""
    per_output = isinstance(class_weight, (list, tuple)) or (
        isinstance(class_weight, dict)
        and any(isinstance(one, dict) for one in class_weight.values())
    )
    if per_output and not (len(slots) == 1 and isinstance(class_weight, list)):
        return slots.split(class_weight, "class_weight")
    if class_weight is not None and len(slots) > 1:
        raise ValueError(
            f"class_weight: the model has {len(slots)} outputs, so say which one the classes are "
            f"of: class_weight={{{slots.names[0]!r}: {{0: 1.0, 1: 2.0}}}}"
        )
    return [class_weight] * len(slots)


def split_samples(samples: Samples, validation_split: float) -> tuple[Samples, Samples]:
    """Hold out the last part of the samples."""
    count = samples.size
    is_number = isinstance(validation_split, (int, float, np.number))
    kept = int(count * (1 - validation_split)) if is_number and 0 < validation_split < 1 else 0
    if not 0 < kept < count:
        raise ValueError(
            "validation_split must lie between 0 and 1 and leave samples on both sides; "
            f"{validation_split!r} of {count} samples does not"
        )
    return samples.part(slice(0, kept)), samples.part(slice(kept, None))
