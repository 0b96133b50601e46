"""Models and weights in files: what the suffix of a path says, and what is done then."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from ..models import Functional, Model, Sequential
from ..models.serialization import layer_to_config
from . import keras2_h5, keras3_h5
from .archive import members_of, read_archive, weights_of_archive, write_archive
from .errors import reading
from .hdf5 import Group, read_hdf5
from .hdf5_writing import hdf5_written_whole
from .json_text import parse_json
from .json_values import as_json
from .layer_groups import matches_by_name, matches_by_order
from .limits import Limits
from .object_tree import matches_by_path, write_objects
from .reading import model_in
from .weights import Match, group_at, restore

Path = str | os.PathLike[str]


def save_model(
    model: Model,
    filepath: Path,
    overwrite: bool = True,
    zipped: bool | None = None,
    include_optimizer: bool = True,
    layout: str | None = None,
) -> None:
    """Write a model to a file: layers, weights, what it was compiled with, the optimizer's state.

    The file is replaced whole or not at all.

    Parameters
    ----------
    model : Sequential or functional model
    filepath : str or path
        Ending in `.keras`, or in `.h5` (`.hdf5`).
    overwrite : bool
        Whether to replace a file that is there without asking.
    zipped : bool, optional
        For Keras's sake: a `.keras` file is always one file.
    include_optimizer : bool
        Whether an `.h5` file says what the model was compiled with, and holds the state of the
        optimizer. Keras 3 cannot go on training from one that does; from a `.keras` file it can.
    layout : "keras2", optional
        Write an `.h5` file that Keras 2 reads whole, and Keras 3 but for the optimizer's slots.

    Raises
    ------
    ValueError
        For another suffix, a model without weights yet, or what the layout cannot express.
    NotImplementedError
        For a subclassed model; the message says what to do instead.
    OSError
        Where the file cannot be written.
    """
    path = os.fspath(filepath)
    check_can_be_saved(model, zipped)
    if layout not in (None, "keras2") or (layout and not path.endswith((".h5", ".hdf5"))):
        raise ValueError(
            f"save: layout may be 'keras2' for an .h5 file, or None, got {layout!r} for {path!r}"
        )
    if path.endswith(".weights.h5"):
        raise ValueError(
            f"save: {path!r} is what a file of weights alone is called; use model.save_weights, or "
            "another name"
        )
    if not path.endswith((".keras", ".h5", ".hdf5")):
        raise ValueError(
            f"save: the path must end in .keras or .h5, which says what is written, got {path!r}"
        )
    if not _may_write(path, overwrite):
        return
    if path.endswith(".keras"):
        write_archive(path, model)
        return
    with hdf5_written_whole(path) as file:
        write = keras2_h5.write if layout == "keras2" else keras3_h5.write
        write(file, model, include_optimizer)


def check_can_be_saved(model: Model, zipped: bool | None = None) -> None:
    """Raise what `save_model` would, where a model cannot be saved as a whole."""
    if zipped is False:
        raise ValueError("save: nnlite writes .keras archives as one file only: leave out zipped")
    if not isinstance(model, (Functional, Sequential)):
        raise NotImplementedError(
            f"save: {model.name!r} cannot be saved as a whole: it is a subclassed model, whose "
            "architecture is the Python code of its call(), which no file can hold. Keep that "
            "code, and save the weights: model.save_weights('model.weights.h5'). Later make the "
            "model anew, build it or call it once, and give them back: "
            "model.load_weights('model.weights.h5')"
        )
    _check_built(model, "save")
    _check_can_be_read(model)


def _check_can_be_read(model: Model) -> None:
    """Refuse what `load_model` would refuse afterwards, when the model may be gone."""
    for layer, _, _ in model._inside():
        if layer.name in (".", ".."):
            raise ValueError(
                f"save: a layer is called {layer.name!r}, which stands for a folder in the path of "
                "its weights; give it another name"
            )
    text = as_json(layer_to_config(model)).encode()
    parse_json(text, file=model.name, place="its configuration", limits=Limits())


def _check_built(model: Model, action: str) -> None:
    if not model.built:
        raise ValueError(
            f"{action}: {model.name!r} has no weights yet: give the first layer an input_shape, or "
            "call the model on data, or build(input_shape)"
        )


def _may_write(path: str, overwrite: bool) -> bool:
    """Whether to write; asks where a file is there and is not to be replaced unasked, as Keras."""
    if overwrite or not os.path.exists(path):
        return True
    if not (sys.stdin and sys.stdin.isatty()):
        raise FileExistsError(f"{path} is there already; overwrite=True replaces it")
    return input(f"{path} is there already. Replace it? [y/n] ").strip().lower() in ("y", "yes")


def load_model(
    filepath: Path,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
    isolate: bool | None = None,
    limits: Limits | None = None,
) -> Model:
    """Make the model that a file holds, which nnlite, Keras 3 or Keras 2 has written.

    Training goes on from there as if it had never stopped, to the bit if nnlite wrote the file.

    Parameters
    ----------
    filepath : str or path
        A `.keras` or an `.h5` (`.hdf5`) file.
    custom_objects : dict of str to class or function, optional
        Your own layers, losses, ..., by the names in the file. Names are looked up there, among
        what is registered, and among nnlite's own; nothing is ever imported or run because a file
        names it.
    compile : bool
        Whether to compile the model as it was, and to restore the optimizer.
    safe_mode : bool
        Keras's. Reading is always safe: no file can bring code along.
    isolate : bool, optional
        How HDF5 is read: see `read_hdf5`. By default without the HDF5 library.
    limits : Limits, optional
        How much the file may ask for.

    Raises
    ------
    FileRefused
        A ValueError: for whatever is wrong with the file; it says where in it.
    OSError
        Where there is no such file, or it cannot be opened.
    MemoryError
        Where the process has not enough left for what `limits` allow.
    """
    path, limits = os.fspath(filepath), limits or Limits()
    objects = dict(custom_objects or {})
    if path.endswith(".keras"):
        with reading(path):
            return read_archive(path, objects, compile, isolate, limits)
    if path.endswith((".h5", ".hdf5")):
        with reading(path):
            root = read_hdf5(path, limits=limits, isolate=isolate)
            return model_in(root, objects, compile, limits)
    raise ValueError(
        f"load_model: the path must end in .keras or .h5, got {path!r}; a folder (TensorFlow's "
        "SavedModel) is not read: save the model as .h5 with the program that wrote it"
    )


def save_weights(
    model: Model, filepath: Path, overwrite: bool = True, max_shard_size: Any = None
) -> None:
    """Write the weights of a model, and of its optimizer, to a file.

    Parameters
    ----------
    model : Model
        A subclassed one, too.
    filepath : str or path
        Ending in `.weights.h5`; or in `.h5`, for the older layout, by layers, without optimizer.
    overwrite : bool
        Whether to replace a file that is there without asking.
    max_shard_size : None
        For Keras's sake: weights are written to one file.

    Raises
    ------
    ValueError
        For another suffix, or a model without weights yet.
    OSError
        Where the file cannot be written.
    """
    path = os.fspath(filepath)
    _check_built(model, "save_weights")
    if max_shard_size is not None:
        raise ValueError("save_weights: weights are written to one file: leave out max_shard_size")
    if not path.endswith((".h5", ".hdf5")):
        raise ValueError(
            f"save_weights: the path must end in .weights.h5 (or in .h5, for the older layout by "
            f"layers), got {path!r}"
        )
    if not _may_write(path, overwrite):
        return
    with hdf5_written_whole(path) as file:
        if path.endswith(".weights.h5"):
            write_objects(file, model)
        else:
            keras3_h5.write_weights(file, model)


def load_weights(
    model: Model,
    filepath: Path,
    skip_mismatch: bool = False,
    by_name: bool = False,
    isolate: bool | None = None,
    limits: Limits | None = None,
) -> None:
    """Give a model the weights of a file; those of a whole model are taken too.

    Parameters
    ----------
    model : Model
        Of the same layers; in a `.weights.h5` or `.keras` file its optimizer's state is read too.
    filepath : str or path
        A `.weights.h5`, `.keras` or `.h5` (`.hdf5`) file.
    skip_mismatch : bool
        Whether what does not fit stays as it is, with a warning.
    by_name : bool
        Whether, of an `.h5` file by layers, each layer takes the weights of the layer of its name,
        and others stay as they are. By default the order counts.
    isolate, limits
        As for `load_model`.

    Raises
    ------
    FileRefused
        A ValueError: where something does not fit, or the file is broken; then no weight has been
        changed.
    OSError, MemoryError
        As `load_model` does; then no weight has been changed either.
    """
    path, limits = os.fspath(filepath), limits or Limits()
    _check_built(model, "load_weights")
    with reading(path), _weights_in(path, isolate, limits) as root:
        restore(_matches(root, model, skip_mismatch, by_name), root.file, skip_mismatch)


def _matches(root: Group, model: Model, skip_mismatch: bool, by_name: bool) -> list[Match]:
    """Match what a file holds with the weights of a model, by the layout that it is in."""
    by_layers = "layer_names" in root.attrs or "layer_names0" in root.attrs
    if by_name and not by_layers:
        raise ValueError(
            f"load_weights: by_name is for .h5 files by layers, and {root.file!r} is none; without "
            "it the structure of the model counts"
        )
    if by_name:
        return matches_by_name(root, model, skip_mismatch)
    return (
        matches_by_order(root, model) if by_layers else matches_by_path(root, model, skip_mismatch)
    )


@contextlib.contextmanager
def _weights_in(path: str, isolate: bool | None, limits: Limits) -> Iterator[Group]:
    """Give the group of a file that holds weights."""
    if path.endswith(".keras"):
        with weights_of_archive(members_of(path, limits), path, isolate, limits) as root:
            yield root
    elif path.endswith((".h5", ".hdf5")):
        root = read_hdf5(path, limits=limits, isolate=isolate)
        yield group_at(root, "model_weights") if "model_weights" in root.members else root
    else:
        raise ValueError(f"load_weights: the path must end in .h5 or .keras, got {path!r}")
