/* Activations that work element by element: the table of curves_table.h on arrays.
 *
 * Every element is computed alone by one fixed sequence of IEEE operations, so its bits depend on
 * neither its neighbours nor the vector width. (The gelu's erfc is the C
 * library's, element by element.)
 *
 * The largest errors in ulp, found on a million numbers, of what most rows are made of: 1.2 for
 * expm1 (the elu below 0), 1.95 for the softplus, and 30 for x - tanh x, whose polynomial is tanh's.
 */
#ifndef NNLITE_CURVES_H
#define NNLITE_CURVES_H

#include <stddef.h>

/* ys = value(xs) and ys = dys slope(xs); `curve` is a place in the table. ys lies apart. */
typedef struct {
    void (*value_f32)(
        int curve, float a, float b, float c, const float *xs, float *ys, ptrdiff_t size
    );
    void (*value_f64)(
        int curve, double a, double b, double c, const double *xs, double *ys, ptrdiff_t size
    );
    void (*slope_f32)(
        int curve, float a, float b, float c, const float *xs, const float *dys, float *ys,
        ptrdiff_t size
    );
    void (*slope_f64)(
        int curve, double a, double b, double c, const double *xs, const double *dys, double *ys,
        ptrdiff_t size
    );
} curves_functions;

/* The functions for this machine, no wider than `cap` allows (see vmath_choose). */
const curves_functions *curves_choose(const char *cap);

/* The names in the order of the table; NULL behind the last. */
const char *curves_name(int curve);

#endif
