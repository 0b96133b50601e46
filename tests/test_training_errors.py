"""What cannot be trained on is refused before anything is changed, and the message helps."""

import functools
import itertools

import numpy as np
import pytest

import nnlite
from nnlite import Sequential
from nnlite.layers import Dense

pytestmark = pytest.mark.one_table  # the checks run no kernels

X = np.random.default_rng(0).random((10, 4)).astype(np.float32)
LABELS = np.arange(10) % 3
ONE_HOT = np.eye(3)[LABELS]


def classifier(loss="sparse_categorical_crossentropy", name=None):
    model = Sequential(
        [Dense(5, activation="relu", input_shape=(4,)), Dense(3, activation="softmax")], name=name
    )
    model.compile("sgd", loss, metrics=["accuracy"])
    return model


def regression(outputs=1, loss="mse"):
    model = Sequential([Dense(outputs, input_shape=(4,))])
    model.compile("sgd", loss)
    return model


def put(array, place, value):
    changed = np.array(array, float)
    changed[place] = value
    return changed


def refused(model, call, error, message):
    """Check that the call is refused with the message, and that the model is as it was."""
    before = model.get_weights()
    steps = int(model.optimizer.iterations)
    with pytest.raises(error, match=message):
        call()
    assert len(model.get_weights()) == len(before)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert int(model.optimizer.iterations) == steps


#: What is wrong: (x, y, the error, its message). The last number in a message is what came.
BAD_DATA = {
    "one sample instead of a batch": (
        X[0],
        LABELS[:4],
        ValueError,
        r"x does not fit the model 'm'\. The input 'input_layer' takes arrays of the shape "
        r"\(None, 4\).*got \(4,\); this looks like one sample: add the batch axis",
    ),
    "too many axes": (X[..., None], LABELS, ValueError, r"got \(10, 4, 1\); drop the last axis"),
    "other width": (X[:, :3], LABELS, ValueError, r"'m'.*\(None, 4\).*got \(10, 3\)$"),
    "transposed": (X.T.copy(), LABELS[:4], ValueError, r"got \(4, 10\); this looks transposed"),
    "other lengths": (X, LABELS[:9], ValueError, "x has 10 samples, but y has 9: each needs one"),
    "one number as y": (X, 1, ValueError, "x has 10 samples, but y has 1"),
    "no y": (X, None, ValueError, "y is missing: give the targets"),
    "no x": (None, LABELS, ValueError, "x is missing: give the inputs"),
    "empty": (X[:0], LABELS[:0], ValueError, r"x holds no samples: its shape is \(0, 4\)"),
    "a number as x": (1.0, LABELS, ValueError, r"x holds no samples: its shape is \(\)"),
    "nan in x": (
        put(X, (4, 3), np.nan),
        LABELS,
        ValueError,
        r"x holds nan at \[4, 3\] \(1 such values in all\); .*np.nan_to_num",
    ),
    "inf in x": (put(X, (0, 1), -np.inf), LABELS, ValueError, r"x holds -inf at \[0, 1\]"),
    "too large for float32": (put(X, (0, 1), 1e300), LABELS, ValueError, "infinity as float32"),
    "nan in labels": (X, put(LABELS, 7, np.nan), ValueError, r"y holds nan at \[7\]"),
    "strings in x": (X.astype(str), LABELS, TypeError, "x must hold numbers, got dtype <U"),
    "strings in y": (X, LABELS.astype(str), TypeError, "y must hold numbers, got dtype <U"),
    "objects": (X.astype(object), LABELS, TypeError, "x must hold numbers.*objects.*np.asarray"),
    "objects in y": (X, LABELS.astype(object), TypeError, "y must hold numbers.*objects"),
    "ragged": ([[1, 2, 3, 4], [1]], [0, 1], TypeError, "x must hold numbers.*different lengths"),
    "complex": (X.astype(complex), LABELS, TypeError, "x must hold numbers, got dtype complex128"),
    "label out of range": (
        X,
        LABELS + 1,
        ValueError,
        r"y holds the label 3 \(sample 2\), but the model has 3 outputs, so labels are whole "
        r"numbers from 0 to 2; are the labels numbered from 1\? Use y - 1",
    ),
    "label below zero": (X, LABELS - 1, ValueError, r"y holds the label -1 \(sample 0\)"),
    "fraction as a label": (X, LABELS + 0.5, ValueError, r"y holds the label 0.5 \(sample 0\)"),
    "one-hot rows for a sparse loss": (
        X,
        ONE_HOT,
        ValueError,
        r"one row of 3 numbers per sample \(one-hot.*loss='categorical_crossentropy'.*argmax",
    ),
    "two labels a sample": (X, ONE_HOT[:, :2], ValueError, r"shape \(n,\), got \(10, 2\)"),
}


@pytest.mark.parametrize("what", BAD_DATA)
@pytest.mark.parametrize("call", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_data_that_cannot_be_trained_on(what, call):
    x, y, error, message = BAD_DATA[what]
    model = classifier(name="m")
    options = {"verbose": 0} if call in ("fit", "evaluate") else {}
    refused(model, lambda: getattr(model, call)(x, y, **options), error, message)
    assert getattr(model, call)(X, LABELS, **options)  # and what is right still works


@pytest.mark.parametrize("what", BAD_DATA)
def test_the_same_in_validation_data_is_refused_before_the_training(what):
    x, y, error, _ = BAD_DATA[what]
    model = classifier()
    options = {"validation_data": (x, y), "verbose": 0}
    refused(model, lambda: model.fit(X, LABELS, **options), error, "^validation [xy] ")


@pytest.mark.parametrize("what", ["other width", "empty", "strings in x", "ragged"])
def test_inputs_that_cannot_be_predicted_on(what):
    x, _, error, message = BAD_DATA[what]
    model = classifier(name="m")
    refused(model, lambda: model.predict(x, verbose=0), error, message)
    refused(model, lambda: model.predict_on_batch(x), error, message)


@pytest.mark.parametrize(
    ("outputs", "loss", "y", "message"),
    [
        (
            3,
            "categorical_crossentropy",
            LABELS,
            r"one number per sample \(class labels\?\).*rows of 3 numbers.*"
            r"loss='sparse_categorical_crossentropy'.*np.eye\(3\)\[y\]",
        ),
        (3, "categorical_crossentropy", LABELS[:, None], "class labels"),
        (3, "categorical_crossentropy", np.eye(4)[LABELS], "4 targets per sample, but 3 outputs"),
        (3, "mse", LABELS, r"shape \(10,\), but the outputs have the shape \(n, 3\).*1 unit\?"),
        (1, "mse", ONE_HOT, r"\(10, 3\), but the outputs have the shape \(n, 1\): 3 targets"),
        (1, "mae", ONE_HOT, "3 targets per sample, but 1 outputs"),
        (3, "mae", np.zeros((10, 3, 3)), "they must agree in every axis"),
        (2, "mse", put(np.zeros((10, 2)), (3, 1), np.inf), r"y holds inf at \[3, 1\]"),
    ],
)
def test_targets_never_broadcast(outputs, loss, y, message):
    model = regression(outputs, loss)
    refused(model, lambda: model.fit(X, y, verbose=0), ValueError, message)


def test_a_function_as_loss_gets_targets_of_the_outputs_shape():
    seen = []

    def loss(y_true, y_pred):
        seen.append((np.shape(y_true), y_pred.shape))
        return nnlite.ops.square(y_pred - y_true)

    model = regression(1, loss)
    model.fit(X, LABELS, verbose=0)
    assert seen == [((10, 1), (10, 1))]  # and not (10,), which would broadcast to (10, 10)


def test_a_metric_that_does_not_fit_is_refused_before_the_first_step():
    model = Sequential([Dense(3, activation="softmax", input_shape=(4,))])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["mae"])
    refused(model, lambda: model.fit(X, LABELS, verbose=0), ValueError, r"\(10,\).*\(10, 3\)")


# -------------------------------------------------------------------------------------- arguments


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"epochs": -1}, ValueError, "epochs must be a whole number >= 0, got -1"),
        ({"epochs": 2.0}, ValueError, "epochs must be a whole number >= 0, got 2.0"),
        ({"epochs": "3"}, ValueError, "epochs must be a whole number >= 0, got '3'"),
        ({"initial_epoch": -1}, ValueError, "initial_epoch must be a whole number >= 0"),
        ({"batch_size": 0}, ValueError, "batch_size must be a whole number >= 1, got 0"),
        ({"batch_size": True}, ValueError, "batch_size must be a whole number >= 1, got True"),
        ({"steps_per_epoch": 0}, ValueError, "steps_per_epoch must be a whole number >= 1"),
        ({"validation_split": 1.5}, ValueError, "validation_split must lie between 0.*; 1.5 of 10"),
        ({"validation_split": 1.0}, ValueError, "validation_split must lie between 0 and 1"),
        ({"validation_split": -0.5}, ValueError, "validation_split must lie between 0 and 1"),
        ({"validation_split": 0.99}, ValueError, "leave samples on both sides; 0.99 of 10"),
        ({"validation_split": np.nan}, ValueError, "validation_split must lie between 0 and 1"),
        ({"validation_split": "0.1"}, ValueError, "validation_split must lie between 0 and 1"),
        ({"validation_data": X}, ValueError, r"validation_data must be \(x, y\) or"),
        ({"validation_data": (X,)}, ValueError, r"validation_data must be \(x, y\) or"),
        ({"validation_freq": 0}, ValueError, "validation_freq must be a whole number >= 1"),
        ({"validation_freq": "2"}, ValueError, "validation_freq must be a whole number >= 1"),
        ({"validation_freq": [0, 2]}, ValueError, "validation_freq must be a whole number >= 1"),
        ({"validation_steps": "3"}, ValueError, "validation_steps must be a whole number >= 1"),
        ({"validation_steps": 0}, ValueError, "validation_steps must be a whole number >= 1"),
        ({"validation_batch_size": 0}, ValueError, "validation_batch_size must be a whole number"),
        ({"sample_weight": np.ones(9)}, ValueError, r"weight per sample, shape \(10,\), got \(9"),
        ({"sample_weight": np.ones((10, 3))}, ValueError, r"one weight per sample.*got \(10, 3\)"),
        ({"sample_weight": put(np.ones(10), 3, np.nan)}, ValueError, r"sample_weight holds nan at"),
        ({"sample_weight": ["a"] * 10}, TypeError, "sample_weight must hold numbers"),
        ({"class_weight": [1.0, 2.0, 3.0]}, TypeError, r"class_weight must be a dict.*got list"),
        ({"class_weight": {"0": 1.0}}, ValueError, "class_weight must be a dict from whole"),
        ({"class_weigth": {0: 1.0}}, TypeError, "no argument 'class_weigth'. .*'class_weight'"),
        ({"epoch": 3}, TypeError, r"no argument 'epoch'\. Did you mean 'epochs'"),
    ],
)
def test_arguments_of_fit(arguments, error, message):
    model = classifier()
    arguments = {"validation_data": (X, LABELS), **arguments}
    if "validation_split" in arguments:
        del arguments["validation_data"]
    refused(model, lambda: model.fit(X, LABELS, verbose=0, **arguments), error, message)


@pytest.mark.parametrize(
    ("method", "arguments", "message"),
    [
        ("evaluate", {"steps": 0}, "steps must be a whole number >= 1, got 0"),
        ("evaluate", {"batch_size": -1}, "batch_size must be a whole number >= 1, got -1"),
        ("evaluate", {"return_dikt": True}, "Did you mean 'return_dict'"),
        ("predict", {"steps": 0}, "steps must be a whole number >= 1, got 0"),
        ("predict", {"batchsize": 1}, "no argument 'batchsize'. Did you mean 'batch_size'"),
        ("train_on_batch", {"sampel_weight": 1}, "Did you mean 'sample_weight'"),
        ("test_on_batch", {"sampel_weight": 1}, "Did you mean 'sample_weight'"),
        ("compile", {"optimiser": "sgd"}, "no argument 'optimiser'. Did you mean 'optimizer'"),
    ],
)
def test_arguments_of_the_other_methods(method, arguments, message):
    model = classifier()
    data = {"predict": (X,), "compile": ()}.get(method, (X, LABELS))
    call = functools.partial(getattr(model, method), *data, **arguments)
    refused(model, call, (ValueError, TypeError), message)


# ---------------------------------------------------------------------------------------- compile


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"optimizer": "sdg", "loss": "mse"}, "Unknown optimizer 'sdg'. Did you mean 'sgd'"),
        ({"loss": "msee"}, "Unknown loss 'msee'. Did you mean 'mse'"),
        ({"loss": "mse", "metrics": ["acuracy"]}, "Unknown metric 'acuracy'. .*'accuracy'"),
        ({"loss": "mse", "weighted_metrics": ["mae_"]}, "Unknown metric 'mae_'. .*'mae'"),
        ({"loss": ["mse", "mse"]}, "the model has one output, so loss takes one entry, got 2"),
        ({"loss": "mse", "loss_weights": [1, 2]}, "so loss_weights takes one entry, got 2"),
    ],
)
def test_compile_refuses_and_leaves_the_model_compiled_as_it_was(arguments, message):
    model = classifier()
    optimizer = model.optimizer
    with pytest.raises(ValueError, match=message):
        model.compile(**{"optimizer": "sgd", **arguments})
    assert model.optimizer is optimizer
    assert list(model.fit(X, LABELS, verbose=0).history) == ["loss", "accuracy"]


@pytest.mark.parametrize("optimizer", [3, None, "mse"])
def test_what_is_no_optimizer(optimizer):
    with pytest.raises((TypeError, ValueError), match=r"[Oo]ptimizer"):
        regression().compile(optimizer=optimizer, loss="mse")


@pytest.mark.parametrize("call", ["fit", "evaluate", "train_on_batch", "test_on_batch"])
def test_training_before_compile_is_refused(call):
    model = Sequential([Dense(3)])
    with pytest.raises(ValueError, match=r"not compiled: first call model.compile\(loss=\.\.\."):
        getattr(model, call)(X, LABELS)
    assert not model.built


# --------------------------------------------------------------------------------- deferred models


@pytest.mark.parametrize(
    "what", ["other lengths", "empty", "nan in x", "strings in y", "nan in labels", "objects"]
)
def test_a_deferred_model_is_not_built_from_what_is_refused(what):
    x, y, error, message = BAD_DATA[what]
    model = Sequential([Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(error, match=message):
        model.fit(x, y, verbose=0)
    assert not model.built
    assert model.weights == []
    model.fit(X[:, :2], LABELS, verbose=0)  # of another width
    assert model.input_shape == (None, 2)


def test_a_deferred_model_names_the_layer_that_cannot_take_the_inputs():
    model = Sequential([Dense(3, name="first")])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"x does not fit the model 'sequential'\. Dense 'first'"):
        model.fit(X[:, 0], LABELS, verbose=0)
    assert not model.built


# -------------------------------------------------------------------------------------- callbacks


def test_a_callback_that_fails_ends_the_training_with_its_own_error():
    class Fails(nnlite.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise RuntimeError("as planned")

    model = classifier()
    with pytest.raises(RuntimeError, match="as planned"):
        model.fit(X, LABELS, epochs=2, callbacks=[Fails()], verbose=2)
    assert len(model.fit(X, LABELS, verbose=0).epoch) == 1  # and it can be trained again


def test_monitoring_what_is_not_there_names_what_is():
    stopping = nnlite.callbacks.EarlyStopping(monitor="val_los")
    with pytest.raises(ValueError, match=r"no 'val_los' to monitor\. Did you mean 'val_loss'"):
        classifier().fit(X, LABELS, validation_data=(X, LABELS), callbacks=[stopping], verbose=0)


def test_a_loss_that_left_the_tape_says_so():
    model = regression(1, lambda y_true, y_pred: np.square(y_pred.numpy() - y_true))
    refused(
        model,
        lambda: model.fit(X, LABELS, verbose=0),
        TypeError,
        "returned ndarray, which cannot be differentiated.*nnlite.ops",
    )


def numpy_loss(y_true, y_pred):
    return nnlite.Tensor(np.square(y_true - y_pred.numpy()))


def test_training_that_trains_nothing_is_refused():
    model = regression(loss=numpy_loss)
    before = model.get_weights()
    message = "^no gradient reaches any weight of 'sequential': was the loss or a layer computed"
    with pytest.raises(ValueError, match=message):
        model.fit(X, X[:, 0], verbose=0)
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))


def test_a_frozen_model_may_be_fitted():
    model = regression()
    model.trainable = False
    model.fit(X, X[:, 0], verbose=0)


def test_weights_that_no_gradient_reaches_are_named_once_per_compile():
    class Cut(nnlite.Model):
        def __init__(self):
            super().__init__(name="cut")
            self.reached, self.missed = Dense(1, name="reached"), Dense(1, name="missed")

        def call(self, inputs):
            return self.reached(inputs) + nnlite.ops.stop_gradient(self.missed(inputs))

    model = Cut()
    for _ in range(2):
        model.compile("sgd", "mse")
        with pytest.warns(UserWarning, match="cut/missed/kernel, cut/missed/bias") as warned:
            model.fit(X, X[:, 0], batch_size=5, epochs=2, verbose=0)
        assert len(warned) == 1
        assert "reached/" not in str(warned[0].message)


def test_a_refused_fit_leaves_a_model_unbuilt():
    def refused(**arguments):
        with pytest.raises((ValueError, TypeError)):
            model.fit(**{"x": X, "y": LABELS, "verbose": 0} | arguments)
        assert not model.built
        assert model.weights == []

    model = Sequential([Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    refused(y=ONE_HOT)
    refused(validation_data=(X, LABELS + 5))
    refused(validation_split=2.0)
    refused(batch_size=0)
    refused(callbacks=[3])
    for call in (model.evaluate, model.train_on_batch):
        with pytest.raises(ValueError, match="one-hot"):
            call(X, ONE_HOT)
        assert not model.built
    model.fit(np.ones((3, 7)), [0, 1, 2], verbose=0)  # so another width of x may come


def test_methods_are_named_by_the_class_of_the_model():
    with pytest.raises(TypeError, match=r"^Sequential.fit\(\) has no argument 'epoch'"):
        classifier().fit(X, LABELS, epoch=3)


def test_shuffle_is_a_bool():
    for value in ("batch", 1, None):
        with pytest.raises(ValueError, match="shuffle must be True or False"):
            classifier().fit(X, LABELS, shuffle=value)


def test_nan_in_class_weight_is_reported_as_such():
    with pytest.raises(ValueError, match="class_weight holds nan for the class 1"):
        classifier().fit(X, LABELS, class_weight={0: 1.0, 1: np.nan})


def test_a_sparse_loss_on_one_output_says_what_it_needs():
    with pytest.raises(ValueError, match="a sparse loss needs one output per class"):
        regression(loss="sparse_categorical_crossentropy").fit(X, LABELS)


def test_training_without_a_loss_is_refused():
    model = classifier()
    model.compile("sgd", metrics=["accuracy"])
    refused(model, lambda: model.fit(X, LABELS, verbose=0), ValueError, "such as loss='mse'")


# ------------------------------------------------------------------- pairs in the wrong place


@pytest.mark.parametrize("call", ["fit", "evaluate"])
@pytest.mark.parametrize("built", [True, False])
@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([(np.ones((8, 3)), np.ones((8, 1)))] * 2, r"x is a list of 2 batches \(x, y\).*cycle\("),
        ([(np.ones((8, 3)), np.ones(8), np.ones(8))] * 2, r"a list of 2 batches.*As inputs: "),
        ([(np.ones(3), np.ones(1))] * 4, r"x is a list of 4 pairs \(x, y\).*zip\(\*pairs\)"),
        ((np.ones((8, 3)), np.ones((8, 1))), r"x is a pair \(x, y\), and y is missing"),
    ],
)
def test_pairs_in_the_place_of_x_are_told_how_to_be_given(pairs, message, built, call):
    model = Sequential([Dense(1, **({"input_shape": (3,)} if built else {}))])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=message):
        getattr(model, call)(pairs, verbose=0)
    assert model.built is built


def test_what_the_error_says_works():
    model = Sequential([Dense(1)])
    model.compile("sgd", "mse")
    batches = [(np.ones((8, 3)), np.ones((8, 1)))] * 2
    history = model.fit(itertools.cycle(batches), steps_per_epoch=len(batches), epochs=3, verbose=0)
    assert history.epoch == [0, 1, 2]
    pairs = [(np.ones(3), np.ones(1))] * 4
    x, y = map(np.stack, zip(*pairs, strict=True))
    model.fit(x, y, verbose=0)


def test_a_pair_of_inputs_lacks_its_targets():
    a, b = nnlite.Input((3,)), nnlite.Input((1,))
    model = nnlite.Model([a, b], Dense(1)(nnlite.layers.Concatenate()([a, b])))
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"^y is missing"):
        model.fit([np.ones((8, 3)), np.ones((8, 1))], verbose=0)
