"""Layers of one's own that the tests of this folder share."""

from nnlite.layers import Dense, Layer


class Scale(Layer):
    """y = factor x, with a count that training must not touch."""

    def build(self, input_shape):
        self.count = self.add_weight((), "zeros", trainable=False, name="count")
        self.factor = self.add_weight((input_shape[-1],), "ones", name="factor")

    def call(self, inputs, training=False):
        self.seen_training = training
        return inputs * self.factor


class Nested(Layer):
    """Layers in a list, a dict and an attribute, one of them twice."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.several = [Dense(2, name="first"), Dense(2, name="second")]
        self.named = {"again": self.several[0], "third": Dense(2, name="third")}
        self.scale = Scale(name="scale")

    def call(self, inputs):
        for layer in (*self.several, *self.named.values(), self.scale):
            inputs = layer(inputs)
        return inputs
