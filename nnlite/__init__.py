"""nnlite: a neural-network engine small enough to read and fast enough to use.

`import nnlite as keras` is the whole port of a chapter-10 script. What is named below is imported
when it is first asked for, so that a script waits only for what it uses.

PYTEST_DONT_REWRITE: pytest, for which there is a plugin in `nnlite.testing`, need not look into it.
"""

from typing import TYPE_CHECKING

from ._version import __version__
from .on_demand import on_demand
from .out_of_scope import watch

if TYPE_CHECKING:
    from . import (
        activations,
        backend,
        callbacks,
        config,
        constraints,
        datasets,
        diagnosis,
        exam,
        explaining,
        initializers,
        kernels,
        layers,
        losses,
        metrics,
        models,
        ops,
        optimizers,
        profiler,
        random,
        regularizers,
        saving,
        summary,
        testing,
        utils,
        visualize,
    )
    from ._kernels import get_num_threads, set_num_threads
    from .explaining import explain
    from .gradient_check import gradcheck
    from .gradient_tape import GradientTape
    from .initializers import Initializer
    from .layers import Input, InputSpec, Layer
    from .losses import Loss
    from .metrics import Metric
    from .models import Model, Sequential
    from .optimizers import Optimizer
    from .regularizers import Regularizer
    from .tape import no_grad
    from .tensor import Parameter, Tensor
    from .utils.versions import show_versions

__all__ = [
    "GradientTape",
    "Initializer",
    "Input",
    "InputSpec",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Optimizer",
    "Parameter",
    "Regularizer",
    "Sequential",
    "Tensor",
    "__version__",
    "activations",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "datasets",
    "diagnosis",
    "exam",
    "explain",
    "explaining",
    "get_num_threads",
    "gradcheck",
    "initializers",
    "kernels",
    "layers",
    "losses",
    "metrics",
    "models",
    "no_grad",
    "ops",
    "optimizers",
    "profiler",
    "random",
    "regularizers",
    "saving",
    "set_num_threads",
    "show_versions",
    "summary",
    "testing",
    "utils",
    "visualize",
]

_HOMES = {
    "GradientTape": "gradient_tape",
    "Initializer": "initializers",
    "Input": "layers",
    "InputSpec": "layers",
    "Layer": "layers",
    "Loss": "losses",
    "Metric": "metrics",
    "Model": "models",
    "Optimizer": "optimizers",
    "Parameter": "tensor",
    "Regularizer": "regularizers",
    "Sequential": "models",
    "Tensor": "tensor",
    "explain": "explaining",
    "get_num_threads": "_kernels",
    "gradcheck": "gradient_check",
    "no_grad": "tape",
    "set_num_threads": "_kernels",
    "show_versions": "utils.versions",
}

on_demand(__name__, __all__, _HOMES)
watch(__name__)
