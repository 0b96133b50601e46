"""The differentiable operations: a forward and a rule for its gradient, each as short as it can be.

`x=lambda dy, y: dy * y` above a function reads: the gradient that flows back to x, when dy flows
back to the result y. Shapes broadcast as in numpy, and the tape undoes the broadcasting. The names
are those of `keras.ops`. The fused operations of a network, in activations.py, matrices.py and
losses.py, arrange kernels.
"""

from .activations import (
    relu,
    sigmoid,
    softmax,
    tanh,
)
from .arithmetic import (
    _where,
    add,
    cast,
    clip,
    divide,
    maximum,
    minimum,
    multiply,
    negative,
    power,
    stop_gradient,
    subtract,
    where,
)
from .comparisons import (
    equal,
    greater,
    greater_equal,
    less,
    less_equal,
    not_equal,
)
from .elementary import (
    abs,
    cos,
    exp,
    expm1,
    log,
    log1p,
    sign,
    sin,
    sqrt,
    square,
)
from .indexing import (
    _concatenate,
    _getitem,
    concatenate,
    getitem,
    stack,
)
from .losses import (
    categorical_hinge,
    elementwise_loss,
    softmax_crossentropy,
    sparse_softmax_crossentropy,
    weighted_mean,
)
from .matrices import (
    dense,
    matmul,
)
from .reductions import (
    max,
    mean,
    min,
    sum,
)
from .shapes import (
    broadcast_to,
    expand_dims,
    reshape,
    squeeze,
    transpose,
)
