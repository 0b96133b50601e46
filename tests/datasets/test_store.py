"""The look-up order of the data sets, and downloads that break."""

import http.server
import sys
import threading

import pytest

from nnlite.datasets import _store

from .files import put

pytestmark = pytest.mark.one_table

GOOD = b"the right content"


def decode(content: bytes) -> bytes:
    """Accept content that begins rightly, and give it back."""
    if not content.startswith(GOOD):
        raise ValueError(f"expected {GOOD!r}, got {content!r}")
    return content


def source(*urls: str) -> _store.Source:
    return _store.Source("set", "The Set", urls, debian_package="dataset-set", instead="do without")


NOWHERE = "http://127.0.0.1:9/"  # the port that discards; nothing listens there


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers /<place>/file as `server.answers[place]` says: the body, and the length it claims."""

    def do_GET(self):
        self.server.asked.append(self.path)
        body, claimed = self.server.answers.get(self.path.split("/")[1], (None, 0))
        self.send_response(200 if body is not None else 404)
        self.send_header("Content-Length", str(claimed))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *args):
        pass


@pytest.fixture
def server(monkeypatch):
    """A web server on this machine; no proxy stands between."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.asked = []
        running.answers = {
            "good": (GOOD, len(GOOD)),
            "cut": (GOOD, len(GOOD) + 100),
            "wrong": (b"<html>", 6),
        }
        running.url = f"http://127.0.0.1:{running.server_port}/"
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_places_are_asked_in_order(machine):
    places = [machine.own / "set", machine.own, machine.cache / "set", machine.debian / "set"]
    for number, folder in reversed(list(enumerate(places))):
        put(folder, {"file": GOOD + bytes([number])})
        # What was put last is asked first.
        assert _store.load(source(NOWHERE), "file", decode) == GOOD + bytes([number])


def test_a_set_without_a_debian_package_is_not_looked_for_there(machine):
    put(machine.debian / "set", {"file": GOOD})
    assert _store.find(source(), "file") == machine.debian / "set" / "file"
    assert _store.find(_store.Source("set", "The Set", ()), "file") is None


def test_a_file_may_be_saved_under_another_name_or_absolutely(machine):
    put(machine.own, {"mine": GOOD + b"1"})
    assert _store.load(source(), "file", decode, saved_as="mine") == GOOD + b"1"
    absolute = machine.own.parent / "elsewhere"
    absolute.write_bytes(GOOD + b"2")
    assert _store.load(source(), "file", decode, saved_as=str(absolute)) == GOOD + b"2"


def test_the_cache_is_the_users_unless_chosen(monkeypatch):
    monkeypatch.delenv("NNLITE_CACHE", raising=False)
    assert "nnlite" in str(_store.cache_folder())


def test_a_damaged_local_file_is_named_and_not_passed_over(machine, server):
    put(machine.own, {"file": b"damaged"})
    put(machine.cache / "set", {"file": GOOD})
    with pytest.raises(ValueError) as caught:
        _store.load(source(server.url + "good/"), "file", decode)
    message = str(caught.value)
    assert str(machine.own / "file") in message
    assert "b'damaged'" in message
    assert "Delete it or replace it" in message
    assert "'set'" in message
    assert server.asked == []


def test_a_download_goes_to_the_cache_and_happens_once(machine, server, capsys):
    for _ in range(2):
        assert _store.load(source(server.url + "good/"), "file", decode) == GOOD
    assert server.asked == ["/good/file"]
    assert [path.name for path in (machine.cache / "set").iterdir()] == ["file"]
    out, err = capsys.readouterr()
    assert out == ""
    # Not on a terminal: one line, no control characters.
    assert err == f"Downloading {server.url}good/file to {machine.cache / 'set' / 'file'}\n"


def test_a_terminal_sees_progress(machine, server, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert _store.load(source(server.url + "good/"), "file", decode) == GOOD
    assert "100%" in capsys.readouterr().err


def test_the_next_server_is_asked_where_one_fails(machine, server):
    urls = (NOWHERE, *(server.url + place for place in ("missing/", "cut/", "wrong/", "good/")))
    assert _store.load(source(*urls), "file", decode) == GOOD
    assert server.asked == ["/missing/file", "/cut/file", "/wrong/file", "/good/file"]


@pytest.mark.parametrize(
    ("place", "said"), [("missing", "404"), ("cut", "IncompleteRead"), ("wrong", "b'<html>'")]
)
def test_a_broken_download_leaves_nothing_behind(machine, server, place, said):
    with pytest.raises(FileNotFoundError, match=said):
        _store.load(source(f"{server.url}{place}/"), "file", decode)
    assert list((machine.cache / "set").iterdir()) == []


def test_an_interrupted_download_leaves_nothing_behind(machine, server):
    def interrupted(content: bytes) -> bytes:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _store.load(source(server.url + "good/"), "file", interrupted)
    assert list((machine.cache / "set").iterdir()) == []


def test_no_data_and_no_network_is_one_error_that_says_all(machine):
    with pytest.raises(FileNotFoundError) as caught:
        _store.load(source(NOWHERE), "file", decode)
    message = str(caught.value)
    for part in (
        "The Set cannot be loaded",
        f"{machine.own / 'set' / 'file'} (NNLITE_DATASETS)",
        f"{machine.own / 'file'} (NNLITE_DATASETS)",
        f"{machine.cache / 'set' / 'file'} (nnlite's cache)",
        f"{machine.debian / 'set' / 'file'} (Debian's package dataset-set)",
        f"{NOWHERE}file: ",
        f"from {NOWHERE} ",
        "`apt install dataset-set`",
        "do without",
    ):
        assert part in message


def test_the_error_says_where_no_folder_is_named(machine, monkeypatch):
    monkeypatch.delenv("NNLITE_DATASETS")
    with pytest.raises(FileNotFoundError, match="NNLITE_DATASETS is not set"):
        _store.load(source(NOWHERE), "file", decode)


def test_a_cache_that_cannot_be_written_is_in_the_error(machine, server):
    machine.cache.write_bytes(b"a file where a folder should be")
    with pytest.raises(
        FileNotFoundError, match=f"(FileExists|NotADirectory)Error.*{machine.cache}"
    ):
        _store.load(source(server.url + "good/"), "file", decode)
