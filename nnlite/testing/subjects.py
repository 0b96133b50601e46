"""What a user may want to have checked, and on which inputs.

A layer, a loss, a regularizer, an op, a function of tensors, a compiled model; a class of one of
these that can be made without arguments; or a function without arguments that makes one. A tuple
says the inputs, too: `(Dense(3), x)`, `(model, x, y)`, `(function, a, b)`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import tree
from ..gradient_check import GradientReport, check
from ..layers import Embedding, Layer
from ..losses import Loss
from ..model_gradients import check_layer, check_model
from ..models import Model
from ..regularizers import Regularizer
from ..slots import Slots
from ..tape import Op
from ..tensor import Array

#: How many samples inputs have where nobody says which, and how many features.
SAMPLES, FEATURES = 5, 4

#: What is checked in a module that is given as a whole.
KINDS = (Layer, Loss, Regularizer, Op)


class UnsuitableError(TypeError):
    """What is given is nothing that can be checked, or not without more being said."""


def check_subject(subject: Any, seed: int = 0) -> GradientReport:
    """Check the gradients of a subject, on inputs of its own or on random ones.

    Parameters
    ----------
    subject : see above
    seed : int
        Of the random inputs.

    Returns
    -------
    GradientReport

    Raises
    ------
    TypeError
        For what is none of these, or is not complete: an `UnsuitableError`.
    """
    given: tuple[Any, ...] = ()
    if isinstance(subject, tuple) and subject and callable(subject[0]):
        subject, given = subject[0], subject[1:]
    if isinstance(subject, type) and issubclass(subject, KINDS):
        subject = _instance(subject)
    _check_count(subject, given)
    random = np.random.default_rng(seed)
    if isinstance(subject, Layer):
        if isinstance(subject, Model) and subject.compiled:
            return check_model(subject, *(given or _batch_for(subject, random)))
        return check_layer(subject, *(given or (_inputs_for(subject, random),)))
    if isinstance(subject, Loss):
        y_true, y_pred = given or _pair_for(subject, random)
        return check(_called(subject, y_true), y_pred)
    if isinstance(subject, Regularizer):
        return check(subject, *(given or (_numbers(random, (3, FEATURES)),)))
    if isinstance(subject, Op):
        given = given or tuple(_numbers(random, (3, FEATURES)) for _ in subject.inputs)
        return check(subject, *given)
    if not callable(subject):
        raise UnsuitableError(
            f"gradcheck: {subject!r} is neither a layer, a loss, a regularizer, a model nor a "
            "function of tensors"
        )
    if not given and not _required(subject):
        return check_subject(subject(), seed)
    return check(subject, *(given or [_numbers(random, (3, FEATURES)) for _ in _required(subject)]))


def _check_count(subject: Any, given: tuple[Any, ...]) -> None:
    """Refuse more or fewer inputs than a subject takes, where any are given."""
    if isinstance(subject, Model) and subject.compiled:
        takes, least, most = "(model, x, y) or (model, x, y, sample_weight)", 1, 3
    elif isinstance(subject, Model):
        takes, least, most = "(model, x), and with y only if it is compiled", 1, 1
    elif isinstance(subject, Layer):
        takes, least, most = "(layer, inputs), of several inputs with a list of them", 1, 1
    elif isinstance(subject, Loss):
        takes, least, most = "(loss, y_true, y_pred)", 2, 2
    else:
        return
    if given and not least <= len(given) <= most:
        raise UnsuitableError(
            f"gradcheck: {subject!r} is given as {takes}, not with {len(given)} inputs"
        )


def subjects_in(module: Any) -> dict[str, Any]:
    """Return what can be checked of a module's own: its layers, losses, regularizers and ops."""
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (
            isinstance(value, KINDS)
            or (isinstance(value, type) and issubclass(value, KINDS) and _is_of(value, module))
        )
    }


def _is_of(cls: type, module: Any) -> bool:
    """Whether a class is the module's own, and no base that others are to complete."""
    return cls.__module__ == module.__name__ and not inspect.isabstract(cls)


def _instance(cls: type) -> Any:
    needed = _required(cls)
    if needed:
        raise UnsuitableError(
            f"gradcheck: {cls.__name__} cannot be made without {', '.join(needed)}; give one that "
            f"is made, or a function that makes it: def my_case(): return {cls.__name__}(...)"
        )
    return cls()


def _required(function: Any) -> list[str]:
    """Name the arguments that a call needs."""
    return [
        name
        for name, one in inspect.signature(function).parameters.items()
        if one.default is one.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    ]


def _called(loss: Loss, y_true: Any) -> Callable[[Any], Any]:
    def call(y_pred: Any) -> Any:
        return loss(y_true, y_pred)

    call.__name__ = f"the loss {loss.name!r}"
    return call


# ----------------------------------------------------------------------------------- random inputs


def _numbers(random: np.random.Generator, shape: Any) -> Array:
    """Return numbers around 1, none near 0, where many functions have a kink."""
    return random.choice([-1.0, 1.0], shape) * random.uniform(0.1, 2, shape)


def _inputs_for(layer: Layer, random: np.random.Generator) -> Any:
    """Return inputs of the shapes that a layer is made for, else of some features."""
    shape = getattr(layer, "input_shape", None) or layer._build_shape
    if shape is None:
        shape = (None, *(layer._sample_shape or (FEATURES,)))
    ids = {0: layer} if isinstance(layer, Embedding) else {}
    if isinstance(layer, Model):
        ids = layer._uses().tables
    shapes = tree.flatten(shape, tree.is_shape)
    sizes = [
        [SAMPLES if axis == 0 else size or 3 for axis, size in enumerate(one)] for one in shapes
    ]
    arrays = [
        random.integers(0, ids[place].input_dim, size) if place in ids else _numbers(random, size)
        for place, size in enumerate(sizes)
    ]
    return tree.pack(shape, arrays, tree.is_shape)


def _batch_for(model: Model, random: np.random.Generator) -> tuple[Any, Any]:
    """Return inputs for a model, and targets that its loss may have."""
    if not model.built:
        raise UnsuitableError(
            f"gradcheck: what the inputs of {model.name!r} are like is not known; say its input "
            "shape, or give a tuple (model, x, y)"
        )
    x = _inputs_for(model, random)
    shapes = model.compute_output_shape(tree.map_structure(lambda one: one.shape, x))
    outputs = tree.flatten(shapes, tree.is_shape)
    model._compiled.resolve(Slots.of_outputs(model, shapes))
    losses = [output.loss_function for output in model._compiled.outputs]
    targets = [_targets(loss, shape, random) for loss, shape in zip(losses, outputs, strict=True)]
    return x, targets if len(targets) > 1 else targets[0]


def _pair_for(loss: Loss, random: np.random.Generator) -> tuple[Array, Array]:
    """Return targets and predictions that any loss takes: shares of classes."""
    raw = random.uniform(0.2, 1, (SAMPLES, FEATURES))
    return _targets(loss, raw.shape, random), raw / raw.sum(axis=1, keepdims=True)


def _targets(loss: Loss | None, shape: Any, random: np.random.Generator) -> Array:
    """Return targets by the name of the loss: labels, one-hot rows, bits, or numbers."""
    name = "" if loss is None else f"{type(loss).__name__} {loss.name}".lower()
    classes = shape[-1]
    if "sparse" in name:
        return random.integers(0, classes, shape[:-1])
    if "categorical" in name:
        return np.eye(classes)[random.integers(0, classes, shape[:-1])]
    if any(word in name for word in ("binary", "hinge", "dice", "tversky")):
        return random.integers(0, 2, shape).astype(np.float64)
    return random.uniform(0.1, 1, shape)
