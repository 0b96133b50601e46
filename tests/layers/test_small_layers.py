"""Identity, ActivityRegularization, Rescaling, Lambda, InputSpec: what the table does not say."""

import numpy as np
import pytest

from nnlite import Input, InputSpec, Layer, Model, Sequential, layers, models, ops
from nnlite.layers import ActivityRegularization, Dense, Identity, Lambda, Rescaling

pytestmark = pytest.mark.one_table


def test_identity_of_a_structure():
    a, b = Input((2,)), Input((3,))
    same = Identity()({"a": a, "b": b})
    assert (same["a"].shape, same["b"].shape) == ((None, 2), (None, 3))
    assert Identity()(np.array([2**40])).dtype == np.int64


def test_activity_regularization_adds_to_the_loss():
    x = np.array([[1.0, -2.0], [3.0, 0.5]])
    layer = ActivityRegularization(l1=0.5, l2=0.1)
    layer(x)
    assert layer.losses[0].item() == pytest.approx((0.5 * 6.5 + 0.1 * 14.25) / 2)
    model = Sequential([Input((2,)), layer])
    model.compile("sgd", "mse")
    assert model.evaluate(x, x, verbose=0) == pytest.approx((0.5 * 6.5 + 0.1 * 14.25) / 2)


def test_rescaling_by_hand():
    np.testing.assert_array_equal(
        Rescaling(1 / 127.5, offset=-1)(np.array([[0, 255]], np.uint8)).data, [[-1, 1]]
    )
    y = Rescaling(np.array([1.0, 2.0]), [0.0, 1.0])(np.ones((1, 2)))
    np.testing.assert_array_equal(y.data, [[1, 3]])
    assert Rescaling(np.array([1.0, 2.0])).get_config()["scale"] == [1.0, 2.0]
    with pytest.raises(TypeError, match="scale must hold numbers"):
        Rescaling("a")


def test_another_scale_is_noticed_by_a_recorded_step():
    """The array that a step was recorded with is not the one that counts later."""
    layer = Rescaling([1.0, 2.0])
    model = Sequential([Input((2,)), layer])
    x = np.ones((4, 2), np.float32)
    np.testing.assert_array_equal(model.predict(x, verbose=0)[0], [1, 2])
    np.testing.assert_array_equal(model.predict(x, verbose=0)[0], [1, 2])
    layer._factor = np.array([3.0, 4.0], np.float32)
    np.testing.assert_array_equal(model.predict(x, verbose=0)[0], [3, 4])


def test_a_lambda_s_arguments_and_shapes():
    layer = Lambda(lambda x, power, training: x**power * (1 + training), arguments={"power": 2})
    np.testing.assert_array_equal(layer(np.array([[3.0]])).data, [[9]])
    np.testing.assert_array_equal(layer(np.array([[3.0]]), training=True).data, [[18]])
    assert Lambda(lambda x: x[:, :1]).compute_output_shape((None, 3)) == (None, 1)
    assert Lambda(lambda x: x, output_shape=(7,)).compute_output_shape((None, 3)) == (None, 7)
    said = Lambda(lambda x: x, output_shape=lambda shape: (*shape, 1))
    assert said(Input((3,))).shape == (None, 3, 1)
    several = Lambda(lambda xs: xs[0] + xs[1])
    assert several([Input((3,)), Input((3,))]).shape == (None, 3)
    assert Lambda(abs)(np.array([[-1.0]])).data == 1
    with pytest.raises(TypeError, match="takes a function of its inputs, got 3"):
        Lambda(3)


def test_a_lambda_is_cloned_but_not_written_down():
    x = Input((3,))
    model = Model(x, Lambda(lambda t: t * 2)(x))
    twin = models.clone_model(model)
    np.testing.assert_array_equal(twin(np.ones((1, 3))).data, [[2, 2, 2]])
    with pytest.raises(TypeError, match="holds no code: use a layer in place of a Lambda"):
        model.to_json()


def test_numbers_and_names_in_the_messages_of_input_spec():
    class Pair(Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.input_spec = InputSpec(ndim=2, axes={-1: 2})

        def call(self, inputs):
            return inputs

    assert Pair()(np.ones((3, 2))).shape == (3, 2)
    with pytest.raises(ValueError, match=r"Pair 'pair_1' takes inputs of rank 2, got the shape"):
        Pair()(np.ones((3, 2, 1)))
    with pytest.raises(ValueError, match="with the size 2 on axis -1, got"):
        Pair()(Input((3,)))


@pytest.mark.parametrize(
    ("spec", "good", "bad"),
    [
        ({"shape": (None, 3)}, (7, 3), (7, 4)),
        ({"min_ndim": 2}, (1, 1), (1,)),
        ({"max_ndim": 2}, (1,), (1, 1, 1)),
        ({"ndim": 1}, (5,), (5, 1)),
        ({"axes": {1: 4}}, (9, None), (9, 3)),
        ({"shape": (None, 3), "allow_last_axis_squeeze": True}, (7, 3, 1), (7, 3, 2)),
        ({"shape": (None, 1), "allow_last_axis_squeeze": True}, (7,), (7, 2, 2)),
    ],
)
def test_input_spec(spec, good, bad):
    InputSpec(**spec).check(good, "it")
    with pytest.raises(ValueError, match=r"^it takes inputs"):
        InputSpec(**spec).check(bad, "it")


def test_an_axis_that_cannot_be():
    with pytest.raises(ValueError, match="axis 2 lies outside inputs of rank 2"):
        InputSpec(ndim=2, axes={2: 1})


def test_dense_takes_inputs_of_any_rank():
    layer = Dense(2)
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5)).astype(np.float32)
    y = layer(x).data
    assert y.shape == (2, 3, 4, 2)
    np.testing.assert_array_equal(y.reshape(-1, 2), layer(x.reshape(-1, 5)).data)
    assert layers.Dense(2)(Input((None, 5))).shape == (None, None, 2)
    assert ops.sum(layer(x)).shape == ()
