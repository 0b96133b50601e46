"""The gradient check of a whole model: every weight and input, with its loss and its layers.

Where something is wrong, each layer is checked alone as well, on what reaches it of one sample:
there a fault shows its pattern, which the layers before it would blur.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .gradient_check import ATOL, RTOL, GradientReport, Quantity, Surroundings, check, compared
from .gradient_check.checking import coarse_ops
from .inputs import held_dtypes
from .layers import Layer
from .model_snapshot import State, in_float64
from .samples import checked_samples, has_no_call
from .tape import gradients, no_grad
from .tensor import Array, Parameter, Tensor
from .tree import flatten, leaves, map_structure


def check_model(
    model: Any,
    x: Any,
    y: Any = None,
    sample_weight: Any = None,
    training: bool = True,
    rtol: float = RTOL,
    atol: float = ATOL,
) -> GradientReport:
    """Check the gradients of a compiled model: see `Model.gradcheck`."""
    samples = checked_samples(model, x, y, sample_weight)
    if has_no_call(model):
        raise ValueError(
            f"gradcheck: {model.name!r} has no call(), only a train_step of its own: check the "
            "models that it trains, or its loss with nnlite.gradcheck"
        )
    with in_float64(model) as state:
        dtypes = iter(held_dtypes(model, len(flatten(samples.x))))
        x = map_structure(lambda rows: np.array(rows[:], next(dtypes)), samples.x)
        y, weights = map_structure(_wide, samples.y), map_structure(_wide, samples.weights)
        step = Step(model, state, samples._replace(x=x, y=y, weights=weights), bool(training))
        found = compared(
            step.quantities, step.value, step.analytic, step.surroundings(), rtol, atol
        )
        parts = [] if all(one.passed for one in found) else [*step.wrong_layers(rtol, atol)]
    loss = model.loss if isinstance(model.loss, str) else type(model.loss).__name__
    subject = f"{model.name!r} with the loss {loss}, {samples.size} samples"
    return GradientReport(subject, found, rtol, atol, parts)


class Step:
    """The forward and backward pass of one batch, ever again from the same state.

    Parameters
    ----------
    model : Model, in float64
    state : State
        What it begins from each time.
    samples : Samples, in float64
    training : bool
    """

    def __init__(self, model: Any, state: State, samples: Any, training: bool) -> None:
        self.model, self.state, self.training = model, state, training
        self.x, self.y, self.sample_weight = samples
        self.weights: list[Parameter] = model.trainable_weights
        names = model._input_names or [f"input {place}" for place in range(len(flatten(self.x)))]
        self.inputs = [
            Quantity("input", name, array)
            for name, array in zip(names, flatten(self.x), strict=True)
            if array.dtype.kind == "f"
        ]
        self.quantities = [
            *self.inputs,
            *(Quantity.of_weight(weight, f"{model.name}/") for weight in self.weights),
        ]

    def _named(self, weight: Parameter) -> Quantity:
        return Quantity.of_weight(weight, f"{self.model.name}/")

    def value(self) -> float:
        """Return the loss."""
        with no_grad():
            return float(self._loss(self._tensors()).data)

    def analytic(self) -> list[Array]:
        """Return the gradient of each quantity, 0 where the loss does not depend on it."""
        x = self._tensors()
        loss = self._loss(x)
        found = gradients(loss) if loss.requires_grad else {}
        floats = [one for one in leaves(x) if one.data.dtype.kind == "f"]
        return [found.get(one, np.zeros(one.shape)) for one in [*floats, *self.weights]]

    def _tensors(self) -> Any:
        return map_structure(lambda array: Tensor(array.copy()), self.x)

    def _loss(self, x: Any) -> Tensor:
        self.state.restore()
        y_pred = self.model(x, training=self.training)
        loss: Tensor = self.model.compute_loss(
            x, self.y, y_pred, self.sample_weight, training=self.training
        )
        return loss

    def surroundings(self) -> Surroundings:
        """Return what causes are recognised by."""
        samples = len(flatten(self.x)[0])
        sizes = {"the number of samples": samples}
        coarse = coarse_ops(self._loss(self._tensors()))
        with no_grad():
            self.state.restore()
            outputs = list(leaves(self.model(self._tensors(), training=self.training)))
        for output in outputs:
            sizes.setdefault("the number of outputs of a sample", output.size // samples)
            sizes.setdefault("the number of all outputs", output.size)
        operands = {one.path: one.array for one in self.quantities}
        factors = {}
        if isinstance(self.sample_weight, np.ndarray):
            factors["the sample weights"] = self.sample_weight
        return Surroundings(sizes, operands, factors, coarse)

    # ------------------------------------------------------------------ layer by layer

    def wrong_layers(self, rtol: float, atol: float) -> Iterator[GradientReport]:
        """Check each layer that holds no others alone, and yield the reports of those that fail."""
        for layer, inputs, kwargs in self._calls():
            report = self._alone(layer, inputs, kwargs, rtol, atol)
            if not report:
                yield report

    def _alone(
        self, layer: Layer, inputs: Any, kwargs: dict[str, Any], rtol: float, atol: float
    ) -> GradientReport:
        """Check a layer on the first sample of what it was called on."""
        kwargs = map_structure(_first, {**kwargs, "training": self.training})
        floats = [one.data[:1] for one in leaves(inputs) if _is_float(one)]

        def call(*tensors: Tensor) -> Any:
            self.state.restore()
            moved = iter(tensors)
            x = map_structure(lambda one: next(moved) if _is_float(one) else _first(one), inputs)
            return layer(x, **kwargs)

        call.__name__ = f"the layer {layer.name!r} alone, on one sample"
        return check(call, *floats, weights=layer.trainable_weights, rtol=rtol, atol=atol)

    def _calls(self) -> list[tuple[Layer, list[Array], Any]]:
        """Return the layers in the order of their first calls, what they are called on, and how."""
        calls: dict[Layer, Any] = {}

        def noted(layer: Layer) -> Any:
            call = layer.call

            def note(inputs: Any, *args: Any, **kwargs: Any) -> Any:
                if not args:  # what else a layer may be given in order, nobody knows
                    calls.setdefault(layer, (inputs, kwargs))
                return call(inputs, *args, **kwargs)

            return note

        self.state.restore()
        for layer, _, _ in self.model._inside():
            if not layer._owned(Layer):
                layer._call_keywords  # noqa: B018  of its own call
                vars(layer)["call"] = noted(layer)
        with no_grad():
            self.model(self._tensors(), training=self.training)
        self.state.restore()
        return [(layer, *call) for layer, call in calls.items()]


def _is_float(one: Any) -> bool:
    return isinstance(one, Tensor) and one.data.dtype.kind == "f"


def _first(one: Any) -> Any:
    """Return the first sample of a tensor; what is none stays."""
    return Tensor(one.data[:1]) if isinstance(one, Tensor) else one


def _wide(array: Any) -> Any:
    """Return floats in float64, and whole numbers as they are."""
    return array.astype(np.float64) if array is not None and array.dtype.kind == "f" else array
