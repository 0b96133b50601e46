"""Workers that make the batches of a data set ahead of the training, in threads or processes."""

from __future__ import annotations

import collections
import itertools
import queue
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from types import TracebackType
from typing import Any

#: Seconds after which a wait for an item looks for Ctrl-C.
TURN = 0.1


class Workers:
    """Some workers that call `dataset[index]`; used in a `with` statement, which lets them go.

    Parameters
    ----------
    dataset : object with `__getitem__`
    count : int
        How many workers there are.
    processes : bool
        Whether they are processes, not threads.
    most : int
        How many items are made, or being made, before they are asked for.

    Notes
    -----
    What an item raises is raised where it would have come. Nothing waits for a worker in the end:
    the threads are daemons, and stop after the item that they are at.
    """

    def __init__(self, dataset: Any, count: int, processes: bool, most: int) -> None:
        self.most = most
        self.pool: Threads | ProcessPoolExecutor = (
            ProcessPoolExecutor(count, initializer=_remember, initargs=(dataset,))
            if processes
            else Threads(dataset, count)
        )

    def items(self, order: Iterable[int]) -> Iterator[Any]:
        """Yield `dataset[index]` for each index, in order."""
        waiting: collections.deque[Future[Any]] = collections.deque()
        indices = iter(order)
        while True:
            for index in itertools.islice(indices, self.most - len(waiting)):
                waiting.append(self.pool.submit(_item, index))
            if not waiting:
                return
            yield _awaited(waiting.popleft())

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.pool.shutdown(wait=False, cancel_futures=True)


def _awaited(future: Future[Any]) -> Any:
    """Return the result, as soon as it is there; in between, Ctrl-C is looked for.

    A signal may be delivered to any thread, and one that comes to another does not end this wait.
    """
    while not future.done():
        wait([future], TURN)
    return future.result()


class Threads:
    """A pool of daemon threads, so that one which hangs does not keep the program from ending.

    Parameters
    ----------
    dataset : object with `__getitem__`
    count : int
    """

    def __init__(self, dataset: Any, count: int) -> None:
        self.dataset = dataset
        self.count = count
        self.tasks: queue.SimpleQueue[tuple[Future[Any], int] | None] = queue.SimpleQueue()
        for number in range(count):
            name = f"nnlite-batches-{number}"
            threading.Thread(target=self._work, name=name, daemon=True).start()

    def submit(self, _: Any, index: int) -> Future[Any]:
        """Let a thread make an item."""
        future: Future[Any] = Future()
        self.tasks.put((future, index))
        return future

    def _work(self) -> None:
        while (task := self.tasks.get()) is not None:
            future, index = task
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(self.dataset[index])
            except BaseException as error:  # raised again where the item is asked for
                future.set_exception(error)

    def shutdown(self, wait: bool, cancel_futures: bool) -> None:
        """Let the threads end, each after the item that it is at."""
        while True:
            try:
                self.tasks.get_nowait()
            except queue.Empty:
                break
        for _ in range(self.count):
            self.tasks.put(None)


#: In a process of a pool: the data set that it makes items of.
_dataset: Any = None


def _remember(dataset: Any) -> None:
    global _dataset
    _dataset = dataset


def _item(index: int) -> Any:
    return _dataset[index]
