"""What all optimizers take beside their own numbers, and how such numbers are checked."""

from __future__ import annotations

from typing import Any, TypedDict

import numpy as np


class Settings(TypedDict, total=False):
    """Arguments of `Optimizer` that every optimizer hands on, by name."""

    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: int | None
    loss_scale_factor: float | None
    gradient_accumulation_steps: int | None
    name: str | None


class SettingsWithDecay(Settings, total=False):
    """The same, and the weight decay, of optimizers that have no argument of their own for it."""

    weight_decay: float | None


def check_share(owner: Any, name: str, value: float) -> float:
    """Return a value that lies in [0, 1), or raise ValueError."""
    if not 0 <= value < 1:
        raise ValueError(f"{type(owner).__name__}: {name} must lie in [0, 1), got {value!r}")
    return float(value)


def check_epsilon(owner: Any, value: float) -> float:
    """Return a number >= 0, or raise ValueError."""
    return check_number(owner, "epsilon", value)


def check_number(owner: Any, name: str, value: float) -> float:
    """Return a number >= 0, or raise ValueError."""
    if not 0 <= value < np.inf:
        raise ValueError(f"{type(owner).__name__}: {name} must be a number >= 0, got {value!r}")
    return float(value)


def check_limits(owner: Any, **limits: float | None) -> None:
    """Raise ValueError unless at most one limit is given, and is positive."""
    chosen = {limit: value for limit, value in limits.items() if value is not None}
    if len(chosen) > 1:
        raise ValueError(f"{type(owner).__name__}: choose one of {' and '.join(chosen)}, not both")
    for limit, value in chosen.items():
        check_positive(owner, limit, value)


def check_positive(owner: Any, name: str, value: float | None) -> float | None:
    """Return a number > 0 or None, or raise ValueError."""
    if value is not None and not 0 < value < np.inf:
        raise ValueError(f"{type(owner).__name__}: {name} must be positive, got {value!r}")
    return value


def check_count(owner: Any, name: str, value: Any, least: int) -> int | None:
    """Return a whole number from `least` on or None, or raise ValueError."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(
            f"{type(owner).__name__}: {name} must be a whole number >= {least} or None, "
            f"got {value!r}"
        )
    return int(value)
