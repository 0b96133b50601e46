"""A step that went wrong, in a folder: enough to do it again anywhere."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..model_state import optimizers_of, restore_model, state_of_model
from ..naming import names_kept
from ..random import states
from ..saving import FileRefused, load_model, save_model
from ..saving.atomic import written_whole
from ..saving.states import read_state, write_state
from .finding import Finding
from .step import copy_of
from .witness import StepBefore

MODEL, STEP, SCRIPT_NAME = "model.keras", "step.h5", "reproduce.py"

SCRIPT = '''\
"""Does the training step again that came to numbers which are not finite, and says where.

    python reproduce.py

Layers, losses and functions of your own are in no file: import them here, and name them in
custom_objects. A subclassed model is its Python code: make it here as you made it for the training,
compile it the same way, and give it as `model`.
"""

from pathlib import Path

from nnlite.explaining import reproduce

print(reproduce(Path(__file__).parent, custom_objects={}, model=None))
'''


def write(folder: str | os.PathLike[str], step: StepBefore, place: str) -> str:
    """Write what is needed to do a step again; return why the model is not among it, or "".

    Files of the same names are replaced.

    Parameters
    ----------
    folder : path
        Made where it is not there.
    step : StepBefore
    place : str
        Of which training it is, for whoever reads it.

    Raises
    ------
    OSError
        Where it cannot be written.
    ValueError, TypeError
        For what no file can hold, such as a batch in a dict whose keys are no strings.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    x, y, sample_weight = step.batch
    write_state(
        folder / STEP,
        {
            "place": place,
            "batch": {"x": x, "y": y, "sample_weight": sample_weight},
            "model": state_of_model(step.model, with_metrics=False),
            "random": step.random,
            "largest": step.largest,
        },
    )
    with written_whole(folder / SCRIPT_NAME) as new:
        new.write_text(SCRIPT, encoding="utf-8")
    try:
        save_model(step.model, folder / MODEL)
    except (NotImplementedError, ValueError, TypeError) as error:
        (folder / MODEL).unlink(missing_ok=True)  # one of another step
        subclassed = isinstance(error, NotImplementedError)
        return "no file can hold the Python code of its call()" if subclassed else str(error)
    return ""


def reproduce(
    folder: str | os.PathLike[str],
    custom_objects: Mapping[str, Any] | None = None,
    model: Any = None,
) -> Finding:
    """Do a step again that `TerminateOnNaN(explain=True)` has kept, and say where it went wrong.

    Nothing in the files is run or imported.

    Parameters
    ----------
    folder : path
    custom_objects : dict of str to class or function, optional
        Your own layers, losses, ..., by their names.
    model : Model, optional
        Made and compiled like the one of the training, where that is in no file. It is not changed.

    Returns
    -------
    Finding
        `print` it.

    Raises
    ------
    FileRefused
        A ValueError: for files that are broken, or that do not fit the model.
    OSError
        Where a file is missing.
    """
    with states.kept(), names_kept():  # a model that is made draws weights, and takes names
        return _step_in(Path(folder), custom_objects, model).replay()


def _step_in(folder: Path, custom_objects: Mapping[str, Any] | None, model: Any) -> StepBefore:
    """Return the step that is kept in a folder."""
    state = read_state(folder / STEP)
    twin: Any
    if model is None:
        if not (folder / MODEL).exists():
            raise FileNotFoundError(
                f"reproduce: there is no {MODEL} in {os.fspath(folder)!r}, since no file can hold "
                "such a model; make it as for the training, compile it, and give it as model=..."
            )
        twin = load_model(folder / MODEL, custom_objects)
    else:
        twin = copy_of(model, "reproduce")
    try:
        batch = tuple(state["batch"][name] for name in ("x", "y", "sample_weight"))
        if not twin.built:
            twin.predict_on_batch(batch[0])
        for optimizer in optimizers_of(twin):
            optimizer._state.clear()  # it is made anew for the weights that it had then
        restore_model(twin, state["model"])
        states.set_state(state["random"])  # refused here, and not in the middle of the step
        largest = [float(one) for one in state["largest"]]
        return StepBefore(twin, state["random"], batch, largest)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        reason = f"it does not fit the model ({error})"
        raise FileRefused(folder / STEP, "/", reason) from error
