"""Every optimizer of `nnlite.optimizers`, with arguments: the table that drives their tests."""

from math import sqrt
from typing import Any, NamedTuple

from hypothesis import strategies as st

from nnlite import optimizers
from nnlite.optimizers import SGD, Adam, Optimizer, RMSprop

GRADIENTS = (1.0, -2.0, 0.5)


class Row(NamedTuple):
    case: str
    cls: type[Optimizer]
    arguments: dict[str, Any]
    # the weight, first 1, after steps along GRADIENTS; None where real Keras is the witness
    by_hand: tuple[float, float, float] | None = None


def down(first: float, second: float, third: float) -> tuple[float, float, float]:
    """The weight after steps of these lengths down from 1."""
    return 1 - first, 1 - first - second, 1 - first - second - third


ADAM = {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.75, "epsilon": 0.5}
ADAM_2 = -0.1 * sqrt(7) / 4 / (sqrt(19) / 4 + 0.5)  # the second step
RMS = {"learning_rate": 0.1, "rho": 0.5, "epsilon": 0.5}

ROWS = [
    # 1 - 0.1, + 0.2, - 0.05
    Row("plain", SGD, {"learning_rate": 0.1}, (0.9, 1.1, 1.05)),
    # v = -0.1;  0.9 v + 0.2 = 0.11;  0.9 v - 0.05 = 0.049
    Row("momentum", SGD, {"learning_rate": 0.1, "momentum": 0.9}, (0.9, 1.01, 1.059)),
    # w grows by 0.9 v - 0.1 g:  -0.09 - 0.1 = -0.19;  0.099 + 0.2 = 0.299;  0.0441 - 0.05 = -0.0059
    Row(
        "Nesterov",
        SGD,
        {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
        (0.81, 1.109, 1.1031),
    ),
    Row(
        "Nesterov without momentum", SGD, {"learning_rate": 0.1, "nesterov": True}, (0.9, 1.1, 1.05)
    ),
    # m = 1/2, -3/4, -1/8;  v = 1/4, 19/16, 61/64;  α = 0.1 √(1/4) / (1/2), √(7/16) / (3/4), ...
    Row("Adam", Adam, ADAM, down(0.05, ADAM_2, -0.1 * sqrt(37) / 56 / (sqrt(61) / 8 + 0.5))),
    # in the third step the second's v stays, being larger
    Row(
        "AMSGrad",
        Adam,
        {**ADAM, "amsgrad": True},
        down(0.05, ADAM_2, -0.1 * sqrt(37) / 56 / (sqrt(19) / 4 + 0.5)),
    ),
    # v = 1/2, 9/4, 5/4
    Row("RMSprop", RMSprop, RMS, down(0.1, -0.2 / sqrt(2.75), 0.05 / sqrt(1.75))),
    # u = 0.1, 0.09 + s, 0.9 u + s
    Row(
        "RMSprop with momentum",
        RMSprop,
        {**RMS, "momentum": 0.9},
        down(0.1, 0.09 - 0.2 / sqrt(2.75), 0.081 - 0.18 / sqrt(2.75) + 0.05 / sqrt(1.75)),
    ),
    # a = 1/2, -3/4, -1/8;  v - a² = 1/4, 27/16, 79/64
    Row(
        "centered RMSprop",
        RMSprop,
        {**RMS, "centered": True},
        down(0.1 / sqrt(0.75), -0.2 / sqrt(35 / 16), 0.05 / sqrt(111 / 64)),
    ),
    Row(
        "centered RMSprop with momentum",
        RMSprop,
        {**RMS, "centered": True, "momentum": 0.5},
        down(
            0.1 / sqrt(0.75),
            0.05 / sqrt(0.75) - 0.2 / sqrt(35 / 16),
            0.025 / sqrt(0.75) - 0.1 / sqrt(35 / 16) + 0.05 / sqrt(111 / 64),
        ),
    ),
    Row("AdamW", optimizers.AdamW, {"learning_rate": 0.01, "weight_decay": 0.3}),
    Row("Adamax", optimizers.Adamax, {"learning_rate": 0.01, "beta_2": 0.5}),
    Row("Nadam", optimizers.Nadam, {"learning_rate": 0.01}),
    # n = 1 + 0.5, 5.5, 5.75
    Row(
        "Adagrad",
        optimizers.Adagrad,
        {"learning_rate": 0.1, "initial_accumulator_value": 0.5, "epsilon": 0.5},
        down(0.1 / sqrt(2), -0.2 / sqrt(6), 0.05 / sqrt(6.25)),
    ),
    Row("Adadelta", optimizers.Adadelta, {"learning_rate": 0.5, "rho": 0.5}),
    Row("Ftrl", optimizers.Ftrl, {"learning_rate": 0.1}),
    Row(
        "Ftrl with all",
        optimizers.Ftrl,
        {
            "learning_rate": 0.1,
            "learning_rate_power": -0.75,
            "initial_accumulator_value": 0.2,
            "l1_regularization_strength": 0.3,
            "l2_regularization_strength": 0.1,
            "l2_shrinkage_regularization_strength": 0.2,
            "beta": 0.4,
        },
    ),
    # m = 1/2, -3/4;  β₁ m + (1 - β₁) g: 1/4, -1.375, -0.4375
    Row(
        "Lion",
        optimizers.Lion,
        {"learning_rate": 0.1, "beta_1": 0.75, "beta_2": 0.5},
        down(0.1, -0.1, -0.1),
    ),
    Row("Lamb", optimizers.Lamb, {"learning_rate": 0.01}),
    Row("Adafactor", optimizers.Adafactor, {"learning_rate": 0.1}),
    Row(
        "Adafactor with all",
        optimizers.Adafactor,
        {
            "learning_rate": 0.5,
            "beta_2_decay": -0.5,
            "epsilon_1": 1e-3,
            "epsilon_2": 0.1,
            "clip_threshold": 0.5,
            "relative_step": False,
        },
    ),
]

_SHARE = st.sampled_from([0.1, 0.5, 0.9, 0.99])
_EPSILON = st.sampled_from([1e-7, 1e-3, 0.5])
_SMALL = st.sampled_from([0.0, 0.01, 0.3])

#: What hypothesis draws the arguments of constructors from, by their names; the others are flags.
DRAWN: dict[str, st.SearchStrategy[Any]] = {
    "learning_rate": st.sampled_from([1e-3, 0.02, 0.1]),
    "beta": _SMALL,
    "beta_1": _SHARE,
    "beta_2": _SHARE,
    "beta_2_decay": st.sampled_from([-0.8, -0.3]),
    "clip_threshold": st.sampled_from([0.2, 1.0, 3.0]),
    "epsilon": _EPSILON,
    "epsilon_1": st.sampled_from([1e-30, 1e-3]),
    "epsilon_2": st.sampled_from([1e-3, 0.2]),
    "initial_accumulator_value": st.sampled_from([0.1, 1.0]),
    "l1_regularization_strength": _SMALL,
    "l2_regularization_strength": _SMALL,
    "l2_shrinkage_regularization_strength": _SMALL,
    "learning_rate_power": st.sampled_from([-0.5, -0.3, 0.0]),
    "momentum": st.sampled_from([0.0, 0.5, 0.9]),
    "rho": _SHARE,
    "weight_decay": st.sampled_from([0.004, 0.1]),
}
