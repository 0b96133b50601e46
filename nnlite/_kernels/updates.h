/* The optimizers' updates of parameters, element by element; instructions are chosen at run time.
 *
 * reference.py states each formula. Every element's result depends on that element alone, and each
 * operation is rounded by itself, so the bits are the same at any vector width.
 */
#ifndef NNLITE_UPDATES_H
#define NNLITE_UPDATES_H

#include <stddef.h>

/* Every rule, by the name of its kernel; the last two are no kernels, but parts of some. */
#define UPDATE_RULES(X) \
    X(sgd_update) X(sgd_momentum_update) X(sgd_nesterov_update) \
    X(adam_update) X(adamax_update) X(nadam_update) X(rmsprop_update) \
    X(adagrad_update) X(adadelta_update) X(ftrl_update) X(lion_update) \
    X(lamb_direction) X(adafactor_vector_direction) \
    X(weight_decay_update) X(average_update) \
    X(sum_of_squares) X(add_squares)

/* One update of `size` elements. `arrays`, all float or all double, and `settings` come in the order
 * of the twin's signature; an optional array may be NULL. */
typedef void (*update)(ptrdiff_t size, void *const *arrays, const double *const *settings);

typedef struct {
    const update *f32, *f64; /* one for each rule */
} update_table;

/* The updates for this machine: the widest instructions that it has and that `cap` ("avx512",
 * "avx2", "neon", "plain"; NULL or "" for no cap) allows. */
const update_table *updates_choose(const char *cap);

/* The place of a rule in the tables; -1 where there is no rule of this name. */
int updates_find(const char *name);

#endif
