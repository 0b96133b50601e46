"""The part of a graph between some inputs and some outputs: found, checked and put in order."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from .. import graph, tree
from ..graph import Node, SymbolicTensor, described
from ..layers import InputLayer, Layer

Structure = Any


class Slot(NamedTuple):
    """Where, among all values of a graph, that of a symbolic tensor stands."""

    place: int


def with_slots(structure: Any, place: Callable[[SymbolicTensor], int]) -> Any:
    """Return a structure with a slot for each symbolic tensor."""
    return tree.map_structure(
        lambda leaf: Slot(place(leaf)) if isinstance(leaf, SymbolicTensor) else leaf, structure
    )


def filled(structure: Any, values: Any) -> Any:
    """Return a structure with the values that belong into its slots."""
    return tree.map_structure(
        lambda leaf: values[leaf.place] if isinstance(leaf, Slot) else leaf, structure, _is_slot
    )


def _is_slot(value: Any) -> bool:
    return isinstance(value, Slot)


class Network:
    """What computes `outputs` of `inputs`.

    A node's depth is its distance from the outputs, the longest way; the nodes of a layer that is
    called several times count as deep as the deepest. The deepest come first; among equals, what
    the outputs lead to first. That is Keras's order, and that of a model's layers and weights.

    Parameters
    ----------
    inputs, outputs : structure of SymbolicTensor
        An input may lie in the middle of another model: there is an InputLayer in its place then.
    name : str
        The model's, for messages.

    Attributes
    ----------
    nodes : list of Node
        Each behind all that it depends on, the input layers' among them.
    operations : list of Layer
        Those that the nodes call, each once, in Keras's order.
    entries : list of InputLayer
        One for each input.

    Raises
    ------
    TypeError
        For inputs or outputs that are no symbolic tensors.
    ValueError
        Where the outputs need more than the inputs, an input is given twice, or two layers have
        one name.
    """

    def __init__(self, inputs: Structure, outputs: Structure, name: str) -> None:
        self.name = name
        self.inputs = _symbolic(inputs, "inputs", name)
        self.outputs = _symbolic(outputs, "outputs", name)
        self.entries = [_entry(tensor) for tensor in self.inputs]
        self._entry_of = {
            id(tensor): entry.output
            for tensor, entry in zip(self.inputs, self.entries, strict=True)
        }
        if len(self._entry_of) < len(self.inputs):
            raise ValueError(f"{name!r}: an input is given twice: {_names(self.inputs)}")
        self._found: dict[Layer, int] = {}
        self.nodes, self.operations = self._in_order(self._explored())
        self._check_names()

    def source(self, tensor: SymbolicTensor) -> SymbolicTensor:
        """Return the tensor itself, or that of the input layer which stands in its place."""
        return self._entry_of.get(id(tensor), tensor)

    @functools.cached_property
    def numbers(self) -> dict[Node, int]:
        """Number the calls of each layer, in the order in which they were made."""
        calls: dict[Layer, list[Node]] = {}
        for node in self.nodes:
            calls.setdefault(node.operation, []).append(node)
        for operation, nodes in calls.items():
            nodes.sort(key=operation._inbound_nodes.index)
        return {node: place for nodes in calls.values() for place, node in enumerate(nodes)}

    def described(self, inputs: Structure, outputs: Structure) -> dict[str, Any]:
        """Return what `revived` makes the same graph of, over copies of the layers."""
        places: dict[int, int] = {}

        def place(tensor: SymbolicTensor) -> int:
            return places.setdefault(id(self.source(tensor)), len(places))

        return {
            "entries": [(entry, place(entry.output)) for entry in self.entries],
            "nodes": [
                (
                    node.operation,
                    with_slots((node.args, node.kwargs), place),
                    [place(tensor) for tensor in node.output_tensors],
                    described(node.outputs),
                )
                for node in self.nodes
                if not node.is_input
            ],
            "ends": with_slots((inputs, outputs), place),
        }

    def _explored(self) -> list[Node]:
        """All nodes that the outputs depend on, each behind those it depends on.

        A walk in depth with a stack of its own, since a graph may be deeper than Python's.
        """
        order: list[Node] = []
        seen: set[Node] = set()
        for output in self.outputs:
            if self.source(output).node in seen:
                continue
            stack = [self._opened(output, None, seen)]
            while stack:
                node, tensors = stack[-1]
                for tensor in tensors:
                    if self.source(tensor).node not in seen:
                        stack.append(self._opened(tensor, node, seen))
                        break
                else:
                    order.append(node)
                    stack.pop()
        return order

    def _opened(self, tensor: SymbolicTensor, needed_by: Node | None, seen: set[Node]) -> Any:
        """Return a node and an iterator over what it needs."""
        node = self.source(tensor).node
        if node.is_input and id(tensor) not in self._entry_of:
            what = "an output" if needed_by is None else f"the layer {needed_by.operation.name!r}"
            raise ValueError(
                f"The graph of {self.name!r} is disconnected: {what} needs {tensor!r}, which comes "
                f"from none of the inputs ({_names(self.inputs)}); add it to them, or build the "
                "layers on them"
            )
        seen.add(node)
        self._found.setdefault(node.operation, len(self._found))
        return node, iter(node.input_tensors)

    def _in_order(self, explored: list[Node]) -> tuple[list[Node], list[Layer]]:
        """Sort nodes and operations by depth."""
        depths: dict[Node, int] = {}
        depth_of: dict[Layer, int] = {}
        for node in reversed(explored):
            depth = max(depths.get(node, 0), depth_of.get(node.operation, 0))
            depths[node] = depth_of[node.operation] = depth
            for tensor in node.input_tensors:
                parent = self.source(tensor).node
                depths[parent] = max(depths.get(parent, 0), depth + 1)
        for entry in self.entries:  # those that no output needs come last, but before the outputs
            if entry not in depth_of:
                depth_of[entry], self._found[entry] = 0, -1
                depths[entry.output.node] = 0
                explored = [entry.output.node, *explored]
        nodes = sorted(explored, key=lambda node: -depths[node])
        operations = sorted(depth_of, key=lambda one: (-depth_of[one], self._found[one]))
        return nodes, operations

    def _check_names(self) -> None:
        for name, count in Counter(one.name for one in self.operations).items():
            if count > 1:
                raise ValueError(
                    f"{self.name!r}: {count} layers have the name {name!r}; every layer of a model "
                    "needs a name of its own: give one another name=..."
                )


def revived(description: dict[str, Any]) -> tuple[Structure, Structure]:
    """Make a graph again, without calling its layers; return its inputs and outputs."""
    values = {place: entry.output for entry, place in description["entries"]}
    for operation, arguments, places, outputs in description["nodes"]:
        args, kwargs = filled(arguments, values)
        node = Node(operation, args, kwargs, graph.revived(outputs))
        values |= zip(places, node.output_tensors, strict=True)
    inputs, outputs = filled(description["ends"], values)
    return inputs, outputs


def _entry(tensor: SymbolicTensor) -> InputLayer:
    """Return the input layer of a symbolic tensor: a new one where it is no `Input`."""
    operation, _, index = tensor._keras_history
    if isinstance(operation, InputLayer):
        return operation
    several = len(tensor.node.output_tensors) > 1
    name = f"{operation.name}_output{f'_{index}' if several else ''}"
    return InputLayer(batch_shape=tensor.shape, dtype=tensor.dtype, name=name)


def _symbolic(structure: Structure, what: str, name: str) -> list[SymbolicTensor]:
    flat = tree.flatten(structure)
    wrong = [leaf for leaf in flat if not isinstance(leaf, SymbolicTensor)]
    if wrong or not flat:
        got = "none" if not flat else f"{type(wrong[0]).__name__} {str(wrong[0])[:60]!r}"
        hint = (
            "make them with Input(shape=...)"
            if what == "inputs"
            else "they are what layers return that are called on the inputs"
        )
        raise TypeError(f"{name!r}: the {what} of a model are symbolic tensors, got {got}; {hint}")
    return flat


def _names(tensors: list[SymbolicTensor]) -> str:
    return ", ".join(tensor.name for tensor in tensors)
