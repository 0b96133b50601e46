"""Imports go down the floors of the house only, and `import nnlite` stays light."""

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import nnlite

pytestmark = pytest.mark.one_table

#: The floors from the ground up. A room is a module or package right inside nnlite; it may import
#: rooms of its own floor and of those below.
FLOORS = (
    {"_version", "signatures", "_kernels"},
    {
        "changes",
        "errors",
        "out_of_scope",
        "on_demand",
        "arguments",
        "config",
        "messages",
        "custom_objects",
        "interrupts",
        "random",
        "naming",
        "registry",
        "tree",
        "arithmetic",
        "tensor",
        "tape",
        "ops",
        "numpy_functions",
        "gradient_check",
        "structures",
        "slots",
        "ahead",
        "gradient_tape",
        "backend",
        "spans",
    },
    {
        *{"initializers", "activations", "losses", "metrics", "optimizers"},
        *{"regularizers", "constraints", "targets"},
    },
    {
        *{"graph", "layers", "objective", "callbacks", "model_summary"},
        *{"inputs", "sources", "data", "streams", "samples", "feeding"},
    },
    {
        *{"compiled", "origins", "lowering", "plan"},
        *{"fitting", "loops", "model_state", "training"},
    },
    {"contents", "model_snapshot", "model_gradients"},
    {"models"},
    {"saving", "summary", "datasets", "visualize", "utils", "profiler"},
    {"demo", "bench", "explaining", "diagnosis", "testing"},
    {"kernels"},
    {"exam"},
    {"cli"},
    {"__init__", "__main__"},
)

#: What may climb, or close a circle on one floor, if it is imported late (inside a function or
#: below the definitions of a module), and why.
LATE_ALLOWED = {
    ("tensor", "ops"): "the operators of a Tensor are ops",
    ("tensor", "tape"): "backward() walks the tape",
    ("graph", "layers"): "an op that is called on a symbolic tensor is a layer",
    ("tensor", "numpy_functions"): "np.exp(tensor) is an op",
    ("layers", "models"): "the layer inside a wrapper may be a model",
    ("callbacks", "profiler"): "TensorBoard(profile_batch=) begins one",
    ("callbacks", "visualize"): "History.plot() draws",
    ("gradient_check", "visualize"): "GradientReport.plot() draws",
    ("visualize", "explaining"): "what flows through the layers is seen in a step on a copy",
    ("callbacks", "saving"): "BackupAndRestore writes files",
    ("callbacks", "explaining"): "TerminateOnNaN and TensorBoard do a step on a copy",
    ("callbacks", "summary"): "TensorBoard and HParams write event files",
    ("models", "diagnosis"): "model.doctor(x, y) looks at the model from above",
    ("models", "saving"): "model.save(path) writes a file",
}

#: What `import nnlite` leaves for the functions that use it (numpy itself may bring some of it).
HEAVY = (
    *("h5py", "matplotlib", "PIL", "tqdm", "pooch", "requests", "pandas", "IPython"),
    *("numpy.random", "numpy.typing"),
    *("argparse", "ast", "asyncio", "dataclasses", "difflib", "hashlib", "importlib.metadata"),
    *("inspect", "json", "logging", "multiprocessing", "random", "shutil", "socket", "subprocess"),
    *("tempfile", "unittest", "urllib.request", "zipfile"),
)

ROOT = Path(nnlite.__file__).parent
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


class Import(NamedTuple):
    """One import of a room by another: where it stands, and whether late."""

    source: str
    target: str
    place: str
    late: bool


def room_of(parts: tuple[str, ...]) -> str:
    """The room of a dotted name inside nnlite, given without "nnlite"."""
    if parts and ((ROOT / parts[0]).is_dir() or (ROOT / f"{parts[0]}.py").exists()):
        return parts[0]
    return "__init__"


def targets(node: ast.AST, package: tuple[str, ...]) -> Iterator[str]:
    """The rooms that an import statement in `package` (without "nnlite") reaches."""
    if isinstance(node, ast.Import):
        names = [tuple(alias.name.split(".")) for alias in node.names]
        yield from (room_of(name[1:]) for name in names if name[0] == "nnlite")
    elif isinstance(node, ast.ImportFrom):
        module = tuple(node.module.split(".")) if node.module else ()
        if node.level:
            base = package[: len(package) - node.level + 1] + module
        elif module[0] == "nnlite":
            base = module[1:]
        else:
            return
        yield from (room_of((*base, alias.name)) for alias in node.names)


def imports_of(path: Path) -> Iterator[Import]:
    """The imports of other rooms in one file, those inside functions too."""
    package = path.relative_to(ROOT).parent.parts
    source = room_of((*package, path.stem))

    def walk(node: ast.AST, late: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            for target in targets(child, package):
                if target != source:
                    place = f"{path.relative_to(ROOT.parent)}:{child.lineno}"
                    yield Import(source, target, place, late)
            defines = isinstance(child, DEFINITIONS)
            yield from walk(child, late or (defines and not isinstance(child, ast.ClassDef)))
            late = late or (defines and isinstance(node, ast.Module))

    yield from walk(ast.parse(path.read_text(encoding="utf-8")), late=False)


def counted_imports() -> list[Import]:
    """Every import between rooms that the floors speak about."""
    found = [one for path in sorted(ROOT.rglob("*.py")) for one in imports_of(path)]
    return [one for one in found if not (one.late and (one.source, one.target) in LATE_ALLOWED)]


def test_every_room_has_its_floor() -> None:
    rooms = {room_of(path.relative_to(ROOT).with_suffix("").parts) for path in ROOT.rglob("*.py")}
    missing = sorted(rooms - FLOOR_OF.keys())
    assert not missing, f"say in FLOORS where these stand: {', '.join(missing)}"


def test_imports_never_climb() -> None:
    climbing = [
        f"{one.place}: {one.source} imports {one.target} from above"
        for one in counted_imports()
        if {one.source, one.target} <= FLOOR_OF.keys()
        and FLOOR_OF[one.source] < FLOOR_OF[one.target]
    ]
    assert not climbing, "\n".join(climbing)


def test_rooms_do_not_import_each_other_in_circles() -> None:
    graph: dict[str, set[str]] = {}
    for one in counted_imports():
        graph.setdefault(one.source, set()).add(one.target)
    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize("pair", sorted(LATE_ALLOWED))
def test_what_is_allowed_late_is_needed(pair: tuple[str, str]) -> None:
    source = ROOT / pair[0]
    files = [source.with_suffix(".py")] if not source.is_dir() else sorted(source.rglob("*.py"))
    found = [one for path in files if path.exists() for one in imports_of(path)]
    assert pair in {(one.source, one.target) for one in found if one.late}


def test_importing_nnlite_is_light() -> None:
    code = f"""
import sys, numpy
heavy = {set(HEAVY)!r} - sys.modules.keys()
import nnlite
print(*sorted(heavy & sys.modules.keys()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.split() == []


def test_what_type_checkers_see_is_what_is_imported_on_demand() -> None:
    tree = ast.parse((ROOT / "__init__.py").read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {
        alias.name: one.module
        for one in block.body
        if isinstance(one, ast.ImportFrom)
        for alias in one.names
    }
    assert seen == {
        name: nnlite._HOMES.get(name) for name in nnlite.__all__ if name != "__version__"
    }


def test_any_room_may_be_entered_first() -> None:
    code = f"""
import importlib, os, sys, numpy
for room in {sorted(FLOOR_OF.keys() & {path.stem for path in ROOT.iterdir()} - {"__main__"})!r}:
    child = os.fork()
    if not child:
        importlib.import_module(f"nnlite.{{room}}")
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        print(room)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout.split() == [], done.stderr


def test_a_name_is_imported_when_it_is_first_asked_for() -> None:
    code = """
import sys, nnlite
assert "nnlite.layers" not in sys.modules and "Dense" in dir(nnlite.layers)
assert nnlite.layers is sys.modules["nnlite.layers"] and "layers" in vars(nnlite)
assert set(nnlite.__all__) <= set(dir(nnlite))
from nnlite import *
assert gradcheck is nnlite.gradcheck and Sequential is nnlite.models.Sequential
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


@pytest.mark.parametrize(
    ("statement", "package", "expected"),
    [
        ("import nnlite", (), ["__init__"]),
        ("import nnlite.tensor", (), ["tensor"]),
        ("import numpy", (), []),
        ("from numpy import random", (), []),
        ("from . import tensor, errors", (), ["tensor", "errors"]),
        ("from .tensor import Tensor", (), ["tensor"]),
        ("from .. import errors", ("_kernels",), ["errors"]),
        ("from . import reference", ("_kernels",), ["_kernels"]),
        ("from .reference import relu_vjp", ("_kernels",), ["_kernels"]),
        ("from nnlite.errors import did_you_mean", (), ["errors"]),
        ("from nnlite import Sequential, errors", (), ["__init__", "errors"]),
    ],
)
def test_the_reader_of_imports(
    statement: str, package: tuple[str, ...], expected: list[str]
) -> None:
    assert list(targets(ast.parse(statement).body[0], package)) == expected
