"""Embedding: what the table of layers does not say of it. Its ids, above all."""

import copy

import numpy as np
import pytest
from test_everything_replays import replayed_steps

import nnlite
from nnlite import Input, Model, Sequential, layers
from nnlite.layers import Dense, Embedding, Flatten

IDS = np.random.default_rng(0).integers(0, 11, (40, 3))
Y = np.random.default_rng(1).normal(size=(40, 2)).astype(np.float32)


def chain(*first):
    model = Sequential([*first, Embedding(11, 4), Flatten(), Dense(2)])
    model.compile("adam", "mse")
    model.build((None, 3))
    return model


def test_the_rows_of_the_table_by_hand():
    layer = Embedding(3, 2, weights=np.array([[1, 2], [3, 4], [5, 6]]))
    np.testing.assert_array_equal(layer(np.array([[2, 0]])).data, [[[5, 6], [1, 2]]])
    np.testing.assert_array_equal(layer(np.array([1.9])).data, [[3, 4]])  # truncated, as in Keras
    assert layer([[0, 1], [1, 2]]).shape == (2, 2, 2)


@pytest.mark.one_table
@pytest.mark.parametrize(
    "first", [(), (lambda: Input((3,)),), (lambda: Input((3,), dtype="int32"),)]
)
@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64", "float32"])
def test_ids_are_replayed_whatever_they_are_given_as(first, dtype):
    model = chain(*(make() for make in first))
    assert replayed_steps(model, IDS.astype(dtype), Y) == 8


@pytest.mark.one_table
def test_ids_behind_a_reshape_are_replayed_too():
    x = Input((3,), dtype="int64")
    model = Model(x, Dense(2)(Flatten()(Embedding(11, 4)(layers.Reshape((1, 3))(x)))))
    model.compile("sgd", "mse")
    assert replayed_steps(model, IDS, Y) == 8


@pytest.mark.one_table
def test_large_ids_are_not_rounded():
    model = Sequential([Input((1,)), layers.Lambda(lambda x: x), Embedding(2, 1)])
    assert model._inputs_and_users()[0][1][0] is model.layers[0]  # no table: these ids are floats
    model = Sequential([Input((1,)), Embedding(2**24 + 2, 1, "zeros")])
    table = model.layers[0].embeddings
    table.data[2**24 + 1] = 7  # which float32 would round to 2**24
    assert model.predict(np.array([[2**24 + 1]]), verbose=0).item() == 7


@pytest.mark.parametrize("wrong", [11, -1, 2**40])
def test_an_id_that_is_not_in_the_table_is_refused_before_anything_changes(wrong):
    model = chain()
    before = model.get_weights()
    bad = IDS.copy()
    bad[37, 1] = wrong
    message = rf"for the ids 0\.\.10, but (validation )?x has {wrong} at \[37, 1\]"
    for call in (
        lambda: model.fit(bad, Y, batch_size=8, verbose=0),
        lambda: model.fit(IDS, Y, validation_data=(bad, Y), verbose=0),
        lambda: model.evaluate(bad, Y, verbose=0),
        lambda: model.predict(bad, verbose=0),
        lambda: model.train_on_batch(bad, Y),
    ):
        with pytest.raises(ValueError, match=message):
            call()
    with pytest.raises(ValueError, match="but its input has"):
        model(bad)
    for weight, value in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, value)


@pytest.mark.one_table
def test_what_the_inputs_are_for_is_found_out_anew_after_a_change():
    def table(rows):
        return Sequential([Input((3,), dtype="int32"), Embedding(rows, 4)])

    model, smaller = table(11), Embedding(5, 4)
    model.predict(IDS[:2] * 0 + 7, verbose=0)
    model.pop()
    model.add(smaller)
    assert copy.deepcopy(model).predict(IDS[:2] * 0 + 4, verbose=0).shape == (2, 3, 4)
    with pytest.raises(ValueError, match=r"table of 5 rows.* but x has 7"):
        model.predict(IDS[:2] * 0 + 7, verbose=0)
    model.pop()
    model.add(Dense(2))  # which computes with numbers
    assert model.predict(IDS[:2] * 0 + 7, verbose=0).shape == (2, 2)


def test_ids_that_are_looked_up_behind_other_layers_are_looked_at_in_each_call():
    x = Input((3,), dtype="int64")
    model = Model(x, Dense(2)(Flatten()(Embedding(11, 4)(layers.Reshape((1, 3))(x)))))
    model.compile("sgd", "mse")
    bad = IDS.copy()
    bad[39, 2] = 11
    with pytest.raises(ValueError, match="but its input has 11"):
        model.fit(bad, Y, batch_size=4, shuffle=False, verbose=0)
    model.predict(IDS, batch_size=4, verbose=0)  # a recorded pass
    with pytest.raises(ValueError, match="but its input has 11"):
        model.predict(bad, batch_size=4, verbose=0)


@pytest.mark.one_table
def test_computed_ids_keep_the_steps_on_the_tape():
    x = Input((3,))
    model = Model(x, Dense(2)(Flatten()(Embedding(11, 4)(x * 2))))
    model.compile("sgd", "mse")
    assert replayed_steps(model, IDS / 2, Y) == 0
    with pytest.raises(ValueError, match="its input has 20"):
        model.predict(IDS * 0 + 10, verbose=0)


@pytest.mark.one_table
def test_an_input_that_goes_to_a_table_and_elsewhere():
    x = Input((3,))
    y = layers.concatenate([Flatten()(Embedding(11, 4)(x)), Dense(2)(x)])
    model = Model(x, Dense(2)(y))
    model.compile("sgd", "mse")
    assert replayed_steps(model, IDS, Y) == 0
    with pytest.raises(ValueError, match="x has 11"):
        model.predict(np.full((2, 3), 11), verbose=0)


@pytest.mark.one_table
def test_a_nested_model_and_several_inputs():
    inner = Sequential([Input((3,), dtype="int32"), Embedding(11, 4), Flatten()])
    ids, numbers = Input((3,), dtype="int32", name="ids"), Input((2,), name="numbers")
    model = Model([ids, numbers], Dense(2)(layers.concatenate([inner(ids), numbers])))
    model.compile("sgd", "mse")
    assert replayed_steps(model, [IDS, Y], Y) == 8
    with pytest.raises(ValueError, match=r"but x\['ids'\] has 99 at \[0, 0\]"):
        model.predict({"ids": np.full((2, 3), 99), "numbers": Y[:2]}, verbose=0)


@pytest.mark.one_table
def test_batches_of_a_generator_are_looked_at_one_by_one():
    model = chain()
    before = model.get_weights()[0]
    with pytest.raises(ValueError, match="has 11 at"):
        model.fit(iter([(np.full((4, 3), 11), Y[:4])]), verbose=0)
    model.fit(iter([(IDS[:8], Y[:8])] * 5), steps_per_epoch=5, verbose=0)
    assert (model.get_weights()[0] != before).any()


@pytest.mark.one_table
def test_data_that_is_changed_during_training_cannot_reach_beyond_the_table():
    """A replayed step checks nothing: ids that turn wrong after they were looked at give NaN."""
    ids = IDS.copy()

    class Spoil(nnlite.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                ids[:] = 10**9

    model = chain()
    history = model.fit(ids, Y, epochs=3, batch_size=8, verbose=0, callbacks=[Spoil()])
    assert np.isfinite(history.history["loss"][:2]).all()
    assert np.isnan(history.history["loss"][2])


def test_mask_zero():
    layer = Embedding(11, 4, mask_zero=True)
    y = layer(np.array([[1, 0, 3]]))
    np.testing.assert_array_equal(y._keras_mask.data, [[True, False, True]])
    assert getattr(Embedding(11, 4)(np.array([[1, 0]])), "_keras_mask", None) is None
    assert Embedding(11, 4).compute_mask(np.array([[1, 0]])) is None


@pytest.mark.one_table
def test_its_regularizer_and_constraint_work_on_the_table():
    layer = Embedding(11, 4, "ones", embeddings_regularizer="l2", embeddings_constraint="non_neg")
    layer.build((None, 3))
    assert layer.losses[0].item() == pytest.approx(0.01 * 44)
    assert layer.embeddings.constraint is layer.embeddings_constraint


@pytest.mark.one_table
@pytest.mark.parametrize("arguments", [(0, 4), (4, 0), (2.5, 4), (True, 4)])
def test_sizes_that_are_none(arguments):
    with pytest.raises(ValueError, match="must be a whole number >= 1"):
        Embedding(*arguments)


@pytest.mark.one_table
def test_arguments_of_older_versions():
    assert Embedding(7, 3, input_length=5).compute_output_shape((None, 5)) == (None, 5, 3)
