"""nnlite: a neural-network engine small enough to read and fast enough to use.

`import nnlite as keras` is the whole port of a chapter-10 script.
"""

import sys as _sys

from . import (
    activations,
    backend,
    callbacks,
    config,
    constraints,
    datasets,
    initializers,
    layers,
    losses,
    metrics,
    models,
    ops,
    optimizers,
    out_of_scope,
    random,
    regularizers,
    saving,
    utils,
    visualize,
)
from ._kernels import get_num_threads, set_num_threads
from ._version import __version__
from .gradcheck import gradcheck
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
    "get_num_threads",
    "gradcheck",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "no_grad",
    "ops",
    "optimizers",
    "random",
    "regularizers",
    "saving",
    "set_num_threads",
    "show_versions",
    "utils",
    "visualize",
]

out_of_scope.watch(
    *(activations, backend, callbacks, config, constraints, datasets, initializers, layers),
    *(losses, metrics, models, ops, optimizers, random, regularizers, saving, utils),
    _sys.modules[__name__],
)
