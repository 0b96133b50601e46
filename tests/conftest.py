"""Fixtures for the whole suite."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import replays

from nnlite import _kernels
from nnlite.datasets import fashion_mnist
from nnlite.naming import clear_session
from nnlite.random import set_random_seed

#: The real Keras is a witness in many files; of its backends one can be in a process, and this one
#: differentiates.
os.environ["KERAS_BACKEND"] = "jax"

# A suite that is started in the background ignores Ctrl-C, and so would the programs that tests
# start and send it to.
signal.signal(signal.SIGINT, signal.default_int_handler)

#: The files that take longest. They come first, so that processes that share the tests file by file
#: have short ones left for the end.
LONGEST = ("tests/test_packaging.py", "tests/test_same_bits.py", "tests/testing/test_plugin.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test over both kernel tables, unless it is marked `one_table`."""
    if not metafunc.definition.get_closest_marker("one_table"):
        metafunc.parametrize("kernels", _kernels.TABLES, indirect=True)


@pytest.fixture(autouse=True)
def kernels(request: pytest.FixtureRequest) -> Iterator[str]:
    """The kernel table in use. Missing compiled kernels fail here; they are never skipped."""
    before = _kernels.active()
    _kernels.use(getattr(request, "param", before))
    yield _kernels.active()
    _kernels.use(before)


@pytest.fixture(autouse=True)
def same_start() -> None:
    """Every test starts from one seed, and names its first Dense layer "dense"."""
    set_random_seed(0)
    clear_session()


@pytest.fixture
def without_windows(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let pyplot draw into memory, also in scripts that end in `plt.show()`."""
    import matplotlib.pyplot as plt

    monkeypatch.delenv("DISPLAY", raising=False)  # with one, show() warns that nothing is shown
    plt.switch_backend("Agg")
    yield
    plt.close("all")


@pytest.fixture
def replayed() -> Iterator[list[int]]:
    """How many steps of training and evaluation each replay is of."""
    with replays.counted() as counts:
        yield counts


def skip_unless_ci(reason: str) -> None:
    """Skip this test for want of data; on CI, which has the data, that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def fashion_mnist_data():
    """All of Fashion-MNIST, as load_data() gives it; read-only, because the session shares it."""
    try:
        (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
    except FileNotFoundError as error:
        skip_unless_ci(f"needs the full Fashion-MNIST: {error}")
    for array in (x_train, y_train, x_test, y_test):
        array.flags.writeable = False
    return (x_train, y_train), (x_test, y_test)


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """The folder of shared data beside the repository."""
    folder = Path(__file__).parents[2] / "shared"
    if not folder.is_dir():
        skip_unless_ci("needs the folder of shared data beside the repository")
    return folder
