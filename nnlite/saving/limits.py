"""How much of everything a file may ask for before it is refused."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """Bounds on a file, by default far above what a multilayer perceptron needs.

    Parameters
    ----------
    weight_bytes : int
        All arrays of a file together, the optimizer's too, as they stand in memory.
    attribute_bytes : int
        All attributes of an HDF5 file together, the texts that they may refer to, and all paths.
    json_bytes : int
        One text of JSON, such as a model's configuration.
    json_depth, json_values : int
        How deep its lists and objects may be nested, and how many names and values they may hold.
    records : int
        All that an HDF5 file's tree is made of: headers, messages, nodes, entries, texts.
    path_depth : int
        How deep its groups may be nested.
    layers : int
        Layers of a model, those of nested models included.
    units : int
        Any size that a configuration gives: units of a layer, a length of an input.
    zip_ratio : float
        How many times larger than stored a member of a `.keras` file may be.
    seconds : float
        How long a child process may read.
    """

    weight_bytes: int = 4096 * MIB
    attribute_bytes: int = 64 * MIB
    json_bytes: int = 16 * MIB
    json_depth: int = 100
    json_values: int = 1_000_000
    records: int = 1_000_000
    path_depth: int = 64
    layers: int = 10_000
    units: int = 2**24
    zip_ratio: float = 100.0
    seconds: float = 60.0
