"""What the documentation says is there; that it builds without a warning, `make docs` shows."""

import re
from operator import attrgetter
from pathlib import Path

import pytest

import nnlite

pytestmark = pytest.mark.one_table

ROOT = Path(__file__).parents[1]


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
