"""Layer: names, calling, types, shapes, configurations; and what is refused."""

import numpy as np
import pytest

import nnlite
from layers.own import Nested, Scale
from nnlite import Tensor, ops
from nnlite.layers import Activation, Dense, Layer
from nnlite.layers.base import sample_shape

pytestmark = pytest.mark.one_table  # no mathematics here


def test_names_count_up_by_class():
    assert [Dense(1).name, Dense(1).name, Activation("relu").name, Dense(1).name] == [
        "dense",
        "dense_1",
        "activation",
        "dense_2",
    ]
    assert Dense(1, name="mine").name == "mine"
    assert Dense(1).name == "dense_3"


def test_training_is_handed_down_to_the_layers_inside():
    layer = Nested()
    layer(np.ones((1, 2)), training=True)
    assert layer.scale.seen_training is True
    layer(np.ones((1, 2)))
    assert layer.scale.seen_training is False
    layer.scale(np.ones((1, 2)))
    assert layer.scale.seen_training is False


def test_the_mode_is_restored_after_an_error():
    class Fails(Layer):
        def call(self, inputs):
            raise RuntimeError("as planned")

    with pytest.raises(RuntimeError, match="as planned"):
        Fails()(np.ones((1, 2)), training=True)
    layer = Scale()
    layer(np.ones((1, 2)))
    assert layer.seen_training is False


@pytest.mark.parametrize(
    "inputs",
    [[[1, 2]], np.array([[1, 2]], np.uint8), np.array([[True, True]]), Tensor(np.ones((1, 2)))],
    ids=["list", "uint8", "bool", "float64 tensor"],
)
def test_inputs_of_any_kind_are_cast_to_the_layers_dtype(inputs):
    assert Scale()(inputs).dtype == np.float32
    assert Scale(dtype="float64")(inputs).dtype == np.float64


def test_a_cast_of_a_tensor_lets_the_gradient_through():
    x = Tensor(np.ones((1, 2)))
    Scale()(x).sum().backward()
    np.testing.assert_array_equal(x.grad, [[1.0, 1.0]])
    assert x.grad.dtype == np.float64


def test_a_layer_of_ones_own_is_differentiated_by_what_call_does():
    class Cube(Layer):
        def call(self, inputs):
            return inputs * inputs * inputs

    x = Tensor([[2.0, -1.0]])
    ops.sum(Cube()(x)).backward()
    np.testing.assert_array_equal(x.grad, [[12.0, 3.0]])


def test_compute_output_shape_of_a_layer_of_ones_own_comes_from_a_trial_call():
    assert Scale().compute_output_shape((None, 4)) == (None, 4)
    assert Nested().compute_output_shape((None, 2)) == (None, 2)


def test_what_has_no_call_says_so():
    with pytest.raises(NotImplementedError, match="Layer has no call"):
        Layer()(np.ones((1, 2)))


def test_get_config_makes_the_same_layer_again():
    options = {"name": "mine", "dtype": "float64", "trainable": False}
    layer = Dense(3, activation="tanh", use_bias=False, **options)
    twin = Dense.from_config(layer.get_config())
    assert twin.get_config() == layer.get_config()
    assert (twin.name, twin.units, twin.dtype, twin.trainable) == ("mine", 3, "float64", False)
    assert layer.get_config()["activation"] == "tanh"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Dense(2, unit=3), r"Dense\(\) has no argument 'unit'. Did you mean 'units'\?"),
        (lambda: Dense(2, input_shap=(3,)), "Did you mean 'input_shape'"),
        (lambda: Activation("relu", nam="x"), "Did you mean 'name'"),
    ],
)
def test_an_unknown_keyword_gets_a_did_you_mean(make, message):
    with pytest.raises(TypeError, match=message):
        make()


def test_only_float32_and_float64_are_dtypes_of_layers():
    with pytest.raises(ValueError, match=r"dtype of layer 'dense' 'float16'.*float32, float64"):
        Dense(2, dtype="float16")


@pytest.mark.parametrize(
    ("given", "shape"),
    [(3, (3,)), ([28, 28], (28, 28)), ((None, 4), (None, 4)), (np.int64(5), (5,)), ((), ())],
)
def test_sample_shape(given, shape):
    assert sample_shape("here", given) == shape


@pytest.mark.parametrize("given", [0, (3, -1), (2.5,), "ab"])
def test_sample_shape_refuses_what_is_no_size(given):
    with pytest.raises(ValueError, match="here: a shape holds positive whole numbers"):
        sample_shape("here", given)


@pytest.mark.parametrize(
    ("result", "hint"),
    [
        (lambda x: x.numpy(), "ndarray, computed with numpy, .* use nnlite.ops"),
        (lambda x: None, "NoneType: was `return` forgotten"),
        (lambda x: [x, "text"], "str; its call"),
    ],
)
def test_a_result_that_is_no_tensor_is_refused(result, hint):
    class Odd(Layer):
        def call(self, inputs):
            return result(inputs)

    with pytest.raises(TypeError, match=f"^Layer 'odd' returned {hint}"):
        Odd()(np.ones((1, 2)))


def test_structures_of_tensors_may_be_returned():
    class Several(Layer):
        def call(self, inputs):
            return {"pair": [inputs, (inputs,)]}

    found = Several()(np.ones((1, 2)))
    assert found["pair"][1][0].shape == (1, 2)
    assert Several().compute_output_shape((None, 2)) == {"pair": [(None, 2), [(None, 2)]]}


def test_a_build_inside_a_subclass_s_build_is_but_a_part_of_it():
    class More(Scale):
        def build(self, input_shape):
            super().build(input_shape)
            self.built_by_super = self.built
            if self.fails:
                raise RuntimeError

    layer = More()
    layer.fails = True
    with pytest.raises(RuntimeError):
        layer.build((None, 2))
    assert not layer.built
    layer.fails = False
    layer.build((None, 2))
    assert layer.built
    assert not layer.built_by_super


def test_tensors_in_lists_tuples_and_dicts_are_passed_on_one_by_one():
    class Seen(Layer):
        def build(self, input_shape):
            self.build_shape = input_shape

        def call(self, inputs):
            self.seen = inputs
            return Tensor(0.0)

    layer = Seen(dtype="float64")
    a, b = Tensor([[1.0, 2.0]]), Tensor(np.ones((1, 3), np.float64))
    layer([a, (b, np.ones((1, 1), np.float32))])
    assert layer.build_shape == [(None, 2), [(None, 3), (None, 1)]]
    assert isinstance(layer.seen, list)
    assert isinstance(layer.seen[1], tuple)
    assert layer.seen[0].requires_grad
    assert layer.seen[1][0] is b
    assert {t.dtype for t in (layer.seen[0], *layer.seen[1])} == {np.dtype("float64")}
    layer({"a": a})
    assert layer.seen["a"].dtype == np.float64
    layer([[1, 2], [3, 4]])  # numbers alone are one array
    assert layer.seen.shape == (2, 2)


def test_further_arguments_reach_call_and_unknown_ones_are_named():
    class Two(Layer):
        def call(self, inputs, other, factor=1.0):
            return inputs * other * factor

    layer, x = Two(), np.ones((1, 2))
    assert layer(x, 3.0, training=True).numpy().tolist() == [[3, 3]]
    assert layer(x, 3.0, factor=2.0).numpy().tolist() == [[6, 6]]
    with pytest.raises(TypeError, match=r"^Two.call\(\) has no argument 'factr'. .* 'factor'"):
        layer(x, 3.0, factr=2.0)


def test_the_output_shape_is_remembered():
    class Counts(Layer):
        calls = 0

        def call(self, inputs):
            self.calls += 1
            return inputs[:, :1]

    layer = Counts()
    for _ in range(3):
        assert layer.compute_output_shape((None, 4)) == (None, 1)
    assert layer.compute_output_shape((None, 5)) == (None, 1)
    assert layer.calls == 4  # two trial calls for each shape


def test_a_misspelt_dtype_is_named():
    with pytest.raises(ValueError, match=r"'floatt32'\. Did you mean 'float32'"):
        Dense(3, dtype="floatt32")


def test_a_layer_of_ones_own_comes_back_from_its_configuration():
    class Mine(Layer):
        def __init__(self, units, regularizer=None, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.regularizer = nnlite.regularizers.get(regularizer)

        def get_config(self):
            return {**super().get_config(), "units": self.units}

    layer = Mine(3, regularizer="l2", name="own")
    twin = Mine.from_config(layer.get_config())
    assert (twin.units, twin.name, twin.regularizer.l2) == (3, "own", 0.01)
    assert twin.get_config() == layer.get_config()


def test_a_forgotten_super_init_is_named():
    class Forgetful(Layer):
        def __init__(self):
            self.inner = Dense(2)

    with pytest.raises(RuntimeError, match=r"Forgetful.__init__ has not called super\(\)"):
        Forgetful()(np.ones((1, 2)))


@pytest.mark.parametrize("forgotten", [Dense(2, name="h"), lambda: np.ones((1, 2))])
def test_what_was_not_called_is_named(forgotten):
    with pytest.raises(TypeError, match=r"got a (layer|function) \(<.*>\) .* was it to be called"):
        Dense(1)(forgotten)


def test_loops_ifs_and_recursion():
    class Recursive(nnlite.Model):
        def __init__(self):
            super().__init__()
            self.step = Dense(3, "tanh")

        def down(self, x, depth):
            return x if depth == 0 else self.step(self.down(x, depth - 1))

        def call(self, inputs, training=None):
            for _ in range(2):
                inputs = self.down(inputs, 2)
            return inputs if ops.sum(inputs) > 0 else -inputs

    model = Recursive()
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(8, 3))
    before = model.evaluate(x, x, verbose=0)
    model.fit(x, x, epochs=20, verbose=0)
    assert model.evaluate(x, x, verbose=0) < before
    assert [w.name for w in model.weights] == ["kernel", "bias"]
