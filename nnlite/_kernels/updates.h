/* The optimizers' updates of parameters, element by element; instructions are chosen at run time.
 *
 * reference.py states each formula. Every element's result depends on that element alone, and each
 * operation is rounded by itself, so the bits are the same at any vector width.
 */
#ifndef NNLITE_UPDATES_H
#define NNLITE_UPDATES_H

#include <math.h>
#include <stddef.h>

enum {
    SGD_UPDATE,
    SGD_MOMENTUM_UPDATE,
    SGD_NESTEROV_UPDATE,
    ADAM_UPDATE,
    RMSPROP_UPDATE,
    UPDATES /* how many there are */
};

/* One update of `size` elements. `arrays`, all float or all double, and `settings` come in the order
 * of the twin's signature; an optional array may be NULL. */
typedef void (*update)(ptrdiff_t size, void *const *arrays, const double *const *settings);

typedef struct {
    update f32[UPDATES], f64[UPDATES];
} update_table;

/* The learning rate of Adam's step, which makes up for means that began at 0. */
static inline double adam_rate(double learning_rate, double beta_1, double beta_2, double step) {
    return learning_rate * sqrt(1 - pow(beta_2, step)) / (1 - pow(beta_1, step));
}

/* The updates for this machine: the widest instructions that it has and that `cap` ("avx512",
 * "avx2", "neon", "plain"; NULL or "" for no cap) allows. */
const update_table *updates_choose(const char *cap);

#endif
