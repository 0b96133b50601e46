"""Programs run as on a terminal, and through a pipe."""

import os
import pty
import subprocess
import sys
import termios


def through_a_pipe(code: str, **environment: str) -> str:
    """Run Python code and return what it writes to standard output."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        timeout=120,
    )
    assert not done.stderr, done.stderr.decode()
    return done.stdout.decode()


def on_a_terminal(code: str, columns: int = 200, **environment: str) -> str:
    """Run Python code on a terminal of this width and return all that it writes."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
    )
    os.close(theirs)
    written = b""
    try:
        while part := os.read(ours, 4096):
            written += part
    except OSError:  # Linux's way to say that the other side is closed
        pass
    process.wait(timeout=120)
    os.close(ours)
    return written.decode()


def screen(written: str) -> list[str]:
    """The lines that a terminal shows after `written`: a carriage return goes to a line's start."""
    lines = []
    for line in written.split("\n"):
        shown = ""
        for part in line.split("\r"):
            shown = part + shown[len(part) :]
        lines.append(shown.rstrip())
    return lines
