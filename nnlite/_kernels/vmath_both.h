/* vmath_scalar.h for both types: what exp and its like are, for whoever makes loops of them. */
#ifndef NNLITE_VMATH_BOTH_H
#define NNLITE_VMATH_BOTH_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "simd.h"

/* The polynomials have the least largest error of their degree (Remez's algorithm), relative to the
 * function: 2^-28 for exp, 2^-37 for log and 2^-32 for tanh in float32, 2^-64, 2^-59 and 2^-61 in
 * float64. LN2_HIGH ends in so many zeros that a multiple of it by an exponent is exact. */

#define NAME(name) name##_of_f32
#define REAL float
#define BITS uint32_t
#define FMA(a, b, c) fmaf(a, b, c)
#define MANTISSA 23
#define BIAS ((BITS)127)
#define TWO_TO_MANTISSA 0x1p23f
#define SMALLEST_NORMAL 0x1p-126f
#define LOG2_E 1.44269504f
#define LN2_HIGH 0x1.62e4p-1f
#define LN2_LOW 1.42860677e-6f
#define SIGN_BIT 0x80000000u
#define EXP_FAR 104.0f /* beyond it in either direction e^x is 0 or infinite */
#define EXP_POLYNOMIAL \
    1.381458482e-03f, 8.368724026e-03f, 4.166838899e-02f, 1.666652113e-01f, 4.999999404e-01f
#define LOG_POLYNOMIAL 2.358243465e-01f, 2.853729427e-01f, 4.000033438e-01f, 6.666666269e-01f
#define TANH_SEAM 0.625f
#define TANH_POLYNOMIAL \
    2.147435676e-03f, -8.182567544e-03f, 2.170292661e-02f, -5.394719541e-02f, 1.333321035e-01f, \
    -3.333333135e-01f
#include "vmath_scalar.h"

#define NAME(name) name##_of_f64
#define REAL double
#define BITS uint64_t
#define FMA(a, b, c) fma(a, b, c)
#define MANTISSA 52
#define BIAS ((BITS)1023)
#define TWO_TO_MANTISSA 0x1p52
#define SMALLEST_NORMAL 0x1p-1022
#define LOG2_E 1.4426950408889634
#define LN2_HIGH 6.93147180369123816490e-01
#define LN2_LOW 1.90821492927058770002e-10
#define SIGN_BIT 0x8000000000000000u
#define EXP_FAR 746.0
#define EXP_POLYNOMIAL \
    2.0826611542819107e-09, 2.5112048716244574e-08, 2.755758197139758e-07, 2.7557234828578055e-06, \
    2.4801586926386854e-05, 0.00019841269896416373, 0.001388888888911582, 0.008333333333317022, \
    0.041666666666666095, 0.16666666666666682, 0.5
#define LOG_POLYNOMIAL \
    0.14796261139803157, 0.15314021109801682, 0.1818356540813617, 0.22222198553756334, \
    0.2857142874256256, 0.3999999999941396, 0.6666666666666734
#define TANH_SEAM 0.625
#define TANH_POLYNOMIAL \
    6.055083318300084e-06, -3.021673521961192e-05, 9.158859985846316e-05, -0.00023702944934801096, \
    0.0005894583851596675, -0.0014557275617821774, 0.0035921142628473077, -0.008863234340656898, \
    0.021869488470600912, -0.05396825396613249, 0.13333333333329886, -0.33333333333333315
#include "vmath_scalar.h"

#endif
