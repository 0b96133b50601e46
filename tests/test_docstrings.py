"""Every public name explains itself: what it is, and each of its parameters."""

import ast
import doctest
import inspect
import re
import sys
import textwrap
import types
from pathlib import Path

import numpy as np
import pytest

import nnlite

pytestmark = pytest.mark.one_table

sys.path.insert(0, str(Path(__file__).parents[1] / "docs" / "_ext"))

import public_names  # noqa: E402

ROOMS = {room.__name__: room for room in public_names.rooms()}
PUBLIC = sorted(public_names.homes().values(), key=lambda public: public.path)

#: What has the parameters of another, and says so.
AS = {
    "nnlite.models.load_model": nnlite.saving.load_model,
    "nnlite.models.save_model": nnlite.saving.save_model,
}


def test_there_are_names():
    assert len(PUBLIC) > 500
    paths = {public.path for public in PUBLIC}
    assert {"nnlite.Tensor", "nnlite.layers.Dense", "nnlite.ops.exp"} <= paths
    assert "nnlite.metrics.binary_crossentropy" not in paths  # explained in nnlite.losses


def test_each_says_what_it_is():
    """In a docstring whose first line can stand in a table by itself."""
    said = {room: module.__doc__ for room, module in ROOMS.items()}
    said |= {public.path: public.thing.__doc__ for public in PUBLIC}
    assert not [path for path, text in said.items() if not begins_well(text)]


def begins_well(text):
    """Whether a docstring begins with one line, and ends it as a sentence does."""
    first, *others = (text or " ").splitlines()
    return first[-1] in ".:…" and not (others and others[0].strip())


def test_parameters_are_explained():
    """In the docstring; or, those that many share, in that of the module, in backticks."""
    unexplained = []
    for public in PUBLIC:
        own = inspect.getdoc(AS.get(public.path, public.thing))
        shared = inspect.getdoc(ROOMS[public.room])
        unexplained += [
            f"{public.path}({name})"
            for name in inspect.signature(public.thing).parameters
            if not re.search(rf"(?<!\w){name}(?!\w)", own) and f"`{name}`" not in shared
        ]
    assert not unexplained


def test_methods_say_what_they_do():
    """Those of a base class that are overridden need not say it again."""
    kinds = (property, classmethod, staticmethod, types.FunctionType)
    assert not [
        f"{public.path}.{name}"
        for public in PUBLIC
        if inspect.isclass(public.thing)
        for name, thing in vars(public.thing).items()
        if name[0] != "_" and isinstance(thing, kinds)
        if not inspect.getdoc(getattr(public.thing, name))
    ]


def raised_directly(function):
    """The exceptions of the raise statements in a function's own body."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    todo, found = [*tree.body[0].body], []
    while todo:
        one = todo.pop()
        if isinstance(one, ast.Raise) and one.exc is not None:
            found.append(ast.unparse(one.exc))
        if not isinstance(one, (ast.FunctionDef, ast.ClassDef, ast.Lambda)):
            todo += ast.iter_child_nodes(one)
    return [text for text in found if not text.startswith("NotImplementedError")]


def test_what_is_raised_is_said():
    """By a function itself, or for its methods by the class; what is still to be written aside."""
    silent = []
    for public in PUBLIC:
        is_class = inspect.isclass(public.thing)
        of_class = vars(public.thing).items() if is_class else [("", public.thing)]
        for name, thing in of_class:
            function = inspect.unwrap(thing) if inspect.isroutine(thing) else None
            if not inspect.isfunction(function) or re.match(r"_[^_]", name):
                continue
            if function.__code__.co_filename.startswith("<"):
                continue  # of a NamedTuple
            docs = (inspect.getdoc(public.thing) or "") + (function.__doc__ or "")
            if "Raises\n" not in docs and raised_directly(function):
                silent.append(f"{public.path}.{name}".rstrip("."))
    assert not silent


class AsFarAsShown(doctest.OutputChecker):
    """What an example prints is compared where the docstring shows it."""

    def check_output(self, want, got, optionflags):
        return not want or super().check_output(want, got, optionflags)


def examples():
    """The examples in the docstrings of public things and of their methods."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    return [
        test
        for public in PUBLIC
        if ">>>" in inspect.getsource(sys.modules[public.thing.__module__])
        for test in finder.find(public.thing, public.path)
        if test.examples
    ]


@pytest.fixture
def known_to_examples(tmp_path, monkeypatch):
    """What examples take for granted: names of nnlite, a model, data, a file; in a new folder."""
    monkeypatch.chdir(tmp_path)
    with nnlite.summary.create_file_writer("events").as_default():
        nnlite.summary.scalar("loss", 0.5, step=0)
    (path,) = (tmp_path / "events").iterdir()
    model = nnlite.Sequential([nnlite.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.ones((4, 2), "float32"), np.ones((4, 1), "float32")
    names = {
        name: getattr(room, name)
        for room in (nnlite.callbacks, nnlite.summary)
        for name in room.__all__
    }
    names |= {"X_train": x, "y_train": y, "x": x, "y": y, "x_valid": x, "y_valid": y}
    return names | {"nnlite": nnlite, "np": np, "model": model, "path": path, "step": 0, "loss": 1}


@pytest.mark.parametrize("example", examples(), ids=lambda test: test.name)
def test_its_examples_run(example, known_to_examples, capsys):
    example.globs.update(known_to_examples)
    runner = doctest.DocTestRunner(AsFarAsShown(), verbose=False)
    result = runner.run(example)
    assert result.attempted
    assert not result.failed, capsys.readouterr().out
