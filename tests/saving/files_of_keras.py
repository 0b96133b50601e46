"""The files that real Keras has written, of both generations, and what it computed with them."""

import importlib.util
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nnlite import tree


class Recorded(NamedTuple):
    """A file, what Keras said of it, and what it computed."""

    path: Path
    said: dict[str, Any]
    arrays: dict[str, np.ndarray]

    def several(self, prefix: str) -> list[np.ndarray]:
        """The arrays prefix0, prefix1, ..."""
        count = sum(k.startswith(prefix) and k[len(prefix) :].isdigit() for k in self.arrays)
        return [self.arrays[f"{prefix}{place}"] for place in range(count)]

    def data(self) -> tuple[Any, Any]:
        """Inputs and targets, as fit takes them."""
        x, y = (self.several(prefix) for prefix in "xy")
        return [one[0] if len(one) == 1 else one for one in (x, y)]

    def fitting(self) -> dict[str, Any]:
        """How the recorded epoch was done."""
        size = self.said["batch_size"]
        return {"batch_size": size, "epochs": 1, "shuffle": False, "verbose": 0}


def recorded(path: Path) -> Recorded:
    """Everything about a file."""
    place = path.parent / path.name.partition(".")[0]
    with np.load(f"{place}.npz") as arrays:
        said = json.loads(Path(f"{place}.json").read_text(encoding="utf-8"))
        return Recorded(path, said, dict(arrays))


def builders(folder: Path) -> dict[str, Any]:
    """What made the models, by the name of the file, for any library with Keras's interface."""
    spec = importlib.util.spec_from_file_location("models_shared", folder / "models_shared.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.H5


def check_outputs(found: Any, expected: list[np.ndarray], atol: float = 2e-6) -> None:
    """Compare outputs in float32."""
    for one, other in zip(tree.flatten(found), expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=atol)
