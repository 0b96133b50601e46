"""The gradient check of a whole model: every weight and input, with its loss and its layers.

Where something is wrong, each op of the step is checked alone as well, on what it was called on:
there a fault shows its pattern, which the layers before it would blur.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .gradient_check import ATOL, RTOL, GradientReport, Quantity, Surroundings, compared
from .gradient_check.checking import coarse_ops
from .gradient_check.functions import Function, alone
from .gradient_check.single_ops import wrong_ops
from .inputs import held_dtypes
from .model_snapshot import State, in_float64
from .samples import checked_samples, has_no_call
from .tape import gradients, no_grad, recording_again
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
    with recording_again(), in_float64(model) as state:
        dtypes = iter(held_dtypes(model, len(flatten(samples.x))))
        x = map_structure(lambda rows: np.array(rows[:], next(dtypes)), samples.x)
        y, weights = map_structure(_wide, samples.y), map_structure(_wide, samples.weights)
        step = Step(model, state, samples._replace(x=x, y=y, weights=weights), bool(training))
        found = compared(
            step.quantities, step.value, step.analytic, step.surroundings(), rtol, atol
        )
        report = GradientReport(_subject(model, samples.size), found, rtol, atol)
        if not report:
            report.parts += wrong_ops(step.loss, lambda call: alone(call, rtol, atol))
    return report


def check_layer(
    layer: Any, inputs: Any, training: bool = True, rtol: float = RTOL, atol: float = ATOL
) -> GradientReport:
    """Check the gradients of a layer, or of a model that is no part of a training.

    Those of its outputs, and of the losses that it adds, for its inputs and weights. It is put back
    as a model is.

    Parameters
    ----------
    layer : Layer
        One that is not built yet is built.
    inputs : array, or list, tuple or dict of them
        Floats are differentiated; whole numbers are ids.
    training : bool
        Whether it works as in training.
    rtol, atol : float
        Gradient and slope may differ by atol + rtol |slope|.

    Returns
    -------
    GradientReport
    """
    arrays = map_structure(np.asarray, inputs)
    if not layer.built:
        layer.build(map_structure(lambda x: (None, *x.shape[1:]), arrays))
    names = [f"input {place}" for place in range(len(flatten(arrays)))]
    floats = {
        name: x for name, x in zip(names, flatten(arrays), strict=True) if x.dtype.kind == "f"
    }
    with recording_again(), in_float64(layer) as state:

        def call(*tensors: Tensor) -> Any:
            state.restore()
            moved = iter(tensors)
            x = map_structure(lambda x: next(moved) if x.dtype.kind == "f" else Tensor(x), arrays)
            outputs = layer(x, training=training)
            return [outputs, *layer.losses]

        function = Function(call, floats, layer.trainable_weights, f"{layer.name}/")
        report = function.report(f"the layer {layer.name!r}", rtol, atol)
        if not report:
            report.parts += wrong_ops(function.result, lambda one: alone(one, rtol, atol))
    return report


def _subject(model: Any, samples: int) -> str:
    loss = model.loss if isinstance(model.loss, str) else type(model.loss).__name__
    return f"{model.name!r} with the loss {loss}, {samples} samples"


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
        inside = f"{model.name}/"
        weights = [Quantity.of_weight(weight, inside) for weight in self.weights]
        self.quantities = [*self.inputs, *weights]

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

    def loss(self) -> Tensor:
        """Return the loss, on the tape."""
        return self._loss(self._tensors())

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
        coarse = coarse_ops(self.loss())
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


def _wide(array: Any) -> Any:
    """Return floats in float64, and whole numbers as they are."""
    return array.astype(np.float64) if array is not None and array.dtype.kind == "f" else array
