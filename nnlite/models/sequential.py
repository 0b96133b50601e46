"""Sequential: a model that is a chain of layers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .. import graph, tree
from ..errors import at_place
from ..graph import Node, SymbolicTensor
from ..inputs import first_users
from ..layers import InputLayer, Layer
from ..model_summary import Line
from ..tensor import Tensor
from .model import Model


class Sequential(Model):
    """A chain of layers: each is called on what the one before it returns.

    Parameters
    ----------
    layers : list of Layer, optional
        The first may be `Input(shape)`, or have an `input_shape`; then the weights are made at
        once. Otherwise they are made when the model first sees data.
    trainable : bool
    name : str, optional

    Raises
    ------
    TypeError
        For what is no list of layers.

    Examples
    --------
    >>> model = nnlite.Sequential([
    ...     nnlite.layers.Dense(30, activation="relu", input_shape=[8]),
    ...     nnlite.layers.Dense(1),
    ... ])
    >>> model.output_shape, model.count_params()
    ((None, 1), 301)
    """

    def __init__(
        self, layers: Iterable[Any] | None = None, trainable: bool = True, name: str | None = None
    ) -> None:
        super().__init__(trainable=trainable, name=name)
        self._chain: list[Layer] = []
        self._entries: Any = None  # an InputLayer, or a structure of them
        self._tensors: list[Any] = []  # what the first layer is called on, and what each returns
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

    # ------------------------------------------------------------------ putting it together

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
        layer = self._checked(layer)
        if isinstance(layer, InputLayer):
            self._enter(layer)
            self.dtype = layer.dtype if layer.dtype in ("float32", "float64") else self.dtype
            return
        entries = self._entries
        if not self._chain and entries is None:
            entries = _inputs_of(layer)
        if entries is not None:
            self._tensors = self._joined(layer, self._tensors or [_outputs(entries)])
        if not self._chain and self._entries is None:
            self.dtype = layer.dtype  # batches are cast to what the first layer computes with
        self._entries = entries
        self._chain.append(layer)
        self.built = entries is not None

    def pop(self, rebuild: bool = True) -> Layer:
        """Take the last layer off the chain, and return it.

        Parameters
        ----------
        rebuild : bool
            For Keras's sake; the layers that stay keep their weights, built as they are.

        Raises
        ------
        ValueError
            Where there is none.
        """
        if not self._chain:
            raise ValueError(f"{self.name!r} has no layers: there is nothing to pop")
        layer = self._chain.pop()
        self._tensors = self._tensors[:-1] if self._chain else self._tensors[:1]
        self.built = bool(self._chain) and self._entries is not None
        return layer

    def build(self, input_shape: Any) -> None:
        """Make the weights of all layers for inputs of this shape (its first axis is the batch).

        Raises
        ------
        ValueError
            Where there are no layers, one cannot take its inputs, or the model was built for
            inputs of another shape.
        """
        if not self._chain:
            raise ValueError(f"{self.name!r} has no layers yet: add some before it is used")
        if self._entries is not None:
            self.check_input_shape(input_shape)
            return
        with self.unbuilt_if_refused():
            entries = tree.map_structure(
                lambda shape: InputLayer(shape[1:], dtype=self.dtype), input_shape, tree.is_shape
            )
            tensors = [_outputs(entries)]
            for layer in self._chain:
                tensors = self._joined(layer, tensors)
        self._tensors = tensors
        self._entries = entries

    def _checked(self, layer: Any) -> Layer:
        """Return a layer that may be added."""
        if isinstance(layer, SymbolicTensor):
            layer = layer._keras_history.operation
            if not isinstance(layer, InputLayer):
                raise TypeError(
                    f"{self.name!r}: only Input(...) may stand among the layers of a Sequential "
                    f"model, got what {layer.name!r} returned"
                )
        if not isinstance(layer, Layer):
            wrong = (
                f"the class {layer.__name__}; write {layer.__name__}(...)"
                if isinstance(layer, type)
                else repr(layer)
            )
            raise TypeError(f"Sequential.add takes a layer, got {wrong}")
        if isinstance(layer, InputLayer):
            if self._chain or self._entries is not None:
                raise ValueError(f"{self.name!r}: an input can only come first")
        elif any(other.name == layer.name for other in self._chain):
            raise ValueError(
                f"{self.name!r} already has a layer named {layer.name!r}; every layer of a model "
                "needs a name of its own"
            )
        return layer

    def _enter(self, entries: Any) -> None:
        self._entries, self._tensors = entries, [_outputs(entries)]

    def _joined(self, layer: Layer, tensors: list[Any]) -> list[Any]:
        """Call a layer on the last of some symbolic tensors, and put what it returns behind it."""
        if not layer.built:
            layer.path = f"{self.path}/{layer.name}"
        return [*tensors, layer(tensors[-1])]

    # ------------------------------------------------------------------ calling

    def check_input_shape(self, shape: Any) -> None:
        """Raise ValueError where the model was built for inputs of another shape."""
        if self._entries is None:
            return
        if isinstance(self._entries, InputLayer):
            self._entries.check_input_shape(shape)
            return
        entries, shapes = tree.flatten(self._entries), tree.flatten(shape, tree.is_shape)
        if len(shapes) != len(entries):
            raise ValueError(f"{self.name!r} takes {len(entries)} inputs, got {len(shapes)}")
        for entry, one in zip(entries, shapes, strict=True):
            entry.check_input_shape(one)

    def _to_tensor(self, inputs: Any) -> Any:
        """Cast `inputs` as the first layer does: it says whether a list is one array or several."""
        return self._chain[0]._to_tensor(inputs) if self._chain else super()._to_tensor(inputs)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        for layer in self._chain:
            inputs = layer(inputs)
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        for layer in self._chain:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape

    def compute_output_spec(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Return what a call on symbolic tensors gives: new symbolic tensors, without a history."""
        for layer in self._chain:
            inputs = layer.compute_output_spec(inputs)
        return tree.map_structure(
            lambda one: SymbolicTensor(one.shape, one.dtype, self.name), inputs
        )

    # ------------------------------------------------------------------ as a graph

    @property
    def input(self) -> Any:
        """The symbolic inputs, in the structure of the shapes that the model was built for."""
        return self._known()[0]

    @property
    def output(self) -> Any:
        """The symbolic outputs of the last layer."""
        return self._known()[-1]

    @property
    def inputs(self) -> list[SymbolicTensor]:
        """The symbolic inputs as a list."""
        return tree.flatten(self.input)

    @property
    def outputs(self) -> list[SymbolicTensor]:
        """The symbolic outputs as a list."""
        return tree.flatten(self.output)

    @property
    def input_shape(self) -> Any:
        """The shape of a batch of inputs; its first axis is None."""
        return graph.shapes_of(self.input)

    @property
    def output_shape(self) -> Any:
        """The shape of a batch of outputs; its first axis is None."""
        return graph.shapes_of(self.output)

    def _known(self) -> list[Any]:
        if self._entries is None:
            raise ValueError(
                f"{self.name!r} does not know the shape of its inputs yet: give the first layer an "
                "input_shape, or call the model on data"
            )
        return self._tensors

    @property
    def _input_names(self) -> list[str] | None:
        if self._entries is None:
            return None
        if isinstance(self._entries, InputLayer):
            return [self._entries.name]
        return [entry.name for entry in tree.leaves(self._entries)]

    @property
    def _output_names(self) -> list[str] | None:
        return None if self._entries is None else graph.output_names(self.output)

    def _inputs_and_users(self) -> list[tuple[str | None, list[Layer]]] | None:
        if not self._chain or (self._entries is not None and tree.is_nested(self._entries)):
            return None
        declared = None if self._entries is None else self._entries.dtype
        return [(declared, first_users(self._chain[0], 0))]

    def _layer_lines(self) -> list[Line]:
        made = self._tensors[1:] if self.built else [None] * len(self._chain)
        return [
            Line(layer, None if outputs is None else graph.shapes_of(outputs))
            for layer, outputs in zip(self._chain, made, strict=True)
        ]

    def get_config(self) -> dict[str, Any]:
        """Return the chain as plain data, in the layout of Keras 3."""
        from .serialization import layer_to_config  # which knows all kinds of models

        single = isinstance(self._entries, InputLayer)
        layers = [self._entries, *self._chain] if single else self._chain
        config = {
            "name": self.name,
            "trainable": self._trainable,
            "dtype": self.dtype,
            "layers": [layer_to_config(layer) for layer in layers],
        }
        return (
            config if self._entries is None else {**config, "build_input_shape": self.input_shape}
        )

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Make a model of what `get_config` returned, with new weights.

        Parameters
        ----------
        config : dict
        custom_objects : dict of str to class, optional
            Layers of your own, by their names.

        Raises
        ------
        ValueError
            For an unknown layer.
        """
        from .serialization import layer_from_config

        model = cls(name=config.get("name"), trainable=config.get("trainable", True))
        for number, layer in enumerate(config["layers"]):
            with at_place(f"layers[{number}]"):
                model.add(layer_from_config(layer, custom_objects))
        if config.get("build_input_shape") is not None and not model.built:
            model.build(tree.map_structure(tuple, config["build_input_shape"], tree.is_shape))
        return model

    def __getstate__(self) -> dict[str, Any]:
        """Copy and pickle the graph by what it consists of."""
        return {**super().__getstate__(), "_tensors": graph.described(self._tensors[1:])}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        if self._entries is not None:
            described, self._tensors = self._tensors, [_outputs(self._entries)]
            for layer, outputs in zip(self._chain, described, strict=True):
                made = graph.revived(outputs)
                Node(layer, (self._tensors[-1],), {}, made)
                self._tensors.append(made)


def _inputs_of(first: Layer) -> Any:
    """Make input layers for a first layer that knows what it takes; else None."""
    if first._sample_shape is not None:
        return InputLayer(first._sample_shape, dtype=first.dtype)
    if isinstance(first, Model) and first._input_names is not None:
        return tree.map_structure(
            lambda one: InputLayer(batch_shape=one.shape, dtype=one.dtype), first.input
        )
    return None


def _outputs(entries: Any) -> Any:
    return tree.map_structure(lambda entry: entry.output, entries)
