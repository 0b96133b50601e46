/* The updates of weights with momentum, by the sums of a tile: a part of gemm_products.h, in the
 * words that gemm.c defines. The twins in reference/ state each formula. The operations and their
 * order are those of updates_loops.h, and so are the bits. */

/* An update spread over vectors; the arrays begin where the tiles do. */
typedef struct {
    VECTOR rate, momentum;
    REAL *weights, *velocity;
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

/* The new weights for the gradient g; the new velocity is put away. */
ALWAYS_INLINE TARGET VECTOR NAME(momentum)(const NAME(Update) * u, NAME(Place) at, VECTOR g,
                                           const int nesterov) {
    const VECTOR step = MULTIPLY(u->rate, g);
    const VECTOR old = MULTIPLY(u->momentum, NAME(get)(u->velocity, at));
    const VECTOR velocity = SUBTRACT(old, step);
    const VECTOR ahead = SUBTRACT(MULTIPLY(u->momentum, velocity), step);
    NAME(put)(u->velocity, at, velocity);
    return ADD(NAME(get)(u->weights, at), nesterov ? ahead : velocity);
}

/* With the rule known where this is inlined, so that the loop has no branch. */
ALWAYS_INLINE TARGET void NAME(update_by)(const int nesterov, const NAME(Update) * u,
                                          ptrdiff_t row, ptrdiff_t rows, int columns,
                                          const REAL *g) {
    const MASK mask = FIRST(columns % LANES);
    for (ptrdiff_t r = 0; r < rows; r++)
        for (int c = 0; c < columns; c += LANES) {
            const NAME(Place) at = {r * row + c, columns - c >= LANES, mask};
            const VECTOR gradient = LOAD(g + r * TILE_COLUMNS + c);
            NAME(put)(u->weights, at, NAME(momentum)(u, at, gradient, nesterov));
        }
}

/* Update the weights from `place` on, rows x columns of them, by g[rows, TILE_COLUMNS]. */
static TARGET void NAME(update)(const PRODUCT *p, ptrdiff_t place, ptrdiff_t rows, int columns,
                                const REAL *g) {
    const gemm_update *by = &p->update;
    const NAME(Update) u = {
        .rate = SPREAD((REAL)by->rate), .momentum = SPREAD((REAL)by->momentum),
        .weights = p->out + place, .velocity = (REAL *)by->velocity + place,
    };
    if (by->rule == GEMM_NESTEROV) NAME(update_by)(1, &u, p->columns, rows, columns, g);
    else NAME(update_by)(0, &u, p->columns, rows, columns, g); /* sgd_tile does SGD's */
}
