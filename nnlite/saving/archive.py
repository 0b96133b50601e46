"""A `.keras` archive: a zip of `metadata.json`, `config.json` and `model.weights.h5`."""

from __future__ import annotations

import contextlib
import os
import time
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from ..models import Model
from ..models.serialization import layer_to_config
from . import translations
from .atomic import written_whole
from .building import model_of
from .compile_config import compile_as
from .errors import FileRefused
from .hdf5 import Group, read_hdf5
from .hdf5_writing import hdf5_in_memory
from .json_text import parse_json
from .json_values import KERAS_VERSION, as_json
from .limits import Limits
from .object_tree import matches_by_path, write_objects
from .weights import restore
from .zip_members import read_members

METADATA, CONFIG, WEIGHTS = "metadata.json", "config.json", "model.weights.h5"


def write_archive(path: str | os.PathLike[str], model: Model) -> None:
    """Write a model, what it was compiled with, and the state of its training.

    Raises
    ------
    ValueError
        For what no file can hold, such as a Python lambda.
    OSError
        Where it cannot be written.
    """
    metadata = {
        "keras_version": KERAS_VERSION,
        "date_saved": time.strftime("%Y-%m-%d@%H:%M:%S"),
    }
    config = as_json(layer_to_config(model))
    with hdf5_in_memory() as (file, image):
        write_objects(file, model)
    members: dict[str, str | bytes] = {METADATA: as_json(metadata), CONFIG: config}
    members[WEIGHTS] = bytes(image)
    with written_whole(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def read_archive(
    path: str | os.PathLike[str],
    custom_objects: Mapping[str, Any],
    compiles: bool,
    isolate: bool | None,
    limits: Limits,
) -> Model:
    """Make the model that an archive holds.

    Raises
    ------
    FileRefused
        For whatever is wrong with it.
    """
    members = members_of(path, limits)
    file = os.fspath(path)
    config = parse_json(members[CONFIG], file=file, place=CONFIG, limits=limits)
    metadata = parse_json(members.get(METADATA, b"{}"), file=file, place=METADATA, limits=limits)
    version = metadata.get("keras_version") if isinstance(metadata, dict) else None
    is_keras2 = translations.is_keras2(version, config)
    if is_keras2:
        config = translations.model(config, file, CONFIG)
    with weights_of_archive(members, file, isolate, limits) as root:
        model = model_of(config, root, file, CONFIG, custom_objects, limits)
        training = config.get("compile_config") if compiles else None
        if training:
            place = f"{CONFIG}/compile_config"
            if is_keras2:
                training = translations.training(training, model, file, place)
            compile_as(model, training, custom_objects, file, place)
            _pass_by_nameless_optimizer(training, root, file)
        restore(matches_by_path(root, model), root.file)
    return model


def _pass_by_nameless_optimizer(training: Mapping[str, Any], root: Group, file: str) -> None:
    """Leave out the state of an optimizer of which the archive does not say what it is.

    Keras forgets that once a model has been saved as `.h5`, and goes on with its default.
    """
    if training.get("optimizer") is None and root.members.pop("optimizer", None) is not None:
        warnings.warn(
            f"{file} does not say what its optimizer was (Keras leaves that out of a model that "
            "was saved as .h5 before): the model is compiled with a new RMSprop; compile it again "
            "to train it with another",
            stacklevel=4,
        )


def members_of(path: str | os.PathLike[str], limits: Limits) -> dict[str, bytes]:
    """Return the members of an archive.

    Raises
    ------
    FileRefused
        Where the archive has others, or lacks one.
    """
    known = {METADATA: limits.json_bytes, CONFIG: limits.json_bytes}
    members = read_members(path, {**known, WEIGHTS: limits.weight_bytes}, limits=limits)
    for name in (CONFIG, WEIGHTS):
        if name not in members:
            raise FileRefused(os.fspath(path), "/", f"there is no {name!r} in the archive")
    return members


@contextlib.contextmanager
def weights_of_archive(
    members: Mapping[str, bytes], file: str, isolate: bool | None, limits: Limits
) -> Iterator[Group]:
    """Give the HDF5 file in an archive; what is refused inside is refused as a part of this."""
    try:
        yield read_hdf5(members[WEIGHTS], limits=limits, isolate=isolate)
    except FileRefused as error:
        if error.file == file:
            raise
        raise FileRefused(file, f"{WEIGHTS}{error.place}", error.reason) from error
