"""Operation: an op that was called on symbolic tensors, as a layer."""

from __future__ import annotations

from typing import Any

from .. import graph, ops
from ..errors import unknown_name
from ..naming import unique_name
from ..tape import Op
from .base import Layer

#: The ops by their names in Keras, which have no underscores before them.
OPS = {name.lstrip("_"): op for name, op in vars(ops).items() if isinstance(op, Op)}

#: What Keras calls the layer of an op where it is not the op's name.
LAYER_NAMES = {
    "abs": "absolute",
    "divide": "true_divide",
    "getitem": "get_item",
    "isin": "is_in",
    "searchsorted": "search_sorted",
}


class Operation(Layer):
    """An op in the graph of a functional model: `x * 2`, `x[:, :3]`, `nnlite.ops.exp(x)`.

    It has no weights, and is called with all that the op takes.

    Parameters
    ----------
    op : str or Op
        One of nnlite.ops, by its name.
    """

    keeps_integers = True

    def __init__(self, op: Any, *, name: str | None = None) -> None:
        if isinstance(op, str) and op not in OPS:
            raise unknown_name("op", op, OPS)
        self.op: Op = OPS[op] if isinstance(op, str) else op
        plain = self.op.name.lstrip("_")
        super().__init__(name=name or unique_name(LAYER_NAMES.get(plain, plain)))
        self.built = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if graph.is_symbolic((args, kwargs)):
            outputs = graph.trial(self.op, args, kwargs, self.name)
            graph.Node(self, args, kwargs, outputs)
            return outputs
        return self.op(*args, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` makes the layer of again."""
        return {"name": self.name, "op": self.op.name.lstrip("_")}


# ------------------------------------------------------------------------------- in Keras's files

#: Those ops of Keras that are classes of another module than keras.src.ops.numpy.
IN_MODULES = {
    "core": ("cast", "scatter", "stop_gradient"),
    "linalg": ("det", "inv", "solve"),
    "math": ("in_top_k", "rsqrt", "segment_sum"),
    "nn": (
        *("celu", "elu", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish"),
        *("hard_tanh", "leaky_relu", "log_sigmoid", "log_softmax", "multi_hot", "one_hot", "relu"),
        *("relu6", "selu", "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign"),
        *("sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "swish", "tanh_shrink"),
        "threshold",
    ),
}
KERAS_MODULES = {name: module for module, names in IN_MODULES.items() for name in names}


def keras_class(op: Op) -> tuple[str, str]:
    """Return the module and the name of the class that an op is in Keras."""
    name = op.name.lstrip("_")
    words = LAYER_NAMES.get(name, name).split("_")
    return f"keras.src.ops.{KERAS_MODULES.get(name, 'numpy')}", "".join(map(str.capitalize, words))


#: The names of the ops by those of Keras's classes.
OF_KERAS = {keras_class(op)[1]: name for name, op in OPS.items()} | {"Divide": "divide"}
