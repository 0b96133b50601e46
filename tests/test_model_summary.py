"""The table of model.summary(), letter by letter as Keras 3 prints it on a terminal of 80."""

import pytest

from nnlite import Input, Model, Sequential
from nnlite.layers import Dense, Flatten, Layer, add, concatenate
from nnlite.model_summary import readable_size

pytestmark = pytest.mark.one_table

#: Printed by Keras 3.15.1.
THE_BOOKS_MODEL = """\
Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ flatten (Flatten)               │ (None, 784)            │             0 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense (Dense)                   │ (None, 300)            │       235,500 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense_1 (Dense)                 │ (None, 100)            │        30,100 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense_2 (Dense)                 │ (None, 10)             │         1,010 │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 266,610 (1.02 MB)
 Trainable params: 266,610 (1.02 MB)
 Non-trainable params: 0 (0.00 B)
"""

#: Printed by Keras 3.15.1 of a model without an input shape.
UNBUILT = """\
Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ dense (Dense)                   │ ?                      │   0 (unbuilt) │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense_1 (Dense)                 │ ?                      │   0 (unbuilt) │
└─────────────────────────────────┴────────────────────────┴───────────────┘
 Total params: 0 (0.00 B)
 Trainable params: 0 (0.00 B)
 Non-trainable params: 0 (0.00 B)
"""

#: Printed by Keras 3.15.1 with line_length=60 (its first two layers).
NARROW = """\
┏━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━┓
┃ Layer (type)             ┃ Output Shape      ┃   Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━┩
│ flatten (Flatten)        │ (None, 784)       │         0 │
├──────────────────────────┼───────────────────┼───────────┤
│ dense (Dense)            │ (None, 300)       │   235,500 │
"""


def the_books_model():
    return Sequential(
        [
            Flatten(input_shape=[28, 28]),
            Dense(300, activation="relu"),
            Dense(100, activation="relu"),
            Dense(10, activation="softmax"),
        ]
    )


def test_the_books_model(capsys):
    the_books_model().summary()
    assert capsys.readouterr().out == THE_BOOKS_MODEL


def test_an_unbuilt_model(capsys):
    Sequential([Dense(3), Dense(2)]).summary()
    assert capsys.readouterr().out == UNBUILT


def test_a_deferred_model_knows_its_shapes_once_it_was_built(capsys):
    model = Sequential([Dense(3), Dense(2)])
    model.build((None, 4))
    model.summary()
    printed = capsys.readouterr().out
    assert "│ dense (Dense)                   │ (None, 3)              │            15 │" in printed
    assert "Total params: 23 (92.00 B)" in printed


def test_another_line_length(capsys):
    the_books_model().summary(line_length=60)
    assert NARROW in capsys.readouterr().out


def test_what_is_frozen_is_counted_apart(capsys):
    model = Sequential([Dense(3, input_shape=(4,)), Dense(2)], name="named")
    model.layers[1].trainable = False
    model.summary()
    printed = capsys.readouterr().out
    assert printed.startswith('Model: "named"\n')
    assert " Total params: 23 (92.00 B)\n" in printed
    assert " Trainable params: 15 (60.00 B)\n" in printed
    assert " Non-trainable params: 8 (32.00 B)\n" in printed


def test_a_model_frozen_as_a_whole_trains_nothing(capsys):
    Sequential([Dense(3, input_shape=(2,))], trainable=False).summary()
    printed = capsys.readouterr().out
    assert " Trainable params: 0 (0.00 B)\n" in printed
    assert " Non-trainable params: 9 (36.00 B)\n" in printed


def test_a_column_grows_where_a_name_needs_it(capsys):
    name = "a_layer_with_a_name_that_is_longer_than_its_column"
    Sequential([Dense(3, input_shape=(2,), name=name)]).summary()
    lines = capsys.readouterr().out.splitlines()
    assert f"│ {name} │" in lines[4]
    assert f"│ {'(Dense)':{len(name)}} │" in lines[5]
    assert len({len(line) for line in lines[1:6]}) == 1


def test_print_fn_receives_the_whole_table():
    received = []
    the_books_model().summary(print_fn=received.append)
    assert received == [THE_BOOKS_MODEL.rstrip("\n")]


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0.00 B"),
        (1023, "1023.00 B"),
        (1024, "1.00 KB"),
        (1_044_032, "1019.56 KB"),
        (4 * 266_610, "1.02 MB"),
        (3 << 40, "3.00 TB"),
        (3 << 52, "12288.00 TB"),
    ],
)
def test_readable_size(size, text):
    assert readable_size(size) == text


# -------------------------------------------------------------------------------------- graphs

#: Printed by Keras 3.15.1.
WIDE_AND_DEEP = """\
Model: "functional"
┏━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━┓
┃ Layer (type)        ┃ Output Shape      ┃    Param # ┃ Connected to      ┃
┡━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━┩
│ inp (InputLayer)    │ (None, 8)         │          0 │ -                 │
├─────────────────────┼───────────────────┼────────────┼───────────────────┤
│ dense (Dense)       │ (None, 30)        │        270 │ inp[0][0]         │
├─────────────────────┼───────────────────┼────────────┼───────────────────┤
│ dense_1 (Dense)     │ (None, 30)        │        930 │ dense[0][0]       │
├─────────────────────┼───────────────────┼────────────┼───────────────────┤
│ concatenate         │ (None, 38)        │          0 │ inp[0][0],        │
│ (Concatenate)       │                   │            │ dense_1[0][0]     │
├─────────────────────┼───────────────────┼────────────┼───────────────────┤
│ dense_2 (Dense)     │ (None, 1)         │         39 │ concatenate[0][0] │
└─────────────────────┴───────────────────┴────────────┴───────────────────┘
 Total params: 1,239 (4.84 KB)
 Trainable params: 1,239 (4.84 KB)
 Non-trainable params: 0 (0.00 B)
"""

#: Printed by Keras 3.15.1, which cuts "Trainable" too.
SHOW_TRAINABLE = """\
Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━┳━━━━━━━┓
┃ Layer (type)                ┃ Output Shape          ┃    Param # ┃ Trai… ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━╇━━━━━━━┩
│ dense (Dense)               │ (None, 2)             │          8 │   Y   │
├─────────────────────────────┼───────────────────────┼────────────┼───────┤
│ dense_1 (Dense)             │ (None, 1)             │          3 │   N   │
└─────────────────────────────┴───────────────────────┴────────────┴───────┘
"""

#: Printed by Keras 3.15.1.
NESTED = """\
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ enc (Sequential)                │ (None, 2)              │            23 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│    └ dense (Dense)              │ (None, 3)              │            15 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│    └ dense_1 (Dense)            │ (None, 2)              │             8 │
├─────────────────────────────────┼────────────────────────┼───────────────┤
│ dense_2 (Dense)                 │ (None, 1)              │             3 │
└─────────────────────────────────┴────────────────────────┴───────────────┘
"""


def printed(model, **arguments):
    received = []
    model.summary(print_fn=received.append, **arguments)
    return f"{received[0]}\n"


def test_a_graph_says_what_is_connected_to_what():
    x = Input((8,), name="inp")
    first, second = Dense(30, activation="relu"), Dense(30, activation="relu")
    both = concatenate([x, second(first(x))])
    assert printed(Model(x, Dense(1)(both))) == WIDE_AND_DEEP


def test_a_graph_that_is_a_chain_is_shown_as_a_chain():
    x = Input((4,))
    assert "Connected to" not in printed(Model(x, Dense(2)(Dense(3)(x))))
    shared = Dense(4)
    assert "dense_2[0][0]" in printed(Model(x, shared(shared(x))))


def test_which_layers_are_trainable():
    model = Sequential([Input((3,)), Dense(2), Dense(1, trainable=False)])
    assert printed(model, show_trainable=True).startswith(SHOW_TRAINABLE)


def test_nested_models_are_shown_where_asked_for():
    inner = Sequential([Input((4,)), Dense(3), Dense(2)], name="enc")
    model = Sequential([inner, Dense(1)])
    assert NESTED in printed(model, expand_nested=True)
    assert "└ " not in printed(model)


def test_a_part_of_the_layers():
    model = the_books_model()
    lines = printed(model, layer_range=("dense", "dense_1")).splitlines()
    names = [line.split()[1] for line in lines if line.startswith("│")]
    assert names == ["dense", "dense_1"]
    assert "flatten" in printed(model, layer_range=("fl.*", "dense"))
    with pytest.raises(ValueError, match=r"no layer 'dens' for layer_range. Did you mean 'dense'"):
        model.summary(layer_range=("dens", "dense_1"))
    with pytest.raises(ValueError, match="names of the first and the last layer, got 'dense'"):
        model.summary(layer_range="dense")


def test_positions_of_the_columns():
    line = printed(the_books_model(), positions=[0.5, 0.75, 1.0], line_length=80).splitlines()[1]
    assert [len(part) for part in line[1:-1].split("┳")] == [38, 19, 19]
    with pytest.raises(ValueError, match="where the 3 columns end"):
        the_books_model().summary(positions=[0.5, 1.0])


def test_several_outputs_of_one_layer():
    class Pair(Layer):
        def call(self, inputs):
            return inputs, inputs[:, :1]

    x = Input((4,))
    shown = printed(Model(x, add(Pair()(x))))
    assert "│ (None, 4),        │" in shown
    assert "│ (None, 1)         │" in shown
    assert "pair[0][1]" in shown


def test_a_notebook_shows_a_table():
    x = Input((2,), name="<x>")
    html = Model(x, Dense(1)(concatenate([x, x])), name="m & m")._repr_html_()
    assert html.startswith("<div><strong>Model: m &amp; m</strong><table ")
    assert html.count("<tr>") == 4
    assert "&lt;x&gt;[0][0],<br>&lt;x&gt;[0][0]" in html
    assert "Total params: 5 (20.00 B)" in html
