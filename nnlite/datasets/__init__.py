"""Data sets to learn with: looked for on this machine first, then downloaded and checked."""

from . import california_housing, fashion_mnist, mnist

__all__ = ["california_housing", "fashion_mnist", "mnist"]
