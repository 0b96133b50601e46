"""The command `nnlite`: `info`, `demo`, `inspect`, `bench`, `gradcheck`, `exam` and `events`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from ._version import __version__
from .bench import JOBS
from .errors import did_you_mean
from .summary.command import add_events
from .testing.command import add_gradcheck

#: What a user can cause and cure; told in a message, without a traceback.
USER_ERRORS = (ValueError, OSError, ImportError, MemoryError)


class Parser(argparse.ArgumentParser):
    """argparse's, which also says what was probably meant."""

    def names(self) -> list[str]:
        """The options that this parser knows."""
        return [option for action in self._actions for option in action.option_strings]

    def refuse(self, kind: str, given: str, choices: Sequence[str]) -> NoReturn:
        """End with exit code 2 and a message about an unknown name."""
        known = ", ".join(choices)
        self.error(f"unknown {kind} {given!r}.{did_you_mean(given, choices)} There are: {known}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with the arguments `argv` (default: those of the process).

    Returns
    -------
    int
        The exit code: 0, 1 after an error that a message explains, 130 after Ctrl-C.

    Raises
    ------
    SystemExit
        With code 2 where the arguments cannot be understood, and with 0 after --help.
    """
    arguments = parse(sys.argv[1:] if argv is None else list(argv))
    try:
        arguments.run(arguments)
    except USER_ERRORS as error:
        print(f"nnlite {arguments.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"nnlite {arguments.command}: interrupted", file=sys.stderr)
        return 130
    return 0


def parse(argv: list[str]) -> argparse.Namespace:
    """Read the arguments; ends the process with a message where they are wrong."""
    about = "a neural-network engine small enough to read and fast enough to use"
    parser = Parser(prog="nnlite", description=about, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"nnlite {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command")
    subparsers = {
        "info": add_info(commands),
        "demo": add_demo(commands),
        "inspect": add_inspect(commands),
        "bench": add_bench(commands),
        "gradcheck": add_gradcheck(commands),
        "exam": add_exam(commands),
        "events": add_events(commands),
    }
    if argv and not argv[0].startswith("-") and argv[0] not in subparsers:
        parser.refuse("command", argv[0], list(subparsers))
    arguments, unknown = parser.parse_known_args(argv)
    chosen = subparsers.get(arguments.command, parser)
    if unknown:
        chosen.refuse("argument", unknown[0].partition("=")[0], chosen.names())
    if arguments.command is None:
        parser.print_help()
        parser.exit(2)
    return arguments


def add_info(commands: argparse._SubParsersAction[Parser]) -> Parser:
    """Describe `nnlite info`."""
    about = "print versions, the kernels in use and the data folders"
    parser = commands.add_parser("info", help=about, description=about, allow_abbrev=False)
    parser.set_defaults(run=info)
    return parser


def add_demo(commands: argparse._SubParsersAction[Parser]) -> Parser:
    """Describe `nnlite demo`."""
    about = "train a classifier of Fashion-MNIST and draw what it learned"
    parser = commands.add_parser("demo", help=about, description=about, allow_abbrev=False)
    parser.add_argument(
        "--epochs",
        type=count,
        default=30,
        metavar="N",
        help="how often to go through the images (default: 30)",
    )
    parser.add_argument(
        "--data",
        type=choice_of("full", "sample"),
        metavar="full|sample",
        help="all 70,000 images, or the 7,000 that come with nnlite (default: all, if possible)",
    )
    parser.add_argument(
        "--out",
        default="demo-output",
        metavar="DIR",
        help="the folder for the pictures (default: demo-output)",
    )
    parser.set_defaults(run=demo)
    return parser


def add_inspect(commands: argparse._SubParsersAction[Parser]) -> Parser:
    """Describe `nnlite inspect`."""
    about = "print what a file of a model holds, and why it would be refused; loads nothing"
    parser = commands.add_parser("inspect", help=about, description=about, allow_abbrev=False)
    parser.add_argument("file", metavar="FILE", help="a .h5 or .keras file")
    parser.set_defaults(run=inspect)
    return parser


def add_bench(commands: argparse._SubParsersAction[Parser]) -> Parser:
    """Describe `nnlite bench`."""
    about = "measure nnlite beside the other libraries that are installed"
    jobs = "\n".join(f"  {name:<10}  {what}" for name, what in JOBS.items())
    parser = commands.add_parser(
        "bench",
        help=about,
        description=f"{about}\n\njobs:\n{jobs}",
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--jobs",
        nargs="+",
        type=choice_of(*JOBS),
        metavar="JOB",
        help="what to measure (default: all jobs)",
    )
    parser.add_argument("--quick", action="store_true", help="a small part of the data: a trial")
    parser.add_argument("--json", metavar="FILE", help="write the numbers to this file")
    parser.add_argument("--plot", metavar="FILE", help="draw them into this file (.png, .svg)")
    parser.set_defaults(run=bench)
    return parser


def add_exam(commands: argparse._SubParsersAction[Parser]) -> Parser:
    """Describe `nnlite exam`."""
    about = "plant faults in the engine, and show which check finds each; or ask you to find one"
    parser = commands.add_parser("exam", help=about, description=about, allow_abbrev=False)
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--student", type=count, metavar="N", help="ask question N: a fault, but not which"
    )
    either.add_argument("--answer", type=count, metavar="N", help="say what the fault was")
    parser.set_defaults(run=exam)
    return parser


def count(text: str) -> int:
    """Read a number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, not {text!r}")
    return int(text)


def choice_of(*choices: str) -> Callable[[str], str]:
    """Return a reader of one of these words."""

    def read(text: str) -> str:
        if text not in choices:
            raise argparse.ArgumentTypeError(
                f"must be {' or '.join(choices)}, not {text!r}.{did_you_mean(text, choices)}"
            )
        return text

    return read


def info(arguments: argparse.Namespace) -> None:
    """Run `nnlite info`."""
    from .utils.versions import show_versions

    show_versions()


def demo(arguments: argparse.Namespace) -> None:
    """Run `nnlite demo`."""
    from .demo import run

    run(epochs=arguments.epochs, data=arguments.data, out=arguments.out)


def inspect(arguments: argparse.Namespace) -> None:
    """Run `nnlite inspect`: the refusals are on standard error, and make it end with 1."""
    from .saving.inspection import Inspection, printable

    found = Inspection(arguments.file)
    for line in found.lines:
        print(printable(line))
    if found.refusals:
        raise ValueError("\n".join(printable(str(refusal)) for refusal in found.refusals))


def exam(arguments: argparse.Namespace) -> None:
    """Run `nnlite exam`."""
    from .exam.command import run

    run(arguments)


def bench(arguments: argparse.Namespace) -> None:
    """Run `nnlite bench`."""
    from .bench import run

    run(jobs=arguments.jobs, quick=arguments.quick, json=arguments.json, plot=arguments.plot)
