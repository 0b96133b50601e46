/* The table of the activations that work element by element: CURVE(name, value, slope).
 *
 * Twin of CURVES in reference/curves.py, in whose order they stand. Whoever includes it says what
 * becomes of a row. An expression reads x and the row's numbers a, b, c, all of the type REAL; a
 * literal that is no whole number is written R(0.5). Functions whose names are in NAME() are those
 * of vmath_scalar.h, and of curves_loops.h:
 *
 *     gated(x, s)    x s, but 0 where s = 0, for x may be infinite
 *     step(t)        the slope of max(t, 0): 1/2 at the kink
 *     within(t, b)   t, but at least 0 and at most b
 *     inside(t, b)   its slope: 0 at both kinks
 *
 * Slopes at kinks are those that Keras has with jax.
 */
CURVE(elu, b * (x > 0 ? x : a * NAME(expm1)(x / c)), b * (x > 0 ? 1 : a / c * NAME(exp)(x / c)))
CURVE(gelu, NAME(gated)(x, NAME(normal)(x)), NAME(normal)(x) + NAME(gated)(x, NAME(bell)(x)))
CURVE(gelu_tanh, NAME(gated)(x, NAME(gelu_gate)(x)), NAME(gelu_tanh_slope)(x))
CURVE(hard_shrink, SIZE(x) <= a ? 0 : x, SIZE(x) <= a ? 0 : 1)
CURVE(hard_sigmoid, NAME(within)(x + 3, 6) / 6, NAME(inside)(x + 3, 6) / 6)
CURVE(
    hard_silu, NAME(gated)(x, NAME(within)(x + 3, 6) / 6),
    NAME(within)(x + 3, 6) / 6 + NAME(gated)(x, NAME(inside)(x + 3, 6) / 6)
)
CURVE(hard_tanh, x > 1 ? 1 : x < -1 ? -1 : x, SIZE(x) <= 1 ? 1 : 0)
CURVE(leaky_relu, x >= 0 ? x : a * x, x >= 0 ? 1 : a)
CURVE(log_sigmoid, (x < 0 ? x : 0) - NAME(log1p)(NAME(exp)(-SIZE(x))), NAME(sigmoid)(-x))
CURVE(mish, NAME(gated)(x, NAME(mish_gate)(x)), NAME(mish_slope)(x))
CURVE(
    relu, (x <= c ? 0 : b < INFINITY ? NAME(within)(x, b) : x) + (x < c ? NAME(gated)(x - c, a) : 0),
    x > c ? (b < INFINITY ? NAME(step)(x) * NAME(step)(b - x) : 1) : (x < c ? a : 0)
)
CURVE(relu6, NAME(within)(x, 6), NAME(inside)(x, 6))
CURVE(silu, NAME(gated)(x, NAME(sigmoid)(x)), NAME(silu_slope)(x))
CURVE(soft_shrink, SIZE(x) <= a ? 0 : x > 0 ? x - a : x + a, SIZE(x) <= a ? 0 : 1)
CURVE(softplus, (x < 0 ? 0 : x) + NAME(log1p)(NAME(exp)(-SIZE(x))), NAME(sigmoid)(x))
CURVE(softsign, NAME(softsign)(x), 1 / (1 + SIZE(x)) / (1 + SIZE(x)))
CURVE(
    sparse_plus, x <= -1 ? 0 : x >= 1 ? x : (x + 1) * (x + 1) / 4,
    x <= -1 ? 0 : x >= 1 ? 1 : (x + 1) / 2
)
CURVE(sparse_sigmoid, NAME(within)(x + 1, 2) / 2, NAME(step)(x + 1) * NAME(step)(2 - (x + 1)) / 2)
CURVE(squareplus, NAME(squareplus)(x, a), NAME(squareplus_slope)(x, a))
CURVE(tanh_shrink, NAME(tanh_shrink)(x), NAME(tanh)(x) * NAME(tanh)(x))
CURVE(threshold, x <= a ? b : x, x <= a ? 0 : 1)
