"""Configurations as Keras writes them, with values that mean nothing, or no good."""

import copy
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import h5py

#: What stands in the place of a value.
ODD = (
    *(None, True, -1, 0, 1, 3, 2**20, 2**31, 10**30, 0.5, -1e300, "", "x", "relu", "os.system"),
    *([], {}, [[]], [None, 2**40], [-1], "Lambda", "Dense", "__lambda__", "float16", "object"),
    {"class_name": "Lambda", "config": {"name": "evil", "function": "os.system"}},
    {"class_name": "__lambda__", "config": {"code": "4wEAAAA=", "defaults": None}},
    {"module": "builtins", "class_name": "function", "config": "eval", "registered_name": "eval"},
    {"module": "os", "class_name": "system", "config": {"command": "true"}},
    {"class_name": "__numpy__", "config": {"value": [1], "dtype": "object"}},
)


def nodes(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a configuration: a list or dict, and where in it."""
    places = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in list(places):
        yield value, key
        if isinstance(part, (dict, list)):
            yield from nodes(part)


def changed(config: Any, changes: list[tuple[Any, int, int, int]]) -> Any:
    """Return a configuration with some values replaced, taken out, doubled or exchanged."""
    config = copy.deepcopy(config)
    for _, a, b, c in changes:
        places = list(nodes(config))
        if not places:
            break
        parent, key = places[a % len(places)]
        other_parent, other_key = places[b % len(places)]
        kind = c % 6
        if kind < 3:
            parent[key] = copy.deepcopy(ODD[b % len(ODD)])
        elif kind == 3:
            del parent[key]
        elif kind == 4 and isinstance(parent, list):
            parent.insert(key, copy.deepcopy(parent[key]))
        else:
            parent[key] = copy.deepcopy(other_parent[other_key])
    return config


def with_changed_config(content: bytes, changes: list[tuple[Any, int, int, int]]) -> bytes:
    """Return a file of a model whose configuration is changed, that of its training at times."""
    image = io.BytesIO()
    if content.startswith(b"PK"):
        archive = zipfile.ZipFile(io.BytesIO(content))
        with archive, zipfile.ZipFile(image, "w") as copied:
            for name in archive.namelist():
                member = archive.read(name)
                if name == "config.json":
                    member = json.dumps(changed(json.loads(member), changes)).encode()
                copied.writestr(name, member)
        return image.getvalue()
    image.write(content)
    with h5py.File(image, "r+") as file:
        known = [name for name in ("model_config", "training_config") if name in file.attrs]
        name = known[changes[0][1] % len(known)]
        file.attrs[name] = json.dumps(changed(json.loads(file.attrs[name]), changes))
    return image.getvalue()
