"""What usually makes an op give numbers that are not finite, and what to do about it."""

from __future__ import annotations

LOGARITHM = (
    "the logarithm of 0 is -inf, and of a negative number nan: keep it off, as in "
    "ops.log(ops.maximum(x, 1e-7)); for probabilities take a loss with from_logits=True"
)
EXPONENT = (
    "an exponential overflows, in float32 above 88.7: subtract the largest exponent first, as "
    "ops.softmax and ops.logsumexp do, or keep the exponent within bounds with ops.clip"
)
QUOTIENT = "a division by 0: add a small number below, or take ops.divide_no_nan"
ROOT = (
    "a root of a negative number is nan, and the slope of a root at 0 is inf: take "
    "ops.sqrt(ops.maximum(x, 1e-12))"
)
POWER = "a power of 0 or of a negative number: keep the base above 0 with ops.maximum(x, 1e-12)"
DOMAIN = "a number outside of what the function is defined for: ops.clip it first"
SPREAD = "a division by a spread of 0: all numbers of a row or column are the same"

#: By the name of an op.
OF_OPS = {
    **dict.fromkeys(("log", "log2", "log10", "log1p"), LOGARITHM),
    **dict.fromkeys(("exp", "exp2", "expm1", "sinh", "cosh", "logaddexp"), EXPONENT),
    **dict.fromkeys(("divide", "reciprocal", "mod", "floor_divide"), QUOTIENT),
    **dict.fromkeys(("sqrt", "rsqrt", "cbrt", "hypot"), ROOT),
    **dict.fromkeys(("arcsin", "arccos", "arccosh", "arctanh"), DOMAIN),
    **dict.fromkeys(("normalize_columns", "normalize_rows"), SPREAD),
    "power": POWER,
}

#: A number that is larger than this has not come about by itself.
LARGE = 1e6

#: How much larger the weights are after some steps where a training diverges.
DIVERGING = 100.0

SOMETHING_ELSE = (
    "weights, batch and nnlite's random numbers do not decide alone: an attribute that your own "
    "code changes has a hand in it, or random numbers of another library"
)
NO_RATE = (
    "the learning rate, or another number of the optimizer, is not finite: look at its schedule"
)
NO_EPSILON = (
    "the optimizer divides by the size of the gradients, which may be 0: give it an epsilon"
)
BY_NUMPY = "your own code has made it with numpy, which nobody watches: take nnlite.ops for it"
OVERFLOW = "the numbers have grown until they overflowed"
UNSCALED = "the inputs are large: scale them first, for example to mean 0 and spread 1"


def of_growth(learning_rate: float) -> str:
    """Say what to do where the weights grow from step to step."""
    return (
        f"the training diverges: the learning rate, {learning_rate:.4g}, is too large; try a tenth "
        "of it, or clipnorm=1.0"
    )
