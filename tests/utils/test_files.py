"""get_file, from a server on this machine: the cache, hashes, archives that mean no harm or do."""

import hashlib
import io
import tarfile
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from nnlite.utils import get_file

pytestmark = pytest.mark.one_table


@pytest.fixture
def server(tmp_path):
    """A folder, and the address that it is served at."""
    folder = tmp_path / "served"
    folder.mkdir()

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(folder))

        def log_message(self, *args):
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    yield folder, f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    thread.join()
    http.server_close()


def test_a_file_is_downloaded_once(server, tmp_path, monkeypatch):
    folder, address = server
    (folder / "data.csv").write_text("1,2")
    monkeypatch.setenv("NNLITE_CACHE", str(tmp_path / "cache"))
    path = Path(get_file(origin=f"{address}/data.csv"))
    assert path == tmp_path / "cache/datasets/data.csv"
    (folder / "data.csv").write_text("3,4")
    assert Path(get_file(origin=f"{address}/data.csv")).read_text() == "1,2"
    again = get_file("data.csv", f"{address}/data.csv", force_download=True)
    assert Path(again).read_text() == "3,4"


def test_an_archive_that_is_downloaded_again_is_unpacked_again(server, tmp_path):
    folder, address = server
    where = {"origin": f"{address}/set.zip", "cache_dir": tmp_path, "extract": True}
    for version in ("old", "new"):
        (folder / "set.zip").write_bytes(archive("zip", {version: version.encode()}))
        found = Path(get_file(**where, force_download=True))
        assert [one.name for one in found.iterdir()] == [version]
        (found / "mine").touch()  # shows that the next call unpacks nothing
        assert Path(get_file(**where)) == found
        assert (found / "mine").exists()
    (folder / "set.zip").write_bytes(archive("zip", {"newest": b""}))
    sha = hashlib.sha256((folder / "set.zip").read_bytes()).hexdigest()
    assert [one.name for one in Path(get_file(**where, file_hash=sha)).iterdir()] == ["newest"]


def test_archives_whose_names_differ_behind_a_point_have_folders_of_their_own(server, tmp_path):
    folder, address = server
    for name in ("set.v1.zip", "set.v2.zip"):
        (folder / name).write_bytes(archive("zip", {name: b""}))
        found = Path(get_file(name, f"{address}/{name}", cache_dir=tmp_path, extract=True))
        assert found.name == f"{name[:-4]}_extracted"
        assert [one.name for one in found.iterdir()] == [name]


def test_a_file_with_other_bytes_is_not_kept(server, tmp_path):
    folder, address = server
    (folder / "a").write_text("right")
    places = {"cache_dir": tmp_path, "cache_subdir": "x"}
    with pytest.raises(ValueError, match="hash"):
        get_file("a", f"{address}/a", file_hash="0" * 64, **places)
    assert not list((tmp_path / "x").iterdir())
    md5 = hashlib.md5(b"right").hexdigest()
    sha = hashlib.sha256(b"right").hexdigest()
    for known in ({"md5_hash": md5}, {"file_hash": md5}, {"file_hash": sha}):
        assert Path(get_file("a", f"{address}/a", **known, **places)).read_text() == "right"


def archive(kind: str, names: dict[str, bytes]) -> bytes:
    memory = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(memory, "w") as opened:
            for name, content in names.items():
                opened.writestr(name, content)
    else:
        with tarfile.open(fileobj=memory, mode="w:gz") as opened:
            for name, content in names.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                opened.addfile(member, io.BytesIO(content))
    return memory.getvalue()


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_an_archive_is_unpacked_into_a_folder(server, tmp_path, kind):
    folder, address = server
    (folder / "set.bin").write_bytes(archive(kind, {"in/a.txt": b"A", "b.txt": b"B"}))
    arguments = {"origin": f"{address}/set.bin", "extract": True, "cache_dir": tmp_path}
    found = Path(get_file(**arguments))
    assert found == tmp_path / "datasets/set_extracted"
    assert (found / "in/a.txt").read_text() == "A"
    assert (
        Path(get_file("set.bin", f"{address}/set.bin", extract=True, cache_dir=tmp_path)) == found
    )


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_an_archive_that_has_changed_is_unpacked_anew_and_no_other(server, tmp_path, kind):
    folder, address = server
    for content in (b"old", b"new"):
        (folder / "set.bin").write_bytes(archive(kind, {f"{content.decode()}.txt": content}))
        given = {"origin": f"{address}/set.bin", "cache_dir": tmp_path, "extract": True}
        found = Path(get_file(**given, force_download=True))
        assert [path.read_bytes() for path in found.iterdir()] == [content]
        made = found.stat().st_ino
        assert Path(get_file(**given)).stat().st_ino == made
    assert sorted(path.name for path in found.parent.iterdir()) == ["set.bin", "set_extracted"]


def test_several_may_unpack_one_archive_at_once(server, tmp_path):
    folder, address = server
    names = [f"{number}.txt" for number in range(300)]
    (folder / "set.zip").write_bytes(archive("zip", dict.fromkeys(names, b"x" * 100)))
    given = {"origin": f"{address}/set.zip", "cache_dir": tmp_path}
    get_file(**given)
    together = threading.Barrier(4)

    def unpack(_):
        together.wait()
        found = Path(get_file(**given, extract=True))
        return {path.name for path in found.iterdir()}

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(unpack, range(4))) == [set(names)] * 4
    assert sorted(path.name for path in (tmp_path / "datasets").iterdir()) == [
        *("set.zip", "set_extracted")
    ]


@pytest.mark.parametrize("name", ["../evil.txt", "/evil.txt", "in/../../evil.txt"])
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_nothing_is_written_outside_of_the_folder(server, tmp_path, kind, name):
    folder, address = server
    (folder / "set.bin").write_bytes(archive(kind, {name: b"X"}))
    try:
        get_file("set.bin", f"{address}/set.bin", extract=True, cache_dir=tmp_path / "c/c")
    except tarfile.FilterError:
        assert kind == "tar"
    outside = [p for p in tmp_path.rglob("evil.txt") if "set_extracted" not in str(p)]
    assert outside == []
    assert not Path("/evil.txt").exists()


def test_links_out_of_the_folder_are_refused(server, tmp_path):
    folder, address = server
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w") as opened:
        member = tarfile.TarInfo("link")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        opened.addfile(member)
    (folder / "set.tar").write_bytes(memory.getvalue())
    with pytest.raises(tarfile.FilterError):
        get_file("set.tar", f"{address}/set.tar", untar=True, cache_dir=tmp_path)


def test_what_is_no_archive_or_no_name_is_refused(server, tmp_path):
    folder, address = server
    (folder / "plain").write_text("no archive")
    with pytest.raises(ValueError, match="is no archive of the kind 'auto'"):
        get_file("plain", f"{address}/plain", extract=True, cache_dir=tmp_path)
    for name in ("../x", "a/b", ".."):
        with pytest.raises(ValueError, match="the name of a file and no path"):
            get_file(name, f"{address}/plain", cache_dir=tmp_path)
    with pytest.raises(ValueError, match="give the address"):
        get_file("x")
