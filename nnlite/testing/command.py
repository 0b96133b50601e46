"""`nnlite gradcheck`: the gradients of everything that the library has, or of what a user names."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import did_you_mean

if TYPE_CHECKING:
    from ..gradient_check import GradientReport
    from .checks import Check

VERDICTS = ("right", "kink", "unclear", "wrong")


def add_gradcheck(commands: Any) -> Any:
    """Describe `nnlite gradcheck`."""
    about = "check gradients against measured slopes: all of the library's, or those of your code"
    parser = commands.add_parser(
        "gradcheck",
        help=about,
        description=f"{about}.",
        epilog="An object is a layer, loss, regularizer, op, compiled model or function of "
        "tensors; a class of these; a function that makes one; or a tuple of one and its inputs. "
        "A module alone stands for all its layers, losses, regularizers and ops. Ends with 1 "
        "where a gradient is wrong.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "objects",
        nargs="*",
        metavar="MODULE[:OBJECT]",
        help="what to import and check, as my_layers:Scale (default: everything in nnlite)",
    )
    parser.add_argument(
        "--plot", metavar="FILE", help="draw the first check that fails, or else the last one"
    )
    parser.set_defaults(run=gradcheck)
    return parser


def gradcheck(arguments: argparse.Namespace) -> None:
    """Run `nnlite gradcheck`; ValueError where a gradient is wrong."""
    if arguments.objects:
        reports = [report for name in arguments.objects for report in checked(name)]
    else:
        from .checks import library_checks  # which imports all of the library

        reports = tabulated(library_checks())
    wrong = [report for report in reports if not report]
    if arguments.plot is not None:
        (wrong[:1] or reports[-1:])[0].plot(arguments.plot)
        print(f"wrote {arguments.plot}")
    if wrong:
        raise ValueError(f"{len(wrong)} of {len(reports)} checks failed")


# ------------------------------------------------------------------------------------ the library


def tabulated(checks: Iterable[Check]) -> list[GradientReport]:
    """Do checks, print what fails and a table of how many are right, and return the reports."""
    begun = time.perf_counter()
    kinds: dict[str, list[tuple[str, GradientReport]]] = {}
    for check in checks:
        report = check.run()
        kinds.setdefault(check.kind, []).append((check.name, report))
        if not report:
            print(f"{check.kind}: {check.name}\n{report}\n")
    print(f"{'':14}{'checks':>8}" + "".join(f"{verdict:>9}" for verdict in VERDICTS), end="")
    print("   largest error")
    for kind, found in kinds.items():
        counts = [sum(report.verdict == verdict for _, report in found) for verdict in VERDICTS]
        largest, name = max((_largest(report), name) for name, report in found)
        cells = "".join(f"{count or '-':>9}" for count in counts)
        print(f"{kind:14}{len(found):>8}{cells}   {largest:.1e}, {name}")
    print(f"in {time.perf_counter() - begun:.1f} s")
    return [report for found in kinds.values() for _, report in found]


def _largest(report: GradientReport) -> float:
    """Return the largest |gradient - slope| / max(1, |slope|) beside kinks."""
    errors = [0.0]
    for one in report.comparisons:
        pairs = np.concatenate(
            [np.stack([one.measured, one.numerical], axis=1)[~one.kinks], one.directions]
        )
        apart = np.abs(pairs[:, 0] - pairs[:, 1]) / np.maximum(1, np.abs(pairs[:, 1]))
        errors += [float(np.nan_to_num(apart, nan=np.inf).max(initial=0))]
    return max(errors)


# --------------------------------------------------------------------------------- a user's objects


def checked(name: str) -> list[GradientReport]:
    """Import what a name stands for, check it, print the reports and return them.

    Of a whole module, what cannot be checked as it is (a class that needs arguments) is named and
    left out.

    Raises
    ------
    ImportError, ValueError
        Where there is nothing of that name, or nothing that can be checked.
    """
    from .subjects import UnsuitableError, check_subject

    reports, refused = [], []
    for place, subject in imported(name).items():
        try:
            report = check_subject(subject)
        except UnsuitableError as error:
            refused.append(f"{place}: {error}")
            continue
        except TypeError as error:
            raise ValueError(f"{place}: {error}") from error
        print(f"{place}\n{report}\n")
        reports.append(report)
    if not reports:
        raise ValueError("\n".join(refused))
    for one in refused:
        print(f"not checked: {one}\n")
    return reports


def imported(name: str) -> dict[str, Any]:
    """Return what `module:object` stands for; of a module alone, all that can be checked."""
    from .subjects import subjects_in

    module_name, _, path = name.partition(":")
    found = module = _module(module_name)
    if not path:
        subjects = subjects_in(module)
        if not subjects:
            raise ValueError(f"{name} has no layers, losses, regularizers or ops of its own")
        return {f"{module_name}:{one}": value for one, value in subjects.items()}
    for part in path.split("."):
        if not hasattr(found, part):
            raise ValueError(f"{name}: there is no {part!r}.{did_you_mean(part, dir(found))}")
        found = getattr(found, part)
    return {name: found}


def _module(name: str) -> Any:
    """Import a module, also from the folder that is worked in."""
    from importlib import import_module

    if name.endswith(".py"):
        raise ValueError(
            f"{name} is a file; give the name of the module, "
            f"{name.removesuffix('.py').replace(os.sep, '.')}"
        )
    if not all(part.isidentifier() for part in name.split(".")):
        raise ValueError(f"{name!r} is no name of a module; write my_layers, or my_layers:Scale")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())  # as for `python -m`
    try:
        return import_module(name)
    except ImportError as error:
        if error.name == name:
            raise
        raise ImportError(f"{name} cannot be imported: {error}") from error
