"""CategoryEncoding, Discretization, lookups (Keras's own need TensorFlow: these are by hand)."""

import json
import os

import numpy as np
import pytest

from nnlite import Input, Model, Sequential, layers
from nnlite.layers import CategoryEncoding, Dense, Discretization, IntegerLookup, StringLookup

pytestmark = pytest.mark.one_table  # no kernel is at work here


@pytest.fixture(scope="module")
def keras():
    """The real Keras."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    return pytest.importorskip("keras")


# -------------------------------------------------------------------------------- category encoding


@pytest.mark.parametrize("mode", ["one_hot", "multi_hot", "count", "binary"])
@pytest.mark.parametrize("shape", [(5,), (5, 1), (5, 3)])
def test_category_encoding_is_that_of_keras(mode, shape, keras):
    ids = np.random.default_rng(0).integers(0, 4, shape)
    theirs = keras.layers.CategoryEncoding(4, mode)
    expected = np.asarray(theirs(ids))
    y = CategoryEncoding(4, mode)(ids)
    np.testing.assert_array_equal(y.data, expected, strict=True)
    ours = CategoryEncoding(4, mode)
    assert ours.compute_output_shape((None, *shape[1:])) == theirs.compute_output_shape(
        (None, *shape[1:])
    )


def test_counts_with_weights():
    y = CategoryEncoding(3, "count")(
        np.array([[0, 1, 1], [2, 2, 2]]), count_weights=np.array([[0.5, 1, 2], [1, 1, 0.25]])
    )
    np.testing.assert_array_equal(y.data, [[0.5, 3, 0], [0, 0, 2.25]])
    with pytest.raises(ValueError, match="count_weights are for output_mode='count'"):
        CategoryEncoding(3)(np.array([[0]]), count_weights=np.array([[1.0]]))


def test_category_encoding_refuses_what_it_cannot_do():
    with pytest.raises(ValueError, match=r"takes the ids 0..2, got 3"):
        CategoryEncoding(3)(np.array([[0, 3]]))
    with pytest.raises(ValueError, match="needs num_tokens"):
        CategoryEncoding()
    with pytest.raises(ValueError, match="Did you mean 'one_hot'"):
        CategoryEncoding(3, "onehot")
    with pytest.raises(ValueError, match="no sparse tensors"):
        CategoryEncoding(3, sparse=True)


# ----------------------------------------------------------------------------------- discretization


@pytest.mark.parametrize("mode", ["int", "one_hot", "multi_hot", "count"])
def test_discretization_is_that_of_keras(mode, keras):
    x = np.array([[-1.5, 1.0], [3.4, 0.5], [0.2, 3.0]], np.float32)
    bins = [0.0, 1.0, 2.0]
    expected = np.asarray(keras.layers.Discretization(bins, output_mode=mode)(x))
    layer = Discretization(bins, output_mode=mode)
    y = layer(x)
    np.testing.assert_array_equal(y.data, expected)
    assert y.dtype == ("int64" if mode == "int" else "float32")
    assert layer.compute_output_shape((None, 2)) == (None, *y.shape[1:])


@pytest.mark.parametrize("epsilon", [0.01, 0.2])
@pytest.mark.parametrize("rows", [3, 40, 1000])
def test_adapted_boundaries_are_those_of_keras(rows, epsilon, keras):
    data = np.random.default_rng(rows).normal(size=(rows, 2)).astype(np.float32)
    theirs = keras.layers.Discretization(num_bins=4, epsilon=epsilon)
    ours = Discretization(num_bins=4, epsilon=epsilon)
    batches = [data[: rows // 2], data[rows // 2 :]]
    for given, steps, seen in ((data, None, [data]), (iter(batches), None, batches)):
        theirs.reset_state()  # its adapt needs TensorFlow, the steps of it do not
        for batch in seen:
            theirs.update_state(batch)
        theirs.finalize_state()
        ours.adapt(given, steps)
        assert ours.bin_boundaries == theirs.bin_boundaries
    ours.adapt(iter(batches), steps=1)
    alone = Discretization(num_bins=4, epsilon=epsilon)
    alone.adapt((batches[0], "y") for _ in range(1))
    assert ours.bin_boundaries == alone.bin_boundaries


def test_adapted_boundaries_come_back_from_the_configuration(keras):
    layer = Discretization(num_bins=4, output_mode="one_hot")
    assert layer.compute_output_shape((None, 3)) == (None, 3, 4)
    with pytest.raises(ValueError, match="has no boundaries yet"):
        layer(np.ones((2, 1)))
    layer.adapt([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])
    twin = Discretization.from_config(json.loads(json.dumps(layer.get_config())))
    assert twin.bin_boundaries == layer.bin_boundaries
    assert len(twin.bin_boundaries) == 3
    theirs = keras.layers.Discretization.from_config(layer.get_config())
    assert theirs.bin_boundaries == layer.bin_boundaries


def test_discretization_refuses_what_does_not_go_together():
    for arguments in ({}, {"num_bins": 3, "bin_boundaries": [1.0]}):
        with pytest.raises(ValueError, match="needs either bin_boundaries, or num_bins"):
            Discretization(**arguments)
    with pytest.raises(ValueError, match="must ascend"):
        Discretization([1.0, 0.0])
    with pytest.raises(ValueError, match="was given its bin_boundaries"):
        Discretization([0.0]).adapt([1.0])


# ------------------------------------------------------------------------------------------ lookups


def test_integers_by_a_given_vocabulary():
    layer = IntegerLookup(vocabulary=[12, 36, 1138, 42])
    y = layer(np.array([[12, 1138, 42], [42, 1000, 36]]))
    np.testing.assert_array_equal(y.data, [[1, 3, 4], [4, 0, 2]])
    assert y.dtype == np.int64
    assert layer.get_vocabulary() == [-1, 12, 36, 1138, 42]
    assert layer.get_vocabulary(include_special_tokens=False) == [12, 36, 1138, 42]
    assert layer.vocabulary_size() == 5


def test_an_adapted_vocabulary_is_ordered_by_counts_and_backwards_among_equals():
    layer = StringLookup()
    layer.adapt(np.array([["a", "c", "d"], ["d", "z", "b"]]))
    assert layer.get_vocabulary() == ["[UNK]", "d", "z", "c", "b", "a"]  # as in Keras's own example
    layer.adapt([["b", "b"]])
    assert layer.get_vocabulary() == ["[UNK]", "b"]
    layer = StringLookup(max_tokens=3)
    layer.adapt(iter([np.array(["x", "y", "x"]), np.array(["y", "y", "w"])]))
    assert layer.get_vocabulary() == ["[UNK]", "y", "x"]


def test_several_ids_for_unknown_tokens():
    layer = IntegerLookup(vocabulary=[12, 36], num_oov_indices=2)
    np.testing.assert_array_equal(layer(np.array([12, 37, 1000, 36])).data, [2, 1, 0, 3])
    layer = StringLookup(vocabulary=["a"], num_oov_indices=3)
    first, second = layer(["q", "r", "a", "s"]), layer(["q", "r", "a", "s"])
    np.testing.assert_array_equal(first.data, second.data)
    assert first.data[2] == 3
    assert set(first.data.tolist()) <= {0, 1, 2, 3}


def test_the_mask_token_and_no_unknown_ones():
    layer = StringLookup(vocabulary=["a", "b"], num_oov_indices=0, mask_token="")
    np.testing.assert_array_equal(layer([["a", "", "b"]]).data, [[1, 0, 2]])
    assert layer.get_vocabulary() == ["", "a", "b"]
    with pytest.raises(ValueError, match="'c' is not in the vocabulary, and with num_oov"):
        layer(["a", "c"])
    rows = StringLookup(vocabulary=["a", "b"], mask_token="", output_mode="multi_hot")([["a", ""]])
    np.testing.assert_array_equal(rows.data, [[0, 1, 0]])


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("one_hot", [[[0, 1, 0], [0, 1, 0], [1, 0, 0]]]),
        ("multi_hot", [[1, 1, 0]]),
        ("count", [[1, 2, 0]]),
    ],
)
def test_rows_of_tokens(mode, expected):
    layer = StringLookup(vocabulary=["a", "b"], output_mode=mode)
    y = layer([["a", "a", "z"]])
    np.testing.assert_array_equal(y.data, expected)
    assert y.dtype == np.float32
    assert layer.compute_output_shape((None, 3)) == (None, *y.shape[1:])
    padded = StringLookup(5, vocabulary=["a", "b"], output_mode=mode, pad_to_max_tokens=True)
    assert padded([["a", "a", "z"]]).shape[-1] == 5


def test_tf_idf_given_and_adapted():
    layer = StringLookup(
        vocabulary=["a", "b", "c"], idf_weights=[0.25, 0.75, 0.6], output_mode="tf_idf"
    )
    y = layer([["a", "c", "c", "z"]])  # an unknown token weighs the mean
    np.testing.assert_allclose(y.data, [[1.6 / 3, 0.25, 0, 1.2]], rtol=1e-6)
    layer = IntegerLookup(output_mode="tf_idf", max_tokens=5, pad_to_max_tokens=True)
    layer.adapt(np.array([[1, 2, 2], [1, 3, 3], [1, 3, 4]]))
    assert layer.get_vocabulary() == [-1, 3, 1, 2, 4]
    idf = np.log(1 + 3 / (1 + np.array([2, 3, 1, 1])))
    np.testing.assert_allclose(layer(np.array([[3, 1, 2, 4]])).data[0, 1:], idf, rtol=1e-6)
    np.testing.assert_allclose(layer(np.array([[9]])).data[0, 0], idf.mean(), rtol=1e-6)
    twin = IntegerLookup.from_config(json.loads(json.dumps(layer.get_config())))
    np.testing.assert_array_equal(
        twin(np.array([[3, 1, 2, 9]])).data, layer(np.array([[3, 1, 2, 9]])).data
    )


def test_inverted():
    layer = StringLookup(vocabulary=["a", "b"], invert=True, mask_token="")
    np.testing.assert_array_equal(
        layer(np.array([[2, 3, 0], [1, 9, -1]])).data, [["a", "b", ""], ["[UNK]"] * 3]
    )
    numbers = IntegerLookup(vocabulary=[7, 5], invert=True)
    np.testing.assert_array_equal(numbers(np.array([0, 1, 2])).data, [-1, 7, 5])


@pytest.mark.parametrize("given", [np.array(["a", "b"], object), [b"a", "b"], ("a", "b")])
def test_strings_in_any_form(given):
    np.testing.assert_array_equal(StringLookup(vocabulary=["a", "b"])(given).data, [1, 2])


def test_a_vocabulary_with_its_special_tokens():
    layer = StringLookup(vocabulary=["", "[UNK]", "a"], mask_token="")
    assert layer.get_vocabulary() == ["", "[UNK]", "a"]
    layer.set_vocabulary(["b", "c"])
    assert layer.get_vocabulary() == ["", "[UNK]", "b", "c"]


@pytest.mark.parametrize("path", ["vocabulary.txt", b"vocabulary.txt", os.curdir])
def test_no_file_is_read_because_it_is_named(path, tmp_path):
    (tmp_path / "vocabulary.txt").write_text("a\nb")
    for vocabulary in (path, tmp_path / "vocabulary.txt"):
        with pytest.raises(ValueError, match="no file is read"):
            StringLookup(vocabulary=vocabulary)
        config = {**StringLookup().get_config(), "vocabulary": vocabulary}
        with pytest.raises(ValueError, match="no file is read"):
            StringLookup.from_config(config)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"vocabulary": ["a", "b", "a"]}, "holds 'a' more than once"),
        ({"vocabulary": []}, "is empty"),
        ({"vocabulary": ["a", ""], "mask_token": ""}, "mask_token '' stands amid"),
        ({"vocabulary": ["a", "[UNK]"], "invert": True}, r"oov_token '\[UNK\]' stands amid"),
        ({"vocabulary": ["a", "b"], "max_tokens": 2}, "more than max_tokens=2"),
        ({"vocabulary": ["a"], "output_mode": "tf_idf"}, "idf_weights go with"),
        ({"vocabulary": ["a"], "idf_weights": [1.0]}, "idf_weights go with"),
        (
            {"vocabulary": ["a"], "idf_weights": [1.0, 2.0, 3.0], "output_mode": "tf_idf"},
            "1 tokens but 3 idf_weights",
        ),
        ({"idf_weights": [1.0], "output_mode": "tf_idf"}, "belong to a vocabulary"),
        ({"invert": True, "output_mode": "count"}, "must be 'int'"),
        ({"pad_to_max_tokens": True}, "needs max_tokens"),
        ({"sparse": True, "output_mode": "count"}, "no sparse tensors"),
        ({"output_mode": "multi_hott"}, "Did you mean 'multi_hot'"),
        ({"salt": 3}, "hash functions"),
        ({"max_tokens": 1}, "max_tokens must be a whole number >= 2"),
    ],
)
def test_what_a_lookup_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        StringLookup(**arguments)


def test_what_a_lookup_refuses_later():
    with pytest.raises(ValueError, match="has no vocabulary yet"):
        StringLookup(output_mode="count")(["a"])
    with pytest.raises(ValueError, match="was given its vocabulary"):
        StringLookup(vocabulary=["a"]).adapt(["b"])
    with pytest.raises(TypeError, match="takes strings, got numbers"):
        StringLookup(vocabulary=["a"])([1, 2])
    with pytest.raises(TypeError, match="takes strings, got None"):
        StringLookup(vocabulary=["a"])(["a", None])


def test_the_configuration_of_an_adapted_lookup_brings_its_vocabulary():
    layer = StringLookup(mask_token="")
    layer.adapt(["b", "a", "b"])
    config = json.loads(json.dumps(layer.get_config()))
    assert config["vocabulary"] == ["b", "a"]
    assert config["vocabulary_size"] == 4
    assert StringLookup.from_config(config).get_vocabulary() == ["", "[UNK]", "b", "a"]


# ------------------------------------------------------------------------------------ with a model


def test_strings_in_front_of_a_model_and_behind_it():
    towns = np.array([["Bern"], ["Rome"], ["Bern"], ["Oslo"]])
    lookup = StringLookup()
    lookup.adapt(towns)
    model = Sequential([layers.Embedding(lookup.vocabulary_size(), 2), layers.Flatten(), Dense(1)])
    model.compile("sgd", "mse")
    model.fit(lookup(towns), np.ones((4, 1)), verbose=0)
    assert model.predict(lookup([["Bern"], ["Ulm"]]), verbose=0).shape == (2, 1)
    with pytest.raises(TypeError, match=r"model.fit\(lookup\(strings\)"):
        lookup(Input((1,)))
    with pytest.raises(ValueError, match="turn strings into ids first, with StringLookup"):
        Input((1,), dtype="string")
    with pytest.raises(TypeError, match="must hold numbers"):
        model.fit(towns, np.ones((4, 1)), verbose=0)


def test_strings_at_the_end_of_a_model():
    ids = Input((2,), dtype="int64")
    words = StringLookup(vocabulary=["a", "longer"], invert=True)(ids)
    assert words.shape == (None, 2)
    model = Model(ids, words)
    found = model.predict(np.array([[1, 2], [0, 1], [1, 1]]), batch_size=2, verbose=0)
    assert found.tolist() == [["a", "longer"], ["[UNK]", "a"], ["a", "a"]]


def test_numbers_inside_a_functional_model():
    codes = Input((2,), dtype="int32")
    ids = IntegerLookup(vocabulary=[10, 20, 30])(codes)
    assert ids.dtype == "int64"
    y = layers.concatenate(
        [layers.Flatten()(layers.Embedding(4, 2)(ids)), CategoryEncoding(4)(ids)]
    )
    model = Model(codes, Dense(1)(y))
    model.compile("sgd", "mse")
    x = np.array([[10, 20], [30, 99], [10, 10], [20, 30]])
    model.fit(x, np.ones((4, 1)), epochs=3, batch_size=2, verbose=0)
    assert np.isfinite(model.predict(x, verbose=0)).all()
