"""Embeddings: read back by the plugin of TensorBoard's that shows them."""

import json

import numpy as np
import pytest

import nnlite
from nnlite import layers
from nnlite.callbacks import LambdaCallback, TensorBoard

pytestmark = pytest.mark.one_table

base_plugin = pytest.importorskip("tensorboard.plugins.base_plugin")
data_provider = pytest.importorskip("tensorboard.backend.event_processing.data_provider")
multiplexer = pytest.importorskip("tensorboard.backend.event_processing.plugin_event_multiplexer")
projector_plugin = pytest.importorskip("tensorboard.plugins.projector.projector_plugin")
wrappers = pytest.importorskip("werkzeug.wrappers")
client = pytest.importorskip("werkzeug.test")

IDS = np.arange(24).reshape(12, 2) % 7


def model(*names: str):
    """A model with a table of 7 rows for each name."""
    inputs = nnlite.Input((2,), dtype="int64")
    tables = [layers.Flatten()(layers.Embedding(7, 3, name=name)(inputs)) for name in names]
    outputs = layers.Dense(1)(layers.Concatenate()(tables) if len(tables) > 1 else tables[0])
    made = nnlite.Model(inputs, outputs)
    made.compile("sgd", "mse")
    return made


def fit(made, log_dir, *others, epochs=1, **arguments):
    callback = TensorBoard(log_dir, embeddings_freq=1, **arguments)
    made.fit(IDS, np.ones((12, 1)), epochs=epochs, verbose=0, callbacks=[callback, *others])


class Page:
    """The plugin, as a browser asks it."""

    def __init__(self, logdir) -> None:
        runs = multiplexer.EventMultiplexer()
        runs.AddRunsFromDirectory(str(logdir)).Reload()
        provider = data_provider.MultiplexerDataProvider(runs, str(logdir))
        context = base_plugin.TBContext(logdir=str(logdir), data_provider=provider)
        self.apps = projector_plugin.ProjectorPlugin(context).get_plugin_apps()

    def get(self, route: str, **query: str) -> bytes:
        answer = client.Client(self.apps[route], wrappers.Response).get("/", query_string=query)
        assert answer.status_code == 200, answer.data
        return answer.data

    def tables(self, run: str) -> dict[str, dict]:
        found = json.loads(self.get("/info", run=run))["embeddings"]
        return {one["tensorName"]: one for one in found}

    def tensor(self, run: str, name: str) -> np.ndarray:
        return np.frombuffer(self.get("/tensor", run=run, name=name), np.float32)


def test_the_page_shows_the_tables_of_the_last_epoch(tmp_path) -> None:
    """From the folder of one training, and from that of several."""
    made = model("words", "places")
    tables = []
    watch = LambdaCallback(on_epoch_end=lambda epoch, logs: tables.append(made.get_weights()))
    fit(made, tmp_path / "run_1", watch, epochs=3)
    for logdir, run in ((tmp_path, "run_1"), (tmp_path / "run_1", ".")):
        page = Page(logdir)
        assert json.loads(page.get("/runs")) == [run]
        found = page.tables(run)
        assert found.keys() == {"words/embeddings", "places/embeddings"}
        for name in found:
            assert found[name]["tensorShape"] == [7, 3]
            table = made.get_layer(name.partition("/")[0]).embeddings.numpy()
            np.testing.assert_array_equal(page.tensor(run, name), table.ravel())
    assert not np.array_equal(tables[0][0], tables[2][0])


def test_only_at_some_epochs(tmp_path) -> None:
    made = model("words")
    tables = []
    watch = LambdaCallback(on_epoch_end=lambda epoch, logs: tables.append(made.get_weights()[0]))
    callback = TensorBoard(tmp_path, embeddings_freq=2)
    made.fit(IDS, np.ones((12, 1)), epochs=4, verbose=0, callbacks=[watch, callback])
    found = Page(tmp_path).tensor(".", "words/embeddings")
    np.testing.assert_array_equal(found, tables[2].ravel())


@pytest.mark.parametrize("as_dict", [False, True])
def test_what_the_rows_are(as_dict, tmp_path) -> None:
    name = 'Wörter "und" \\ so.tsv'
    rows = "\n".join("abcdefg")
    (tmp_path / name).write_text(rows)
    fit(model("words"), tmp_path, embeddings_metadata={"words": name} if as_dict else name)
    page = Page(tmp_path)
    assert page.tables(".")["words/embeddings"]["metadataPath"] == name
    assert page.get("/metadata", run=".", name="words/embeddings").decode() == rows


def test_metadata_of_some_layers(tmp_path) -> None:
    given = {"places": "places.tsv"}
    fit(model("words", "places"), tmp_path, embeddings_metadata=given)
    assert given == {"places": "places.tsv"}  # Keras empties it
    found = Page(tmp_path).tables(".")
    assert "metadataPath" not in found["words/embeddings"]
    assert found["places/embeddings"]["metadataPath"] == "places.tsv"


def test_a_table_in_a_model_inside_another(tmp_path) -> None:
    made = nnlite.Sequential([model("words"), layers.Dense(1)])
    made.compile("sgd", "mse")
    fit(made, tmp_path)
    (name,) = Page(tmp_path).tables(".")
    assert name.endswith("words/embeddings")


class OfOneName(nnlite.Model):
    """Two tables that were given the same name."""

    def __init__(self):
        super().__init__(name="pair")
        self.one, self.other = layers.Embedding(7, 3, name="t"), layers.Embedding(7, 3, name="t")

    def call(self, inputs):
        return nnlite.ops.sum(self.one(inputs) + self.other(inputs), axis=(1, 2))


def test_two_tables_of_one_name_have_a_file_each(tmp_path) -> None:
    made = OfOneName()
    made.compile("sgd", "mse")
    fit(made, tmp_path)
    page = Page(tmp_path)
    names = {"pair/t/embeddings": made.one, "pair/t/embeddings_1": made.other}
    assert page.tables(".").keys() == names.keys()
    for name, layer in names.items():
        found = page.tensor(".", name).reshape(7, 3)
        np.testing.assert_allclose(found, layer.embeddings.numpy(), rtol=1e-6)


def test_a_model_without_tables_writes_none(tmp_path) -> None:
    made = nnlite.Sequential([layers.Dense(1, input_shape=(2,))])
    made.compile("sgd", "mse")
    fit(made, tmp_path)
    assert json.loads(Page(tmp_path).get("/runs")) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["train"]


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        (
            {"word": "words.tsv"},
            "the layer 'word', which is no Embedding layer.*Did you mean 'words'",
        ),
        ({"words": "../words.tsv"}, "inside log_dir"),
        ("/elsewhere/words.tsv", "inside log_dir"),
    ],
)
def test_metadata_that_cannot_be_shown_is_refused_at_the_beginning(
    metadata, error, tmp_path
) -> None:
    with pytest.raises(ValueError, match=error):
        fit(model("words"), tmp_path / "logs", embeddings_metadata=metadata)
    assert not list(tmp_path.iterdir())
