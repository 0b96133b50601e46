"""The documentation is whole: every page is read, every link and reference leads somewhere."""

import os
import re
import shutil
import subprocess
import sys
from operator import attrgetter
from pathlib import Path

import pytest

import nnlite

pytestmark = pytest.mark.one_table

ROOT = Path(__file__).parents[1]


def test_it_builds_without_a_warning(tmp_path):
    """Read and resolved is all; the scripts are not executed here, which `make docs` does."""
    shutil.copy2(ROOT / "README.md", tmp_path)
    for name in ("docs", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("generated"))
    for name in ("nnlite", "tests"):
        (tmp_path / name).symlink_to(ROOT / name)
    options = ["-W", "--keep-going", "-n", "-q", "-j", "2", "-b", "dummy", "-D", "plot_gallery=0"]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, tmp_path / "docs", tmp_path / "built"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr


def test_every_name_in_the_porting_table_is_there():
    page = (ROOT / "docs" / "porting.md").read_text(encoding="utf-8")
    kinds = "callbacks|layers|losses|models|ops|optimizers|utils"
    names = set(re.findall(rf"(?:\bnnlite\.|`(?=(?:{kinds})\.))([A-Za-z_.]*[A-Za-z_])", page))
    assert len(names) > 20
    assert {"layers.Dense", "GradientTape"} <= names
    for name in sorted(names):
        attrgetter(name)(nnlite)


def test_the_picture_of_performance_has_every_row_with_other_libraries(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs" / "_ext")
    import drawings

    drawn = []
    monkeypatch.setattr(drawings.report, "draw", lambda path, sections: drawn.extend(sections))
    drawings.draw_performance(ROOT / "README.md", tmp_path / "performance.png")
    assert len(drawn) >= 4
    assert all(len(section.measures) > 3 for section in drawn)
    (epoch,) = (section for section in drawn if section.title.startswith("Its epoch"))
    assert [one.name for one in epoch.measures][:2] == ["nnlite", "JAX"]
    assert all(0.1 < one.best < 10 for one in epoch.measures)  # of the unit of all, seconds
