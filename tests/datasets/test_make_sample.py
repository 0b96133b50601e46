"""The script that makes the bundled sample makes this very sample."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from nnlite.datasets import fashion_mnist, make_sample

pytestmark = pytest.mark.one_table

BUNDLED = Path(fashion_mnist.__file__).with_name(fashion_mnist.SAMPLE_FILE)


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_first_of_each_class():
    labels = np.array([2, 0, 2, 1, 0, 2, 0, 1])
    assert make_sample.first_of_each_class(labels, 2).tolist() == [0, 1, 2, 3, 4, 7]


def test_made_again_it_is_the_bundled_file(fashion_mnist_data, tmp_path, monkeypatch):
    monkeypatch.setattr(fashion_mnist, "load_data", lambda: fashion_mnist_data)
    first, second = tmp_path / "first", tmp_path / "second"
    make_sample.make_sample(first)
    make_sample.make_sample(second)
    assert first.read_bytes() == second.read_bytes()
    # Unpacked, because another version of liblzma may pack the same bytes otherwise.
    assert members(first) == members(BUNDLED)


def test_the_archive_holds_no_date():
    with zipfile.ZipFile(BUNDLED) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_main_says_what_it_wrote(tiny, tmp_path, monkeypatch, capsys):
    x_train, y_train, x_test, y_test = tiny.arrays
    monkeypatch.setattr(fashion_mnist, "load_data", lambda: ((x_train, y_train), (x_test, y_test)))
    monkeypatch.setattr(make_sample, "__file__", str(tmp_path / "make_sample.py"))
    make_sample.main()
    written = tmp_path / fashion_mnist.SAMPLE_FILE
    assert capsys.readouterr().out == f"{written}: {written.stat().st_size:,} bytes\n"
