/* The loops of updates.c for one instruction set and type: NAME, REAL, SQRT and TARGET are defined
 * where this is included. The compiler vectorises them. */

TARGET static void NAME(sgd)(ptrdiff_t size, void *const *arrays, const double *const *settings) {
    REAL *w = arrays[0];
    const REAL *g = arrays[1];
    const REAL learning_rate = (REAL)*settings[0];
    for (ptrdiff_t i = 0; i < size; i++) w[i] -= learning_rate * g[i];
}

TARGET static void NAME(sgd_momentum)(ptrdiff_t size, void *const *arrays,
                                      const double *const *settings) {
    REAL *w = arrays[0], *velocity = arrays[2];
    const REAL *g = arrays[1];
    const REAL learning_rate = (REAL)*settings[0], momentum = (REAL)*settings[1];
    for (ptrdiff_t i = 0; i < size; i++) {
        const REAL v = momentum * velocity[i] - learning_rate * g[i];
        velocity[i] = v;
        w[i] += v;
    }
}

TARGET static void NAME(sgd_nesterov)(ptrdiff_t size, void *const *arrays,
                                      const double *const *settings) {
    REAL *w = arrays[0], *velocity = arrays[2];
    const REAL *g = arrays[1];
    const REAL learning_rate = (REAL)*settings[0], momentum = (REAL)*settings[1];
    for (ptrdiff_t i = 0; i < size; i++) {
        const REAL step = learning_rate * g[i];
        const REAL v = momentum * velocity[i] - step;
        velocity[i] = v;
        w[i] += momentum * v - step;
    }
}

/* With `amsgrad` known where this is inlined, so that the loop has no branch. */
TARGET ALWAYS_INLINE void NAME(adam_loop)(ptrdiff_t size, void *const *arrays,
                                          const double *const *settings, const int amsgrad) {
    REAL *w = arrays[0], *m = arrays[2], *v = arrays[3], *largest = arrays[4];
    const REAL *g = arrays[1];
    const double learning_rate = *settings[0], beta_1 = *settings[1], beta_2 = *settings[2];
    const REAL epsilon = (REAL)*settings[3], rest_1 = (REAL)(1 - beta_1), rest_2 = (REAL)(1 - beta_2);
    const REAL alpha = (REAL)adam_rate(learning_rate, beta_1, beta_2, *settings[4]);
    for (ptrdiff_t i = 0; i < size; i++) {
        const REAL gradient = g[i];
        const REAL mean = m[i] + (gradient - m[i]) * rest_1;
        REAL square = v[i] + (gradient * gradient - v[i]) * rest_2;
        m[i] = mean;
        v[i] = square;
        if (amsgrad) {
            const REAL before = largest[i];
            square = before > square || before != before ? before : square; /* NaN stays NaN */
            largest[i] = square;
        }
        w[i] -= mean * alpha / (SQRT(square) + epsilon);
    }
}

TARGET static void NAME(adam)(ptrdiff_t size, void *const *arrays, const double *const *settings) {
    if (arrays[4] == NULL)
        NAME(adam_loop)(size, arrays, settings, 0);
    else
        NAME(adam_loop)(size, arrays, settings, 1);
}

/* With `momentous` and `centered` known where this is inlined, so that the loop has no branch. */
TARGET ALWAYS_INLINE void NAME(rmsprop_loop)(ptrdiff_t size, void *const *arrays,
                                             const double *const *settings, const int momentous,
                                             const int centered) {
    REAL *w = arrays[0], *v = arrays[2], *trace = arrays[3], *average = arrays[4];
    const REAL *g = arrays[1];
    const REAL learning_rate = (REAL)*settings[0], momentum = (REAL)*settings[2];
    const REAL rho = (REAL)*settings[1], rest = (REAL)(1 - *settings[1]);
    const REAL epsilon = (REAL)*settings[3];
    for (ptrdiff_t i = 0; i < size; i++) {
        const REAL gradient = g[i];
        REAL variance = rho * v[i] + rest * (gradient * gradient);
        v[i] = variance;
        if (centered) {
            const REAL mean = rho * average[i] + rest * gradient;
            average[i] = mean;
            variance -= mean * mean;
        }
        REAL step = learning_rate * gradient / SQRT(variance + epsilon);
        if (momentous) {
            step = momentum * trace[i] + step;
            trace[i] = step;
        }
        w[i] -= step;
    }
}

TARGET static void NAME(rmsprop)(ptrdiff_t size, void *const *arrays,
                                 const double *const *settings) {
    if (arrays[3] == NULL && arrays[4] == NULL)
        NAME(rmsprop_loop)(size, arrays, settings, 0, 0);
    else if (arrays[4] == NULL)
        NAME(rmsprop_loop)(size, arrays, settings, 1, 0);
    else if (arrays[3] == NULL)
        NAME(rmsprop_loop)(size, arrays, settings, 0, 1);
    else
        NAME(rmsprop_loop)(size, arrays, settings, 1, 1);
}

#undef NAME
#undef REAL
#undef SQRT
