/* One type's activations: what the expressions of curves_table.h share, and then the loops for every
 * instruction set. A template, included by curves.c for each type. */

#define R(literal) ((REAL)literal)

/* x s, but 0 where s is 0, though x may be infinite. */
ALWAYS_INLINE REAL NAME(gated)(REAL x, REAL s) { return s == 0 ? 0 : x * s; }

/* The slope of max(t, 0): 0, 1, and 1/2 at the kink, as the two share it. */
ALWAYS_INLINE REAL NAME(step)(REAL t) { return t > 0 ? 1 : t == 0 ? R(0.5) : 0; }

/* t, but at least 0 and at most b (NaN stays), and its slope, 0 at both kinks. */
ALWAYS_INLINE REAL NAME(within)(REAL t, REAL b) { return t < 0 ? 0 : t > b ? b : t; }
ALWAYS_INLINE REAL NAME(inside)(REAL t, REAL b) { return t > 0 ? (t < b ? 1 : 0) : 0; }

/* The normal distribution, and its density. */
ALWAYS_INLINE REAL NAME(normal)(REAL x) { return R(0.5) * ERFC(x * R(-0.70710678118654752440)); }
ALWAYS_INLINE REAL NAME(bell)(REAL x) {
    return R(0.39894228040143267794) * NAME(exp)(R(-0.5) * x * x);
}

/* (1 + tanh u) / 2 = sigmoid(2 u) with u = sqrt(2 / pi) (x + 0.044715 x^3). */
ALWAYS_INLINE REAL NAME(gelu_gate)(REAL x) {
    return NAME(sigmoid)(R(1.59576912160573071176) * FMA(R(0.044715) * x * x, x, x));
}
ALWAYS_INLINE REAL NAME(gelu_tanh_slope)(REAL x) {
    const REAL s = NAME(gelu_gate)(x), u = R(1.59576912160573071176) * (1 + R(0.134145) * x * x);
    return s + NAME(gated)(x * u, s * (1 - s));
}

ALWAYS_INLINE REAL NAME(silu_slope)(REAL x) {
    const REAL s = NAME(sigmoid)(x);
    return NAME(gated)(1 + NAME(gated)(x, 1 - s), s);
}

/* tanh(log(1 + e^x)) = n / (n + 2 q) with n = e^x (e^x + 2) and q = 1; above 0 both are divided by
 * e^2x, lest they overflow. */
ALWAYS_INLINE REAL NAME(mish_parts)(REAL x, REAL *q) {
    const REAL e = NAME(exp)(-SIZE(x));
    *q = x < 0 ? 1 : e * e;
    return x < 0 ? e * (e + 2) : 1 + 2 * e;
}
ALWAYS_INLINE REAL NAME(mish_gate)(REAL x) {
    REAL q;
    const REAL n = NAME(mish_parts)(x, &q);
    return n / (n + 2 * q);
}
ALWAYS_INLINE REAL NAME(mish_slope)(REAL x) {
    REAL q;
    const REAL n = NAME(mish_parts)(x, &q), d = n + 2 * q; /* 1 - tanh^2 = 2 q (n + d) / d^2 */
    return n / d + NAME(gated)(x, NAME(sigmoid)(x) * (2 * q / d) * ((n + d) / d));
}

ALWAYS_INLINE REAL NAME(softsign)(REAL x) {
    return SIZE(x) == INFINITY ? (x > 0 ? 1 : -1) : x / (1 + SIZE(x));
}

/* sqrt(x^2 + b); beyond FAR the b is below half an ulp, and x^2 may be infinite. */
ALWAYS_INLINE REAL NAME(square_root)(REAL x, REAL b) {
    return SIZE(x) > FAR ? SIZE(x) : SQRT(FMA(x, x, b));
}
/* (x + r) / 2 with that root; below 0, where x and r cancel, it is b / (r - x) / 2. */
ALWAYS_INLINE REAL NAME(squareplus)(REAL x, REAL b) {
    const REAL r = NAME(square_root)(x, b);
    return R(0.5) * (x < 0 ? b / (r - x) : x + r);
}
ALWAYS_INLINE REAL NAME(squareplus_slope)(REAL x, REAL b) {
    return SIZE(x) == INFINITY ? (x > 0 ? 1 : 0) : NAME(squareplus)(x, b) / NAME(square_root)(x, b);
}

#ifdef HAVE_X86
#define TARGET TARGET_AVX512
#define LOOPS(name) LOOP_NAME(name, avx512)
#include "curves_loops.h"
#undef TARGET
#undef LOOPS
#define TARGET TARGET_AVX2
#define LOOPS(name) LOOP_NAME(name, avx2)
#include "curves_loops.h"
#undef TARGET
#undef LOOPS
#endif
#define TARGET
#define LOOPS(name) LOOP_NAME(name, plain)
#include "curves_loops.h"
#undef TARGET
#undef LOOPS

#undef NAME
#undef LOOP_NAME
#undef REAL
#undef FMA
#undef SQRT
#undef SIZE
#undef ERFC
#undef FAR
#undef R
