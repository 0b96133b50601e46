"""Names of the user's own classes and functions, for configurations that hold them.

A configuration says what a thing is called; it is made again by what nnlite itself has under that
name, and by what is entered here. Nothing is ever imported or evaluated because a file names it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

Thing = TypeVar("Thing", bound=Callable[..., Any])

_objects: dict[str, Any] = {}  # what is registered, by the names that are looked up
_names: dict[Any, str] = {}  # what things are registered as


class _Scopes(threading.local):
    """What the scopes add that this thread is in; other threads do not see it."""

    objects: Mapping[str, Any] = {}


_scopes = _Scopes()


def get_custom_objects() -> dict[str, Any]:
    """Return the dict of the user's own things by name; what is entered in it is found."""
    return _objects


@contextlib.contextmanager
def custom_object_scope(custom_objects: Mapping[str, Any]) -> Iterator[None]:
    """Let names stand for things of one's own within `with custom_object_scope(custom_objects):`.

    They come before what is registered, and hold for this thread alone.
    """
    before = _scopes.objects
    _scopes.objects = {**before, **custom_objects}
    try:
        yield
    finally:
        _scopes.objects = before


def known_objects() -> dict[str, Any]:
    """Return the user's own things by name: what is registered, and what the scopes add."""
    return {**_objects, **_scopes.objects}


#: `with CustomObjectScope({...}):`, by Keras's other name.
CustomObjectScope = custom_object_scope


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[Thing], Thing]:
    """Decorate a class or function so that configurations with it can be read.

    Parameters
    ----------
    package : str
        Where it belongs to: it is registered as "package>name".
    name : str, optional
        By default its own.

    Raises
    ------
    ValueError
        For a class without `get_config`, or a name that another thing has.
    """

    def register(thing: Thing) -> Thing:
        full = f"{package}>{name or thing.__name__}"
        if isinstance(thing, type) and not hasattr(thing, "get_config"):
            raise ValueError(
                f"register_keras_serializable: {thing.__name__} needs a get_config(self), which "
                "says how it is made again"
            )
        if full in _objects and _objects[full].__qualname__ != thing.__qualname__:
            raise ValueError(
                f"register_keras_serializable: {full!r} is registered for {_objects[full]!r}; "
                "give another name or package"
            )
        _objects[full], _names[thing] = thing, full
        return thing

    return register


def get_registered_name(obj: Any) -> str:
    """Return the name that `obj`, a class or function, is registered by, or else its own."""
    return _names.get(obj, obj.__name__)


def get_registered_object(
    name: str,
    custom_objects: Mapping[str, Any] | None = None,
    module_objects: Mapping[str, Any] | None = None,
) -> Any:
    """Return what a name stands for, or None.

    It is looked up in the scopes, among what is registered, and then in `custom_objects` and
    `module_objects`.
    """
    return next(
        (
            known[name]
            for known in (known_objects(), custom_objects or {}, module_objects or {})
            if name in known
        ),
        None,
    )


def found_in(config: Mapping[str, Any]) -> Any:
    """Return the user's thing that a configuration is of, by its registered or own name, or None.

    A class of one's own is known by both, as "Custom>Scaled" and as "Scaled" where it was given by
    that name.
    """
    known = known_objects()
    names = (config.get("registered_name"), config.get("class_name"))
    return next((known[name] for name in names if isinstance(name, str) and name in known), None)
