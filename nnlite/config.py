"""The settings: the default float type, the fuzz factor, and where messages go."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .errors import unknown_name
from .out_of_scope import watch

_KNOWN_TO_KERNELS = frozenset({np.dtype("float32"), np.dtype("float64")})


class Settings(NamedTuple):
    """Both settings; where one is set, there are new ones."""

    floatx: str
    epsilon: float


_settings = Settings("float32", 1e-7)


def floatx() -> str:
    """The dtype of new weights and of converted inputs: "float32" (default) or "float64"."""
    return _settings.floatx


def float_type(dtype: Any) -> Any:
    """The float type that numbers of `dtype` are computed in.

    The kernels know float32 and float64 in this machine's byte order; whole numbers and every
    other float become `floatx()`.
    """
    return dtype if dtype in _KNOWN_TO_KERNELS else floatx()


def settings() -> Settings:
    """Return both, to be compared with what they were."""
    return _settings


def set_floatx(value: str) -> None:
    """Set the default float type to `value`, "float32" or "float64"; built models keep theirs.

    Raises
    ------
    ValueError
        For another name.
    """
    if value not in ("float32", "float64"):
        raise unknown_name("float type", str(value), ("float32", "float64"))
    global _settings
    _settings = _settings._replace(floatx=str(value))


def epsilon() -> float:
    """The small number that keeps logarithms and quotients finite (1e-7)."""
    return _settings.epsilon


def set_epsilon(value: float) -> None:
    """Set the fuzz factor to `value`, a small number."""
    global _settings
    _settings = _settings._replace(epsilon=float(value))


_interactive = True


def is_interactive_logging_enabled() -> bool:
    """Whether progress and messages are printed (the default), or given to the logger "nnlite"."""
    return _interactive


def enable_interactive_logging() -> None:
    """Print progress and messages."""
    global _interactive
    _interactive = True


def disable_interactive_logging() -> None:
    """Give progress and messages to the logger "nnlite", as INFO: for work that nobody watches.

    There is no bar then: `verbose="auto"` and 1 are a line an epoch.
    """
    global _interactive
    _interactive = False


watch(__name__)
