"""What Keras says to the tables of metrics and ops, asked in a process of its own.

There its backend can be numpy, which has nothing to compile: a tenth of the time that jax takes,
which is the backend in this process, for gradients.
"""

import functools
import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

BATCHES = 3


def batches(case: Any, weighted: bool) -> list[tuple[np.ndarray, np.ndarray, np.ndarray | None]]:
    """Draw what a metric is updated with: targets, predictions, and weights or None."""
    random = np.random.default_rng(5)
    drawn = []
    for _ in range(BATCHES):
        y_true, y_pred = case.draw(random)
        weights = random.uniform(0, 2, len(y_pred)).astype(np.float32) if weighted else None
        drawn.append((y_true, y_pred, weights))
    return drawn


def arrays(row: Any, dtype: Any = None) -> list[np.ndarray]:
    """Draw what an op is called on; floats as `dtype`, where that is given."""
    drawn = row.draw(np.random.default_rng(3))
    return [a.astype(dtype) if dtype and a.dtype.kind == "f" else a for a in drawn]


def parts(value: Any) -> list[Any]:
    """Return what an op gave as a list."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


@functools.cache
def keras_says() -> dict[str, Any]:
    """Return what Keras says to all rows of both tables, and the names of its ops.

    "metrics": by place and whether there are weights, (result, name, configuration);
    "ops": by place, arrays; "names": those of keras.ops.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "numbers")
        environment = {**os.environ, "KERAS_BACKEND": "numpy", "PYTHONWARNINGS": "ignore"}
        places = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
        environment["PYTHONPATH"] = os.pathsep.join(places)
        subprocess.run([sys.executable, __file__, str(path)], env=environment, check=True)
        return pickle.loads(path.read_bytes())  # noqa: S301 (written by the line above)


def _ask(keras: Any) -> dict[str, Any]:
    from metrics.table import CASES

    from nnlite.testing.keras_op_cases import CASES as ROWS

    found: dict[str, Any] = {"metrics": {}, "ops": {}, "names": dir(keras.ops)}
    for place, case in enumerate(CASES):
        for weighted in (False, True) if case.weighted else (False,):
            metric = case.make(keras.metrics)
            for batch in batches(case, weighted):
                metric.update_state(*batch)
            configuration = {name: _plain(value) for name, value in metric.get_config().items()}
            said = np.asarray(metric.result()), metric.name, configuration
            found["metrics"][place, weighted] = said
    for place, row in enumerate(ROWS):
        tensors = map(keras.ops.convert_to_tensor, arrays(row, np.float32))
        found["ops"][place] = [np.asarray(part) for part in parts(row.call(keras.ops, *tensors))]
    return found


def _plain(value: Any) -> Any:
    """Return a list of Keras's, which knows its owner, as a plain one."""
    return list(value) if isinstance(value, list) else value


if __name__ == "__main__":
    import keras

    Path(sys.argv[1]).write_bytes(pickle.dumps(_ask(keras)))
