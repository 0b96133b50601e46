"""Without interactive logging what fit and summary say goes to a logger, and nothing is printed."""

import logging

import numpy as np
import pytest

import nnlite
from nnlite import config, layers
from nnlite.callbacks import EarlyStopping, resolve_verbose

pytestmark = pytest.mark.one_table


@pytest.fixture(autouse=True)
def printed_again():
    yield
    config.enable_interactive_logging()


def use_a_model(verbose) -> None:
    model = nnlite.Sequential([nnlite.Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    stop = EarlyStopping("loss", patience=0, min_delta=1e9, verbose=1)
    model.fit(np.ones((4, 2)), np.ones(4), epochs=3, verbose=verbose, callbacks=[stop])
    model.summary()


@pytest.mark.parametrize("verbose", ["auto", 1, 2])
def test_a_logger_is_told_instead_of_standard_output(verbose, capsys, caplog):
    use_a_model(verbose)
    printed = capsys.readouterr().out
    assert "early stopping" in printed
    caplog.set_level(logging.INFO, "nnlite")
    nnlite.utils.disable_interactive_logging()
    assert not config.is_interactive_logging_enabled()
    use_a_model(verbose)
    assert capsys.readouterr() == ("", "")
    assert {record.name for record in caplog.records} == {"nnlite"}
    assert caplog.messages[0].startswith("Epoch 1/3 - 1/1 - ")
    assert caplog.messages[2] == "Epoch 2: early stopping"
    assert "Total params: 3" in caplog.messages[3]


def test_there_is_no_bar_in_a_log(monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert resolve_verbose("auto") == 1
    config.disable_interactive_logging()
    assert resolve_verbose("auto") == 2
    config.enable_interactive_logging()
    assert resolve_verbose("auto") == 1
