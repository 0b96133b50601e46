/* exp, log, tanh and sigmoid on arrays: our own polynomials, the same bits on every machine.
 *
 * Every element is computed alone by one fixed sequence of IEEE operations, so its bits depend on
 * neither its neighbours nor the vector width. y may be x. NaN gives NaN, and the limits are exact:
 * exp(-inf) = 0, log(0) = -inf, tanh(+-inf) = +-1, denormal numbers are ordinary ones.
 *
 * The largest error in ulp (the distance between neighbouring numbers at the exact result), found
 * on all float32 numbers and on 10^8 float64 ones:
 *
 *             float32   float64
 *     exp       1.009     0.980
 *     log       0.840     0.844
 *     tanh      1.333     1.346
 *     sigmoid   0.997     0.980
 */
#ifndef NNLITE_VMATH_H
#define NNLITE_VMATH_H

#include <stddef.h>

typedef void vmath_f32(const float *x, float *y, ptrdiff_t size);
typedef void vmath_f64(const double *x, double *y, ptrdiff_t size);

typedef struct {
    vmath_f32 *exp_f32, *log_f32, *tanh_f32, *sigmoid_f32;
    vmath_f64 *exp_f64, *log_f64, *tanh_f64, *sigmoid_f64;
} vmath_functions;

/* The functions for this machine, no wider than `cap` allows (see gemm_choose, which refuses an
 * unknown cap; here it stands for "plain"). */
const vmath_functions *vmath_choose(const char *cap);

#endif
