"""What runs here."""

import platform
import subprocess
import sys

import h5py
import numpy as np
import pytest

import nnlite
from nnlite import _kernels
from nnlite.utils import versions as module


def test_versions_are_those_that_run(kernels: str) -> None:
    table = module.versions()
    assert table["nnlite"] == nnlite.__version__
    assert table["Python"] == platform.python_version()
    assert table["numpy"] == np.__version__
    assert table["h5py"] == h5py.__version__
    assert int(table["threads"]) >= 1
    assert all(type(value) is str for value in table.values())
    expected = f"compiled, {_kernels.vector_width()}" if kernels == "compiled" else "numpy twins"
    assert table["kernels"].startswith(expected)


@pytest.mark.one_table
def test_missing_kernels_are_told_with_the_reason(monkeypatch) -> None:
    _kernels.use("numpy")
    monkeypatch.setattr(_kernels, "compiled_error", ImportError("no such file"))
    assert module.kernels() == "numpy twins (no compiled kernels: no such file)"
    monkeypatch.setattr(_kernels, "compiled_error", None)
    assert module.kernels() == "numpy twins (chosen; there are compiled kernels too)"


@pytest.mark.one_table
def test_data_folders(tmp_path, monkeypatch) -> None:
    (tmp_path / "mine").mkdir()
    monkeypatch.setenv("NNLITE_DATASETS", str(tmp_path / "mine"))
    monkeypatch.setenv("NNLITE_CACHE", str(tmp_path / "cache"))
    folders = module.data_folders()
    assert f"{tmp_path / 'mine'} (NNLITE_DATASETS)" in folders
    assert f"{tmp_path / 'cache' / 'fashion-mnist'} (nnlite's cache; not there)" in folders


@pytest.mark.one_table
def test_show_versions_prints_them_in_columns(capsys) -> None:
    module.show_versions()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"nnlite        {nnlite.__version__}"
    assert {line[12:14] for line in lines} == {"  "}
    assert len(lines) == len(module.versions()) - 1 + len(module.data_folders())


@pytest.mark.one_table
def test_h5py_is_not_imported_for_its_version() -> None:
    code = """
import sys
from nnlite.utils.versions import versions
versions()
print("h5py" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "False"
