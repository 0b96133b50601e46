"""Models in files, by the names that Keras has in `models` too; `nnlite.saving` does the work."""

from __future__ import annotations

from typing import Any


def save_model(
    model: Any,
    filepath: Any,
    overwrite: bool = True,
    zipped: bool | None = None,
    include_optimizer: bool = True,
    layout: str | None = None,
) -> None:
    """Write a model to a `.keras` or `.h5` file: as `nnlite.saving.save_model`."""
    from ..saving import save_model  # which stands above this floor

    save_model(model, filepath, overwrite, zipped, include_optimizer, layout)


def load_model(
    filepath: Any,
    custom_objects: Any = None,
    compile: bool = True,
    safe_mode: bool = True,
    isolate: bool | None = None,
    limits: Any = None,
) -> Any:
    """Make the model that a file holds: as `nnlite.saving.load_model`."""
    from ..saving import load_model

    return load_model(filepath, custom_objects, compile, safe_mode, isolate, limits)
