/* exp, log, tanh, sigmoid and their like of one number: a template, included for each type.
 *
 * Written for the vectorizer of the compiler: no branches, no tables, no conversions between
 * integers and floating numbers (their bits do), no shifts of negative numbers. Both sides of every
 * choice are computed. No include guard: each inclusion makes NAME(exp) and the others anew.
 */

ALWAYS_INLINE BITS NAME(to_bits)(REAL x) {
    BITS bits;
    memcpy(&bits, &x, sizeof x);
    return bits;
}

ALWAYS_INLINE REAL NAME(from_bits)(BITS bits) {
    REAL x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* c[0] x^(count-1) + ... + c[count-1], by Horner's rule. `count` is a constant. */
ALWAYS_INLINE REAL NAME(polynomial)(REAL x, const REAL *c, const int count) {
    REAL sum = c[0];
    UNROLL for (int i = 1; i < count; i++) sum = FMA(sum, x, c[i]);
    return sum;
}

/* e^x = 2^n e^r with n = x / log 2 rounded, so |r| <= log(2) / 2, and e^r = 1 + r + r^2 P(r). Returns
 * e^r - 1, and 2^n in two factors, each of them a normal number even where e^x is denormal or
 * infinite. For a NaN it is some number. */
ALWAYS_INLINE REAL NAME(exp_parts)(REAL x, REAL *factor, REAL *other_factor) {
    static const REAL c[] = {EXP_POLYNOMIAL};
    const REAL to_integer = (REAL)1.5 * TWO_TO_MANTISSA; /* added, it leaves no fraction */
    const BITS sign = NAME(to_bits)(x) & SIGN_BIT;
    const REAL size = NAME(from_bits)(NAME(to_bits)(x) ^ sign);
    const REAL near = size > EXP_FAR ? EXP_FAR : size; /* two limits: worse code from gcc */
    const REAL in_range = NAME(from_bits)(NAME(to_bits)(near) | sign);
    const REAL shifted = FMA(in_range, LOG2_E, to_integer), n = shifted - to_integer;
    const REAL r = FMA(n, -LN2_LOW, FMA(n, -LN2_HIGH, in_range));
    const BITS biased = NAME(to_bits)(shifted) - NAME(to_bits)(to_integer) + 2 * BIAS;
    const BITS half = biased >> 1;
    *factor = NAME(from_bits)(half << MANTISSA);
    *other_factor = NAME(from_bits)((biased - half) << MANTISSA);
    return FMA(r * r, NAME(polynomial)(r, c, (int)(sizeof c / sizeof c[0])), r);
}

/* e^x; `low` is what the rounding of 1 + (e^r - 1) lost. */
ALWAYS_INLINE REAL NAME(exp_and_low)(REAL x, REAL *low) {
    REAL factor, other_factor;
    const REAL above_1 = NAME(exp_parts)(x, &factor, &other_factor), power = 1 + above_1;
    *low = (above_1 - (power - 1)) * factor * other_factor;
    return x != x ? x + x : power * factor * other_factor;
}

ALWAYS_INLINE REAL NAME(exp)(REAL x) {
    REAL low;
    return NAME(exp_and_low)(x, &low);
}

/* e^x - 1 = 2^n (e^r - 1) + (2^n - 1), exact for small x too, where n = 0. From 40 on the 1 is below
 * half an ulp, and 2^n may be infinite. */
ALWAYS_INLINE REAL NAME(expm1)(REAL x) {
    REAL factor, other_factor;
    const REAL above_1 = NAME(exp_parts)(x, &factor, &other_factor);
    const REAL power = factor * other_factor, near = FMA(above_1, power, power - 1);
    const REAL y = x > 40 ? (1 + above_1) * factor * other_factor : near;
    return x != x ? x + x : x == 0 ? x : y; /* -0 stays */
}

/* log x = k log 2 + log m with sqrt(1/2) <= m < sqrt(2); with f = m - 1 and s = f / (2 + f) the odd
 * series log m = 2 s + s^3 (...) is f - f^2/2 + s (f^2/2 + s^2 P(s^2)), whose largest term, f, is
 * exact. (After fdlibm, e_log.c; polynomials are our own.) */
ALWAYS_INLINE REAL NAME(log)(REAL x) {
    static const REAL c[] = {LOG_POLYNOMIAL};
    const BITS root = NAME(to_bits)((REAL)0.70710678118654752440);
    const int denormal = x < SMALLEST_NORMAL;
    const BITS bits = NAME(to_bits)(denormal ? x * TWO_TO_MANTISSA : x);
    const BITS biased = bits - root + (BIAS << MANTISSA); /* k + BIAS, then what m is above root */
    const REAL m = NAME(from_bits)((biased & (((BITS)1 << MANTISSA) - 1)) + root);
    const REAL from_biased = TWO_TO_MANTISSA + (REAL)BIAS;
    const REAL k = NAME(from_bits)((biased >> MANTISSA) | NAME(to_bits)(TWO_TO_MANTISSA))
                   - (denormal ? from_biased + MANTISSA : from_biased);
    const REAL f = m - 1, s = f / (2 + f), z = s * s, half_square = (REAL)0.5 * f * f;
    const REAL rest = z * NAME(polynomial)(z, c, (int)(sizeof c / sizeof c[0]));
    const REAL low = FMA(s, half_square + rest, k * LN2_LOW);
    REAL y = FMA(k, LN2_HIGH, f - (half_square - low));
    y = x < 0 ? (REAL)NAN : y;
    y = x == 0 ? -(REAL)INFINITY : y;
    return x < (REAL)INFINITY ? y : x + x; /* infinity and NaN stay */
}

/* log(1 + x) for 0 <= x <= 1, exact for small x too: the log of the rounded sum, and what the
 * rounding lost. */
ALWAYS_INLINE REAL NAME(log1p)(REAL x) {
    const REAL sum = 1 + x;
    return NAME(log)(sum) + (x - (sum - 1)) / sum;
}

/* P(z) of tanh x = x + x^3 P(x^2), for |x| < TANH_SEAM. */
ALWAYS_INLINE REAL NAME(tanh_polynomial)(REAL z) {
    static const REAL c[] = {TANH_POLYNOMIAL};
    return NAME(polynomial)(z, c, (int)(sizeof c / sizeof c[0]));
}

/* tanh |x| by the polynomial below TANH_SEAM, and 1 - 2 / (e^(2|x|) + 1) above. */
ALWAYS_INLINE REAL NAME(tanh)(REAL x) {
    const BITS sign = NAME(to_bits)(x) & SIGN_BIT;
    const REAL size = NAME(from_bits)(NAME(to_bits)(x) ^ sign), z = size * size;
    const REAL near = FMA(size * z, NAME(tanh_polynomial)(z), size);
    const REAL far = 1 - 2 / (NAME(exp)(2 * size) + 1);
    const REAL y = NAME(from_bits)(NAME(to_bits)(size < TANH_SEAM ? near : far) | sign);
    return x != x ? x + x : y;
}

/* x - tanh x, which is the polynomial's alone where they nearly cancel. */
ALWAYS_INLINE REAL NAME(tanh_shrink)(REAL x) {
    const REAL z = x * x;
    return z < TANH_SEAM * TANH_SEAM ? -(x * z) * NAME(tanh_polynomial)(z) : x - NAME(tanh)(x);
}

/* 1 / (1 + e) with e = e^-|x|, so that nothing overflows, and e / (1 + e) below 0. Three roundings
 * come together in that, so the quotient is corrected by what they lost. */
ALWAYS_INLINE REAL NAME(sigmoid)(REAL x) {
    REAL e_low;
    const REAL e = NAME(exp_and_low)(NAME(from_bits)(NAME(to_bits)(x) | SIGN_BIT), &e_low);
    const REAL over = x < 0 ? e : 1, over_low = x < 0 ? e_low : 0;
    const REAL under = 1 + e, under_low = e - (under - 1) + e_low;
    const REAL quotient = over / under;
    const REAL lost = FMA(-quotient, under, over) + FMA(-quotient, under_low, over_low);
    const REAL y = FMA(x < 0 ? 1 - quotient : quotient, lost, quotient); /* lost / under */
    return x != x ? x + x : y;
}

#undef NAME
#undef REAL
#undef BITS
#undef FMA
#undef MANTISSA
#undef BIAS
#undef TWO_TO_MANTISSA
#undef SMALLEST_NORMAL
#undef LOG2_E
#undef LN2_HIGH
#undef LN2_LOW
#undef SIGN_BIT
#undef EXP_FAR
#undef EXP_POLYNOMIAL
#undef LOG_POLYNOMIAL
#undef TANH_POLYNOMIAL
#undef TANH_SEAM
