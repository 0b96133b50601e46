/* Random words from a counter, and the normal distribution's quantiles. reference/random.py is the
 * specification: which word is whose, and what the polynomials are.
 *
 * Every word is computed alone, and every quantile by one sequence of operations that are each
 * rounded by itself, so the bits are the same at any vector width. */
#ifndef NNLITE_PHILOX_H
#define NNLITE_PHILOX_H

#include <stddef.h>
#include <stdint.h>

/* Words are made in groups: those of 16 blocks of 4. */
enum { PHILOX_LANES = 16, PHILOX_GROUP = 64 };

typedef struct {
    /* The words of the groups from `group` on, PHILOX_GROUP each. */
    void (*words)(uint64_t seed, uint64_t call, uint64_t group, ptrdiff_t groups, uint32_t *words);
    /* z with P(z) = p, P the normal distribution; `log` is that of p or, if p > 1/2, of 1 - p. */
    void (*inverse_normal)(const double *p, const double *log, double *z, ptrdiff_t size);
} philox_functions;

/* The functions for this machine, no wider than `cap` allows (see vmath_choose). */
const philox_functions *philox_choose(const char *cap);

#endif
