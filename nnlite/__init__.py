"""nnlite: a neural-network engine small enough to read and fast enough to use.

`import nnlite as keras` is the whole port of a chapter-10 script.
"""

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
from .layers import Input, Layer
from .losses import Loss
from .metrics import Metric
from .models import Model, Sequential
from .optimizers import Optimizer
from .tape import no_grad
from .tensor import Parameter, Tensor
from .utils.versions import show_versions

__all__ = [
    "GradientTape",
    "Input",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Optimizer",
    "Parameter",
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
