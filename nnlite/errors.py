"""Errors are part of the interface: what was unknown, and what was probably meant."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from .signatures import parameters_of

Function = TypeVar("Function", bound=Callable[..., Any])

#: What older books and versions of Keras call things, which is not near in spelling.
OLD_NAMES = {"lr": "learning_rate", "decay": "learning_rate", "nb_epoch": "epochs"}


#: The modules that the kinds of things stand in.
PLURALS = {
    kind: f"{kind}s" for kind in ("layer", "metric", "optimizer", "activation", "initializer")
} | {"loss": "losses"}


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """Return " Did you mean 'patience'?" for the choice nearest to `name`, or ""."""
    import difflib  # here, where a name was wrong: it takes a while

    choices = list(choices)
    if OLD_NAMES.get(name) in choices:
        return f" Did you mean {OLD_NAMES[name]!r}?"
    lowered = {choice.lower(): choice for choice in choices}
    near = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)
    return f" Did you mean {lowered[near[0]]!r}?" if near else ""


def unknown_name(kind: str, name: str, choices: Iterable[str]) -> ValueError:
    """Build the error of a name that stands for nothing: "Unknown loss 'msee'. Did ..."."""
    from .out_of_scope import sentence  # here, where a name was wrong

    choices = sorted(choices)
    left_out = sentence(PLURALS.get(kind, kind), name)
    if left_out is not None:
        return ValueError(f"Unknown {kind} {name!r}. {left_out}")
    return ValueError(
        f"Unknown {kind} {name!r}.{did_you_mean(name, choices)} Known names: {', '.join(choices)}."
    )


@contextlib.contextmanager
def at_place(place: str) -> Iterator[None]:
    """Note on whatever goes wrong inside where it did; `place_of` says it, from outside in."""
    try:
        yield
    except Exception as error:
        vars(error)["_place"] = f"{place}/{place_of(error)}".rstrip("/")
        raise


def place_of(error: BaseException) -> str:
    """Return where it was that something went wrong, "" where nobody has noted it."""
    return str(vars(error).get("_place", ""))


def keywords_of(function: Callable[..., Any]) -> tuple[list[str], bool]:
    """Names that may be given to `function` as keywords, and whether it takes any others (**)."""
    parameters = parameters_of(function)
    names = parameters.positional + parameters.keyword_only
    return [name for name in names if name != "self"], parameters.takes_any


def constructor_keywords(cls: type) -> list[str]:
    """Names that may be given to the constructor of `cls`: its own, and those that it hands on."""
    names: dict[str, None] = {}
    for base in cls.__mro__[:-1]:
        if "__init__" in vars(base):
            own, takes_any = keywords_of(vars(base)["__init__"])
            names |= dict.fromkeys(own)
            if not takes_any:
                break  # what a base takes beyond this is not the caller's to give
    return list(names)


def checks_keywords(function: Function) -> Function:
    """Decorate `function` to refuse an unknown keyword with the name of the nearest known one."""
    allowed, takes_any = keywords_of(function)
    if takes_any:
        return function  # whoever receives the rest checks it
    known = frozenset(allowed)

    @functools.wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if kwargs and not known.issuperset(kwargs):
            unknown = next(name for name in kwargs if name not in known)
            raise _unknown_to_method(function, args, unknown, allowed)
        return function(*args, **kwargs)

    return checked  # type: ignore[return-value]


def unknown_keyword(where: str, name: str, allowed: Iterable[str]) -> TypeError:
    """Build the error of a keyword that `where` does not take."""
    allowed = sorted(allowed)
    return TypeError(
        f"{where}() has no argument {name!r}.{did_you_mean(name, allowed)} "
        f"Its arguments: {', '.join(allowed) or 'none'}."
    )


def _unknown_to_method(
    function: Callable[..., Any], args: tuple[Any, ...], name: str, allowed: list[str]
) -> TypeError:
    where = function.__qualname__
    if args and function.__name__ not in (
        where,
        "__init__",
    ):  # a method is called by the class that the user made
        where = f"{type(args[0]).__name__}.{function.__name__}"
    if function.__name__ == "__init__" and args:
        # A subclass hands on what it does not know itself: its own arguments are choices too.
        all_keywords = constructor_keywords(type(args[0]))
        if set(allowed) <= set(all_keywords):
            where, allowed = type(args[0]).__name__, all_keywords
    return unknown_keyword(where, name, allowed)


class KeywordChecked:
    """A class whose constructor, and those of its subclasses, refuse unknown keywords helpfully."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__init__" in vars(cls):
            cls.__init__ = checks_keywords(vars(cls)["__init__"])  # type: ignore[method-assign]


class NoValuesError(TypeError):
    """A symbolic tensor was asked for values, which it has only when a model is called on data.

    An op that is given one instead of an array catches this, and becomes a part of the graph.
    """

    def __init__(self, tensor: Any) -> None:
        super().__init__(
            f"{tensor!r} has no values yet, so numpy and Python cannot compute with it: use "
            "layers, arithmetic, slices or nnlite.ops on it, or call a model on data"
        )
        self.tensor = tensor
