"""The lessons: each runs alone, and all that it claims to be equal it asserts itself."""

import ast
import re
import runpy
from pathlib import Path

import pytest

pytestmark = pytest.mark.one_table  # for the time it takes; all that they call has tests over both

ROOT = Path(__file__).parents[1]
LESSONS = sorted((ROOT / "docs" / "lessons").glob("*.py"))


@pytest.mark.usefixtures("without_windows")
@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_it_runs(lesson, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(lesson), run_name="__main__")
    assert not [*tmp_path.iterdir()]  # nothing is left lying about


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_it_asserts_and_ends_at_a_file_of_the_library(lesson):
    text = lesson.read_text(encoding="utf-8")
    assert any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(text)))
    last = text.split("\n# %%\n")[-1]
    assert last.startswith("# The file")
    included = re.findall(r"literalinclude:: \.\./\.\./\.\./(\S+)", last)
    assert included
    assert all((ROOT / name).is_file() for name in included)
    assert set(re.findall(r":source:`(\S+)`", last)) == set(included)


def test_they_are_numbered():
    assert [int(path.stem.split("_")[0]) for path in LESSONS] == [*range(1, len(LESSONS) + 1)]
