"""The model of the exam and its data: small, and with something of everything."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..initializers import HeNormal
from ..layers import Add, Dense, Dropout, Input
from ..models import Model
from ..optimizers import SGD
from ..regularizers import L2
from ..tensor import Array

LOSS = "sparse_categorical_crossentropy"
FEATURES, UNITS, CLASSES = 4, 4, 3


def model(optimizer: Any = None) -> Model:
    """Return a compiled classifier of 4 features, always with the same weights.

    It has a tanh and two relus, a branch that leads around the latter, dropout, an L2 penalty, and
    softmax with crossentropy.

    Parameters
    ----------
    optimizer : str or Optimizer, optional
        By default SGD with momentum.
    """

    def dense(units: int, activation: str, seed: int, penalty: Any = None) -> Dense:
        name = f"{activation}_{seed}"
        start = HeNormal(seed=seed)
        return Dense(units, activation, True, start, kernel_regularizer=penalty, name=name)

    inputs = Input((FEATURES,), name="x")
    first = dense(UNITS, "tanh", 1, L2(0.01))(inputs)
    deep = dense(UNITS, "relu", 3)(dense(UNITS, "relu", 2)(first))
    both = Dropout(0.2, seed=4, name="dropout")(Add(name="around")([first, deep]))
    made = Model(inputs, dense(CLASSES, "softmax", 5)(both), name="exam")
    made.compile(SGD(0.1, momentum=0.9) if optimizer is None else optimizer, LOSS)
    return made


def data(samples: int = 24) -> tuple[Array, Array]:
    """Return (x, y) to train the model on: features, and the class that a rule gives them.

    Parameters
    ----------
    samples : int

    Returns
    -------
    x : (samples, 4) array of float32
    y : (samples,) array of int64
    """
    random = np.random.default_rng(7)
    x = random.normal(size=(samples, FEATURES)).astype(np.float32)
    return x, np.argmax(x[:, :CLASSES] + x[:, -CLASSES:], axis=1)
