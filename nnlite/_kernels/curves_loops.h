/* The loops over arrays for one type and one instruction set: a template, included by curves.c. */

#define LOOP(name, expression) \
    case CURVE_##name: \
        for (ptrdiff_t i = 0; i < size; i++) { \
            const REAL x = xs[i]; \
            ys[i] = expression; \
        } \
        return;

/* ys = value(xs) */
static TARGET void LOOPS(value)(
    int curve, REAL a, REAL b, REAL c, const REAL *restrict xs, REAL *restrict ys, ptrdiff_t size
) {
    switch (curve) {
#define CURVE(name, value, slope) LOOP(name, (value))
#include "curves_table.h"
#undef CURVE
    }
}

/* ys = dys slope(xs) */
static TARGET void LOOPS(slope)(
    int curve, REAL a, REAL b, REAL c, const REAL *restrict xs, const REAL *restrict dys,
    REAL *restrict ys, ptrdiff_t size
) {
    switch (curve) {
#define CURVE(name, value, slope) LOOP(name, dys[i] * (slope))
#include "curves_table.h"
#undef CURVE
    }
}

#undef LOOP
