"""Models to be drawn."""

from nnlite import Input, Model, Sequential
from nnlite.layers import Dense, Flatten, concatenate


def classifier():
    """The text's classifier."""
    return Sequential(
        [
            Flatten(input_shape=[28, 28]),
            Dense(300, activation="relu"),
            Dense(100, activation="relu"),
            Dense(10, activation="softmax"),
        ]
    )


def two_by_two():
    """The text's network with two inputs and an auxiliary output."""
    wide, deep = Input((5,), name="wide"), Input((6,), name="deep")
    hidden = Dense(4, activation="relu", name="h1")(deep)
    hidden = Dense(4, activation="relu", name="h2")(hidden)
    main = Dense(1, name="main")(concatenate([wide, hidden], name="both"))
    return Model(inputs=[wide, deep], outputs=[main, Dense(1, name="aux")(hidden)])


def auto_encoder():
    """Two models inside another: a functional one with two outputs, and a Sequential."""
    entry = Input((8,), name="enc_in")
    hidden = Dense(16, activation="relu", name="enc1")(entry)
    outputs = [Dense(4, name="code")(hidden), Dense(2, name="side")(hidden)]
    encoder = Model(entry, outputs, name="encoder")
    decoder = Sequential(
        [Input((4,)), Dense(16, activation="relu", name="dec1"), Dense(8, name="dec2")],
        name="decoder",
    )
    x = Input((8,), name="x")
    code, side = encoder(x)
    joined = concatenate([decoder(code), x], name="join")
    return Model(x, [Dense(1, name="out")(joined), Dense(1, name="head")(side)])


def shared():
    """One layer on two inputs."""
    twin = Dense(4, name="twin")
    left, right = Input((6,), name="left"), Input((6,), name="right")
    both = concatenate([twin(left), twin(right)], name="both")
    return Model([left, right], Dense(1, name="out")(both))
