"""Data sets to learn with: looked for on this machine first, then downloaded and checked."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import california_housing, fashion_mnist, mnist

__all__ = ["california_housing", "fashion_mnist", "mnist"]


def __getattr__(name: str) -> ModuleType:
    """Import a data set's module when it is first named: archives and hashes take a while."""
    if name in __all__:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
