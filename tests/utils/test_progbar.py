import pytest

from nnlite.utils import Progbar

pytestmark = pytest.mark.one_table


def test_a_line_with_the_means_at_the_end(capsys):
    bar = Progbar(4, verbose=2, stateful_metrics=["last"])
    bar.update(1, [("loss", 4.0), ("last", 1.0)])
    bar.update(3, [("loss", 1.0), ("last", 2.0)])  # two steps
    assert capsys.readouterr().out == ""
    bar.add(1, [("loss", 2.0), ("last", 3.0)])
    line = capsys.readouterr().out
    assert line.startswith("4/4 - 0s - ")
    assert line.endswith("/step - loss: 2.0000 - last: 3.0000\n")


def test_a_loop_of_unknown_length_ends_when_it_says_so(capsys):
    bar = Progbar(None, verbose=2)
    bar.update(1)
    bar.update(2, finalize=True)
    assert capsys.readouterr().out.startswith("2/2 - 0s - ")


def test_nothing_where_nothing_is_to_be_shown(capsys):
    Progbar(1, verbose=0).update(1, [("loss", 1.0)])
    assert capsys.readouterr().out == ""
