"""Functional: a model that is a graph of layers."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from .. import graph, ops, tree
from ..errors import did_you_mean
from ..graph import Node, SymbolicTensor
from ..inputs import first_users, held_dtypes
from ..layers import Layer
from ..layers.base import as_numbers
from ..layers.operation import Operation
from ..model_summary import Line
from ..tensor import Tensor
from .model import Model
from .network import Network, filled, revived, with_slots


class Functional(Model):
    """A graph of layers, from inputs to outputs; `nnlite.Model(inputs=..., outputs=...)` makes it.

    Parameters
    ----------
    inputs : SymbolicTensor, or list, tuple or dict of them
        Made by `Input(...)`; or what a layer of another model returned, for a part of it.
    outputs : SymbolicTensor, or list, tuple or dict of them
        What layers returned that were called on the inputs (and on what came of them).
    name : str, optional
    trainable : bool
    **kwargs
        What every layer takes.

    Raises
    ------
    TypeError, ValueError
        Where the outputs are not made of the inputs alone, or two layers have one name.
    """

    def __init__(
        self,
        inputs: Any,
        outputs: Any,
        name: str | None = None,
        trainable: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, trainable=trainable, **kwargs)
        self._connect(_one(inputs), _one(outputs))
        floats = [one.dtype for one in self.inputs if one.dtype in ("float32", "float64")]
        self.dtype = floats[0] if floats else self.dtype

    def _connect(self, inputs: Any, outputs: Any) -> None:
        """Take over a graph: what is called one after the other, and on what."""
        network = Network(inputs, outputs, self.name)
        self._operations: list[Layer] = network.operations
        self._network = network
        self._inputs, self._outputs = inputs, outputs
        self._entries = network.entries
        places: dict[int, int] = {}  # of each symbolic tensor's value

        def place(tensor: SymbolicTensor) -> int:
            return places.setdefault(id(network.source(tensor)), len(places))

        self._input_places = [place(tensor) for tensor in network.inputs]
        self._program = [
            (
                node.operation,
                *_arguments(node, place),
                _only([place(t) for t in node.output_tensors]),
            )
            for node in network.nodes
            if not node.is_input
        ]
        self._output_places = [place(tensor) for tensor in network.outputs]
        self._size = len(places)
        self.built = True

    # ------------------------------------------------------------------ the graph

    def _inputs_and_users(self) -> list[tuple[str | None, list[Layer]]]:
        # Not kept as an attribute, where layers of inner models would count as this one's own.
        users: dict[int, list[Layer]] = {id(entry.output): [] for entry in self._entries}
        for node in self._network.nodes:
            for place, tensor in enumerate(node.input_tensors):
                found = users.get(id(self._network.source(tensor)))
                if found is not None:
                    found += first_users(node.operation, place)
        return [(entry.dtype, users[id(entry.output)]) for entry in self._entries]

    @functools.cached_property
    def _held_inputs(self) -> list[Any]:
        """What each input is cast to."""
        return held_dtypes(self, len(self._entries))

    @property
    def operations(self) -> list[Layer]:
        """Everything in the graph, in order: the layers, and the ops that were called by name."""
        return list(self._operations)

    @property
    def layers(self) -> list[Layer]:
        """The layers of the graph, in order, and those among the attributes of a subclass."""
        return [layer for layer in super().layers if not isinstance(layer, Operation)]

    @property
    def input(self) -> Any:
        """The symbolic inputs, in the structure that they were given in."""
        return self._inputs

    @property
    def output(self) -> Any:
        """The symbolic outputs, in the structure that they were given in."""
        return self._outputs

    @property
    def inputs(self) -> list[SymbolicTensor]:
        """The symbolic inputs as a list."""
        return tree.flatten(self._inputs)

    @property
    def outputs(self) -> list[SymbolicTensor]:
        """The symbolic outputs as a list."""
        return tree.flatten(self._outputs)

    @property
    def input_names(self) -> list[str]:
        """The names of the inputs, by which data in a dict is matched."""
        return [entry.name for entry in self._entries]

    @property
    def output_names(self) -> list[str]:
        """The names of the outputs: their layers', or their keys where they are a dict."""
        return graph.output_names(tree.map_structure(self._network.source, self._outputs))

    @property
    def _input_names(self) -> list[str]:
        return self.input_names

    @property
    def _output_names(self) -> list[str]:
        return self.output_names

    @property
    def _output_structure(self) -> Any:
        return tree.map_structure(lambda _: None, self._outputs)

    def get_config(self) -> dict[str, Any]:
        """Return the graph as plain data, in the layout of Keras 3."""
        from . import serialization  # which knows all kinds of models

        config = serialization.graph_to_config(self._network, self._inputs, self._outputs)
        return {"name": self.name, "trainable": self._trainable, **config}

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
        from . import serialization

        inputs, outputs = serialization.graph_from_config(config, custom_objects)
        return cls(
            inputs, outputs, name=config.get("name"), trainable=config.get("trainable", True)
        )

    def __getstate__(self) -> dict[str, Any]:
        """Copy and pickle the graph by what it consists of."""
        left_out = ("_network", "_inputs", "_outputs", "_program")
        state = {key: value for key, value in super().__getstate__().items() if key not in left_out}
        return {**state, "_graph": self._network.described(self._inputs, self._outputs)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        described = state.pop("_graph")
        vars(self).update(state)
        self._connect(*revived(described))

    def _branches(self) -> bool:
        calls = [node for node in self._network.nodes if not node.is_input]
        users = [self._network.source(t) for node in calls for t in node.input_tensors]
        several = len(self._entries) > 1 or len(calls) != len(self._operations) - 1
        return several or len(users) > len(set(users)) or len(users) > len(calls)

    def _layer_lines(self) -> list[Line]:
        nodes: dict[Layer, list[Node]] = {layer: [] for layer in self._operations}
        for node in self._network.nodes:
            nodes[node.operation].append(node)
        others = [Line(layer, None) for layer in self.layers if layer not in nodes]
        return [
            Line(layer, graph.shapes_of(calls[0].outputs), self._connections(calls))
            for layer, calls in nodes.items()
        ] + others

    def _connections(self, calls: list[Node]) -> list[str]:
        """Name the tensors that a layer is called on."""
        found = []
        for node in calls:
            for tensor in map(self._network.source, node.input_tensors):
                operation, _, index = tensor._keras_history
                found.append(f"{operation.name}[{self._network.numbers[tensor.node]}][{index}]")
        return found

    # ------------------------------------------------------------------ calling

    def call(self, inputs: Any) -> Any:
        """Call the layers one after the other."""
        values: list[Any] = [None] * self._size
        for place, value in zip(self._input_places, self._matched(inputs), strict=True):
            values[place] = value
        for layer, source, arguments, target in self._program:
            if isinstance(source, int):
                outputs = layer(values[source])
            elif source is not None:
                outputs = layer([values[place] for place in source])
            else:
                args, kwargs = filled(arguments, values)
                outputs = layer(*args, **kwargs)
            if isinstance(target, int):
                values[target] = outputs
            else:
                for place, output in zip(target, tree.leaves(outputs), strict=True):
                    values[place] = output
        found = [values[place] for place in self._output_places]
        return found[0] if isinstance(self._outputs, SymbolicTensor) else self._packed(found)

    def _packed(self, flat: list[Any]) -> Any:
        return tree.pack(self._outputs, flat)

    def _matched(self, inputs: Any) -> list[Any]:
        """Return a list of what `inputs` holds for each input, by name or position."""
        if isinstance(inputs, (Tensor, np.ndarray, SymbolicTensor)) and len(self._entries) == 1:
            return [inputs]
        found = _by_name(self._inputs, self.input_names, inputs, self.name)
        if len(found) != len(self._entries):
            raise ValueError(
                f"{self.name!r} takes {len(self._entries)} inputs ({', '.join(self.input_names)}), "
                f"got {len(found)}"
            )
        return found

    def _to_tensor(self, inputs: Any) -> Any:
        """Match `inputs` with the model's, and cast each to its dtype."""
        flat = [
            _cast(value, dtype, entry.name)
            for value, entry, dtype in zip(
                self._matched(inputs), self._entries, self._held_inputs, strict=True
            )
        ]
        return flat[0] if len(flat) == 1 else flat

    def check_input_shape(self, shape: Any) -> None:
        """Raise ValueError where a shape, or one of several, is not its input's."""
        for entry, given in zip(self._entries, self._matched_shapes(shape), strict=True):
            entry.check_input_shape(tuple(given))

    def _matched_shapes(self, shapes: Any) -> list[Any]:
        wrapped = tree.map_structure(_Shape, shapes, tree.is_shape)
        return [one.shape for one in self._matched(wrapped)]

    def build(self, input_shape: Any) -> None:
        """Check a shape: the weights are there already."""
        self.check_input_shape(input_shape)

    def compute_output_spec(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Return new symbolic outputs for symbolic inputs of the model's shapes, or of others."""
        flat = self._matched(inputs)
        same = all(
            tuple(given.shape[1:]) == entry.batch_shape[1:]
            for given, entry in zip(flat, self._entries, strict=True)
        )
        if not same:
            return self._tried(flat if len(flat) > 1 else flat[0], (), {})
        batch = flat[0].shape[0]
        return tree.map_structure(
            lambda one: SymbolicTensor(
                (batch, *one.shape[1:]) if one.shape[:1] == (None,) else one.shape,
                one.dtype,
                self.name,
            ),
            self._outputs,
        )

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shapes of the outputs, in their structure, for inputs of some shapes."""
        flat = [
            SymbolicTensor(shape, entry.dtype, entry.name)
            for shape, entry in zip(self._matched_shapes(input_shape), self._entries, strict=True)
        ]
        return graph.shapes_of(self.compute_output_spec(flat if len(flat) > 1 else flat[0]))


def _shape(value: Any) -> Any:
    return getattr(value, "shape", ())


class _Shape:
    """A shape as a leaf of a structure."""

    def __init__(self, shape: Any) -> None:
        self.shape = shape


def _one(structure: Any) -> Any:
    """A list of one is the one, as in Keras."""
    if isinstance(structure, (list, tuple)) and len(structure) == 1:
        return structure[0]
    return structure


def _only(places: list[int]) -> Any:
    return places[0] if len(places) == 1 else places


def _arguments(node: Node, place: Any) -> tuple[int | list[int] | None, Any]:
    """Where a node's only argument stands, or the parts of a list; or all of them, with slots."""
    if len(node.args) == 1 and not node.kwargs:
        (only,) = node.args
        if isinstance(only, SymbolicTensor):
            return place(only), None
        if isinstance(only, list) and all(isinstance(part, SymbolicTensor) for part in only):
            return [place(part) for part in only], None
    return None, with_slots((node.args, node.kwargs), place)


def _cast(value: Any, dtype: Any, name: str) -> Tensor:
    if isinstance(value, Tensor):
        return value if value.dtype == dtype else ops.cast(value, dtype)
    array = as_numbers(value, f"The input {name!r}")
    return Tensor(array.astype(dtype, copy=False), False)


def _by_name(expected: Any, names: list[str], given: Any, model: str) -> list[Any]:
    """Bring what was given for a structure of inputs into their order."""
    if isinstance(given, dict):
        keys = tree.sorted_keys(expected) if isinstance(expected, dict) else names
        missing = [key for key in keys if key not in given]
        if missing:
            got = ", ".join(map(repr, given))
            raise ValueError(
                f"{model!r}: the input {missing[0]!r} is missing among {got}."
                f"{did_you_mean(str(missing[0]), map(str, given))}"
            )
        if not isinstance(expected, dict):
            return [given[key] for key in keys]
        parts = [(expected[key], given[key]) for key in keys]
    elif isinstance(given, (list, tuple)) and tree.is_nested(expected):
        inner = (
            [expected[k] for k in tree.sorted_keys(expected)]
            if isinstance(expected, dict)
            else expected
        )
        if len(given) != len(inner):
            return tree.flatten(given)
        parts = list(zip(inner, given, strict=True))
    elif isinstance(given, (list, tuple)) and len(given) == 1 and len(_shape(given[0])) > 1:
        return list(given)
    else:
        return [given]
    return [leaf for part, value in parts for leaf in _by_name(part, names, value, model)]
