"""Parts of a package that are imported when they are first named.

A script that asks for one name should not wait for the modules of all others.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any


def on_demand(package: str, names: list[str], homes: dict[str, str]) -> None:
    """Let a package import its parts when they are asked for.

    Parameters
    ----------
    package : str
        Its `__name__`.
    names : list of str
        All its public names: its `__all__`.
    homes : dict of str to str
        The modules inside the package that names come from. A name without a home is a module.
    """
    inside = vars(sys.modules[package])

    def __getattr__(name: str) -> Any:  # noqa: N807
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = import_module(f"{package}.{homes.get(name, name)}")
        inside[name] = getattr(module, name) if name in homes else module
        return inside[name]

    def __dir__() -> list[str]:  # noqa: N807
        return sorted({*inside, *names})

    inside.update(__getattr__=__getattr__, __dir__=__dir__)
