"""Model and Sequential: how they are put together, built, looked into; and what is refused."""

import copy
import pickle

import numpy as np
import pytest

import nnlite
from nnlite import Input, Model, Sequential
from nnlite.layers import Activation, Dense, Flatten, InputLayer


def the_books_model():
    return Sequential(
        [
            Flatten(input_shape=[28, 28]),
            Dense(300, activation="relu"),
            Dense(100, activation="relu"),
            Dense(10, activation="softmax"),
        ]
    )


def test_a_list_and_add_make_the_same_model():
    nnlite.utils.set_random_seed(1)
    by_list = the_books_model()
    nnlite.utils.set_random_seed(1)
    by_add = Sequential()
    by_add.add(Flatten(input_shape=[28, 28]))
    by_add.add(Dense(300, activation="relu"))
    by_add.add(Dense(100, activation="relu"))
    by_add.add(Dense(10, activation="softmax"))
    for one, other in zip(by_list.get_weights(), by_add.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert by_add.name == "sequential_1"


@pytest.mark.one_table
def test_the_books_model_from_outside():
    model = the_books_model()
    assert model.name == "sequential"
    assert [layer.name for layer in model.layers] == ["flatten", "dense", "dense_1", "dense_2"]
    assert [weight.shape for weight in model.weights] == [
        (784, 300),
        (300,),
        (300, 100),
        (100,),
        (100, 10),
        (10,),
    ]
    assert model.weights[0].path == "sequential/dense/kernel"
    assert model.count_params() == 266_610
    assert model.input_shape == (None, 28, 28)
    assert model.output_shape == (None, 10)
    assert model.built
    assert len(model.trainable_weights) == 6
    assert model.non_trainable_weights == []
    assert repr(model) == "<Sequential name=sequential, built=True>"


@pytest.mark.one_table
@pytest.mark.parametrize(
    "first",
    [
        [Dense(2, input_shape=(3,), name="d")],
        [Dense(2, input_shape=[3], name="d")],
        [Dense(2, input_shape=3, name="d")],
        [Input((3,)), Dense(2, name="d")],
        [InputLayer((3,)), Dense(2, name="d")],
    ],
    ids=["tuple", "list", "number", "Input", "InputLayer"],
)
def test_ways_to_give_the_input_shape(first):
    model = Sequential(first)
    assert model.built
    assert model.input_shape == (None, 3)
    assert [layer.name for layer in model.layers] == ["d"]  # the input is not listed, as in Keras


def test_the_model_is_its_layers_one_after_the_other():
    model = Sequential([Dense(4, "tanh", input_shape=(3,)), Dense(2), Activation("relu")])
    x = np.random.default_rng(0).normal(size=(5, 3))
    first, second, third = model.layers
    np.testing.assert_array_equal(model(x).numpy(), third(second(first(x))).numpy())
    assert model(x).shape == (5, 2)
    assert model.output_shape == (None, 2)


def test_without_an_input_shape_the_first_data_builds_the_model():
    model = Sequential([Flatten(), Dense(2)])
    assert not model.built
    assert model.weights == []
    assert model(np.ones((5, 2, 3))).shape == (5, 2)
    assert model.built
    assert model.input_shape == (None, 2, 3)
    assert model.weights[0].shape == (6, 2)
    assert model.weights[0].path == "sequential/dense/kernel"
    with pytest.raises(ValueError, match=r"takes arrays of the shape \(None, 2, 3\)"):
        model(np.ones((5, 2, 2)))


@pytest.mark.one_table
def test_build_makes_the_weights_without_data():
    model = Sequential([Dense(2)])
    model.build((None, 3))
    assert model.built
    assert model.input_shape == (None, 3)
    assert model.count_params() == 8


def test_layers_can_be_added_to_a_model_that_has_been_used():
    model = Sequential([Dense(3)])
    model(np.ones((1, 2)))
    model.add(Dense(4))
    assert model.output_shape == (None, 4)
    assert model(np.ones((1, 2))).shape == (1, 4)


def test_a_model_is_a_layer():
    inner = Sequential([Dense(3, activation="relu"), Dense(2)], name="inner")
    model = Sequential([Flatten(), inner, Dense(1)])
    assert model(np.ones((5, 2, 2))).shape == (5, 1)
    assert [layer.name for layer in model.layers] == ["flatten", "inner", "dense_2"]
    assert model.count_params() == (4 * 3 + 3) + (3 * 2 + 2) + (2 + 1)
    assert model.weights[0] is inner.weights[0]
    inner.trainable = False
    assert len(model.trainable_weights) == 2


def test_a_subclassed_model_finds_its_layers_and_trains():
    class Twins(Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.left, self.right = Dense(3, activation="tanh"), Dense(3)
            self.out = Dense(1)

        def call(self, inputs):
            return self.out(self.left(inputs) * self.right(inputs))

    model = Twins()
    assert [layer.name for layer in model.layers] == ["dense", "dense_1", "dense_2"]
    assert model.get_layer("dense_1") is model.right
    model.compile(loss="mse", optimizer="sgd")
    x = np.random.default_rng(0).normal(size=(20, 2))
    losses = model.fit(x, x[:, :1] * x[:, 1:], epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert len(model.weights) == 6


# ------------------------------------------------------------------------------------- dtypes


@pytest.mark.one_table
def test_a_model_computes_in_the_dtype_of_its_first_layer():
    model = Sequential([Dense(2, dtype="float64", input_shape=(1,)), Dense(1, dtype="float64")])
    assert model.dtype == "float64"
    model.layers[0].set_weights([[[1.0, 1.0]], [0.0, 0.0]])
    model.layers[1].set_weights([[[1.0], [0.0]], [0.0]])
    third = 1 / 3  # would come back as 0.3333333432674408 if it had been float32 in between
    assert model.predict([[third]], verbose=0)[0, 0] == third
    assert Sequential([Dense(2), Dense(1)]).dtype == "float32"


@pytest.mark.one_table
def test_floatx_decides_where_nothing_is_said():
    nnlite.config.set_floatx("float64")
    try:
        model = Sequential([Input((3,)), Dense(2)])
    finally:
        nnlite.config.set_floatx("float32")
    assert model.predict(np.ones((1, 3)), verbose=0).dtype == np.float64


# ----------------------------------------------------------------------------------- get_layer


@pytest.mark.one_table
def test_get_layer_by_name_and_index():
    model = the_books_model()
    assert model.get_layer("dense_1") is model.layers[2]
    assert model.get_layer(index=1) is model.layers[1]
    assert model.get_layer(index=-1) is model.layers[3]
    assert model.get_layer(name="flatten") is model.layers[0]


@pytest.mark.one_table
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "dense1"}, r"no layer 'dense1'. Did you mean 'dense_?1?'\? Its layers: flatten"),
        ({"index": 4}, "'sequential' has 4 layers: there is no index 4"),
        ({"index": -5}, "no index -5"),
        ({}, "either a name or an index"),
        ({"name": "dense", "index": 1}, "either a name or an index"),
    ],
)
def test_get_layer_refuses_what_is_not_there(arguments, message):
    with pytest.raises(ValueError, match=message):
        the_books_model().get_layer(**arguments)


# ------------------------------------------------------------------------------------ freezing


@pytest.mark.one_table
def test_a_model_frozen_from_the_start_has_nothing_to_train():
    model = Sequential([Dense(2, input_shape=(3,))], trainable=False)
    assert model.trainable_weights == []
    assert len(model.non_trainable_weights) == 2
    model.trainable = True
    assert len(model.trainable_weights) == 2


def test_frozen_layers_do_not_change_in_training():
    model = Sequential([Dense(4, input_shape=(3,)), Dense(1)])
    model.layers[0].trainable = False
    model.compile(loss="mse", optimizer=nnlite.optimizers.SGD(0.1, momentum=0.9))
    before = model.get_weights()
    x = np.random.default_rng(0).normal(size=(8, 3))
    model.fit(x, x[:, :1], epochs=2, verbose=0)
    after = model.get_weights()
    np.testing.assert_array_equal(before[0], after[0])
    np.testing.assert_array_equal(before[1], after[1])
    assert (before[2] != after[2]).all()


@pytest.mark.one_table
def test_a_layer_frozen_before_the_model_is_built_stays_frozen_inside_it():
    model = Sequential([Dense(2, trainable=False), Dense(1)])
    model.build((None, 3))
    assert [weight.path for weight in model.trainable_weights] == [
        "sequential/dense_1/kernel",
        "sequential/dense_1/bias",
    ]


def test_training_a_wholly_frozen_model_changes_nothing():
    model = Sequential([Dense(1, input_shape=(3,))], trainable=False)
    model.compile(loss="mse", optimizer="sgd")
    before = model.get_weights()
    losses = model.fit(np.ones((4, 3)), np.ones(4), epochs=2, verbose=0).history["loss"]
    assert losses[0] == losses[1]
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


# ------------------------------------------------------------------------------------- refused


@pytest.mark.one_table
@pytest.mark.parametrize(
    ("layers", "error", "message"),
    [
        (Dense(2), TypeError, r"takes a list of layers: Sequential\(\[Dense"),
        (["dense"], TypeError, "takes a layer, got 'dense'"),
        ([Dense], TypeError, r"got the class Dense; write Dense\(\.\.\.\)"),
        ([Dense(2), Input((3,))], ValueError, "an input can only come first"),
        ([Input((3,)), Input((3,))], ValueError, "an input can only come first"),
        ([Dense(2, name="a"), Dense(2, name="a")], ValueError, "already has a layer named 'a'"),
    ],
)
def test_what_is_no_chain_of_layers(layers, error, message):
    with pytest.raises(error, match=message):
        Sequential(layers)


@pytest.mark.one_table
def test_a_misspelt_argument_gets_a_did_you_mean():
    with pytest.raises(TypeError, match=r"Sequential\(\) has no argument 'layrs'.*'layers'"):
        Sequential(layrs=[])


@pytest.mark.one_table
def test_a_layer_that_does_not_fit_leaves_the_model_as_it_was():
    model = Sequential([Dense(2, input_shape=(3,))])
    used = Dense(4)
    used(np.ones((1, 5)))
    with pytest.raises(ValueError, match=r"'dense_1' was built for inputs with 5 features.*got 2"):
        model.add(used)
    assert [layer.name for layer in model.layers] == ["dense"]
    assert model.output_shape == (None, 2)

    model = Sequential()
    with pytest.raises(ValueError, match="takes inputs of rank 2"):
        model.add(Dense(2, input_shape=()))
    model.add(Dense(2, input_shape=(3,)))
    assert model.input_shape == (None, 3)


@pytest.mark.one_table
def test_data_that_cannot_build_the_model_leaves_it_unbuilt():
    model = Sequential([Dense(2)])
    with pytest.raises(ValueError, match="'dense' takes inputs of rank 2"):
        model(np.ones(3))
    assert not model.built
    assert model(np.ones((1, 4))).shape == (1, 2)


@pytest.mark.one_table
def test_a_chain_that_breaks_in_the_middle_is_not_half_built():
    used = Dense(4, name="used")
    used(np.ones((1, 5)))
    model = Sequential([Dense(3, name="first"), used])
    with pytest.raises(ValueError, match="'used' was built for inputs with 5 features"):
        model(np.ones((1, 2)))
    assert not model.built
    assert not model.get_layer("first").built
    assert used.built


@pytest.mark.one_table
def test_a_model_without_layers_says_so():
    with pytest.raises(ValueError, match="'sequential' has no layers yet"):
        Sequential()(np.ones((1, 2)))
    with pytest.raises(ValueError, match="does not know the shape of its inputs yet"):
        Sequential([Dense(2)]).input_shape  # noqa: B018


class TwoDense(Model):
    def __init__(self):
        super().__init__()
        self.hidden = Dense(3)
        self.last = Dense(2)

    def call(self, inputs):
        return self.last(self.hidden(inputs))


def test_build_makes_the_weights_of_a_subclassed_model():
    model = TwoDense()
    model.build((None, 4))
    assert model.built
    assert [w.shape for w in model.weights] == [(4, 3), (3,), (3, 2), (2,)]
    before = model.get_weights()
    model(np.ones((1, 4)))
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_build_that_fails_leaves_a_subclassed_model_unbuilt():
    model = TwoDense()
    model.last = Flatten
    with pytest.raises(TypeError):
        model.build((None, 4))
    assert not model.built
    assert not model.hidden.built


@pytest.mark.one_table
def test_a_subclassed_model_is_not_made_of_a_configuration():
    with pytest.raises(NotImplementedError, match=r"set_weights\(model.get_weights\(\)\)"):
        TwoDense.from_config(TwoDense().get_config())


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])  # noqa: S301
def test_a_copied_or_pickled_model_predicts_the_same_with_fused_activations(copied):
    model = Sequential([Dense(5, activation="relu", input_shape=(4,)), Dense(3, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    x = np.random.default_rng(0).normal(size=(6, 4))
    model.fit(x, np.arange(6) % 3, verbose=0)
    twin = copied(model)
    assert twin.layers[0].activation is nnlite.activations.relu
    np.testing.assert_array_equal(twin.predict(x, verbose=0), model.predict(x, verbose=0))
    twin.fit(x, np.arange(6) % 3, verbose=0)
    assert (twin.get_weights()[0] != model.get_weights()[0]).any()


def test_an_unknown_keyword_of_a_call_is_named():
    with pytest.raises(TypeError, match="Did you mean 'training'"):
        the_books_model()(np.ones((1, 28, 28)), trainig=True)


class WideAndDeep(nnlite.Model):
    """The book's subclassed model."""

    def __init__(self, units=5, **kwargs):
        super().__init__(**kwargs)
        self.hidden = [Dense(units, "relu", name="hidden1"), Dense(units, name="hidden2")]
        self.main_output = Dense(1, name="main")

    def call(self, inputs):
        deep = inputs
        for layer in self.hidden:
            deep = layer(deep)
        return self.main_output(np.concatenate([inputs, deep], axis=1))


def test_a_subclassed_model_says_why_it_is_not_saved_and_its_weights_are(tmp_path):
    model, x = WideAndDeep(name="wide"), np.ones((2, 3), np.float32)
    outputs = model.predict(x, verbose=0)
    with pytest.raises(NotImplementedError, match=r"'wide' .* Python code of its call\(\)"):
        model.save(tmp_path / "model.keras")
    model.save_weights(tmp_path / "model.weights.h5")
    again = WideAndDeep()
    again.build((None, 3))
    again.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(again.predict(x, verbose=0), outputs)


def test_the_summary_of_a_subclassed_model():
    model, printed = WideAndDeep(name="wide"), []
    model.summary(print_fn=printed.append)
    assert "hidden1 (Dense)" in printed[0]
    assert "?" in printed[0]
    assert "0 (unbuilt)" in printed[0]
    model.build((None, 3))
    model.summary(print_fn=printed.append)
    for cells in ("│ hidden1 (Dense)", "│ (None, 5)", "│ (None, 1)", "Total params: 59"):
        assert cells in printed[1]
