"""Writers and their files: names, threads, ends of programs, forks, full disks and kills."""

import gc
import itertools
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from nnlite import summary
from nnlite.summary import stream

from .conftest import Log

pytestmark = pytest.mark.one_table

loader = pytest.importorskip("tensorboard.backend.event_processing.event_file_loader")

posix = pytest.mark.skipif(os.name != "posix", reason="processes as POSIX has them")


def steps(log: Log) -> list[int]:
    return [step for _, step, _ in log.values()]


def wait_for(condition) -> None:
    """Return when a condition holds; fail where it does not for long."""
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def run(code: str, log: Log, **kwargs) -> subprocess.CompletedProcess:
    """Run a program that writes into a folder."""
    head = "import os, sys\nfrom nnlite import summary\nlogdir = sys.argv[1]\n"
    return subprocess.run(
        [sys.executable, "-c", head + code, str(log.folder)],
        capture_output=True,
        text=True,
        timeout=120,
        **kwargs,
    )


# ------------------------------------------------------------------------------ the file


def test_its_name_and_first_event(log) -> None:
    before = int(time.time())
    summary.create_file_writer(log.folder)
    (file,) = log.files()  # from the beginning
    seconds, host, process, number = re.fullmatch(
        r"events\.out\.tfevents\.(\d{10})\.(.+)\.(\d+)\.(\d+)\.v2", file.name
    ).groups()
    assert before <= int(seconds) <= time.time()
    assert host
    assert int(process) == os.getpid()
    (first,) = summary.read(file)
    assert first.file_version == "brain.Event:2"
    assert first.writer == "nnlite.summary.file_writer"
    assert before <= first.wall_time <= time.time()
    other = summary.create_file_writer(log.folder, filename_suffix=".mine")
    (found,) = (path for path in log.files() if path.name.endswith(f".{int(number) + 1}.mine"))
    other.close()
    assert found.exists()


def test_two_writers_never_share_a_file(log, monkeypatch) -> None:
    """Not even two processes with one number, as in two containers, in one second."""
    count = iter([0, 0, 1])
    monkeypatch.setattr(stream, "_writers", count)
    monkeypatch.setattr(stream.time, "time", lambda: 1e9)
    first, second = (summary.create_file_writer(log.folder) for _ in range(2))
    for step, writer in enumerate((first, second)):
        with writer.as_default():
            summary.scalar("x", 1, step=step)
    assert [len(list(summary.read(path))) for path in log.files()] == [2, 2]
    assert sorted(steps(log)) == [0, 1]


def test_a_relative_folder_stays_where_it_was(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    writer = summary.create_file_writer(Path("a/b"))
    with writer.as_default():
        summary.scalar("x", 1, step=0)
    assert steps(Log(tmp_path / "a/b")) == [0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"logdir": None}, "logdir must be a path, got None"),
        ({"max_queue": -1}, "max_queue must be a whole number >= 0, got -1"),
        ({"flush_millis": 1.5}, "flush_millis must be a whole number >= 0, got 1.5"),
        ({"filename_suffix": "/x"}, "filename_suffix must be the end of a file's name"),
        ({"filename_suffix": 2}, "filename_suffix must be the end of a file's name"),
    ],
)
def test_wrong_arguments_make_no_file(log, arguments, message) -> None:
    with pytest.raises(ValueError, match=message):
        summary.create_file_writer(**{"logdir": log.folder, **arguments})
    assert not log.folder.exists()


def test_a_folder_that_cannot_be_made(tmp_path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError):
        summary.create_file_writer(tmp_path / "file/logs")


# ----------------------------------------------------------------------- when it is written


def test_flush(writing) -> None:
    summary.scalar("x", 1, step=0)
    assert writing.log.events() == []  # it waits: max_queue is 10
    writing.writer.flush()
    assert steps(writing.log) == [0]


def test_more_than_max_queue_are_written_without_a_flush(log) -> None:
    writer = summary.create_file_writer(log.folder, max_queue=3)
    with writer.as_default():
        for step in range(3):
            summary.scalar("x", 1, step=step)
        time.sleep(0.1)
        assert steps(log) == []
        summary.scalar("x", 1, step=3)
        wait_for(lambda: steps(log) == [0, 1, 2, 3])


def test_flush_millis(log) -> None:
    writer = summary.create_file_writer(log.folder, flush_millis=50)
    with writer.as_default():
        summary.scalar("x", 1, step=0)
        wait_for(lambda: steps(log) == [0])


def test_close(log) -> None:
    writer = summary.create_file_writer(log.folder)
    with writer.as_default():
        summary.scalar("x", 1, step=0)
        writer.close()
        assert steps(log) == [0]
        with pytest.raises(RuntimeError, match="this writer is closed"):
            summary.scalar("x", 1, step=1)
        writer.close()
        writer.flush()
    for refused in (writer.as_default, writer.set_as_default, writer.init):
        with pytest.raises(RuntimeError, match="this writer is closed"):
            refused()


def test_a_writer_that_is_thrown_away_is_closed(log) -> None:
    writer = summary.create_file_writer(log.folder)
    writer.init()
    running = threading.active_count()
    writer._put(b"", 0)  # no flush follows
    del writer
    gc.collect()
    wait_for(lambda: threading.active_count() < running)
    assert len(log.events()) == 1


def test_the_order_of_events_is_that_of_the_calls(writing) -> None:
    picture = [[[[0.5]] * 30] * 30]
    for step in range(50):
        summary.image("picture", picture, step=step) if step % 3 == 0 else summary.scalar(
            "number", step, step=step
        )
    writing.writer.flush()
    assert steps(writing.log) == list(range(50))


def test_several_threads(writing) -> None:
    def write(thread: int) -> None:
        with writing.writer.as_default():
            for step in range(300):
                summary.scalar(str(thread), step, step=step)

    threads = [threading.Thread(target=write, args=(i,)) for i in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    found = writing.log.values()
    for i in range(4):
        assert [step for tag, step, _ in found if tag == str(i)] == list(range(300))


def test_who_brings_too_much_waits_for_room(log, monkeypatch) -> None:
    monkeypatch.setattr(stream, "ROOM", 1000)
    go, most = threading.Event(), []

    def slow() -> bytes:
        assert go.wait(30)
        return b""

    writer = summary.create_file_writer(log.folder, max_queue=0)
    writer._put(slow, 600)
    writer._put(b"", 600)  # the last one for which there is room

    def bring() -> None:
        writer._put(b"", 600)
        most.append(go.is_set())

    thread = threading.Thread(target=bring)
    thread.start()
    thread.join(0.1)
    assert thread.is_alive()
    go.set()
    thread.join(30)
    assert most == [True]
    writer.close()
    assert len(log.events()) == 3


def test_the_file_is_whole_at_every_moment(log) -> None:
    """What a reader sees meanwhile is records, one after the other, and never anything else."""
    writer = summary.create_file_writer(log.folder, max_queue=0)
    done = threading.Event()

    def write() -> None:
        with writer.as_default():
            for step in itertools.count():
                summary.text("t", "x" * (step % 500), step=step)
                if done.wait(0.001):  # or a reader would never come to the end
                    return

    thread = threading.Thread(target=write)
    thread.start()
    lengths = set()
    while len(lengths) < 5:
        found = steps(log)
        assert found == list(range(len(found)))
        lengths.add(len(found))
    done.set()
    thread.join()


# ------------------------------------------------------------------ ends of programs, forks


WRITE = """
writer = summary.create_file_writer(logdir, max_queue=1000)
writer.set_as_default()
for step in range(5):
    summary.scalar("x", step, step=step)
"""


@pytest.mark.parametrize("end", ["", "sys.exit(3)", "raise KeyError", "summary.image('i', 1, 1)"])
def test_the_end_of_a_program_closes_the_file(end, log) -> None:
    run(WRITE + end, log)
    assert steps(log) == [0, 1, 2, 3, 4]


@posix
def test_a_forked_process_writes_a_file_of_its_own(log) -> None:
    code = """
child = os.fork()
first = 100 if child == 0 else 200
for step in range(first, first + 5):
    summary.scalar("x", step, step=step)
if child:
    os.waitpid(child, 0)
"""
    assert run(WRITE + code, log).stderr == ""
    found = {path.name.split(".")[-3]: list(summary.read(path))[1:] for path in log.files()}
    assert len(found) == 2  # by the number of the process
    assert sorted([event.step for event in events] for events in found.values()) == [
        [0, 1, 2, 3, 4, *range(200, 205)],
        list(range(100, 105)),
    ]


@posix
def test_a_process_of_multiprocessing_loses_nothing_either(log) -> None:
    code = """
import multiprocessing
def work(step):
    summary.scalar("x", step, step=step)
process = multiprocessing.get_context("fork").Process(target=work, args=(100,))
process.start()
process.join()
"""
    assert run(WRITE + code, log).stderr == ""
    assert sorted(steps(log)) == [0, 1, 2, 3, 4, 100]


@posix
def test_a_fork_in_the_middle_of_much_writing(log) -> None:
    code = """
import threading
go = True
def write():
    with writer.as_default():
        step = 1000
        while go:
            summary.scalar("y", 1, step=step)
            step += 1
thread = threading.Thread(target=write)
thread.start()
for child in range(20):
    process = os.fork()
    if process == 0:
        summary.scalar("z", child, step=child)
        summary.flush()
        os._exit(0)
    os.waitpid(process, 0)
go = False
thread.join()
"""
    done = run(WRITE + code, log)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(log.files()) == 21
    assert sorted(step for tag, step, _ in log.values() if tag == "z") == list(range(20))
    y = [step for tag, step, _ in log.values() if tag == "y"]
    assert y == list(range(1000, 1000 + len(y)))


@posix
def test_a_forked_process_does_not_wait_for_a_lock_of_the_other(log) -> None:
    code = """
import threading
held, go = threading.Event(), threading.Event()
def hold():
    with writer._stream._changed:
        held.set()
        go.wait()
threading.Thread(target=hold).start()
held.wait()
child = os.fork()
if child == 0:
    summary.flush()
    writer.close()
    os._exit(7)
import signal
signal.alarm(60)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
go.set()
"""
    assert run(WRITE + code, log).stdout == "7\n"
    assert steps(log) == [0, 1, 2, 3, 4]


@posix
def test_a_kill_leaves_a_file_that_tensorboard_reads(log) -> None:
    code = """
import itertools
writer = summary.create_file_writer(logdir)
writer.set_as_default()
for step in itertools.count():
    summary.text("x", "long " * (step % 300), step=step)
    if step == 50:
        summary.flush()
        print("go", flush=True)
"""
    head = "import os, sys\nfrom nnlite import summary\nlogdir = sys.argv[1]\n"
    with subprocess.Popen(
        [sys.executable, "-c", head + code, str(log.folder)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "go\n"
        time.sleep(0.2)
        process.send_signal(signal.SIGKILL)
    (file,) = log.files()
    found = steps(log)
    assert len(found) > 50
    assert found == list(range(len(found)))
    events = list(loader.EventFileLoader(str(file)).Load())
    assert [event.step for event in events[1:]] == found


# ------------------------------------------------------------------------- what goes wrong


@posix
def test_a_full_disk_is_told_and_leaves_whole_records(log) -> None:
    code = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
writer = summary.create_file_writer(logdir)
writer.set_as_default()
try:
    for step in range(10**6):
        summary.text("x", "much " * 100, step=step)
except OSError as error:
    print("refused", error.errno)
for again in (writer.flush, lambda: summary.scalar("x", 1, step=0), writer.close):
    try:
        again()
    except OSError:
        print("told")
writer.close()
"""
    done = run(code, log)
    assert done.stderr == ""
    assert re.fullmatch(r"refused \d+\ntold\ntold\ntold\n", done.stdout)
    (file,) = log.files()
    found = steps(log)
    assert found == list(range(len(found)))
    loaded = list(loader.RawEventFileLoader(str(file)).Load())
    assert len(loaded) == 1 + len(found)
    read = sum(len(data) + 16 for data in loaded)
    assert read == file.stat().st_size  # not even half a record at the end


def test_a_folder_that_was_removed_is_made_again(log) -> None:
    writer = summary.create_file_writer(log.folder)
    with writer.as_default():
        summary.scalar("x", 1, step=0)
        writer.flush()
        log.files()[0].unlink()
        log.folder.rmdir()
        summary.scalar("x", 1, step=1)
    assert steps(log) == [1]


def test_an_event_that_cannot_be_made_is_an_error_of_the_next_call(log) -> None:
    def fail() -> bytes:
        raise MemoryError("no room")

    writer = summary.create_file_writer(log.folder)
    with writer.as_default():
        summary.scalar("x", 1, step=0)
        writer.flush()
        writer._put(fail, 0)
        with pytest.raises(MemoryError, match="no room"):
            writer.flush()
        with pytest.raises(MemoryError, match="no room"):
            writer.close()
    assert steps(log) == [0]
