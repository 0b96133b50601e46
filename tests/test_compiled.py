"""Steps and losses of the user's own, in the way Keras has them."""

import copy

import numpy as np
import pytest

import nnlite
from nnlite.layers import Dense
from nnlite.optimizers import SGD

X = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
Y = X[:, :1]


def made(kind, **arguments):
    nnlite.utils.set_random_seed(0)
    model = kind([Dense(1, input_shape=(3,))])
    model.compile("sgd", **{"loss": "mse"} | arguments)
    return model


class OneUnit(nnlite.Sequential):
    def __init__(self):
        super().__init__([Dense(1, input_shape=(3,))])


def test_a_train_step_of_one_s_own_and_its_logs():
    class Own(nnlite.Sequential):
        def train_step(self, data):
            x, y = data
            y_pred = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
            loss.backward()
            weights = self.trainable_weights
            self.optimizer.apply([weight.grad for weight in weights], weights)
            for weight in weights:
                weight.grad = None
            for metric in self.metrics:
                if metric.name == "loss":
                    metric.update_state(loss)
                else:
                    metric.update_state(y, y_pred)
            return {metric.name: metric.result() for metric in self.metrics}

    own, usual = made(Own, metrics=["mae"]), made(nnlite.Sequential, metrics=["mae"])
    mine = own.fit(X, Y, batch_size=5, epochs=2, shuffle=False, verbose=0).history
    theirs = usual.fit(X, Y, batch_size=5, epochs=2, shuffle=False, verbose=0).history
    assert mine == theirs  # batches of one size
    for a, b in zip(own.get_weights(), usual.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_logs_are_what_the_step_returns():
    class Own(nnlite.Sequential):
        def train_step(self, data):
            return {
                "norm": super().train_step(data)["loss"] + 1,
                "steps": self.optimizer.iterations,
            }

        def test_step(self, data):
            return {"other": 7}

    model = made(Own)
    history = model.fit(X, Y, batch_size=5, validation_data=(X, Y), verbose=0).history
    assert list(history) == ["norm", "steps", "val_other"]
    assert history["steps"] == [4.0]
    assert model.evaluate(X, Y, verbose=0) == 7.0
    assert model.train_on_batch(X, Y, return_dict=True)["steps"] == 5.0


def test_metrics_that_are_attributes_are_reported_and_reset():
    class Own(nnlite.Sequential):
        def __init__(self, layers):
            super().__init__(layers)
            self.largest = nnlite.metrics.Mean("largest")

        def train_step(self, data):
            self.largest.update_state(np.max(np.abs(data[0])))
            return super().train_step(data)

    model = made(Own)
    history = model.fit(X, Y, epochs=2, verbose=0).history
    assert history["largest"] == [np.abs(X).max()] * 2


def test_a_loss_of_one_s_own():
    seen = []

    class Own(nnlite.Sequential):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            seen.append((x.shape, sample_weight is None, training))
            return 2 * super().compute_loss(x, y, y_pred, sample_weight, training)

    model, usual = made(Own), made(nnlite.Sequential, loss_weights=2.0)
    options = {"batch_size": 5, "epochs": 2, "shuffle": False, "verbose": 0}
    history, expected = (one.fit(X, Y, **options).history for one in (model, usual))
    assert history == expected
    assert seen == [((5, 3), True, True)] * 8  # on the tape, every time
    seen.clear()
    assert model.evaluate(X, Y, batch_size=5, verbose=0) == usual.evaluate(X, Y, 5, verbose=0)
    assert seen == [((5, 3), True, False)] * 4


def test_losses_that_layers_add_enter_the_total():
    class Own(nnlite.Sequential):
        @property
        def losses(self):
            return [nnlite.ops.sum(nnlite.ops.square(self.layers[0].kernel))]

    model = made(Own)
    alone = model.predict(X, verbose=0)
    expected = ((alone - Y) ** 2).mean() + (model.layers[0].kernel.numpy() ** 2).sum()
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(expected, rel=1e-5)
    model.compile("sgd", loss=None)
    before = (model.layers[0].kernel.numpy() ** 2).sum()
    with pytest.warns(UserWarning, match="bias"):
        model.fit(X, Y, epochs=3, verbose=0)
    assert (model.layers[0].kernel.numpy() ** 2).sum() < before


def test_a_model_that_is_but_a_train_step():
    class Trains(nnlite.Model):
        def __init__(self, inner):
            super().__init__()
            self.inner = inner

        def train_step(self, data):
            x, y = data
            return {"inner": self.inner.train_on_batch(x, y["a"] + y["b"])}

    model = Trains(made(nnlite.Sequential))
    model.compile("sgd")
    assert list(model.fit(X, {"a": Y, "b": Y}, verbose=0).history) == ["inner"]


def test_a_metrics_property_of_one_s_own_says_what_is_reported_and_reset():
    class Own(OneUnit):
        def __init__(self):
            super().__init__()
            self.tracker = nnlite.metrics.Mean(name="tracked")

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            loss = super().compute_loss(x, y, y_pred, sample_weight)
            self.tracker.update_state(2 * loss)
            return loss

        @property
        def metrics(self):
            return [self.tracker]

    model = Own()
    model.compile(SGD(0.0), "mse", metrics=["mae"])
    history = model.fit(X, Y, epochs=2, verbose=0).history
    expected = 2 * np.mean((model.predict(X, verbose=0) - Y) ** 2)
    assert history == {"tracked": [pytest.approx(expected)] * 2}
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(expected)
    assert model.metrics_names == ["tracked"]


def test_compute_metrics_of_one_s_own_adds_to_the_logs():
    class Own(OneUnit):
        def compute_metrics(self, x, y, y_pred, sample_weight=None):
            logs = super().compute_metrics(x, y, y_pred, sample_weight)
            return {**logs, "largest": float(np.max(y))}

    model = Own()
    model.compile(SGD(0.0), "mse", metrics=["mae"])
    history = model.fit(X, Y, verbose=0, validation_data=(X, Y)).history
    names = ["loss", "mae", "largest"]
    assert list(history) == [*names, *(f"val_{name}" for name in names)]
    assert history["val_largest"] == [Y.max()]
    assert len(model.evaluate(X, Y, verbose=0)) == 3


def test_a_metric_may_return_several_numbers():
    class Range(nnlite.metrics.Metric):
        def __init__(self):
            super().__init__("range")
            self.least = self.add_weight((), "zeros")
            self.most = self.add_weight((), "zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.least.assign(np.min(y_true))
            self.most.assign(np.max(y_true))

        def result(self):
            return {"least": self.least, "most": self.most}

    model = OneUnit()
    model.compile(SGD(0.0), "mse", metrics=[Range()])
    logs = model.evaluate(X, Y, verbose=0, return_dict=True)
    assert list(logs) == ["loss", "least", "most"]
    assert (logs["least"], logs["most"]) == (Y.min(), Y.max())


def test_metrics_alone_can_be_evaluated_but_not_trained():
    model = OneUnit()
    model.compile(metrics=["mae"])
    expected = np.abs(model.predict(X, verbose=0) - Y).mean()
    assert model.evaluate(X, Y, verbose=0) == [0.0, pytest.approx(expected)]
    with pytest.raises(ValueError, match="there is no loss"):
        model.fit(X, Y, verbose=0)


def test_compiled_says_whether_it_is():
    model = OneUnit()
    assert not model.compiled
    model.compile(SGD(0.0), "mse")
    assert model.compiled


def test_predict_steps_of_one_s_own():
    class Own(nnlite.Sequential):
        def predict_step(self, data):
            x, _, _ = nnlite.utils.unpack_x_y_sample_weight(data)
            return {"mean": np.mean(x, axis=1), "all": super().predict_step(data)}

    found = made(Own).predict(X, 8, verbose=0)
    np.testing.assert_allclose(found["mean"], X.mean(axis=1), rtol=1e-6)
    assert found["all"].shape == (20, 1)


@pytest.mark.one_table
def test_what_is_accepted_for_keras_s_sake():
    model = made(nnlite.Sequential, jit_compile=True, run_eagerly=True, steps_per_execution=4)
    assert model.run_eagerly
    with pytest.raises(ValueError, match="steps_per_execution must be a whole number >= 1"):
        model.compile("sgd", "mse", steps_per_execution=0)


def test_compiling_again_between_fits():
    model = made(nnlite.Sequential)
    model.fit(X, Y, verbose=0)
    model.compile("sgd", "mae", metrics=["mse"])
    assert list(model.fit(X, Y, verbose=0).history) == ["loss", "mse"]


@pytest.mark.one_table
def test_packing_and_unpacking_a_batch():
    pack, unpack = nnlite.utils.pack_x_y_sample_weight, nnlite.utils.unpack_x_y_sample_weight
    assert pack(1) == 1
    assert pack([1, 2]) == ([1, 2],)
    assert pack(1, 2) == (1, 2)
    assert pack(1, 2, 3) == (1, 2, 3)
    for data in ((1,), (1, 2), (1, 2, 3)):
        assert unpack(data) == (*data, None, None)[:3]
    with pytest.raises(ValueError, match=r"a batch is .* got a tuple of 4"):
        unpack((1, 2, 3, 4))


def test_metrics_of_layers_inside_layers_are_reported():
    class Watching(nnlite.layers.Layer):
        def __init__(self):
            super().__init__()
            self.size = nnlite.metrics.Mean(name="size")

        def call(self, x):
            self.size.update_state(nnlite.ops.abs(x))
            return x

    class Block(nnlite.layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = [Watching()]
            self.dense = Dense(2)

        def call(self, x):
            return self.dense(self.inner[0](x))

    inner = nnlite.Sequential([Dense(1)])
    inner.compile("sgd", "mse", metrics=["mse"])  # nobody's business but its own
    model = nnlite.Sequential([nnlite.Input((3,)), Block(), inner])
    model.compile("sgd", "mse", metrics=["mae"])
    x = np.full((8, 3), -2.0)
    assert model.metrics_names == ["loss", "mae", "size"]
    assert model.evaluate(x, np.ones(8), verbose=0)[2] == 2
    assert model.evaluate(0 * x, np.ones(8), verbose=0)[2] == 0  # it begins anew
    model.layers[0].inner[0].late = nnlite.metrics.Mean(name="late")
    assert model.metrics_names == ["loss", "mae", "size", "late"]
    assert copy.deepcopy(model).metrics_names == model.metrics_names
