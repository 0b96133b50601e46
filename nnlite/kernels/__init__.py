"""Kernels one can replace: a function of one's own in place of one of the engine's.

A kernel is a plain function on arrays, and the engine is a table of them. `check` tries a function
beside the numpy twin, which is the specification, and `override` lets the engine run it: every
layer, loss and optimizer that uses the kernel does.

    def my_relu(x, out):
        out[...] = np.maximum(x, 0)

    print(nnlite.kernels.check("relu_forward", my_relu))
    with nnlite.kernels.override("relu_forward", my_relu):
        model.fit(x, y)
    nnlite.kernels.names()  # what there is to replace
    print(nnlite.kernels.describe("dense_forward"))  # its arguments, arrays and formula

What is asked of a function stands in `nnlite/_kernels/__init__.py`.
"""

from ..on_demand import on_demand
from ..out_of_scope import watch

__all__ = [
    "KernelError",
    "KernelReport",
    "Override",
    "check",
    "describe",
    "names",
    "override",
    "restore",
]

# The samples are there for tests of kernels, too, which need nothing of all this.
on_demand(
    __name__,
    __all__,
    {
        "KernelError": "report",
        "KernelReport": "report",
        "Override": "overriding",
        "check": "checking",
        "describe": "specification",
        "names": "specification",
        "override": "overriding",
        "restore": "overriding",
    },
)
watch(__name__)
