"""What a file of a model holds, and why it would be refused, without loading anything."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from typing import Any

from ..models.serialization import CLASSES
from .contents import read_contents
from .errors import FileRefused, reading
from .hdf5 import Dataset, Group, read_tree
from .hdf5_source import Source
from .json_text import parse_json
from .limits import Limits
from .zip_members import read_members

#: The members of a `.keras` file.
METADATA, CONFIG, WEIGHTS = "metadata.json", "config.json", "model.weights.h5"

#: What is shown of a layer's configuration, where it is there.
SHOWN = (
    *("batch_shape", "batch_input_shape", "units", "activation", "rate", "axis"),
    *("negative_slope", "alpha", "target_shape", "function"),
)

#: The longest text of a configuration that is shown whole.
LONGEST = 60


class Inspection:
    """The lines that describe a file, and every reason to refuse it.

    Parameters
    ----------
    path : str or path
        A `.h5` or `.keras` file.
    limits : Limits, optional
        How much the file may ask for.

    Raises
    ------
    OSError
        Where there is no such file, or it cannot be opened.
    MemoryError
        Where the process has not enough left.
    """

    def __init__(self, path: str | os.PathLike[str], limits: Limits | None = None) -> None:
        self.file = os.fspath(path)
        self.limits = limits or Limits()
        self.lines: list[str] = []
        self.refusals: list[FileRefused] = []
        try:
            with reading(path):
                _, content = read_contents(path, self.limits, "the file")
                self._file(content)
        except FileRefused as refusal:
            self.refusals.append(refusal)

    def _file(self, content: bytes) -> None:
        is_zip = content.startswith(b"PK")
        self.lines.append(f"{self.file}: {'.keras' if is_zip else 'HDF5'}, {len(content):,} bytes")
        if not is_zip:
            self._hdf5(content)
            return
        known = {
            METADATA: self.limits.json_bytes,
            CONFIG: self.limits.json_bytes,
            WEIGHTS: self.limits.weight_bytes + 2 * self.limits.attribute_bytes,
        }
        members = read_members(content, known, limits=self.limits)
        metadata = self._json(members.get(METADATA, b"{}"), METADATA)
        self.lines += [f"{key}: {_short(value)}" for key, value in _items(metadata)]
        if WEIGHTS in members:
            self._hdf5(members[WEIGHTS])
        config = self._json(members.get(CONFIG, b"{}"), CONFIG)
        self._model(config, CONFIG)
        compiled = _dict(config).get("compile_config")
        self._training(compiled, _dict(compiled).get("optimizer"))

    def _hdf5(self, content: bytes) -> None:
        """Describe the tree, and what stands in the attributes of the root."""
        root = read_tree(Source(content, self.file, self.limits), self.refusals.append)
        attributes = dict(root.attrs)
        texts = {name: attributes.pop(name, None) for name in ("model_config", "training_config")}
        self.lines += [f"{name}: {_short(value)}" for name, value in attributes.items()]
        self.lines += ["", "arrays", *_tree_lines(root, 1), *_totals(root)]
        config, training = (
            self._json(text, f"/, attribute {name!r}") for name, text in texts.items()
        )
        self._model(config, "/, attribute 'model_config'")
        self._training(training, _dict(training).get("optimizer_config"))

    def _json(self, text: Any, place: str) -> Any:
        """Parse a text, and note it where that is refused."""
        if not isinstance(text, (str, bytes)):
            return None
        try:
            return parse_json(text, file=self.file, place=place, limits=self.limits)
        except FileRefused as refusal:
            self.refusals.append(refusal)
            return None

    def _model(self, config: Any, place: str) -> None:
        if isinstance(config, dict):
            self.lines += ["", "model", *self._layer_lines(config, place, 1)]

    def _layer_lines(self, entry: Any, place: str, depth: int) -> Iterator[str]:
        """Describe a layer by a line, and each layer inside of a model by one more."""
        config = _dict(_dict(entry).get("config"))
        name, kind = config.get("name"), _dict(entry).get("class_name")
        shown = ", ".join(f"{key}={_short(config[key])}" for key in SHOWN if key in config)
        yield f"{'  ' * depth}{kind!s:<20} {name!s:<24} {shown}".rstrip()
        is_op = str(_dict(entry).get("module")).startswith("keras.src.ops")
        if not is_op and str(kind) not in CLASSES:
            reason = f"no layer {kind!r} is known here; your own are given as custom_objects"
            self.refusals.append(FileRefused(self.file, f"{place}, layer {name!r}", reason))
        layers = config.get("layers")
        for inner in layers if isinstance(layers, list) else []:
            yield from self._layer_lines(inner, place, depth + 1)

    def _training(self, config: Any, optimizer: Any) -> None:
        """Describe what the model was compiled with."""
        if not isinstance(config, dict):
            return
        rate = _dict(_dict(optimizer).get("config")).get("learning_rate")
        kind = _dict(optimizer).get("class_name", optimizer)
        self.lines += ["", "training", f"  optimizer: {_short(kind)}, learning_rate={_short(rate)}"]
        shown = ("loss", "loss_weights", "metrics", "weighted_metrics")
        self.lines += [f"  {key}: {_short(config[key])}" for key in shown if config.get(key)]


def _tree_lines(group: Group, depth: int) -> Iterator[str]:
    indent = "  " * depth
    for name in sorted(group.members, key=_in_order):
        member = group.members[name]
        if isinstance(member, Dataset):
            yield f"{indent}{name:<{max(1, 40 - len(indent))}} {member.dtype!s:<8} {member.shape}"
        else:
            yield f"{indent}{name}/"
            yield from _tree_lines(member, depth + 1)


def _in_order(name: str) -> tuple[int, str]:
    """Return what names are sorted by: numbers by their values, other names after them."""
    return (len(name) if name.isdecimal() else 2**62), name


def _arrays(group: Group) -> Iterator[Dataset]:
    for member in group.members.values():
        if isinstance(member, Dataset):
            yield member
        else:
            yield from _arrays(member)


def _totals(root: Group) -> Iterator[str]:
    """Say how many numbers there are, those of the optimizer apart."""
    for title, of_optimizer in (("weights", False), ("optimizer state", True)):
        found = [
            array
            for name, member in root.members.items()
            if name.startswith("optimizer") == of_optimizer
            for array in ([member] if isinstance(member, Dataset) else _arrays(member))
        ]
        sizes = [math.prod(array.shape) for array in found]
        yield f"{title}: {len(found)} arrays, {sum(sizes):,} numbers"


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _items(value: Any) -> list[tuple[str, Any]]:
    return list(_dict(value).items())


def _short(value: Any) -> str:
    """Show a value of a configuration: an object by its class, long texts cut."""
    if isinstance(value, dict) and "class_name" in value:
        return _short(value["class_name"])
    if isinstance(value, dict):
        text = "{" + ", ".join(f"{key}: {_short(part)}" for key, part in value.items()) + "}"
    elif isinstance(value, list):
        text = "[" + ", ".join(map(_short, value[:LONGEST])) + "]"
    else:
        text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def printable(line: str) -> str:
    """Return a line without what a terminal would carry out, which stands there escaped."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in line)
