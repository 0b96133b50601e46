"""Callbacks: what runs at the beginning and end of trainings, epochs and batches."""

from ..out_of_scope import watch
from .base import Callback
from .callback_list import CallbackList
from .early_stopping import EarlyStopping
from .history import History
from .progress import ProgbarLogger, resolve_verbose
from .swap_ema_weights import SwapEMAWeights

__all__ = [
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "ProgbarLogger",
    "SwapEMAWeights",
    "resolve_verbose",
]

watch(__name__)
