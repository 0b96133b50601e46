"""The numpy twins: the specification of every kernel, written to be read.

A kernel is a plain function on arrays. It writes into arrays that it is given and returns nothing.
Each function here has a compiled twin of the same name and signature, in the .pyx file of the same
name, and the two agree up to the rounding of sums. Floating arrays of one call share one dtype,
float32 or float64; labels and indices are int64.

Axes are named by letters: B batch, I inputs of a layer, O its outputs, C classes, N rows of a
data set, or all elements of an array that is seen as one row. The line above each function says
which axes must agree (see `door.py`).
"""

from .activations import (
    EPILOGUES,
    log_softmax_forward,
    log_softmax_vjp,
    relu_forward,
    relu_vjp,
    sigmoid_forward,
    sigmoid_vjp,
    softmax_forward,
    softmax_vjp,
    sparsemax_forward,
    sparsemax_vjp,
    tanh_forward,
    tanh_vjp,
)
from .adaptive import (
    adafactor_direction,
    adafactor_means,
    adafactor_rate,
    lamb_rate,
    nadam_product,
)
from .arithmetic import (
    FUNCTIONS,
    OPERATIONS,
    clip,
    clip_vjp,
    combine,
    extreme_vjp,
    fill,
    insert_columns,
    mask_fill,
    scale,
    take_columns,
    transform,
)
from .checksums import crc32c
from .counts import (
    argmax_rows,
    count_between,
    count_pairs,
    in_top_k,
    keep_top_k,
    mark_largest,
    whole_numbers,
)
from .data import (
    gather_rows,
    take_rows,
    take_rows_vjp,
)
from .dense import (
    dense_backward_bias,
    dense_backward_input,
    dense_backward_input_relu,
    dense_backward_kernel,
    dense_forward,
    dense_sgd_momentum_update,
    dense_sgd_nesterov_update,
    dense_sgd_update,
)
from .elementwise_activations import (
    CURVES,
    activate,
    activate_vjp,
)
from .elementwise_losses import (
    FORMULAS,
    elementwise_loss,
    elementwise_loss_vjp,
)
from .losses import (
    categorical_hinge,
    categorical_hinge_vjp,
    ignore_labels,
    normalized_weights,
    signed_labels,
    softmax_crossentropy,
    softmax_crossentropy_vjp,
    sparse_softmax_crossentropy,
    sparse_softmax_crossentropy_vjp,
    weighted_mean,
    weighted_mean_vjp,
)
from .metrics import (
    accumulate_mean,
    accumulate_moments,
    binary_accuracy,
    categorical_accuracy,
    equal_share,
    sparse_categorical_accuracy,
)
from .normalization import (
    column_moments,
    moving_average_update,
    normalize_columns_forward,
    normalize_columns_vjp,
    normalize_rows_forward,
    normalize_rows_vjp,
)
from .optimizers import (
    adadelta_update,
    adafactor_vector_direction,
    adagrad_update,
    adam_update,
    adamax_update,
    average_update,
    ftrl_update,
    lamb_direction,
    lion_update,
    nadam_update,
    rmsprop_update,
    sgd_momentum_update,
    sgd_nesterov_update,
    sgd_update,
    weight_decay_update,
)
from .penalties import (
    accumulate_squares,
    l1_l2_penalty,
    l1_l2_penalty_vjp,
    limit_norm,
    limit_norms,
)
from .random import (
    random_mask,
    random_normal,
    random_uniform,
)
from .tiles import (
    extreme_of_tiles,
    sum_tiles,
    tile,
    transpose_blocks,
)
