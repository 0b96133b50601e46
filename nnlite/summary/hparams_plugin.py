"""Hyperparameters: what TensorBoard's HParams page compares runs by."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from . import hparams_messages, messages
from .defaults import recording_writer
from .hparams_messages import FAILURE, SUCCESS
from .hparams_space import HParam, Metric, Plain, checked_text, plain
from .messages import Metadata


def hparams(
    hparams: Mapping[Any, Any],
    trial_id: str | None = None,
    start_time_secs: float | None = None,
) -> bool:
    """Write the hyperparameters of a training; the HParams page has a row for each training.

    `callbacks.HParams` does this, and writes how the training ended too.

    Parameters
    ----------
    hparams : dict of bool, int, float or str, by name or `HParam`
        numpy's, and Tensors of one, are taken too.
    trial_id : str, optional
        A name for these values: trainings of one name share a row, with the means of their metrics.
        By default it is made of the values.
    start_time_secs : float, optional
        When the training began, in seconds since 1970; by default now.

    Returns
    -------
    bool
        Whether it was written: not so without a default writer, or where `record_if` says no.

    Raises
    ------
    TypeError, ValueError
        For other values, and where one name has two.

    Examples
    --------
    >>> with nnlite.summary.create_file_writer("my_logs/run_1").as_default():
    ...     nnlite.summary.hparams({"learning_rate": 0.05, "units": 30})
    """
    if recording_writer() is None:
        return False
    values, trial_id = checked(hparams, trial_id)
    seconds = _seconds(start_time_secs, "start_time_secs")
    return _write("session_start_info", hparams_messages.session_start(values, trial_id, seconds))


def hparams_config(
    hparams: Iterable[HParam], metrics: Iterable[Metric], time_created_secs: float | None = None
) -> bool:
    """Write which hyperparameters and metrics the HParams page shows, and how.

    It is written once, into the folder that holds those of the runs. Without it the page shows all
    there are.

    Parameters
    ----------
    hparams : list of HParam
    metrics : list of Metric
    time_created_secs : float, optional
        When the experiment was made, in seconds since 1970; by default that is left out.

    Returns
    -------
    bool
        Whether it was written: not so without a default writer, or where `record_if` says no.

    Raises
    ------
    TypeError
        Where something in the lists is nothing of the kind.

    Examples
    --------
    >>> with nnlite.summary.create_file_writer("my_logs").as_default():
    ...     nnlite.summary.hparams_config(
    ...         hparams=[HParam("learning_rate", RealInterval(0.001, 0.1))],
    ...         metrics=[Metric("epoch_loss", group="validation", display_name="validation loss")],
    ...     )
    """
    if recording_writer() is None:
        return False
    content = hparams_messages.experiment(
        _all(hparams, HParam, "hparams"),
        _all(metrics, Metric, "metrics"),
        0.0 if time_created_secs is None else _seconds(time_created_secs, "time_created_secs"),
    )
    return _write("experiment", content)


def session_end(succeeded: bool) -> bool:
    """Write that a training has ended, now, and how."""
    status = SUCCESS if succeeded else FAILURE
    return _write("session_end_info", hparams_messages.session_end(status, time.time()))


def checked(hparams: Mapping[Any, Any], trial_id: str | None) -> tuple[dict[str, Plain], str]:
    """Return hyperparameters as Python's values, sorted by name, and the name of them as a whole.

    Raises
    ------
    TypeError, ValueError
        For other values, and where one name has two.
    """
    if not isinstance(hparams, Mapping):
        raise TypeError(f"hparams must be a dict, got {hparams!r}")
    found: dict[str, Plain] = {}
    for key, value in hparams.items():
        name = key.name if isinstance(key, HParam) else checked_text(key, "a name in hparams")
        if not name:
            raise ValueError("a name in hparams is empty")
        if name in found:
            raise ValueError(f"hparams: {name!r} has two values")
        found[name] = plain(value, f"hparams[{name!r}]")
    found = dict(sorted(found.items()))
    if trial_id is not None:
        return found, checked_text(trial_id, "trial_id")
    import hashlib  # here, where `import nnlite.summary` does not wait for them
    import json

    # TensorBoard's own function does the same, so that its runs and ours share rows.
    as_json = json.dumps(found, sort_keys=True, separators=(",", ":"))
    return found, hashlib.sha256(as_json.encode()).hexdigest()


def _seconds(given: Any, what: str) -> float:
    if given is None:
        return time.time()
    seconds = float(given)
    if not math.isfinite(seconds):
        raise ValueError(f"{what} must be a time in seconds since 1970, got {given!r}")
    return seconds


def _all(given: Iterable[Any], kind: type[Any], what: str) -> list[Any]:
    found = list(given)
    for one in found:
        if not isinstance(one, kind):
            raise TypeError(f"{what} must hold nothing but {kind.__name__}, got {one!r}")
    return found


def _write(name: str, content: bytes) -> bool:
    """Write a value whose metadata say all; it must have a tensor, which is empty."""
    writer = recording_writer()
    if writer is None:
        return False
    nothing = messages.numbers(np.zeros(0, np.float32))
    metadata = messages.metadata(Metadata("hparams", content))
    writer._add(f"_hparams_/{name}", 0, nothing, metadata)
    return True
