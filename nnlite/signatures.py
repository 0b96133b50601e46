"""What a function takes, read off its code object.

`inspect.signature` tells more, and takes thirty times as long; `import nnlite` asks about four
hundred functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

#: The bits of a code object's flags that say "takes *args" and "takes **kwargs".
_TAKES_MANY, _TAKES_ANY = 0x04, 0x08


class Parameters(NamedTuple):
    """The parameters of a function by kind, each in order."""

    positional_only: tuple[str, ...]
    positional: tuple[str, ...]  # may be given by name too
    keyword_only: tuple[str, ...]
    takes_many: bool  # by *args
    takes_any: bool  # by **kwargs
    defaults: dict[str, Any]

    @property
    def names(self) -> tuple[str, ...]:
        """All names, without those of *args and **kwargs."""
        return self.positional_only + self.positional + self.keyword_only


def parameters_of(function: Callable[..., Any]) -> Parameters:
    """Read what a function takes; a method without its `self`, a decorated one as it was written.

    Raises
    ------
    TypeError, ValueError
        Where it is nothing to call, or built in and says nothing of itself.
    """
    bound = hasattr(function, "__self__")
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    if not hasattr(function, "__code__"):
        return _inspected(function)
    code = function.__code__
    count, after = code.co_argcount, code.co_argcount + code.co_kwonlyargcount
    names, defaults = code.co_varnames[:count], function.__defaults__ or ()
    given = dict(zip(names[count - len(defaults) :], defaults, strict=True))
    return Parameters(
        names[bound : code.co_posonlyargcount],
        names[max(bound, code.co_posonlyargcount) :],
        code.co_varnames[count:after],
        bool(code.co_flags & _TAKES_MANY),
        bool(code.co_flags & _TAKES_ANY),
        given | (function.__kwdefaults__ or {}),
    )


def _inspected(function: Callable[..., Any]) -> Parameters:
    """The same of a class, a partial or anything else that can be called."""
    import inspect  # not above: half of these milliseconds are its own

    found = inspect.signature(function).parameters.values()

    def of(kind: Any) -> tuple[str, ...]:
        return tuple(p.name for p in found if p.kind is kind)

    return Parameters(
        of(inspect.Parameter.POSITIONAL_ONLY),
        of(inspect.Parameter.POSITIONAL_OR_KEYWORD),
        of(inspect.Parameter.KEYWORD_ONLY),
        bool(of(inspect.Parameter.VAR_POSITIONAL)),
        bool(of(inspect.Parameter.VAR_KEYWORD)),
        {p.name: p.default for p in found if p.default is not p.empty},
    )
