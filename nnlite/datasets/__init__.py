"""Data sets to learn with: looked for on this machine first, then downloaded and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..on_demand import on_demand
from ..out_of_scope import watch

if TYPE_CHECKING:
    from . import california_housing, fashion_mnist, mnist

__all__ = ["california_housing", "fashion_mnist", "mnist"]

on_demand(__name__, __all__, homes={})  # archives and hashes take a while to import
watch(__name__)
