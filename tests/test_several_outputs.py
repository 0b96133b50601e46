"""Several inputs and outputs: matched by place and by name, each output with its own loss."""

import numpy as np
import pytest
import replays

import nnlite
from nnlite import ops, plan, tree
from nnlite.layers import Dense

RANDOM = np.random.default_rng(0)
WIDE, DEEP = (RANDOM.normal(size=(50, n)).astype(np.float32) for n in (3, 4))
MAIN = RANDOM.normal(size=(50, 1)).astype(np.float32)
AUX = RANDOM.normal(size=(50, 2)).astype(np.float32)
LABELS = RANDOM.integers(0, 2, 50)


class WideAndDeep(nnlite.Model):
    """The book's, with its outputs in a tuple, a list or a dict."""

    def __init__(self, form=tuple, aux=None):
        super().__init__()
        self.hidden = Dense(5, activation="relu")
        self.main_output = Dense(1)
        self.aux_output = Dense(2, activation=aux)
        self.form = form

    def call(self, inputs):
        wide, deep = (inputs["a"], inputs["b"]) if isinstance(inputs, dict) else inputs
        hidden = self.hidden(deep)
        main = self.main_output(ops.concatenate([wide, hidden]))
        aux = self.aux_output(hidden)
        return {"main": main, "aux": aux} if self.form is dict else self.form((main, aux))


def compiled(form=tuple, loss="mse", **arguments):
    nnlite.utils.set_random_seed(0)
    model = WideAndDeep(form, "softmax" if "sparse" in str(loss) else None)
    model.compile(nnlite.optimizers.SGD(0.1), loss, **arguments)
    return model


def fitted(model, x=(WIDE, DEEP), y=(MAIN, AUX), **arguments):
    history = model.fit(x, y, epochs=2, batch_size=16, shuffle=False, verbose=0, **arguments)
    return [w.tobytes() for w in model.get_weights()], history.history


@pytest.mark.parametrize("form", [tuple, list, dict])
def test_losses_and_metrics_by_hand(form):
    by_name = form is dict
    loss = {"aux": "mae", "main": "mse"} if by_name else ["mse", "mae"]
    weights = {"main": 0.9, "aux": 0.1} if by_name else (0.9, 0.1)
    chosen = {"main": "mae"} if by_name else [["mae"], None]
    model = compiled(form, loss, loss_weights=weights, metrics=chosen)
    y = {"main": MAIN, "aux": AUX} if by_name else [MAIN, AUX]
    predicted = model.predict([WIDE, DEEP], verbose=0)
    assert type(predicted) is form
    main, aux = (predicted["main"], predicted["aux"]) if by_name else predicted
    main_loss, aux_loss = ((main - MAIN) ** 2).mean(), np.abs(aux - AUX).mean()
    names = ("main", "aux") if by_name else ("output_1", "output_2")
    expected = {
        "loss": 0.9 * main_loss + 0.1 * aux_loss,
        f"{names[0]}_loss": main_loss,
        f"{names[1]}_loss": aux_loss,
        f"{names[0]}_mae": np.abs(main - MAIN).mean(),
    }
    found = model.evaluate([WIDE, DEEP], y, batch_size=16, verbose=0, return_dict=True)
    assert found == pytest.approx(expected, rel=1e-5)  # float32 sums in another order
    history = model.fit([WIDE, DEEP], y, validation_data=([WIDE, DEEP], y), verbose=0).history
    assert set(history) == {*expected, *(f"val_{name}" for name in expected)}


def test_evaluate_gives_the_total_and_then_each_loss_and_metric():
    model = compiled(loss=["mse", "mse"])
    total, main, aux = model.evaluate((WIDE, DEEP), (MAIN, AUX), verbose=0)
    assert total == pytest.approx(main + aux, rel=1e-6)
    assert model.metrics_names == ["loss", "output_1_loss", "output_2_loss"]
    model = compiled(metrics=["mae", ["mse"]], weighted_metrics=["mae", None])
    model.evaluate((WIDE, DEEP), (MAIN, AUX), verbose=0)
    losses = ["loss", "output_1_loss", "output_2_loss"]
    metrics = ["output_1_mae", "output_1_weighted_mae", "output_2_mse"]
    assert model.metrics_names == losses + metrics
    assert model.metrics_names == list(
        model.evaluate((WIDE, DEEP), (MAIN, AUX), verbose=0, return_dict=True)
    )


def test_the_form_of_the_data_does_not_matter():
    expected = fitted(compiled())
    for x in ([WIDE, DEEP], {"b": DEEP, "a": WIDE}):
        assert fitted(compiled(), x) == expected
    assert fitted(compiled(), y=[MAIN[:, 0], AUX]) == expected
    assert fitted(compiled(), y={"output_2": AUX, "output_1": MAIN}) == expected
    assert fitted(compiled(), loss_of_each()) == fitted(compiled(loss=["mse", "mse"]))


def loss_of_each():
    return [WIDE.astype(np.float64), DEEP.tolist()]


def test_one_loss_for_all_outputs_and_a_weight_for_all():
    model = compiled(loss="mse", loss_weights=0.5, metrics=[])
    total, main, aux = model.evaluate((WIDE, DEEP), (MAIN, AUX), verbose=0)
    assert total == pytest.approx(0.5 * (main + aux), rel=1e-6)


@pytest.mark.parametrize("loss", [["mse", None], {"output_1": "mse"}])
def test_an_output_without_loss_is_not_trained(loss):
    model = compiled(loss=loss)
    model.build([(None, 3), (None, 4)])
    before = model.aux_output.get_weights()
    with pytest.warns(UserWarning, match=r"stay as they are: .*dense"):
        history = model.fit((WIDE, DEEP), [MAIN, None], verbose=0).history
    assert list(history) == ["loss"]
    for one, other in zip(before, model.aux_output.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_sample_weights_for_all_and_for_each_output():
    weights = np.linspace(0, 2, 50)
    model = compiled()
    each = [
        [float(v) for v in model.evaluate((w[None], d[None]), (m[None], a[None]), verbose=0)]
        for w, d, m, a in zip(WIDE, DEEP, MAIN, AUX, strict=True)
    ]
    _, main, aux = np.array(each).T
    data = (WIDE, DEEP), (MAIN, AUX)
    for given, expected in (
        (weights, [(weights * main).mean(), (weights * aux).mean()]),
        ([weights, None], [(weights * main).mean(), aux.mean()]),
        ({"output_2": weights}, [main.mean(), (weights * aux).mean()]),
    ):
        found = model.evaluate(*data, sample_weight=given, verbose=0)
        assert found[1:] == pytest.approx(expected, rel=1e-5)  # float32 sums in another order
        history = model.fit(*data, validation_data=(*data, given), sample_weight=given, verbose=0)
        logs = model.evaluate(*data, sample_weight=given, verbose=0)
        assert history.history["val_loss"][0] == logs[0]
        model = compiled()


def test_class_weights_for_each_output():
    model = compiled(loss=["mse", "sparse_categorical_crossentropy"])
    by_class = np.where(LABELS == 1, 3.0, 1.0)
    one = fitted(model, y=(MAIN, LABELS), class_weight={"output_2": {1: 3.0}})
    model = compiled(loss=["mse", "sparse_categorical_crossentropy"])
    assert fitted(model, y=(MAIN, LABELS), sample_weight=[None, by_class]) == one
    with pytest.raises(ValueError, match="2 outputs, so say which one the classes are of"):
        fitted(model, y=(MAIN, LABELS), class_weight={1: 3.0})


def test_one_batch():
    model = compiled()
    losses = model.train_on_batch([WIDE, DEEP], [MAIN, AUX])
    assert len(losses) == 3
    assert model.test_on_batch([WIDE, DEEP], [MAIN, AUX])[0] < losses[0]
    main, aux = model.predict_on_batch([WIDE, DEEP])
    expected = model.predict([WIDE, DEEP], verbose=0)
    np.testing.assert_allclose(main, expected[0], rtol=1e-5)
    np.testing.assert_allclose(aux, expected[1], rtol=1e-5)


def test_streams_of_several_inputs_and_outputs():
    def batches():
        for start in range(0, 50, 16):
            part = slice(start, start + 16)
            yield {"a": WIDE[part], "b": DEEP[part]}, (MAIN[part], AUX[part])

    model = compiled()
    model.fit(batches(), verbose=0)
    other = compiled()
    other.fit([WIDE, DEEP], [MAIN, AUX], batch_size=16, shuffle=False, verbose=0)
    assert [w.tobytes() for w in model.get_weights()] == [w.tobytes() for w in other.get_weights()]
    found = model.predict((x for x, _ in batches()), verbose=0)
    for one, expected in zip(found, model.predict([WIDE, DEEP], 16, verbose=0), strict=True):
        np.testing.assert_array_equal(one, expected)


def test_nested_outputs():
    class Nested(nnlite.Model):
        def __init__(self):
            super().__init__()
            self.parts = [Dense(1), Dense(1), Dense(2)]

        def call(self, inputs):
            first, second, third = (part(inputs) for part in self.parts)
            return {"means": [first, second], "rest": third}

    model = Nested()
    model.compile("sgd", "mse")
    y = {"means": [MAIN, MAIN], "rest": AUX}
    logs = model.evaluate(DEEP, y, verbose=0, return_dict=True)
    assert list(logs) == ["loss", "means_1_loss", "means_2_loss", "rest_loss"]
    predicted = model.predict(DEEP, verbose=0)
    assert predicted["means"][1].shape == (50, 1)
    assert logs["rest_loss"] == pytest.approx(((predicted["rest"] - AUX) ** 2).mean(), rel=1e-5)


def test_nested_outputs_of_a_functional_model_are_called_the_same_in_compile_and_in_the_logs():
    inputs = nnlite.Input((DEEP.shape[1],))
    means = [Dense(1, name="low")(inputs), Dense(1, name="high")(inputs)]
    model = nnlite.Model(inputs, {"means": means, "rest": Dense(2, name="other")(inputs)})
    names = ["means/low", "means/high", "rest"]
    assert model.output_names == names
    model.compile("sgd", dict.fromkeys(names, "mse"), metrics={"means/high": "mae"})
    y = {"means": [MAIN, MAIN], "rest": AUX}
    logs = model.evaluate(DEEP, y, verbose=0, return_dict=True)
    assert list(logs) == ["loss", *(f"{name}_loss" for name in names), "means/high_mae"]


@pytest.mark.one_table
@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ((WIDE, DEEP), (MAIN,), "has 2 outputs .*so y takes 2 entries, got 1"),
        ((WIDE, DEEP), MAIN, "so y takes 2 entries, got 1"),
        ((WIDE, DEEP), (MAIN, AUX[:9]), r"x has 50 samples, but y\[1\] has 9"),
        ((WIDE, DEEP[:9]), (MAIN, AUX), r"x\[0\] has 50 samples, but x\[1\] has 9"),
        ({"a": WIDE, "b": DEEP * np.nan}, (MAIN, AUX), r"x\['b'\] holds nan at \[0, 0\]"),
        ((WIDE, DEEP), (MAIN, AUX * np.inf), r"y\[1\] holds"),
        ((WIDE, DEEP), {"output_1": MAIN}, r"y\['output_2'\] is missing: the output"),
        ((WIDE, DEEP), {"output_1": MAIN, "outputs_2": AUX}, "Did you mean 'output_2'"),
        ((WIDE, DEEP), (MAIN, AUX[:, :1]), r"y\[1\] has the shape \(50, 1\), but the outputs"),
        ((WIDE, WIDE), (MAIN, AUX), None),
    ],
)
def test_what_does_not_match_is_named(x, y, message):
    model = compiled()
    model.build([(None, 3), (None, 4)])
    before = model.get_weights()
    with pytest.raises(ValueError, match=message):
        model.fit(x, y, verbose=0)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.one_table
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loss": ["mse"]}, "has 2 outputs .*so loss takes 2 entries, got 1"),
        ({"loss": {"output_3": "mse"}}, "loss names the output 'output_3'.*Did you mean 'output_"),
        ({"loss_weights": [1, 2, 3]}, "so loss_weights takes 2 entries, got 3"),
        ({"metrics": ["mae"]}, "so metrics takes 2 entries, got 1"),
        ({"metrics": {"main": "mae"}}, "metrics names the output 'main'"),
        ({"metrics": [["mae", "mae"], None]}, "would be called 'output_1_mae'"),
    ],
)
def test_what_is_compiled_for_no_output_is_refused_with_the_first_data(arguments, message):
    model = compiled(**arguments)
    with pytest.raises(ValueError, match=message):
        model.fit((WIDE, DEEP), (MAIN, AUX), verbose=0)
    assert not model.built


# ----------------------------------------------------------------------------- functional models


def functional(**arguments):
    """The same network as a graph, with names."""
    nnlite.utils.set_random_seed(0)
    wide, deep = nnlite.Input((3,), name="wide"), nnlite.Input((4,), name="deep")
    hidden = Dense(5, activation="relu")(deep)
    merged = nnlite.layers.Concatenate()([wide, hidden])
    outputs = [Dense(1, name="main_output")(merged), Dense(2, name="aux_output")(hidden)]
    model = nnlite.Model(inputs=[wide, deep], outputs=outputs)
    model.compile(nnlite.optimizers.SGD(0.1), "mse", **arguments)
    return model


def test_steps_of_a_functional_model_are_replayed_with_the_same_bits(kernels, replayed):
    options = {"loss_weights": [0.9, 0.1], "metrics": ["mse", "mse"]}
    data = {"sample_weight": [np.linspace(0, 2, 50), None]}
    data |= {"validation_data": ((WIDE, DEEP), (MAIN, AUX))}
    eager = fitted(functional(run_eagerly=True, **options), **data)
    assert replayed == []
    assert fitted(functional(**options), **data) == eager
    # Training and validation have 2 epochs of 3 full batches and a short one; of each kind the
    # first is plain and the second is recorded.
    assert sum(replayed) == (8 if kernels == "compiled" else 0)
    subclassed = compiled(loss_weights=[0.9, 0.1], metrics=["mse", "mse"])
    assert fitted(subclassed, **data)[0] == eager[0]


def test_data_by_the_names_of_a_functional_model():
    expected = fitted(functional())
    x, y = {"deep": DEEP, "wide": WIDE}, {"aux_output": AUX, "main_output": MAIN}
    assert fitted(functional(), x, y) == expected
    names = ["loss", "main_output_loss", "aux_output_loss"]
    assert list(expected[1]) == functional().metrics_names == names
    model = functional(metrics={"aux_output": ["mae"]}, weighted_metrics={"main_output": "mae"})
    # as Keras's evaluate returns them: the metrics of several outputs by name
    assert model.metrics_names == [*names, "aux_output_mae", "main_output_mae"]


@pytest.mark.one_table
@pytest.mark.parametrize(
    ("x", "message"),
    [
        (WIDE, r"the model has 2 inputs \(wide, deep\), so x takes 2 entries, got 1"),
        ([WIDE, DEEP, DEEP], "so x takes 2 entries, got 3"),
        ({"wide": WIDE}, "x lacks the input 'deep'"),
        ({"wide": WIDE, "depp": DEEP}, "x names the input 'depp'.*Did you mean 'deep'"),
        ([DEEP, WIDE], r"The input 'wide' takes .*\(None, 3\).*got \(50, 4\)"),
    ],
)
def test_inputs_that_do_not_match_a_functional_model_are_named(x, message):
    for call in (lambda model: model.fit(x, (MAIN, AUX), verbose=0), lambda m: m.predict(x)):
        with pytest.raises(ValueError, match=message):
            call(functional())


def test_losses_and_metrics_nested_as_the_outputs():
    a = nnlite.Input((4,))
    first, second, third = (Dense(2, name=name)(a) for name in ("first", "second", "third"))
    model = nnlite.Model(a, {"x": first, "y": [second, third]})
    loss = {"x": "mse", "y": ["mae", "mse"]}
    model.compile("sgd", loss, metrics={"y": [["mae"], []]}, loss_weights={"y": [0.5, 2.0]})
    found = model.evaluate(DEEP, {"x": AUX, "y": [AUX, AUX]}, return_dict=True, verbose=0)
    assert list(found) == ["loss", "x_loss", "y/second_loss", "y/third_loss", "y/second_mae"]
    parts = found["x_loss"] + 0.5 * found["y/second_loss"] + 2 * found["y/third_loss"]
    assert found["loss"] == pytest.approx(parts, rel=1e-6)
    assert found["y/second_mae"] == pytest.approx(found["y/second_loss"], rel=1e-6)


def test_numbers_are_rows_of_one_number_where_that_is_what_an_input_takes():
    a, b = nnlite.Input((1,), name="a"), nnlite.Input((2,), name="b")
    model = nnlite.Model({"b": b, "a": a}, Dense(1)(nnlite.layers.concatenate([a, b])))
    model.compile("sgd", "mse")
    column, pair = DEEP[:, 0], DEEP[:, 1:3]
    expected = model.evaluate({"a": column[:, None], "b": pair}, MAIN, verbose=0)
    assert model.evaluate({"a": column, "b": pair}, MAIN, verbose=0) == expected
    one = nnlite.Sequential([nnlite.Input((1,)), Dense(1)])
    np.testing.assert_array_equal(one.predict(column), one.predict(column[:, None]))
    number = nnlite.Input(())
    assert nnlite.Model(number, 2 * number).predict(column).shape == (50,)


# ------------------------------------------------------------------ predictions of several arrays

FORMS_OF_INPUTS = {
    "list": lambda a, b: [a, b],
    "tuple": lambda a, b: (a, b),
    "dict": lambda a, b: {"b": b, "a": a},
    "nested": lambda a, b: {"z": [a], "y": {"x": b}},
}
FORMS_OF_OUTPUTS = {
    "one": lambda main, aux, hidden: main,
    "list": lambda main, aux, hidden: [main, aux],
    "dict": lambda main, aux, hidden: {"main": main, "aux": aux},
    "nested": lambda main, aux, hidden: {"main": main, "others": (aux, [hidden])},
}


@pytest.mark.parametrize("inputs", FORMS_OF_INPUTS)
@pytest.mark.parametrize("outputs", FORMS_OF_OUTPUTS)
def test_predictions_of_every_structure_are_replayed(inputs, outputs, kernels):
    given = FORMS_OF_INPUTS[inputs]
    a, b = nnlite.Input((3,), name="a"), nnlite.Input((4,), name="b")
    hidden = Dense(5, activation="relu")(nnlite.layers.concatenate([a, b]))
    ends = Dense(1)(hidden), Dense(2, activation="softmax")(hidden), hidden
    model = nnlite.Model(given(a, b), FORMS_OF_OUTPUTS[outputs](*ends))
    x = given(WIDE.astype(float), DEEP)  # cast to the model's type
    with replays.counted(plan.Predictor) as counts:
        found = model.predict(x, batch_size=16, verbose=0)
        assert sum(counts) == (4 if kernels == "compiled" else 0)
        batches = (given(WIDE[i : i + 16], DEEP[i : i + 16]) for i in range(0, 50, 16))
        streamed = model.predict(((batch,) for batch in batches), verbose=0)
        assert sum(counts) == (8 if kernels == "compiled" else 0)
        model.run_eagerly = True
        expected = model.predict(x, batch_size=16, verbose=0)
        assert sum(counts) == (8 if kernels == "compiled" else 0)
    for one in (found, streamed):
        assert repr(tree.map_structure(np.shape, one)) == repr(
            tree.map_structure(np.shape, expected)
        )
        for array, other in zip(tree.leaves(one), tree.leaves(expected), strict=True):
            assert array.tobytes() == other.tobytes()


def test_inputs_of_one_shape_in_another_structure_are_another_prediction():
    a, b = nnlite.Input((3,), name="a"), nnlite.Input((3,), name="b")
    model = nnlite.Model([b, a], nnlite.layers.subtract([a, b]))
    x, zeros = WIDE, np.zeros_like(WIDE)
    np.testing.assert_array_equal(model.predict([zeros, x], verbose=0), x)
    np.testing.assert_array_equal(model.predict({"a": x, "b": zeros}, verbose=0), x)


def test_an_output_that_is_an_input_or_is_given_twice():
    a = nnlite.Input((3,))
    double = 2 * a
    first, second, third = nnlite.Model(a, [double, a, double]).predict(WIDE, 16, verbose=0)
    np.testing.assert_array_equal(first, 2 * WIDE)
    np.testing.assert_array_equal(second, WIDE)
    np.testing.assert_array_equal(third, first)
