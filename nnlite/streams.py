"""Data that comes batch by batch: from generators, iterators, and data sets that make batches.

Each batch is checked as it arrives, and brought onto a stage, from where it goes the way of every
array (see `data.py`): so these steps are replayed too.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sized
from typing import Any

import numpy as np

from .arguments import whole
from .data import Column, Stage
from .random.states import generator_at, state_of
from .sources import is_array
from .tensor import Array
from .tree import flatten, is_nested, pack

#: What `fit` says where there is no batch left, in Keras's words.
RAN_OUT = (
    "Your input ran out of data; interrupting training. Make sure that your dataset or generator "
    "can generate at least `steps_per_epoch * epochs` batches."
)


class PyDataset:
    """A data set that makes its batches itself; subclass it.

    Give `__len__`, the number of batches, and `__getitem__(index)`, which returns the batch at a
    place: `(x, y)`, `(x, y, sample_weight)` or `(x,)`. `on_epoch_end()` is called after each pass
    over it.

    Parameters
    ----------
    workers : int
        How many threads make batches ahead of the training; at least one does.
    use_multiprocessing : bool
        Whether processes take the place of the threads: for work that holds Python's lock. The data
        set is then copied into each of them.
    max_queue_size : int
        How many batches are made ahead at most.
    """

    def __init__(
        self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10
    ) -> None:
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} has no __len__(self)")

    @property
    def num_batches(self) -> int | None:
        """The number of batches; a subclass may return None, for no end of them."""
        return len(self)

    def __getitem__(self, index: int) -> Any:
        """Return the batch at `index`."""
        raise NotImplementedError(f"{type(self).__name__} has no __getitem__(self, index)")

    def on_epoch_begin(self) -> None:
        """Run before each pass over the data set."""

    def on_epoch_end(self) -> None:
        """Run after each pass over the data set."""


class Batched:
    """A data set with `__len__` and `__getitem__`, whose batches are made ahead of the training.

    Parameters
    ----------
    dataset : PyDataset, or an object that looks like one
    shuffle : numpy Generator, optional
        Draws the order of the batches of each pass.
    """

    restarts = True

    def __init__(self, dataset: Any, shuffle: np.random.Generator | None = None) -> None:
        self.dataset = dataset
        self.shuffle = shuffle
        self.drawn_from: Any = None  # the state of the generator that drew the order of the pass

    @property
    def steps(self) -> int | None:
        """The number of batches in a pass; None where there is no end of them."""
        count = getattr(self.dataset, "num_batches", None)
        known = isinstance(self.dataset, PyDataset) or count is not None
        return count if known else len(self.dataset)

    def one_pass(self, skipped: int = 0, drawn_from: Any = None) -> Generator[Any]:
        """Yield the batches of a pass in order, without the first ones.

        `drawn_from` is the state of the generator that draws it; by default the one it has.
        """
        dataset, steps = self.dataset, self.steps
        getattr(dataset, "on_epoch_begin", int)()
        order: Iterable[int] = itertools.count() if steps is None else range(steps)
        if self.shuffle is not None and steps is not None:
            self.drawn_from = drawn_from or state_of(self.shuffle)
            shuffle = generator_at(drawn_from) if drawn_from else self.shuffle
            order = shuffle.permutation(steps).tolist()
        from .ahead import Workers  # with the processes it brings, a tenth of `import nnlite`

        workers = Workers(
            dataset,
            count=max(1, getattr(dataset, "workers", 1)),
            processes=bool(getattr(dataset, "use_multiprocessing", False)),
            most=max(1, getattr(dataset, "max_queue_size", 10)),
        )
        with workers:
            yield from workers.items(itertools.islice(order, skipped, None))
        getattr(dataset, "on_epoch_end", int)()


class Iterated:
    """An iterator (which goes on where it was left), or something else that can be iterated over.

    Parameters
    ----------
    iterable : iterable
    """

    drawn_from = None

    def __init__(self, iterable: Iterable[Any]) -> None:
        self.iterable = iterable
        self.restarts = iter(iterable) is not iterable

    @property
    def steps(self) -> int | None:
        """The number of batches in a pass; None where it does not say."""
        return len(self.iterable) if isinstance(self.iterable, Sized) else None

    def one_pass(self, skipped: int = 0, drawn_from: Any = None) -> Iterator[Any]:
        """Return an iterator over what is left of the batches, without the first ones."""
        return itertools.islice(self.iterable, skipped, None) if skipped else iter(self.iterable)


def stream_of(data: Any, shuffle: np.random.Generator | None = None) -> Batched | Iterated | None:
    """Return `data` as a stream of batches; None where it is arrays."""
    if isinstance(data, np.ndarray):
        return None
    if isinstance(data, (str, bytes, range, memoryview)) or is_nested(data) or is_array(data):
        return None
    if hasattr(data, "__array__") or hasattr(data, "toarray") or _is_buffer(data):
        return None
    if hasattr(data, "__getitem__") and hasattr(data, "__len__"):
        return Batched(data, shuffle)
    return Iterated(data) if hasattr(data, "__iter__") else None


def _is_buffer(data: Any) -> bool:
    try:
        memoryview(data)
    except TypeError:
        return False
    return True


class StreamBatches:
    """The batches of a stream, checked one by one; also says which rows the next steps take.

    Parameters
    ----------
    stream : Batched or Iterated
    check : function of (batch, place)
        Returns the checked (x, y, sample_weight) of a batch, or raises an error that names the
        place.
    dtypes_of : function of such samples
        What each array is cast to.
    place : str
        What the stream is called in messages.

    Raises
    ------
    ValueError
        Where there is no first batch.
    """

    def __init__(
        self,
        stream: Batched | Iterated,
        check: Callable[[Any, str], Any],
        dtypes_of: Callable[[Any], list[Any]],
        place: str,
    ) -> None:
        self.stream, self.check, self.dtypes_of, self.place = stream, check, dtypes_of, place
        self.columns: list[Column | None] = []
        self.samples: Any = None
        self._form: Any = None
        self._pass: Iterator[Any] | None = None
        self._taken = 0
        self._first = [self._next()]
        if self._first[0] is None:
            raise ValueError(f"{place} gives no batch")
        try:
            check(self._first[0], f"{place}, batch 0: ")
        except BaseException:
            self.close()
            raise

    @property
    def steps(self) -> int | None:
        """The number of batches in an epoch; None where nobody knows."""
        return self.stream.steps

    def rows(self) -> StreamBatches:
        """Begin a new pass, where the stream can and this one has begun."""
        if self._taken and self.stream.restarts:
            self.close()
        return self

    def take(self, most: int) -> tuple[Array, int] | None:
        """Bring the next batch onto the stage, and return its rows there; None after the last.

        Asked again after that, begin a new pass, where the stream can.
        """
        batch = self._first.pop() if self._first else self._next()
        if batch is None:
            self.close()
            return None
        self.samples = self.check(batch, f"{self.place}, batch {self._taken}: ")
        self._taken += 1
        return self._put(flatten(tuple(self.samples))), 1

    def end_epoch(self) -> None:
        """Say where an epoch ends; with the last batch of a pass, the pass ends too."""
        if self._taken == self.steps and self.stream.restarts:
            self._next()  # runs on_epoch_end
            self.close()

    def get_state(self) -> dict[str, Any]:
        """Return how many batches of the pass were taken, and how their order was drawn."""
        return {"taken": self._taken, "drawn_from": self.stream.drawn_from}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on where `get_state` was asked; what gives batch after batch is asked for them again.

        Raises
        ------
        ValueError
            For what is no such state.
        """
        taken, held = whole(state["taken"], "taken", 0), len(self._first)
        if self.stream.restarts:
            self.close()
            held = 0
        if taken:
            self._first = []
            self._pass = self.stream.one_pass(taken - held, state["drawn_from"])
        self._taken = taken

    def gather(self, indices: Array) -> Any:
        """Return the samples at `indices` of the stage, in their structure."""
        return pack(
            tuple(self.samples), (None if c is None else c.batch(indices) for c in self.columns)
        )

    def _put(self, leaves: list[Any]) -> Array:
        """Bring arrays onto the stage, building it anew where they do not fit."""
        dtypes = self.dtypes_of(self.samples)
        form = [
            None if leaf is None else (leaf.shape[1:], leaf.dtype, dtype)
            for leaf, dtype in zip(leaves, dtypes, strict=True)
        ]
        size = next(len(leaf) for leaf in leaves if leaf is not None)
        stage = next((c for c in self.columns if c is not None), None)
        if form != self._form or stage is None or size > len(stage.rows):
            self._form = form
            self.columns = [
                None if leaf is None else Stage(leaf.shape, leaf.dtype, dtype, size)
                for leaf, dtype in zip(leaves, dtypes, strict=True)
            ]
        for column, leaf in zip(self.columns, leaves, strict=True):
            if isinstance(column, Stage):
                column.put(leaf)
        return np.arange(size)

    def _next(self) -> Any:
        """Return the next batch; None after the last."""
        if self._pass is None:
            self._pass = iter(self.stream.one_pass())
        return next(self._pass, None)

    def close(self) -> None:
        """End the pass, and stop what makes batches ahead; an iterator goes on where it is."""
        if isinstance(self._pass, Generator) and isinstance(self.stream, Batched):
            self._pass.close()
        self._pass, self._first, self._taken = None, [], 0


def warn_ran_out() -> None:
    """Warn that there is no batch left."""
    warnings.warn(RAN_OUT, stacklevel=4)
