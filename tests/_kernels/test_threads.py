"""The pool of threads: the same bits for every size of it, forks, and several callers at once."""

import multiprocessing
import os
import re
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from calls import SIZES, run, sample

import nnlite
from nnlite import _kernels

pytestmark = pytest.mark.one_table

both_types = pytest.mark.parametrize("dtype", [np.float32, np.float64])

#: Around what is shared: 150,000 multiply-adds, whole tiles, ranges of 32,768 and 8,192 elements.
PRODUCTS = [
    (0, 400, 600), (400, 0, 600), (400, 600, 0), (1, 784, 300), (32, 784, 300), (33, 301, 103),
    (300, 1000, 1), (1, 1, 500_000), (500_000, 1, 1), (7, 500, 97), (520, 97, 17), (385, 31, 49),
]  # fmt: skip
LENGTHS = [0, 1, 32_767, 32_768, 32_769, 100_003]
ROWS = [(0, 784), (1, 20_000), (11, 8192), (33, 785), (9000, 1), (40, 0)]

CALLS = [
    *(
        (name, {"B": batch, "I": inputs, "O": outputs})
        for name in _kernels.KERNELS
        if name.startswith("dense_") and name != "dense_backward_bias"
        for batch, inputs, outputs in PRODUCTS
    ),
    *(
        (name, {"N": length})
        for name in ("sgd_update", "sgd_momentum_update", "sgd_nesterov_update")
        for length in LENGTHS
    ),
    *(
        (name, {"B": batch, "I": columns, "N": rows})
        for name, rows in (("gather_rows", 11), ("take_rows", 1000), ("take_rows_vjp", 1000))
        for batch, columns in ROWS
    ),
]


@pytest.fixture(autouse=True)
def the_threads_as_before():
    before = nnlite.get_num_threads()
    yield
    nnlite.set_num_threads(before)


def model(units=300):
    """A model whose products and updates are large enough for several threads."""
    made = nnlite.Sequential(
        [
            nnlite.layers.Dense(units, activation="relu", input_shape=[200]),
            nnlite.layers.Dense(10, activation="softmax"),
        ]
    )
    made.compile(loss="sparse_categorical_crossentropy", optimizer="sgd", metrics=["accuracy"])
    return made


def trained(epochs=2):
    """The weights' bytes after training the model from one seed on the same data."""
    random = np.random.default_rng(0)
    x, y = random.random((320, 200), np.float32), random.integers(0, 10, 320)
    nnlite.random.set_random_seed(1)
    made = model()
    made.fit(x, y, epochs=epochs, verbose=0)
    return [weights.tobytes() for weights in made.get_weights()]


# ------------------------------------------------------------------------------- the same bits


@both_types
@pytest.mark.parametrize(("name", "sizes"), CALLS, ids=str)
def test_every_number_of_threads_gives_the_same_bits(name, sizes, dtype):
    arguments = sample(name, dtype, SIZES | sizes)
    nnlite.set_num_threads(1)
    expected = run("compiled", name, arguments)
    for count in (2, 7):
        nnlite.set_num_threads(count)
        found = run("compiled", name, arguments)
        assert {key: array.tobytes() for key, array in found.items()} == {
            key: array.tobytes() for key, array in expected.items()
        }


@pytest.mark.parametrize("activation", ["linear", "relu", "sigmoid", "tanh"])
def test_the_epilogue_with_threads(activation):
    arguments = sample("dense_forward", np.float32, {"B": 70, "I": 100, "O": 131})
    arguments["activation"] = activation
    nnlite.set_num_threads(1)
    expected = run("compiled", "dense_forward", arguments)["out"]
    nnlite.set_num_threads(7)
    assert run("compiled", "dense_forward", arguments)["out"].tobytes() == expected.tobytes()


def test_nothing_is_lost_between_many_small_jobs():
    """Jobs right after each other, and after pauses in which the workers fall asleep."""
    nnlite.set_num_threads(3)
    w, g = np.zeros(70_000, np.float32), np.ones(70_000, np.float32)
    for job in range(2000):
        _kernels._tables["compiled"]["sgd_update"](w, g, -1.0)
        if job % 200 == 0:
            threading.Event().wait(0.002)
    np.testing.assert_array_equal(w, 2000)


def test_training_gives_the_same_bits():
    nnlite.set_num_threads(1)
    expected = trained()
    for count in (2, 7):
        nnlite.set_num_threads(count)
        assert trained() == expected


# -------------------------------------------------------------------------- forks and callers


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_trains_after_the_parent_has():
    nnlite.set_num_threads(2)
    expected = trained()
    context = multiprocessing.get_context("fork")
    with context.Pool(2) as pool:
        found = [pool.apply_async(trained) for _ in range(2)]
        threads = pool.apply_async(nnlite.get_num_threads)
        assert [one.get(timeout=60) for one in found] == [expected] * 2
        assert threads.get(timeout=60) == 2
    assert trained() == expected


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_while_another_thread_trains():
    """The child inherits the pool's locks as they stand: it must not wait for them."""
    nnlite.set_num_threads(2)
    expected = trained()
    done = threading.Event()

    def train():
        arguments = sample("dense_forward", np.float32, {"B": 64, "I": 500, "O": 500})
        while not done.is_set():
            _kernels._tables["compiled"]["dense_forward"](**arguments)

    caller = threading.Thread(target=train)
    caller.start()
    try:
        for _ in range(10):
            process = multiprocessing.get_context("fork").Process(target=one_product)
            process.start()
            process.join(60)
            assert process.exitcode == 0
    finally:
        done.set()
        caller.join()
    assert trained() == expected


def one_product(threads=3):
    """A shared kernel, and a change of the number of threads."""
    run("compiled", "dense_forward", sample("dense_forward", sizes={"B": 99, "I": 99, "O": 99}))
    nnlite.set_num_threads(threads)
    run("compiled", "dense_forward", sample("dense_forward", sizes={"B": 99, "I": 99, "O": 99}))


def test_two_callers_at_once():
    """One has the pool, the other works alone; each gets the bits that it would get by itself."""
    arguments = [
        sample("dense_backward_kernel", np.float32, {"B": 40, "I": 300, "O": 200}, seed)
        for seed in range(4)
    ]
    nnlite.set_num_threads(1)
    expected = [run("compiled", "dense_backward_kernel", one)["out"].tobytes() for one in arguments]
    nnlite.set_num_threads(2)

    def many(one):
        results = (run("compiled", "dense_backward_kernel", one)["out"] for _ in range(50))
        return {result.tobytes() for result in results}

    with ThreadPoolExecutor(4) as callers:
        assert list(callers.map(many, arguments)) == [{one} for one in expected]


def test_two_models_train_at_once():
    nnlite.set_num_threads(2)
    random = np.random.default_rng(0)
    x, y = random.random((320, 200), np.float32), random.integers(0, 10, 320)
    models = [model() for _ in range(4)]
    for one in models:
        one.set_weights(models[0].get_weights())

    def fit(one):
        one.fit(x, y, epochs=3, shuffle=False, verbose=0)
        return [weights.tobytes() for weights in one.get_weights()]

    alone = fit(models.pop(0))
    with ThreadPoolExecutor(3) as callers:
        assert list(callers.map(fit, models)) == [alone] * 3


def test_the_number_of_threads_changes_while_kernels_run():
    arguments = sample("dense_forward", np.float32, {"B": 64, "I": 300, "O": 200})
    expected = run("compiled", "dense_forward", arguments)["out"].tobytes()
    with ThreadPoolExecutor(1) as callers:
        many = callers.submit(
            lambda: {
                run("compiled", "dense_forward", arguments)["out"].tobytes() for _ in range(500)
            }
        )
        for count in [1, 2, 5, 3] * 10:
            nnlite.set_num_threads(count)
        assert many.result() == {expected}


def test_numpys_own_threads_in_between():
    nnlite.set_num_threads(2)
    arguments = sample("dense_forward", np.float32, {"B": 64, "I": 300, "O": 200})
    expected = run("compiled", "dense_forward", arguments)["out"].tobytes()
    square = np.ones((400, 400), np.float32)
    for _ in range(20):
        assert (square @ square)[0, 0] == 400
        assert run("compiled", "dense_forward", arguments)["out"].tobytes() == expected


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux's /proc")
def test_workers_take_no_signals():
    """Ctrl-C is for Python's own thread."""
    nnlite.set_num_threads(1)
    before = set(Path("/proc/self/task").iterdir())
    nnlite.set_num_threads(4)
    one_product(4)
    workers = set(Path("/proc/self/task").iterdir()) - before
    assert len(workers) == 3
    for worker in workers:
        (blocked,) = re.findall(r"SigBlk:\s*(\w+)", (worker / "status").read_text())
        assert int(blocked, 16) & 1 << signal.SIGINT - 1


# --------------------------------------------------------------------------------- its size


def in_a_process(code, **environment):
    """Start Python on some lines, with this folder to import from."""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def printed(code, **environment):
    """What these lines print, and the errors."""
    return in_a_process(code, **environment).communicate(timeout=60)


def test_set_and_get():
    for count in (1, 3, np.int64(2), 256):
        nnlite.set_num_threads(count)
        assert nnlite.get_num_threads() == count
        assert type(nnlite.get_num_threads()) is int


@pytest.mark.parametrize("count", [0, -1, 257, 10**30])
def test_an_impossible_number(count):
    before = nnlite.get_num_threads()
    with pytest.raises(ValueError, match=f"threads must be from 1 to 256, got {count}"):
        nnlite.set_num_threads(count)
    assert nnlite.get_num_threads() == before


@pytest.mark.parametrize("count", [2.0, "2", None, True, [2]])
def test_not_a_number(count):
    with pytest.raises(TypeError, match=f"must be an integer, not {type(count).__name__}"):
        nnlite.set_num_threads(count)


PRINT = "import nnlite; print(nnlite.get_num_threads())"


def test_the_environment_variable():
    assert printed(PRINT, NNLITE_NUM_THREADS="5") == ("5\n", "")
    info = "from nnlite.utils.versions import versions; print(versions()['threads'])"
    assert printed(info, NNLITE_NUM_THREADS="5") == ("5\n", "")


@pytest.mark.parametrize("value", ["0", "many", "-2", "1.5", "257"])
def test_an_impossible_environment_variable(value):
    _, errors = printed(PRINT, NNLITE_NUM_THREADS=value)
    assert f"NNLITE_NUM_THREADS must be from 1 to 256, not '{value}'" in errors


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs processor affinity")
def test_by_default_it_is_the_cores_that_this_process_may_use():
    cores = os.sched_getaffinity(0)
    assert printed(PRINT, NNLITE_NUM_THREADS="") == (f"{len(cores)}\n", "")
    one = f"import os; os.sched_setaffinity(0, {{{min(cores)}}}); {PRINT}"
    assert printed(one, NNLITE_NUM_THREADS="") == ("1\n", "")


def test_without_compiled_kernels_there_is_one(monkeypatch):
    monkeypatch.delitem(_kernels._tables, "compiled")
    assert nnlite.get_num_threads() == 1
    nnlite.set_num_threads(4)
    assert nnlite.get_num_threads() == 1
    with pytest.raises(ValueError, match="from 1 to 256"):
        nnlite.set_num_threads(0)
