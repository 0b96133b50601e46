"""What the picture of a model shows: boxes for its layers, and what leads from one to another."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

from .. import tree
from ..graph import Node, SymbolicTensor, shapes_of
from ..layers import InputLayer, Layer
from ..model_summary import kind_of
from ..models import Functional, Sequential
from ..models.network import Network

#: A layer and the number of its call, where each of its calls has a box of its own; else 0.
Key = tuple[Layer, int]


class Shown(NamedTuple):
    """What is to be shown: the arguments of `plot_model` of these names."""

    shapes: bool = False
    dtype: bool = False
    layer_names: bool = False
    layer_activations: bool = False
    trainable: bool = False
    expand_nested: bool = False


class Cell(NamedTuple):
    """A part of a box: "Output shape:" and, in bold, "(None, 8)"; or a word on a coloured ground.

    Attributes
    ----------
    label, value : str
    trainable : bool or None
        What the colour says; None for no colour.
    """

    label: str
    value: str
    trainable: bool | None = None


class Box(NamedTuple):
    """A layer: its head, and rows of cells below.

    Attributes
    ----------
    name : str
        In bold, in the head.
    remark : str
        Behind the name.
    is_input : bool
        Whether data enters here.
    rows : list of list of Cell
    """

    name: str
    remark: str
    is_input: bool
    rows: list[list[Cell]]


class Frame(NamedTuple):
    """A nested model with what is inside it."""

    name: str
    remark: str
    diagram: Diagram


class End(NamedTuple):
    """Where an arrow begins or ends: at a box, or at an output or input of a frame."""

    part: int
    port: int = 0


class Arrow(NamedTuple):
    """What leads from one part of a diagram to another."""

    source: End
    target: End


class Diagram(NamedTuple):
    """A model's boxes and frames, and what leads from one to another.

    Attributes
    ----------
    parts : list of Box or Frame
        Each behind all that lead to it.
    arrows : list of Arrow
    inputs : list of list of End
        Where each of the model's inputs leads to.
    outputs : list of End
        Where each of its outputs comes from.
    """

    parts: list[Box | Frame]
    arrows: list[Arrow]
    inputs: list[list[End]]
    outputs: list[End]


def diagram_of(model: Layer, shown: Shown) -> Diagram:
    """Return what the picture of a built model shows.

    A layer that is called several times has one box; but where one of its calls depends on
    another, each call has a box, since no arrow leads back. A subclassed model, whose graph is in
    its Python code, is one box. A Sequential shows no input, as in `model.layers`.
    """
    if not _has_graph(model):
        shape, made = _as_text(model._build_shape), _as_text(model.known_output_shape())
        return Diagram([_box(model, "", shape, made, model.dtype, shown)], [], [], [])
    graph = _network(model)
    hidden = isinstance(model, Sequential)
    nodes = [] if hidden else [entry.output.node for entry in graph.entries]
    nodes += [node for node in graph.nodes if not node.is_input]
    keys = _keys(graph, nodes)
    places = {key: place for place, key in enumerate(keys)}
    part_of = {node: places[key] for key, calls in keys.items() for node in calls}
    parts = [_part(graph, key, calls, shown) for key, calls in keys.items()]

    def end(tensor: SymbolicTensor) -> End:
        part = part_of[tensor.node]
        framed = isinstance(parts[part], Frame)
        return End(part, tensor._keras_history.tensor_index if framed else 0)

    arrows: list[Arrow] = []
    inputs: list[list[End]] = [[] if hidden else [end(entry.output)] for entry in graph.entries]
    for node in nodes:
        for port, tensor in enumerate(map(graph.source, _entering(node))):
            target = End(part_of[node], port if isinstance(parts[part_of[node]], Frame) else 0)
            if tensor.node in part_of:
                arrows.append(Arrow(end(tensor), target))
            else:
                inputs[graph.entries.index(tensor.node.operation)].append(target)
    outputs = [end(graph.source(tensor)) for tensor in graph.outputs]
    return Diagram(parts, list(dict.fromkeys(arrows)), inputs, outputs)


def _has_graph(layer: Layer) -> bool:
    return isinstance(layer, (Functional, Sequential))


def _network(model: Any) -> Network:
    if isinstance(model, Functional):
        return model._network
    return Network(model.input, model.output, model.name)


def _entering(node: Node) -> list[SymbolicTensor]:
    """Return the tensors of a call; those of a functional model in the order of its inputs."""
    if isinstance(node.operation, Functional):
        return node.operation._matched(node.args[0])
    return node.input_tensors


def _keys(graph: Network, nodes: list[Node]) -> dict[Key, list[Node]]:
    """Say which calls share a box, and order the boxes: each behind those that lead to it."""
    apart: set[Layer] = set()  # layers whose calls have boxes of their own
    while True:
        key_of = {
            node: (node.operation, graph.numbers[node] if node.operation in apart else 0)
            for node in nodes
        }
        order: TopologicalSorter[Key] = TopologicalSorter()
        for node, key in key_of.items():
            before = [graph.source(tensor).node for tensor in node.input_tensors]
            order.add(key, *(key_of[one] for one in before if one in key_of))
        try:
            keys: dict[Key, list[Node]] = {key: [] for key in order.static_order()}
        except CycleError as error:
            apart |= {layer for layer, _ in error.args[1]}
            continue
        for node, key in key_of.items():
            keys[key].append(node)
        return keys


def _part(graph: Network, key: Key, calls: list[Node], shown: Shown) -> Box | Frame:
    layer, number = key
    count = sum(node.operation is layer for node in graph.nodes)
    call = f", call {number + 1} of {count}" if len(calls) < count else ""
    if shown.expand_nested and _has_graph(layer):
        return Frame(layer.name, f" ({kind_of(layer)}){call}", diagram_of(layer, shown))
    entering = _as_text(shapes_of(calls[0].input_tensors))
    leaving = _as_text(shapes_of(calls[0].output_tensors))
    dtypes = ", ".join(dict.fromkeys(tensor.dtype for tensor in calls[0].output_tensors))
    return _box(layer, call, entering, leaving, dtypes, shown)


def _box(
    layer: Layer, call: str, input_shape: str, output_shape: str, dtype: str, shown: Shown
) -> Box:
    """Say of a layer what is to be shown of it."""
    kind = kind_of(layer)
    name, remark = (layer.name, f" ({kind}){call}") if shown.layer_names else (kind, call)
    is_input = isinstance(layer, InputLayer)
    rows: list[list[Cell]] = []
    activation = getattr(layer, "activation", None)
    if shown.layer_activations and activation is not None:
        plain = getattr(activation, "__name__", type(activation).__name__)
        rows.append([Cell("Activation:", str(getattr(activation, "name", plain)))])
    cells = []
    if shown.shapes:
        if not is_input:
            cells.append(Cell("Input shape:", input_shape))
        cells.append(Cell("Output shape:", output_shape))
    if shown.dtype:
        cells.append(Cell("Output dtype:", dtype))
    if shown.trainable and layer.weights:
        word = "Trainable" if layer.trainable else "Non-trainable"
        cells.append(Cell("", word, layer.trainable))
    return Box(name, remark, is_input, [*rows, cells] if cells else rows)


def _as_text(shapes: Any) -> str:
    """Write a shape; of several, each on a line."""
    if shapes is None:
        return "?"
    return "\n".join(str(tuple(shape)) for shape in tree.leaves(shapes, tree.is_shape))
