"""Real Keras, started once for all tests of callbacks that ask it."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest
from keras_worker import keras_worker


@pytest.fixture(scope="session")
def worker() -> Iterator[ProcessPoolExecutor]:
    """What runs functions in the process of Keras: `worker.submit(function, ...).result()`."""
    pytest.importorskip("keras")
    with keras_worker() as found:
        yield found
