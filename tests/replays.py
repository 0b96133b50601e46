"""How many steps are replayed."""

from collections.abc import Iterator
from contextlib import contextmanager

from nnlite import plan


@contextmanager
def counted(runner: type = plan.Steps) -> Iterator[list[int]]:
    """How many steps each replay is of, a number for each; those of `plan.Steps`, or of another."""
    counts: list[int] = []
    replay = runner._replay

    def replay_and_count(self, recorded, given, steps):
        counts.append(steps)
        return replay(self, recorded, given, steps)

    runner._replay = replay_and_count
    try:
        yield counts
    finally:
        runner._replay = replay
