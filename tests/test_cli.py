"""The command `nnlite`."""

import subprocess
import sys

import pytest

from nnlite import __version__, cli, demo
from nnlite.utils import versions

pytestmark = pytest.mark.one_table


def refused(capsys, *argv: str) -> str:
    """What the command says to arguments that it does not understand."""
    with pytest.raises(SystemExit) as ended:
        cli.main(argv)
    assert ended.value.code == 2
    return capsys.readouterr().err


@pytest.fixture
def runs(monkeypatch) -> list[dict]:
    """The arguments of each run of the demo, which does nothing else."""
    noted = []
    monkeypatch.setattr(demo, "run", lambda **arguments: noted.append(arguments))
    return noted


def test_info(capsys) -> None:
    assert cli.main(["info"]) == 0
    shown = capsys.readouterr().out
    versions.show_versions()
    assert shown == capsys.readouterr().out


def test_demo(runs: list[dict]) -> None:
    assert cli.main(["demo"]) == 0
    assert cli.main(["demo", "--epochs", "3", "--data", "sample", "--out", "here"]) == 0
    assert runs == [
        {"epochs": 30, "data": None, "out": "demo-output"},
        {"epochs": 3, "data": "sample", "out": "here"},
    ]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["demoo"], "unknown command 'demoo'. Did you mean 'demo'? There are: info, demo, inspect"),
        (["demo", "--epoch", "3"], "unknown argument '--epoch'. Did you mean '--epochs'?"),
        (["demo", "--epoch=3"], "unknown argument '--epoch'. Did you mean '--epochs'?"),
        (["info", "--out", "x"], "unknown argument '--out'. There are: -h, --help"),
        (["--versoin"], "unknown argument '--versoin'. Did you mean '--version'?"),
        (["demo", "--data", "ful"], "must be full or sample, not 'ful'. Did you mean 'full'?"),
        (["demo", "--epochs", "0"], "--epochs: must be a whole number from 1, not '0'"),
        (["demo", "--epochs", "many"], "--epochs: must be a whole number from 1, not 'many'"),
    ],
)
def test_arguments_that_it_does_not_understand(
    argv: list[str], message: str, capsys, runs: list[dict]
) -> None:
    assert message in refused(capsys, *argv)
    assert runs == []


def test_no_command_shows_the_help(capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([])
    assert ended.value.code == 2
    assert "train a classifier" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (FileNotFoundError("no data here"), 1, "nnlite demo: no data here\n"),
        (ValueError("bad"), 1, "nnlite demo: bad\n"),
        (KeyboardInterrupt(), 130, "nnlite demo: interrupted\n"),
    ],
)
def test_errors_are_one_message_and_no_traceback(
    error: BaseException, code: int, message: str, capsys, monkeypatch
) -> None:
    def fail(**arguments: object) -> None:
        raise error

    monkeypatch.setattr(demo, "run", fail)
    assert cli.main(["demo"]) == code
    assert capsys.readouterr().err == message


def test_our_own_mistakes_keep_their_traceback(monkeypatch) -> None:
    def fail(**arguments: object) -> None:
        raise AssertionError("a bug")

    monkeypatch.setattr(demo, "run", fail)
    with pytest.raises(AssertionError, match="a bug"):
        cli.main(["demo"])


def test_it_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "nnlite", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout == f"nnlite {__version__}\n"
