/* The updates of weights, but SGD's, by the sums of a few tiles: a part of gemm_tile.h, in the words
 * that gemm.c defines. reference.py states each formula. The operations and their order are those of
 * updates_loops.h, and so are the bits. */

/* An update spread over vectors; the arrays begin where the tiles do. */
typedef struct {
    VECTOR rate, momentum, rest_1, rest_2, epsilon, decay;
    REAL *weights, *state[GEMM_MOST_STATES];
} NAME(Update);

/* Where one vector lies in each array. */
typedef struct {
    ptrdiff_t start;
    int whole;
    MASK mask; /* of a vector that is not whole */
} NAME(Place);

ALWAYS_INLINE TARGET VECTOR NAME(get)(const REAL *array, NAME(Place) at) {
    return at.whole ? LOAD(array + at.start) : LOAD_FIRST(at.mask, array + at.start);
}

ALWAYS_INLINE TARGET void NAME(put)(REAL *array, NAME(Place) at, VECTOR x) {
    if (at.whole) STORE(array + at.start, x);
    else STORE_FIRST(at.mask, array + at.start, x);
}

/* Each rule gives the new weights for the gradient g, and puts away the new states. */

ALWAYS_INLINE TARGET VECTOR NAME(momentum)(const NAME(Update) * u, NAME(Place) at, VECTOR g,
                                           const int nesterov) {
    const VECTOR step = MULTIPLY(u->rate, g);
    const VECTOR old = MULTIPLY(u->momentum, NAME(get)(u->state[0], at));
    const VECTOR velocity = SUBTRACT(old, step);
    const VECTOR ahead = SUBTRACT(MULTIPLY(u->momentum, velocity), step);
    NAME(put)(u->state[0], at, velocity);
    return ADD(NAME(get)(u->weights, at), nesterov ? ahead : velocity);
}

ALWAYS_INLINE TARGET VECTOR NAME(adam)(const NAME(Update) * u, NAME(Place) at, VECTOR g,
                                       const int amsgrad, const int decays) {
    const VECTOR m = NAME(get)(u->state[0], at), v = NAME(get)(u->state[1], at);
    const VECTOR mean = ADD(m, MULTIPLY(SUBTRACT(g, m), u->rest_1));
    VECTOR square = ADD(v, MULTIPLY(SUBTRACT(MULTIPLY(g, g), v), u->rest_2));
    NAME(put)(u->state[0], at, mean);
    NAME(put)(u->state[1], at, square);
    if (amsgrad) {
        const VECTOR largest = NAME(get)(u->state[2], at);
        square = LARGER(largest, square);
        NAME(put)(u->state[2], at, square);
    }
    VECTOR weights = NAME(get)(u->weights, at);
    if (decays) weights = SUBTRACT(weights, MULTIPLY(u->decay, weights));
    return SUBTRACT(weights,
                    DIVIDE(MULTIPLY(mean, u->rate), ADD(SQRT(square), u->epsilon)));
}

/* With the rule known where this is inlined, so that the loop has no branch. */
ALWAYS_INLINE TARGET void NAME(update_by)(const gemm_rule rule, const NAME(Update) * u,
                                          ptrdiff_t row, ptrdiff_t rows, int columns,
                                          const REAL *g) {
    const MASK mask = FIRST(columns % LANES);
    for (ptrdiff_t r = 0; r < rows; r++)
        for (int c = 0; c < columns; c += LANES) {
            const NAME(Place) at = {r * row + c, columns - c >= LANES, mask};
            const VECTOR gradient = LOAD(g + r * TILE_COLUMNS + c);
            VECTOR updated;
            if (rule == GEMM_MOMENTUM) updated = NAME(momentum)(u, at, gradient, 0);
            else if (rule == GEMM_NESTEROV) updated = NAME(momentum)(u, at, gradient, 1);
            else updated = NAME(adam)(u, at, gradient, rule == GEMM_AMSGRAD, rule == GEMM_ADAMW);
            NAME(put)(u->weights, at, updated);
        }
}

/* Update the weights from `place` on, rows x columns of them, by g[rows, TILE_COLUMNS]. */
static TARGET void NAME(update)(const PRODUCT *p, ptrdiff_t place, ptrdiff_t rows, int columns,
                                const REAL *g) {
    const gemm_update *by = &p->update;
    NAME(Update) u = {
        .rate = SPREAD((REAL)by->rate), .momentum = SPREAD((REAL)by->momentum),
        .rest_1 = SPREAD((REAL)by->rest_1), .rest_2 = SPREAD((REAL)by->rest_2),
        .epsilon = SPREAD((REAL)by->epsilon), .decay = SPREAD((REAL)by->decay),
        .weights = p->out + place,
    };
    for (int i = 0; i < GEMM_MOST_STATES; i++)
        if (by->state[i] != NULL) u.state[i] = (REAL *)by->state[i] + place;
    switch (by->rule) {
    case GEMM_SGD: break; /* tn_sgd_part has done it */
    case GEMM_MOMENTUM: NAME(update_by)(GEMM_MOMENTUM, &u, p->columns, rows, columns, g); break;
    case GEMM_NESTEROV: NAME(update_by)(GEMM_NESTEROV, &u, p->columns, rows, columns, g); break;
    case GEMM_ADAM: NAME(update_by)(GEMM_ADAM, &u, p->columns, rows, columns, g); break;
    case GEMM_AMSGRAD: NAME(update_by)(GEMM_AMSGRAD, &u, p->columns, rows, columns, g); break;
    case GEMM_ADAMW: NAME(update_by)(GEMM_ADAMW, &u, p->columns, rows, columns, g); break;
    }
}
