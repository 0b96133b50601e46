"""`import nnlite.summary` brings nothing that only some of it needs."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.one_table

HEAVY = ("PIL", "wave", "socket", "json", "multiprocessing", "matplotlib", "tensorboard")


def test_importing_it_is_light() -> None:
    code = f"""
import sys, numpy
heavy = {set(HEAVY)!r} - sys.modules.keys()
import nnlite.summary
print(*sorted(heavy & sys.modules.keys()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.split() == []
