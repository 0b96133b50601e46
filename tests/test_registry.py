"""From names to objects and back."""

import json

import numpy as np
import pytest
from metrics.table import CASES as METRICS
from optimizer_table import ROWS as OPTIMIZERS
from test_initializers import ROWS as INITIALIZERS

import nnlite
from nnlite import (
    Parameter,
    activations,
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    random,
    regularizers,
)
from nnlite.layers.operation import Operation
from nnlite.naming import clear_session, unique_name
from nnlite.optimizers import schedules
from nnlite.registry import Configurable, Registry, describe, function_name, snake_case

pytestmark = pytest.mark.one_table  # no kernel is at work here


# ------------------------------------------------------------------------- there and back again

#: An object of every class, with arguments other than the defaults.
OBJECTS = [
    initializers.GlorotUniform(seed=7),
    *(row.cls(**row.arguments) for row in INITIALIZERS),
    *(
        loss("sum", name="error", dtype="float64")
        for loss in (
            *(losses.MeanSquaredError, losses.MeanAbsoluteError, losses.KLDivergence),
            *(losses.MeanAbsolutePercentageError, losses.MeanSquaredLogarithmicError),
            *(losses.LogCosh, losses.Poisson, losses.Hinge, losses.SquaredHinge),
            losses.CategoricalHinge,
        )
    ),
    losses.Huber(2.5, reduction=None),
    losses.CosineSimilarity(axis=0),
    losses.BinaryCrossentropy(True, 0.25, 1, "mean"),
    losses.BinaryFocalCrossentropy(True, 0.5, 1.5, True, 0.25, 1, "none"),
    losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1),
    losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.25, name="smooth"),
    losses.CategoricalFocalCrossentropy([0.5, 0.25], 1.5, True, 0.25, 1, "mean"),
    losses.Dice(axis=(1, 2)),
    losses.Tversky(0.25, 0.75, axis=1),
    metrics.Mean("average"),
    metrics.Sum("total"),
    *(case.make(metrics) for case in METRICS),
    *(row.cls(**row.arguments) for row in OPTIMIZERS),
    schedules.ExponentialDecay(0.1, 4, 0.5, staircase=True),
    schedules.InverseTimeDecay(0.1, 4, 0.5),
    schedules.PiecewiseConstantDecay([2, 5], [1.0, 0.5, 0.1]),
    schedules.PolynomialDecay(1.0, 4, 0.2, 2.0),
    schedules.CosineDecay(0.0, 6, warmup_target=1.0, warmup_steps=4),
    schedules.CosineDecayRestarts(1.0, 4),
    optimizers.Adam(0.5, beta_1=0.8, beta_2=0.9, epsilon=1e-3, amsgrad=True, clipvalue=2.0),
    optimizers.RMSprop(0.5, rho=0.8, momentum=0.7, epsilon=1e-3, centered=True, name="mine"),
    optimizers.SGD(0.5, momentum=0.9, nesterov=True, clipnorm=2.0, name="mine"),
    regularizers.L1(0.5),
    regularizers.L2(0.5),
    regularizers.L1L2(0.25, 0.5),
    regularizers.OrthogonalRegularizer(0.5, "columns"),
    constraints.NonNeg(),
    constraints.MaxNorm(3, axis=1),
    constraints.UnitNorm(axis=1),
    constraints.MinMaxNorm(0.5, 2.0, rate=0.25, axis=1),
    layers.InputLayer([2, 3], name="in"),
    *(
        layer(name="merged")
        for layer in (layers.Add, layers.Subtract, layers.Multiply, layers.Average)
    ),
    layers.Maximum(trainable=False),
    layers.Minimum(dtype="float64"),
    layers.Concatenate(axis=1),
    layers.Dot(axes=[1, 2], normalize=True),
    Operation("getitem"),
    layers.Dense(
        3, "tanh", use_bias=False, kernel_initializer=initializers.GlorotUniform(5), dtype="float64"
    ),
    layers.Activation("relu", name="act"),
    layers.ELU(0.5),
    layers.LeakyReLU(0.5),
    layers.PReLU("ones", "l2", "non_neg", [1], name="parametric"),
    layers.ReLU(6.0, 0.5, 0.25),
    layers.Softmax(axis=[1, 2]),
    layers.Flatten(trainable=False),
    layers.ActivityRegularization(0.25, 0.5),
    layers.AlphaDropout(0.25, seed=7),
    layers.BatchNormalization(momentum=0.9, name="batch"),
    layers.Dropout(0.25, seed=7),
    layers.GaussianDropout(0.25, seed=7),
    layers.GaussianNoise(0.5, seed=7),
    layers.GroupNormalization(2),
    layers.LayerNormalization(epsilon=0.1),
    layers.Normalization(axis=None, mean=1.0, variance=4.0),
    layers.RMSNormalization(epsilon=0.1),
    layers.UnitNormalization(axis=1),
    layers.CategoryEncoding(5, "count"),
    layers.Discretization([0.5, 1.5], epsilon=0.1, output_mode="count", name="bins"),
    layers.Embedding(5, 3, "ones", mask_zero=True, embeddings_constraint="non_neg"),
    layers.Identity(name="same"),
    layers.InputSpec(shape=(None, 3), min_ndim=1, axes={-1: 3}, name="spec"),
    layers.IntegerLookup(6, 2, 0, -2, [3, 1], output_mode="count", pad_to_max_tokens=True),
    layers.Masking(-1.0),
    layers.Permute((2, 1)),
    layers.RepeatVector(3),
    layers.Rescaling([0.5, 1.0], offset=2.0),
    layers.Reshape((2, -1)),
    layers.StringLookup(9, 2, "", "?", ["a", "b"], invert=True, encoding="latin-1"),
    layers.TimeDistributed(layers.Dense(3), name="steps"),
    random.SeedGenerator(7),
]

#: Bases; what holds a user's function; and models, which are described by their layers.
WITHOUT = {
    *("Initializer", "RandomInitializer", "Loss", "Metric", "Optimizer", "Layer", "Trainer"),
    *("CompiledLayer", "HasWeights", "State", "NamedScaling", "LearningRateSchedule"),
    *("Moments", "Regularizer", "Constraint", "NormConstraint"),
    *("FunctionLoss", "MeanMetricWrapper", "MeanOf", "StateMetric", "ThresholdMetric"),
    *("Lambda", "Wrapper", "IndexLookup", "Noise", "ScaledAndShifted"),
    *("_OfCounts", "_Count", "_Share", "_BestWhere"),
    *("Model", "Sequential", "Functional", "TakesSeveral", "Merge", "ElementByElement"),
}

every_object = pytest.mark.parametrize("thing", OBJECTS, ids=lambda thing: type(thing).__name__)


def subclasses(cls: type) -> set[type]:
    return {cls}.union(*(subclasses(child) for child in cls.__subclasses__()))


def test_every_configurable_class_has_an_object():
    ours = {cls for cls in subclasses(Configurable) if cls.__module__.startswith("nnlite.")}
    named = {cls for cls in ours if cls.__name__ not in WITHOUT} - {Configurable}
    assert named == {type(thing) for thing in OBJECTS}


@every_object
def test_a_configuration_makes_the_same_object_again(thing):
    config = thing.get_config()
    again = type(thing).from_config(config)
    assert type(again) is type(thing)
    assert again.get_config() == config


@every_object
def test_a_configuration_is_plain_data(thing):
    config = thing.get_config()
    assert json.loads(json.dumps(config)) == json.loads(json.dumps(config, default=fail))
    assert type(thing).from_config(json.loads(json.dumps(config))).get_config() == config


def fail(value):
    raise TypeError(f"{value!r} is no plain data")


WRONG = ("?", [1, "a"], [[]], {"class_name": 3}, {"class_name": "?"}, {"a": 1}, 1.5, -1, None)


@every_object
def test_what_is_missing_or_wrong_in_a_configuration_is_named(thing):
    cls, config = type(thing), thing.get_config()
    for name in config:
        broken = [{key: value for key, value in config.items() if key != name}]
        broken += [{**config, name: wrong} for wrong in WRONG]
        for one in broken:
            try:
                cls.from_config(one)
            except ValueError as error:
                said = str(error)
                assert cls.__name__ in said, (one, said)
                # of two arguments that do not go together either may be named
                assert any(key in said for key in config), (one, said)
    for one in (None, [1], "?", {3: 4}):
        with pytest.raises(ValueError, match=f"{cls.__name__}: a configuration is a dict"):
            cls.from_config(one)


def test_which_argument_a_configuration_lacks_or_has_wrong():
    dense = layers.Dense(3, name="d").get_config()
    for config, said in (
        ({"name": "d"}, "Dense: its configuration lacks 'units'; it holds 'name'"),
        (
            {**dense, "units": "three"},
            "Dense 'd': units must be a positive whole number, got",
        ),
        ({**dense, "use_bias": [], "kernel_initializer": {"class_name": "?"}}, "'kernel_initiali"),
        ({**dense, "dtype": "int3"}, "Dense: 'dtype' of its configuration cannot be 'int3'"),
    ):
        with pytest.raises(ValueError, match=said):
            layers.Dense.from_config(config)
    with pytest.raises(ValueError, match="SGD: 'momentum' of its configuration cannot be '1'"):
        optimizers.get({"class_name": "SGD", "config": {"momentum": "1"}})
    with pytest.raises(ValueError, match="SGD: 'exclude_from_weight_decay' of its configuration"):
        optimizers.SGD.from_config({"exclude_from_weight_decay": {"names": ["bias"]}})
    with pytest.raises(
        ValueError, match="TimeDistributed: 'layer' of its configuration cannot be 3"
    ):
        layers.TimeDistributed.from_config({"layer": 3})
    with pytest.raises(ValueError, match="configuration of a loss names its class as class_name"):
        losses.get({"config": {}})


@pytest.mark.parametrize(
    ("cls", "given"),
    [
        (
            optimizers.SGD,
            {"learning_rate": 0.5, "momentum": 0.9, "nesterov": True, "clipnorm": 2.0},
        ),
        (optimizers.Adam, {"beta_1": 0.8, "epsilon": 1e-3, "amsgrad": True, "clipvalue": 2.0}),
        (optimizers.RMSprop, {"rho": 0.8, "momentum": 0.7, "epsilon": 1e-3, "centered": True}),
        (initializers.GlorotUniform, {"seed": 7}),
        (losses.CategoricalCrossentropy, {"label_smoothing": 0.25, "name": "smooth"}),
        (losses.Huber, {"delta": 2.5, "reduction": None}),
        (layers.Dense, {"units": 3, "use_bias": False, "dtype": "float64"}),
        (layers.InputLayer, {"batch_shape": (None, 2, 3), "name": "in"}),
        (layers.Flatten, {"trainable": False}),
    ],
)
def test_a_configuration_holds_every_argument_that_was_given(cls, given):
    config = cls(**given).get_config()
    assert {name: config[name] for name in given} == given


def test_an_optimizer_is_described_as_it_is_now():
    optimizer = optimizers.SGD(0.5)
    optimizer.apply([np.ones(1)], [Parameter(np.ones(1))])
    optimizer.learning_rate = 0.25
    config = optimizer.get_config()
    assert config["learning_rate"] == 0.25
    assert type(config["learning_rate"]) is float
    assert set(config) == {
        *("learning_rate", "momentum", "nesterov", "name"),
        *("clipnorm", "clipvalue", "global_clipnorm", "weight_decay", "loss_scale_factor"),
        *("use_ema", "ema_momentum", "ema_overwrite_frequency", "gradient_accumulation_steps"),
    }


#: What every loss has in its configuration besides its name.
COMMON = {"reduction": "sum_over_batch_size", "dtype": None}


class Scaled(losses.Loss):
    """A user's loss that hands on what it does not know."""

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor


def test_a_user_s_class_needs_nothing_of_its_own():
    config = Scaled(2, name="twice").get_config()
    assert config == {"factor": 2, "name": "twice", **COMMON}
    again = Scaled.from_config(config)
    assert (again.factor, again.name) == (2, "twice")


def test_describe():
    assert describe(3) == 3
    assert describe(losses.mean_squared_error) == "mean_squared_error"
    own = {"class_name": "function", "config": "len"}  # as Keras writes what is not its own
    assert describe(len) == {**own, "module": "builtins", "registered_name": "function"}
    assert describe({"a": [initializers.GlorotUniform(seed=1)]}) == {
        "a": [
            {
                "module": "keras.initializers",
                "class_name": "GlorotUniform",
                "config": {"seed": 1, "input_axes": None, "output_axes": None},
                "registered_name": None,
            }
        ]
    }
    assert describe(Scaled(2, name="twice")) == {
        "module": __name__,
        "class_name": "Scaled",
        "config": {"factor": 2, "name": "twice", **COMMON},
        "registered_name": "Scaled",
    }


def test_keras_s_configurations_hold_more_that_does_nothing():
    config = {"units": 5, "quantization_config": None}
    assert layers.Dense.from_config(config).units == 5
    with pytest.raises(TypeError, match="no argument 'quantization_config'"):
        layers.Dense.from_config({"units": 5, "quantization_config": {"bits": 8}})


# ------------------------------------------------------------------------------------ registry


class Ball(Configurable):
    def __init__(self, radius=1.0):
        self.radius = radius


class Box:
    """A class without configurations."""

    def __init__(self, side=2.0):
        self.side = side


def cone():
    return "cone"


SOLIDS = Registry("solid", [Ball, Box, cone], aliases={"sphere": "Ball"})


def test_a_registry_knows_names_configurations_classes_and_objects():
    for identifier in ("Ball", "ball", "sphere", Ball, {"class_name": "Ball", "config": {}}):
        found = SOLIDS.get(identifier)
        assert type(found) is Ball
        assert found.radius == 1.0
    assert SOLIDS.get({"class_name": "ball", "config": {"radius": 3.0}}).radius == 3.0
    assert SOLIDS.get({"class_name": "Ball"}).radius == 1.0
    assert SOLIDS.get("box").side == 2.0
    assert SOLIDS.get({"class_name": "Box", "config": {"side": 5}}).side == 5
    assert SOLIDS.get("cone") is cone
    assert SOLIDS.get(cone) is cone
    ball = Ball()
    assert SOLIDS.get(ball) is ball


def test_a_registry_refuses_what_it_does_not_know():
    with pytest.raises(ValueError, match=r"Unknown solid 'spere'. Did you mean 'sphere'\? Known "):
        SOLIDS.get("spere")
    with pytest.raises(
        ValueError, match=r"Unknown solid 'Cube'. Known names: Ball, Box, ball, box"
    ):
        SOLIDS.get({"class_name": "Cube"})
    for nothing in ({"config": {}}, {"class_name": 3}):
        with pytest.raises(ValueError, match="configuration of a solid names its class as class_n"):
            SOLIDS.get(nothing)
    for nothing in (3, None, []):
        with pytest.raises(TypeError, match="A solid is given by its name, an instance or a func"):
            SOLIDS.get(nothing)
    with pytest.raises(TypeError, match="Did you mean 'radius'"):
        SOLIDS.get({"class_name": "Ball", "config": {"radus": 1}})


def test_what_is_no_loss_and_no_metric_is_refused():
    with pytest.raises(TypeError, match="A loss must be a function of y_true and y_pred"):
        losses.as_loss(optimizers.SGD())
    with pytest.raises(TypeError, match="A metric must be a function of y_true and y_pred"):
        metrics.get(optimizers.SGD())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Dense", "dense"),
        ("SGD", "sgd"),
        ("MeanSquaredError", "mean_squared_error"),
        ("InputLayer", "input_layer"),
        ("Conv2D", "conv2d"),
        ("MyReLU", "my_re_lu"),  # as in Keras
        ("<lambda>", "lambda"),
    ],
)
def test_snake_case(name, expected):
    assert snake_case(name) == expected


def test_unique_names_are_counted():
    clear_session()
    assert [unique_name("dense") for _ in range(3)] == ["dense", "dense_1", "dense_2"]
    assert unique_name("flatten") == "flatten"
    assert nnlite.layers.Dense(1).name == "dense_3"
    clear_session()
    assert unique_name("dense") == "dense"


def test_clear_session_starts_counting_again():
    assert unique_name("thing") == "thing"
    assert unique_name("thing") == "thing_1"
    nnlite.utils.clear_session()
    assert unique_name("thing") == "thing"


def test_functions_and_objects_are_named_as_in_keras():
    def firstAndLast(y_true, y_pred):  # noqa: N802
        """Of a name in camel case."""

    class Callable:
        def __call__(self, y_true, y_pred):
            """Have no name of its own."""

    assert function_name(firstAndLast) == "first_and_last"
    assert function_name(lambda y_true, y_pred: 0) == "lambda"
    assert function_name(Callable()) == "callable"
    assert nnlite.metrics.get(lambda y_true, y_pred: 0).name == "lambda"


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (activations, "relu"),
        (constraints, "NonNeg"),
        (initializers, "Zeros"),
        (losses, "MeanSquaredError"),
        (metrics, "MeanAbsoluteError"),
        (optimizers, "SGD"),
        (regularizers, "L2"),
    ],
)
def test_every_kind_is_written_down_and_read_by_keras_s_names(module, name):
    thing = module.get(name)
    written = module.serialize(thing)
    assert written == name or written["class_name"] == name
    again = module.deserialize(written)
    assert again is thing or (type(again), again.get_config()) == (type(thing), thing.get_config())
