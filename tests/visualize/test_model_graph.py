"""What the picture of a model shows."""

import pytest

import nnlite
from nnlite import Input, Model, Sequential
from nnlite.layers import Dense, Layer, concatenate
from nnlite.visualize.model_graph import Box, Cell, Frame, Shown, diagram_of

from .models import auto_encoder, classifier, shared, two_by_two

pytestmark = pytest.mark.one_table

ALL = Shown(True, True, True, True, True)


def arrows(diagram):
    """The arrows by the names of the parts."""
    names = [part.name for part in diagram.parts]
    return {
        (names[one.source.part], one.source.port, names[one.target.part], one.target.port)
        for one in diagram.arrows
    }


def test_a_box_says_what_is_asked_for() -> None:
    box = diagram_of(classifier(), ALL).parts[1]
    assert (box.name, box.remark, box.is_input) == ("dense", " (Dense)", False)
    assert box.rows == [
        [Cell("Activation:", "relu")],
        [
            Cell("Input shape:", "(None, 784)"),
            Cell("Output shape:", "(None, 300)"),
            Cell("Output dtype:", "float32"),
            Cell("", "Trainable", True),
        ],
    ]
    assert diagram_of(classifier(), Shown()).parts[1] == Box("Dense", "", False, [])


def test_layers_without_weights_are_neither_trainable_nor_not() -> None:
    model = classifier()
    model.layers[1].trainable = False
    flatten, frozen, *_ = diagram_of(model, Shown(trainable=True)).parts
    assert flatten.rows == []
    assert frozen.rows == [[Cell("", "Non-trainable", False)]]


def test_a_sequential_is_a_chain_without_its_input() -> None:
    diagram = diagram_of(classifier(), Shown(layer_names=True))
    assert arrows(diagram) == {
        ("flatten", 0, "dense", 0),
        ("dense", 0, "dense_1", 0),
        ("dense_1", 0, "dense_2", 0),
    }


def test_two_inputs_and_two_outputs() -> None:
    diagram = diagram_of(two_by_two(), Shown(shapes=True, layer_names=True))
    assert [part.name for part in diagram.parts[:2]] == ["wide", "deep"]  # as they were given
    assert arrows(diagram) == {
        ("deep", 0, "h1", 0),
        ("h1", 0, "h2", 0),
        ("h2", 0, "both", 0),
        ("wide", 0, "both", 0),
        ("h2", 0, "aux", 0),
        ("both", 0, "main", 0),
    }
    parts = {part.name: part for part in diagram.parts}
    assert parts["wide"].is_input
    assert parts["wide"].rows == [[Cell("Output shape:", "(None, 5)")]]
    assert parts["both"].rows[0][0] == Cell("Input shape:", "(None, 5)\n(None, 4)")


def test_each_part_stands_behind_those_that_lead_to_it() -> None:
    for model in (two_by_two(), auto_encoder(), shared()):
        for expand in (True, False):
            for arrow in diagram_of(model, Shown(expand_nested=expand)).arrows:
                assert arrow.source.part < arrow.target.part


def test_a_nested_model_is_a_box_or_a_frame() -> None:
    collapsed = diagram_of(auto_encoder(), Shown(layer_names=True))
    assert all(isinstance(part, Box) for part in collapsed.parts)
    assert ("encoder", 0, "decoder", 0) in arrows(collapsed)

    diagram = diagram_of(auto_encoder(), Shown(layer_names=True, expand_nested=True))
    frames = {part.name: part for part in diagram.parts if isinstance(part, Frame)}
    assert list(frames) == ["encoder", "decoder"]
    encoder = frames["encoder"].diagram
    names = [part.name for part in encoder.parts]
    assert [[names[end.part] for end in ends] for ends in encoder.inputs] == [["enc_in"]]
    assert [names[end.part] for end in encoder.outputs] == ["code", "side"]
    assert ("encoder", 1, "head", 0) in arrows(diagram)  # its second output
    decoder = frames["decoder"].diagram  # a Sequential: its input leads right to the first layer
    assert [part.name for part in decoder.parts] == ["dec1", "dec2"]
    assert decoder.inputs == [[(0, 0)]]
    assert decoder.outputs == [(1, 0)]


def test_inputs_by_name_enter_where_they_belong() -> None:
    inner = two_by_two()
    inner.name = "inner"
    wide, deep = Input((5,), name="w"), Input((6,), name="d")
    main, _ = inner({"deep": deep, "wide": wide})
    diagram = diagram_of(Model([wide, deep], main), Shown(layer_names=True, expand_nested=True))
    assert arrows(diagram) == {("w", 0, "inner", 0), ("d", 0, "inner", 1)}


def test_a_shared_layer_has_one_box() -> None:
    assert arrows(diagram_of(shared(), Shown(layer_names=True))) == {
        ("left", 0, "twin", 0),
        ("right", 0, "twin", 0),
        ("twin", 0, "both", 0),
        ("both", 0, "out", 0),
    }


def test_calls_that_depend_on_each_other_have_boxes_of_their_own() -> None:
    step = Dense(4, name="step")
    x = Input((4,), name="x")
    diagram = diagram_of(Model(x, step(step(x))), Shown(layer_names=True))
    assert [part.remark for part in diagram.parts] == [
        " (InputLayer)",
        " (Dense), call 1 of 2",
        " (Dense), call 2 of 2",
    ]
    assert diagram.arrows == [((0, 0), (1, 0)), ((1, 0), (2, 0))]


def test_ops_are_named_as_in_the_summary() -> None:
    x = Input((4,))
    parts = diagram_of(Model(x, nnlite.ops.exp(x[:, :2])), Shown()).parts
    assert [part.name for part in parts] == ["InputLayer", "GetItem", "Exp"]


def test_a_subclassed_model_is_one_box_and_can_be_made_a_graph() -> None:
    class Own(Model):
        def __init__(self):
            super().__init__(name="own")
            self.first, self.last = Dense(3, name="first"), Dense(1, name="last")

        def call(self, inputs):
            return self.last(self.first(inputs))

    model = Own()
    model.build((None, 4))
    (box,) = diagram_of(model, ALL).parts
    assert (box.name, box.remark) == ("own", " (Own)")
    assert [cell.value for cell in box.rows[0]] == [
        "(None, 4)",
        "(None, 1)",
        "float32",
        "Trainable",
    ]
    x = Input((4,), name="x")
    graph = diagram_of(Model(x, model.call(x)), Shown(layer_names=True))
    assert arrows(graph) == {("x", 0, "first", 0), ("first", 0, "last", 0)}


def test_activations_of_ones_own_are_named() -> None:
    class Scaled(Layer):
        def __init__(self, activation):
            super().__init__()
            self.activation = activation

        def call(self, inputs):
            return self.activation(inputs)

    class Twice:
        def __call__(self, x):
            return 2 * x

    def halved(x):
        return x / 2

    model = Sequential([Input((2,)), Scaled(halved), Scaled(Twice())])
    values = [
        part.rows[0][0].value for part in diagram_of(model, Shown(layer_activations=True)).parts
    ]
    assert values == ["halved", "Twice"]


def test_arrows_that_are_the_same_are_one() -> None:
    x = Input((3,), name="x")
    diagram = diagram_of(Model(x, concatenate([x, x], name="both")), Shown(layer_names=True))
    assert len(diagram.arrows) == 1
