"""The table of model.summary(), letter by letter as Keras 3 prints it on a terminal of 80."""

import pytest

from nnlite import Sequential
from nnlite.layers import Dense, Flatten
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
    assert f"│ {name} (Dense) │" in lines[4]
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
