"""Real Keras 3 reads what nnlite writes: it predicts and evaluates the same, and trains on."""

import numpy as np
import pytest
from keras_worker import keras_worker

import nnlite
from nnlite import tree
from nnlite.registry import snake_case

from . import keras_files
from .files_of_keras import builders, check_outputs

keras = pytest.importorskip("keras")  # on jax, before a worker chooses numpy

pytestmark = pytest.mark.one_table

#: Models whose penalties Keras cannot add up on numpy: ops.sum of a list fails there.
WITHOUT_LOGS = ("k3_zoo_adam",)

MODELS = (
    *("k3_seq_clf_sgd", "k3_seq_reg_adam", "k3_mse_string_sgd", "k3_wide_deep_norm_rmsprop"),
    *("k3_two_output_nesterov", "k3_two_output_dict_adam", "k3_shared_layer_adam"),
    *("k3_nested_rmsprop", "k3_dropout_bn_adam", "k3_zoo_adam", "k3_loss_objects_adam"),
    *("k3_schedule_momentum", "k3_adagrad"),
)

#: Those that layout="keras2" can express.
UNIVERSAL = [name for name in MODELS if name not in ("k3_nested_rmsprop", "k3_zoo_adam")]


@pytest.fixture(scope="module")
def worker():
    with keras_worker() as found:
        yield found


def trained(folder, name):
    """A model of the shared ones after some steps, and its data."""
    made = builders(folder)[name]
    model = made["build"](nnlite)
    x, y = made["data"](np.random.default_rng(5))
    if made.get("adapt"):
        model.get_layer("norm").adapt(x)
    if not model.built:
        model(tree.map_structure(lambda one: one[:2], x))
    model.compile(**made["compile"](nnlite))
    model.fit(x, y, batch_size=16, epochs=2, verbose=0)
    return model, x, y


def in_full(key):
    """The name of a quantity as Keras has it after it has read an .h5 file: "mae" is no more."""
    head, _, last = key.rpartition("_")
    return f"{head}_{snake_case(nnlite.losses.ALIASES.get(last, last))}".lstrip("_")


def check_seen(seen, model, x, y, name, prefixed=False):
    check_outputs(model.predict(x, verbose=0), seen.outputs)
    logs = model.evaluate(x, y, batch_size=16, verbose=0, return_dict=True)
    assert int(model.optimizer.iterations) == seen.iterations
    np.testing.assert_allclose(float(model.optimizer.learning_rate), seen.learning_rate, rtol=1e-6)
    assert len(seen.logs) == len(logs)
    outputs = [f"{output}_loss" for output in model._output_names]
    logs = {in_full(key): value for key, value in logs.items()}
    for key, value in seen.logs.items():
        # in the older layout Keras 3 puts the output's name before a metric's a second time
        full = in_full(key)
        ours = [one for one in logs if one == full or (prefixed and full.endswith(f"_{one}"))]
        rtol = 0.1 if key in outputs else 1e-5  # Keras 3 averages these over the batches
        np.testing.assert_allclose(logs[max(ours, key=len)], value, rtol=rtol, atol=1e-6)


@pytest.mark.parametrize("suffix", [".h5", ".keras"])
@pytest.mark.parametrize("name", MODELS)
def test_keras_predicts_and_evaluates(name, suffix, worker, shared_folder, tmp_path):
    model, x, y = trained(shared_folder / "fixtures", name)
    path = str(tmp_path / f"m{suffix}")
    model.save(path)
    compiles = name not in WITHOUT_LOGS
    seen = worker.submit(keras_files.read, path, x, y, compiles).result()
    if compiles:
        check_seen(seen, model, x, y, name)
    else:
        check_outputs(model.predict(x, verbose=0), seen.outputs)


@pytest.mark.parametrize("name", UNIVERSAL)
def test_keras_3_reads_the_layout_of_keras_2(name, worker, shared_folder, tmp_path):
    model, x, y = trained(shared_folder / "fixtures", name)
    path = str(tmp_path / "m.h5")
    model.save(path, layout="keras2")
    seen = worker.submit(keras_files.read, path, x, y).result()
    check_seen(seen, model, x, y, name, prefixed=True)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("k3_weights_only", "m.weights.h5"),
        ("k3_weights_only", "m.h5"),
        ("k3_weights_only_functional", "m.weights.h5"),
        ("k3_weights_only_functional", "m.h5"),
        ("k3_subclass_weights", "m.weights.h5"),
    ],
)
def test_keras_takes_the_weights(name, file, worker, shared_folder, tmp_path):
    model, x, _ = trained(shared_folder / "fixtures", name)
    path = str(tmp_path / file)
    model.save_weights(path)
    folder = str(shared_folder / "fixtures")
    outputs = worker.submit(keras_files.with_weights, folder, name, path, x).result()
    check_outputs(model.predict(x, verbose=0), outputs)


def test_an_inner_functional_model_in_the_middle_is_read(worker, tmp_path):
    inner_in = nnlite.Input((3,))
    inner = nnlite.Model(inner_in, nnlite.layers.Dense(4)(inner_in), name="inner")
    x = nnlite.Input((3,))
    h = nnlite.layers.Dense(3, "tanh")(inner(x)[:, :3])
    model = nnlite.Model(x, nnlite.layers.Dense(2)(nnlite.layers.Add()([inner(h), inner(x)])))
    data = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)
    model.save(tmp_path / "m.keras")
    seen = worker.submit(keras_files.read, str(tmp_path / "m.keras"), data, None, False).result()
    check_outputs(model.predict(data, verbose=0), seen.outputs)
    check_outputs(nnlite.models.load_model(tmp_path / "m.keras")(data).numpy(), seen.outputs)


@pytest.mark.parametrize("name", ["m.keras", "m.h5"])
@pytest.mark.filterwarnings("ignore:__array__ implementation")  # Keras's own
def test_a_function_of_the_user_s_goes_both_ways(name, tmp_path):
    own = {"doubled": doubled, "squares": squares}
    x = np.linspace(-1, 1, 12, dtype=np.float32).reshape(4, 3)

    def made(library):
        dense = library.layers.Dense(2, activation=doubled)
        model = library.Sequential([library.Input((3,)), dense])
        model.compile("sgd", squares, metrics=[squares])
        return model

    for writer, reader in ((nnlite, keras), (keras, nnlite)):
        model = made(writer)
        model.save(tmp_path / name)
        read = reader.models.load_model(tmp_path / name, custom_objects=own)
        check_outputs(model.predict(x, verbose=0), [read.predict(x, verbose=0)])
        logs = [one.evaluate(x, x[:, :2], verbose=0, return_dict=True) for one in (model, read)]
        assert logs[0] == pytest.approx(logs[1], rel=1e-5)


def doubled(x):
    return x * 2.0


def squares(y_true, y_pred):
    return (y_pred - y_true) ** 2


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # Keras's own
def test_keras_trains_on(shared_folder, tmp_path):
    """From a .keras file as it is; from an .h5 one with what it holds of the optimizer."""
    import h5py

    model, x, y = trained(shared_folder / "fixtures", "k3_seq_reg_adam")
    for name in ("m.keras", "m.h5"):
        model.save(tmp_path / name)
    read = {name: keras.models.load_model(tmp_path / name) for name in ("m.keras", "m.h5")}
    with h5py.File(tmp_path / "m.h5") as file:
        group = file["optimizer_weights"]
        state = [group[name][()] for name in group.attrs["weight_names"]]
    later = read["m.h5"]
    later.compile(type(later.optimizer).from_config(later.optimizer.get_config()), later.loss)
    later.optimizer.build(later.trainable_variables)
    later.optimizer.set_weights(state)
    how = {"batch_size": 16, "epochs": 2, "shuffle": False, "verbose": 0}
    model.fit(x, y, **how)
    for one in read.values():
        one.fit(x, y, **how)
        check_outputs(one.predict(x, verbose=0), [model.predict(x, verbose=0)], atol=2e-5)


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # Keras's own
def test_without_its_optimizer_keras_trains_an_h5_file(shared_folder, tmp_path):
    model, x, y = trained(shared_folder / "fixtures", "k3_mse_string_sgd")
    model.save(tmp_path / "m.h5", include_optimizer=False)
    read = keras.models.load_model(tmp_path / "m.h5")
    read.compile("sgd", "mse")
    model.compile("sgd", "mse")
    how = {"batch_size": 20, "epochs": 1, "shuffle": False, "verbose": 0}
    read.fit(x, y, **how)
    model.fit(x, y, **how)
    check_outputs(read.predict(x, verbose=0), [model.predict(x, verbose=0)])
