"""Training gives the same bits on every path: replayed or on the tape, with 1, 2 or 7 threads, at
every vector width; for each optimizer of the registry, and with layers that draw or normalize.
"""

import hashlib
import inspect
import os
import subprocess
import sys
from collections import Counter
from typing import Any

import numpy as np
import pytest

import nnlite as keras
from nnlite import optimizers

pytestmark = pytest.mark.one_table

#: Odd, so that every product ends in partial tiles. The first is large enough for threads (150,000
#: multiply-adds), and so is the update of its kernel (32,768 numbers).
UNITS = (301, 113, 37, 10)

#: 2 batches and a short one. Over 4 epochs steps of both sizes are done on the tape, recorded, and
#: replayed.
BATCH, SAMPLES, EPOCHS = 29, 2 * 29 + 13, 4


def variants() -> list[tuple[str, dict[str, Any]]]:
    """Every optimizer of the registry: as it is, with momentum, and with each of its flags on."""
    found = []
    classes = sorted({entry.__name__ for entry in optimizers.registry.entries.values()})
    for name in classes:
        parameters = inspect.signature(optimizers.registry.entries[name]).parameters
        flags = [key for key, value in parameters.items() if isinstance(value.default, bool)]
        flags = [key for key in flags if key != "relative_step"]  # which does nothing, as in Keras
        momentum = {"momentum": 0.9} if "momentum" in parameters else {}
        chosen: list[dict[str, Any]] = [{}, *([momentum] if momentum else [])]
        chosen += [momentum | {flag: not parameters[flag].default} for flag in flags]
        found += [(name, arguments) for arguments in chosen]
    beside = {"weight_decay": 0.1, "use_ema": True, "global_clipnorm": 0.5}
    return [*found, ("SGD", beside), ("Adam", beside | {"ema_overwrite_frequency": 5})]


#: Layers that are put after each hidden one, in trainings of their own.
BETWEEN: list[tuple[str, dict[str, Any]]] = [
    ("BatchNormalization", {}),
    ("LayerNormalization", {}),
    ("RMSNormalization", {}),
    ("Dropout", {"rate": 0.3}),
    ("AlphaDropout", {"rate": 0.3}),
    ("GaussianNoise", {"stddev": 0.3}),
    ("GaussianDropout", {"rate": 0.3}),
]


def trained(
    name: str,
    arguments: dict[str, Any],
    dtype: str,
    threads: int,
    eagerly: bool,
    between: tuple[str, dict[str, Any]] | None = None,
) -> str:
    """A hash of all variables, optimizer's too, and the history after training from one seed."""
    keras.set_num_threads(threads)
    keras.utils.set_random_seed(3)
    random = np.random.default_rng(5)
    x = random.integers(0, 256, (SAMPLES, UNITS[0])).astype(np.uint8)
    y = random.integers(0, UNITS[-1], SAMPLES)
    activations = ["relu", "tanh", "softmax"]
    model = keras.Sequential()
    for units, activation in zip(UNITS[1:], activations, strict=True):
        model.add(keras.layers.Dense(units, activation, dtype=dtype))
        if between is not None and units != UNITS[-1]:
            model.add(getattr(keras.layers, between[0])(**between[1], dtype=dtype))
    optimizer = optimizers.registry.entries[name](**arguments)
    loss = "sparse_categorical_crossentropy"
    model.compile(optimizer, loss, metrics=["accuracy"], run_eagerly=eagerly)
    history = model.fit(x, y, BATCH, EPOCHS, verbose=0, sample_weight=random.random(SAMPLES))
    assert int(optimizer.iterations) == 12
    found = hashlib.sha256(str(history.history).encode())
    for number in [*model.variables, *optimizer.variables]:
        found.update(number.numpy().tobytes())
    return found.hexdigest()[:16]


def print_hashes() -> None:
    """Print a line for every way to train: what is trained, how, and its hash."""
    print(keras._kernels.vector_width())
    for name, arguments in variants():
        for dtype in ("float32", "float64"):
            for how in [(1, True), (1, False), (2, False), (7, False)]:
                digest = trained(name, arguments, dtype, *how)
                print(f"{name} {arguments} {dtype}", *how, digest, sep="\t")
    for between in BETWEEN:
        for dtype in ("float32", "float64"):
            for how in [(1, True), (1, False), (2, False), (7, False)]:
                digest = trained("SGD", {}, dtype, *how, between)
                print(f"{between[0]} {dtype}", *how, digest, sep="\t")


def hashes(cap: str) -> tuple[str, list[list[str]]]:
    """The vector width of another process that is capped, and the columns of what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", "import test_same_bits; test_same_bits.print_hashes()"],
        env=os.environ | {"NNLITE_SIMD": cap, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    width, *lines = done.stdout.splitlines()
    return width, [line.split("\t") for line in lines]


@pytest.fixture(scope="module")
def trainings() -> dict[str, list[list[str]]]:
    """All trainings by the vector width; each width that this machine has is there once."""
    return dict(hashes(cap) for cap in ("plain", "neon", "avx2", "avx512"))


def test_every_path_gives_the_same_bits(trainings: dict[str, list[list[str]]]) -> None:
    found: dict[str, dict[tuple[str, ...], str]] = {}
    for width, lines in trainings.items():
        for what, threads, eagerly, digest in lines:
            found.setdefault(what, {})[width, threads, eagerly] = digest
    for what, ways in found.items():
        usual = Counter(ways.values()).most_common(1)[0][0]
        assert {way: digest for way, digest in ways.items() if digest != usual} == {}, what
    # What is trained differently gives other bits, so the hashes do tell.
    assert len({digest for ways in found.values() for digest in ways.values()}) == len(found)
