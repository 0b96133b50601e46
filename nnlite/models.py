"""Models: layers that are trained together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Self

from .errors import did_you_mean
from .graph import SymbolicTensor
from .layers import InputLayer, Layer
from .layers.base import Shape
from .model_summary import Cells, layer_row, print_summary, summary_text
from .tensor import Tensor
from .training import Trainer


class Model(Trainer):
    """A layer that can be trained.

    Subclass it: make layers in `__init__`, keep them as attributes, and use them in
    `call(self, inputs)`. For a chain of layers there is `Sequential`.
    """

    def build(self, input_shape: Shape) -> None:
        """Make the weights for inputs of this shape by a trial call: the inner layers make them."""
        with self.unbuilt_if_refused():
            self.built = True  # or a build of a subclass, which called this one, would begin anew
            self.compute_output_shape(input_shape)

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        if not self.built and type(self).build is Model.build:
            self.built = True  # the inner layers make their weights as they are called
        return super().__call__(inputs, *args, **kwargs)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Not there yet: models are made of a configuration when they can be saved."""
        raise NotImplementedError(
            f"{cls.__name__}.from_config: this version of nnlite cannot make a model of its "
            "configuration yet; build it anew with the code that built it, then take over the "
            "weights with set_weights(model.get_weights())"
        )

    def save(self, filepath: Any, overwrite: bool = True) -> None:
        """Not there yet, and of a subclassed model never: its architecture is Python code."""
        why = "this version of nnlite cannot write models to files yet"
        if type(self).call is not Model.call and not type(self).__module__.startswith("nnlite."):
            why = (
                "it is a subclassed model, whose architecture is the Python code of its call(), "
                "which no file can hold"
            )
        raise NotImplementedError(
            f"save: {self.name!r} cannot be saved as a whole: {why}. Keep that code, and save the "
            "weights: np.savez('weights.npz', *model.get_weights()). Later make the model anew, "
            "build it or call it once, and give them back: "
            "model.set_weights(list(np.load('weights.npz').values()))"
        )

    @property
    def layers(self) -> list[Layer]:
        """The layers right inside this model, in order of assignment."""
        return self._owned(Layer)

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by its name or its place.

        Raises
        ------
        ValueError
            Where there is none; the message lists what there is.
        """
        layers = self.layers
        if (name is None) == (index is None):
            raise ValueError("get_layer: give either a name or an index")
        if index is not None:
            if not -len(layers) <= index < len(layers):
                raise ValueError(
                    f"get_layer: {self.name!r} has {len(layers)} layers: there is no index {index}"
                )
            return layers[index]
        for layer in layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in layers]
        raise ValueError(
            f"get_layer: {self.name!r} has no layer {name!r}.{did_you_mean(str(name), names)} "
            f"Its layers: {', '.join(names)}."
        )

    def summary(
        self, line_length: int | None = None, print_fn: Callable[[str], Any] | None = None
    ) -> None:
        """Print the layers with their output shapes and numbers of parameters.

        Parameters
        ----------
        line_length : int
            The width of the table in characters; 76 by default, as Keras takes on a terminal of 80.
        print_fn : function of a str
            `print` by default.
        """
        weights = {"Trainable": self.trainable_weights, "Non-trainable": self.non_trainable_weights}
        text = summary_text(self.name, self._summary_rows(), weights, line_length or 76)
        print_summary(text, print_fn)

    def _summary_rows(self) -> Iterable[Cells]:
        return (layer_row(layer, layer.known_output_shape()) for layer in self.layers)


class Sequential(Model):
    """A chain of layers: each is called on what the one before it returns.

    Parameters
    ----------
    layers : list of Layer, optional
        The first may be `Input(shape)`, or have an `input_shape`; then the weights are made at
        once. Otherwise they are made when the model first sees data.
    trainable : bool
    name : str, optional
    """

    def __init__(
        self, layers: Iterable[Any] | None = None, trainable: bool = True, name: str | None = None
    ) -> None:
        super().__init__(trainable=trainable, name=name)
        self._chain: list[Layer] = []
        self._input: InputLayer | None = None
        if isinstance(layers, (Layer, SymbolicTensor)):
            raise TypeError(
                "Sequential takes a list of layers: "
                f"Sequential([{type(layers).__name__}(...), ...])"
            )
        for layer in layers or ():
            self.add(layer)

    @property
    def layers(self) -> list[Layer]:
        """The layers in order, without the input layer (as in Keras)."""
        return list(self._chain)

    def add(self, layer: Any) -> None:
        """Put a layer, or first an `Input`, at the end of the chain.

        Raises
        ------
        TypeError
            Where it is no layer.
        ValueError
            For an input behind the first place, a name that is taken, or a layer that cannot take
            the outputs of the one before it; then the model is as it was.
        """
        if isinstance(layer, SymbolicTensor):
            layer = InputLayer(layer.shape[1:], dtype=layer.dtype, name=layer.name)
        if not isinstance(layer, Layer):
            wrong = (
                f"the class {layer.__name__}; write {layer.__name__}(...)"
                if isinstance(layer, type)
                else repr(layer)
            )
            raise TypeError(f"Sequential.add takes a layer, got {wrong}")
        if isinstance(layer, InputLayer):
            if self._chain or self._input:
                raise ValueError(f"{self.name!r}: an input can only come first")
            self._input = layer
            self.dtype = layer.dtype
            return
        if any(other.name == layer.name for other in self._chain):
            raise ValueError(
                f"{self.name!r} already has a layer named {layer.name!r}; every layer of a model "
                "needs a name of its own"
            )
        first = self._input
        if not self._chain and first is None and layer._sample_shape is not None:
            first = InputLayer(layer._sample_shape, dtype=layer.dtype)
        if first is not None:
            self._join(layer, self.compute_output_shape(first.batch_shape))
        if not self._chain and self._input is None:
            self.dtype = layer.dtype  # batches are cast to what the first layer computes with
        self._input = first
        self._chain.append(layer)
        self.built = self._input is not None

    def _join(self, layer: Layer, input_shape: Shape) -> Shape:
        """Build a layer for what comes before it, and return the shape of its outputs."""
        if not layer.built:
            layer.path = f"{self.path}/{layer.name}"
            layer.build(input_shape)
        layer.check_input_shape(input_shape)
        return layer.compute_output_shape(input_shape)

    def build(self, input_shape: Shape) -> None:
        """Make the weights of all layers for inputs of this shape (its first axis is the batch)."""
        if not self._chain:
            raise ValueError(f"{self.name!r} has no layers yet: add some before it is used")
        first = self._input or InputLayer(input_shape[1:], dtype=self.dtype)
        shape = first.batch_shape
        with self.unbuilt_if_refused():
            for layer in self._chain:
                shape = self._join(layer, shape)
        self._input = first

    def check_input_shape(self, shape: Shape) -> None:
        if self._input is not None:
            self._input.check_input_shape(shape)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        for layer in self._chain:
            inputs = layer(inputs)
        return inputs

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        for layer in self._chain:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    @property
    def input_shape(self) -> Shape:
        """The shape of a batch of inputs; its first axis is None."""
        if self._input is None:
            raise ValueError(
                f"{self.name!r} does not know the shape of its inputs yet: give the first layer an "
                "input_shape, or call the model on data"
            )
        return self._input.batch_shape

    @property
    def output_shape(self) -> Shape:
        """The shape of a batch of outputs; its first axis is None."""
        return self.compute_output_shape(self.input_shape)

    def _summary_rows(self) -> Iterable[Cells]:
        shape = None if self._input is None else self.input_shape
        for layer in self._chain:
            shape = None if shape is None else layer.compute_output_shape(shape)
            yield layer_row(layer, shape)
