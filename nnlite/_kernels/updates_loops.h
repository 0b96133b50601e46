/* The loops of updates.c for one instruction set and type: NAME, REAL, SQRT, POW and TARGET are
 * defined where this is included. The compiler vectorises them. */

#define UPDATE(name) \
    TARGET static void NAME(name)(ptrdiff_t size, void *const *arrays, \
                                  const double *const *settings)

UPDATE(sgd_update) {
    REAL *w = arrays[0];
    const REAL *g = arrays[1];
    const REAL learning_rate = (REAL)*settings[0];
    for (ptrdiff_t i = 0; i < size; i++) w[i] -= learning_rate * g[i];
}

UPDATE(sgd_momentum_update) {
    REAL *w = arrays[0], *velocity = arrays[2];
    const REAL *g = arrays[1];
    const REAL learning_rate = (REAL)*settings[0], momentum = (REAL)*settings[1];
    for (ptrdiff_t i = 0; i < size; i++) {
        const REAL v = momentum * velocity[i] - learning_rate * g[i];
        velocity[i] = v;
        w[i] += v;
    }
}

UPDATE(sgd_nesterov_update) {
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

UPDATE(adam_update) {
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

UPDATE(rmsprop_update) {
    if (arrays[3] == NULL && arrays[4] == NULL)
        NAME(rmsprop_loop)(size, arrays, settings, 0, 0);
    else if (arrays[4] == NULL)
        NAME(rmsprop_loop)(size, arrays, settings, 1, 0);
    else if (arrays[3] == NULL)
        NAME(rmsprop_loop)(size, arrays, settings, 0, 1);
    else
        NAME(rmsprop_loop)(size, arrays, settings, 1, 1);
}

UPDATE(adagrad_update) {
    REAL *w = arrays[0], *accumulator = arrays[2];
    const REAL *g = arrays[1];
    const REAL learning_rate = (REAL)*settings[0], epsilon = (REAL)*settings[1];
    for (ptrdiff_t i = 0; i < size; i++) {
        const REAL sum = accumulator[i] + g[i] * g[i];
        accumulator[i] = sum;
        w[i] -= learning_rate * g[i] / SQRT(sum + epsilon);
    }
}

UPDATE(adadelta_update) {
    REAL *w = arrays[0], *v = arrays[2], *squared_steps = arrays[3];
    const REAL *g = arrays[1];
    const REAL learning_rate = (REAL)*settings[0], epsilon = (REAL)*settings[2];
    const REAL rho = (REAL)*settings[1], rest = (REAL)(1 - *settings[1]);
    for (ptrdiff_t i = 0; i < size; i++) {
        const REAL gradient = g[i], before = squared_steps[i];
        const REAL square = rho * v[i] + rest * (gradient * gradient);
        const REAL step = gradient * SQRT((before + epsilon) / (square + epsilon));
        v[i] = square;
        squared_steps[i] = rho * before + rest * (step * step);
        w[i] -= learning_rate * step;
    }
}

UPDATE(adamax_update) {
    REAL *w = arrays[0], *m = arrays[2], *largest = arrays[3];
    const REAL *g = arrays[1];
    const REAL rest_1 = (REAL)(1 - *settings[1]), beta_2 = (REAL)*settings[2];
    const REAL epsilon = (REAL)*settings[3];
    const REAL rate = (REAL)(*settings[0] / (1 - pow(*settings[1], *settings[4])));
    for (ptrdiff_t i = 0; i < size; i++) {
        const REAL gradient = g[i], mean = m[i] + (gradient - m[i]) * rest_1;
        const REAL before = beta_2 * largest[i];
        const REAL magnitude = gradient < 0 ? -gradient : gradient;
        const REAL larger = before > magnitude || before != before ? before : magnitude;
        m[i] = mean;
        largest[i] = larger;
        w[i] -= mean * rate / (larger + epsilon);
    }
}

UPDATE(nadam_update) {
    REAL *w = arrays[0], *m = arrays[2], *v = arrays[3];
    const REAL *g = arrays[1];
    const double learning_rate = *settings[0], beta_1 = *settings[1], beta_2 = *settings[2];
    const double step = *settings[4], product = *settings[5];
    const double now = beta_1 * (1 - 0.5 * pow(0.96, step));
    const double next = beta_1 * (1 - 0.5 * pow(0.96, step + 1));
    const REAL of_mean = (REAL)(learning_rate * next / (1 - product * next));
    const REAL of_gradient = (REAL)(learning_rate * (1 - now) / (1 - product));
    const REAL correction = (REAL)(1 / (1 - pow(beta_2, step)));
    const REAL rest_1 = (REAL)(1 - beta_1), rest_2 = (REAL)(1 - beta_2);
    const REAL epsilon = (REAL)*settings[3];
    for (ptrdiff_t i = 0; i < size; i++) {
        const REAL gradient = g[i], mean = m[i] + (gradient - m[i]) * rest_1;
        const REAL square = v[i] + (gradient * gradient - v[i]) * rest_2;
        m[i] = mean;
        v[i] = square;
        w[i] -= (of_mean * mean + of_gradient * gradient) / (SQRT(square * correction) + epsilon);
    }
}

/* With `root` known where this is inlined, since a power takes as long as all the rest. */
TARGET ALWAYS_INLINE void NAME(ftrl_loop)(ptrdiff_t size, void *const *arrays,
                                          const double *const *settings, const int root) {
    REAL *w = arrays[0], *accumulator = arrays[2], *linear = arrays[3];
    const REAL *g = arrays[1];
    const REAL power = (REAL)-*settings[1], per_rate = (REAL)(1 / *settings[0]);
    const REAL l1 = (REAL)*settings[2], twice_shrinkage = (REAL)(2 * *settings[4]);
    const REAL twice_l2 = (REAL)(2 * *settings[3] + *settings[5] / *settings[0]);
    for (ptrdiff_t i = 0; i < size; i++) {
        const REAL gradient = g[i], weight = w[i], before = accumulator[i];
        const REAL after = before + gradient * gradient;
        const REAL power_before = root ? SQRT(before) : POW(before, power);
        const REAL power_after = root ? SQRT(after) : POW(after, power);
        const REAL pull = (power_after - power_before) * per_rate * weight;
        const REAL sum = linear[i] + (gradient + twice_shrinkage * weight - pull);
        REAL clipped = sum < -l1 ? -l1 : sum;
        clipped = clipped > l1 ? l1 : clipped;
        accumulator[i] = after;
        linear[i] = sum;
        w[i] = (clipped - sum) / (power_after * per_rate + twice_l2);
    }
}

UPDATE(ftrl_update) {
    if (*settings[1] == -0.5)
        NAME(ftrl_loop)(size, arrays, settings, 1);
    else
        NAME(ftrl_loop)(size, arrays, settings, 0);
}

UPDATE(lion_update) {
    REAL *w = arrays[0], *m = arrays[2];
    const REAL *g = arrays[1];
    const REAL learning_rate = (REAL)*settings[0];
    const REAL beta_1 = (REAL)*settings[1], rest_1 = (REAL)(1 - *settings[1]);
    const REAL beta_2 = (REAL)*settings[2], rest_2 = (REAL)(1 - *settings[2]);
    for (ptrdiff_t i = 0; i < size; i++) {
        const REAL mixed = beta_1 * m[i] + rest_1 * g[i];
        REAL sign = mixed < 0 ? -1 : mixed; /* 0 and NaN are their own signs */
        sign = mixed > 0 ? 1 : sign;
        m[i] = beta_2 * m[i] + rest_2 * g[i];
        w[i] -= learning_rate * sign;
    }
}

UPDATE(lamb_direction) {
    const REAL *g = arrays[0];
    REAL *m = arrays[1], *v = arrays[2], *direction = arrays[3];
    const double beta_1 = *settings[0], beta_2 = *settings[1], step = *settings[3];
    const REAL rest_1 = (REAL)(1 - beta_1), rest_2 = (REAL)(1 - beta_2);
    const REAL correction_1 = (REAL)(1 / (1 - pow(beta_1, step)));
    const REAL correction_2 = (REAL)(1 / (1 - pow(beta_2, step)));
    const REAL epsilon = (REAL)*settings[2];
    for (ptrdiff_t i = 0; i < size; i++) {
        const REAL gradient = g[i], mean = m[i] + (gradient - m[i]) * rest_1;
        const REAL square = v[i] + (gradient * gradient - v[i]) * rest_2;
        m[i] = mean;
        v[i] = square;
        direction[i] = mean * correction_1 / (SQRT(square * correction_2) + epsilon);
    }
}

UPDATE(adafactor_vector_direction) {
    const REAL *g = arrays[0];
    REAL *v = arrays[1], *direction = arrays[2];
    const double rest = pow(*settings[2], *settings[0]);
    const REAL keep = (REAL)(1 - rest), add = (REAL)rest, epsilon = (REAL)*settings[1];
    for (ptrdiff_t i = 0; i < size; i++) {
        const REAL square = keep * v[i] + add * (g[i] * g[i] + epsilon);
        v[i] = square;
        direction[i] = g[i] / SQRT(square);
    }
}

UPDATE(weight_decay_update) {
    REAL *w = arrays[0];
    const REAL rate = (REAL)(*settings[0] * *settings[1]);
    for (ptrdiff_t i = 0; i < size; i++) w[i] -= rate * w[i];
}

UPDATE(average_update) {
    REAL *average = arrays[0];
    const REAL *w = arrays[1];
    const double momentum = *settings[1] == 1 ? 0 : *settings[0];
    const REAL keep = (REAL)momentum, add = (REAL)(1 - momentum);
    for (ptrdiff_t i = 0; i < size; i++) average[i] = keep * average[i] + add * w[i];
}

/* sum = Σ x², in float64: element i goes to lane i % 16, and the lanes are added in order. */
UPDATE(sum_of_squares) {
    const REAL *x = arrays[0];
    double lanes[16] = {0}, total = 0, *sum = arrays[1];
    const ptrdiff_t whole = size - size % 16;
    (void)settings;
    for (ptrdiff_t i = 0; i < whole; i += 16)
        for (int lane = 0; lane < 16; lane++) lanes[lane] += (double)x[i + lane] * x[i + lane];
    for (ptrdiff_t i = whole; i < size; i++) lanes[i - whole] += (double)x[i] * x[i];
    for (int lane = 0; lane < 16; lane++) total += lanes[lane];
    *sum = total;
}

/* sums += x², element by element, in float64. */
UPDATE(add_squares) {
    const REAL *x = arrays[0];
    double *sums = arrays[1];
    (void)settings;
    for (ptrdiff_t i = 0; i < size; i++) sums[i] += (double)x[i] * x[i];
}

#define RULE(name) NAME(name),
static const update NAME(rules)[] = {UPDATE_RULES(RULE)};

#undef RULE
#undef UPDATE
#undef NAME
#undef REAL
#undef SQRT
#undef POW
