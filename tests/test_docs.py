"""The documentation is whole: every page is read, every link and reference leads somewhere."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.one_table

ROOT = Path(__file__).parents[1]


def test_it_builds_without_a_warning(tmp_path):
    """Read and resolved is all; the scripts are not executed here, which `make docs` does."""
    for name in ("docs", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("generated"))
    for name in ("nnlite", "tests"):
        (tmp_path / name).symlink_to(ROOT / name)
    options = ["-W", "--keep-going", "-n", "-q", "-b", "dummy", "-D", "plot_gallery=0"]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, tmp_path / "docs", tmp_path / "built"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
