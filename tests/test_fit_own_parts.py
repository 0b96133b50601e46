"""fit with losses, metrics and layers of the user's own, and outputs of more axes."""

import numpy as np
import pytest

import nnlite
from nnlite import Sequential
from nnlite.layers import Dense, Layer
from nnlite.optimizers import SGD

#: The mean over batches sums in another order than the mean over all: some roundings of float32.
SAME_MEAN = {"rel": 1e-5, "abs": 1e-6}


def data(samples=10):
    random = np.random.default_rng(5)
    x = random.normal(size=(samples, 3)).astype(np.float32)
    return x, random.integers(0, 3, samples)


def classifier(learning_rate=0.1, metrics=("accuracy",)):
    model = Sequential(
        [Dense(5, activation="tanh", input_shape=(3,)), Dense(3, activation="softmax")]
    )
    model.compile(SGD(learning_rate), "sparse_categorical_crossentropy", metrics=list(metrics))
    return model


def test_the_types_of_a_float64_model_reach_its_targets_and_weights():
    big = 2**25 + 1  # float32 has no such number
    seen = []

    def witness(y_true, y_pred):
        seen.append(y_true.copy())
        return y_pred

    for loss in ("mse", witness):
        model = Sequential([Dense(1, input_shape=(1,), dtype="float64")])
        model.compile(SGD(0.0), loss, metrics=[witness])
        model.fit(np.ones((2, 1)), [big, big], sample_weight=[1 / 3, 1 / 3], verbose=0)
        loss = model.evaluate(np.ones((1, 1)), [0], sample_weight=[1 / 3], verbose=0)[0]
        value = model.predict(np.ones((1, 1)), verbose=0).item()
        own = model._objective.outputs[0].loss_function.name == "witness"
        expected = value / 3 if own else value**2 / 3
        assert loss == pytest.approx(expected, rel=1e-14)  # a few roundings of float64
    assert {y.dtype for y in seen} == {np.dtype("float64")}
    assert max(y.max() for y in seen) == big


def test_a_user_s_metric_may_keep_the_targets():
    class Keeps(nnlite.Metric):
        def __init__(self):
            super().__init__("keeps")
            self.kept = []

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.kept.append(y_true)

        def result(self):
            return 0.0

        def reset_state(self):
            self.kept.clear()

    x, y = data(6)
    keeps = Keeps()
    model = classifier(metrics=[keeps])
    model.fit(x, y, batch_size=2, shuffle=False, verbose=0)
    assert np.concatenate(keeps.kept).tolist() == y.tolist()


def test_numpy_works_in_a_user_s_metric():
    def largest(y_true, y_pred):
        return np.max(np.square(y_pred), axis=1)

    x, y = data()
    model = classifier(0.0, metrics=[largest])
    expected = (model.predict(x, verbose=0) ** 2).max(axis=1).mean()
    found = model.fit(x, y, verbose=0).history["largest"][0]
    assert found == pytest.approx(expected, **SAME_MEAN)


class Counted(nnlite.layers.Layer):
    """A layer that keeps a metric, by one name in all layers of its kind, or not."""

    def __init__(self, of_all, **kwargs):
        super().__init__(**kwargs)
        self.size = nnlite.metrics.Mean("size" if of_all else f"{self.name}_size")

    def call(self, inputs):
        self.size.update_state(abs(inputs))
        return inputs


def test_metrics_of_layers_that_would_hide_each_other_are_refused():
    """Keras reports the last one."""
    for of_all in (True, False):
        layers = [Counted(of_all, name="a"), Dense(1), Counted(of_all, name="b")]
        model = nnlite.Sequential([nnlite.Input((2,)), *layers])
        model.compile(SGD(0.1), "mse")
        before = [weight.data.copy() for weight in model.weights]
        if not of_all:
            logs = model.fit(np.ones((4, 2)), np.ones(4), verbose=0).history
            assert {*logs} == {"loss", "a_size", "b_size"}
            continue
        with pytest.raises(ValueError, match="two metrics of the model, or of its layers, report"):
            model.fit(np.ones((4, 2)), np.ones(4), verbose=0)
        for weight, values in zip(model.weights, before, strict=True):
            np.testing.assert_array_equal(weight.data, values)


def test_metrics_names_and_a_loss_as_a_metric():
    model = classifier(
        metrics=["accuracy", nnlite.losses.SparseCategoricalCrossentropy(name="entropy")]
    )
    assert model.metrics_names == ["loss", "accuracy", "entropy"]
    x, y = data()
    logs = model.evaluate(x, y, batch_size=4, verbose=0, return_dict=True)
    assert logs["entropy"] == pytest.approx(logs["loss"], **SAME_MEAN)


def test_a_layer_of_one_s_own_is_called_once_per_step_on_a_batch():
    class Counts(Layer):
        calls = 0

        def call(self, inputs):
            self.calls += 1
            return inputs

    layer = Counts()
    model = Sequential([layer, Dense(1)])
    model.compile("sgd", "mse")
    model.train_on_batch(np.ones((2, 3)), [1, 2])
    before = layer.calls
    model.train_on_batch(np.ones((2, 3)), [1, 2])
    assert layer.calls == before + 1


def test_a_layer_may_be_exchanged_before_compiling_again():
    class WithHead(nnlite.Model):
        def __init__(self):
            super().__init__()
            self.head = Dense(2)

        def call(self, inputs):
            return self.head(inputs)

    model = WithHead()
    for outputs in (2, 4):
        model.head = Dense(outputs)
        model.compile("sgd", "mse")
        model.fit(np.ones((3, 2)), np.ones((3, outputs)), verbose=0)


def test_labels_for_every_step_of_a_sequence():
    random = np.random.default_rng(0)
    x, y = random.normal(size=(6, 5, 3)), random.integers(0, 2, (6, 5))
    model = Sequential([Dense(2, activation="softmax", input_shape=(5, 3))])
    for loss, targets in (
        ("sparse_categorical_crossentropy", y),
        ("categorical_crossentropy", np.eye(2)[y]),
    ):
        model.compile(SGD(0.0), loss, metrics=["accuracy"])
        found = model.evaluate(x, targets, verbose=0)
        p = model.predict(x, verbose=0)
        picked = np.take_along_axis(p, y[..., None], axis=-1)
        assert found[0] == pytest.approx(-np.log(picked).mean(), rel=1e-5)  # float32
        assert found[1] == pytest.approx((p.argmax(-1) == y).mean(), rel=1e-6)
        with pytest.raises(ValueError, match="class_weight needs one class per sample"):
            model.fit(x, targets, class_weight={0: 2.0})
        model.fit(x, targets, verbose=0)
