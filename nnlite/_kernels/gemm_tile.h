/* The tile of the matmul for one instruction set and one type: a template, included by gemm.c.
 *
 * It is written in VECTOR (of LANES numbers of type REAL) and the operations on it; gemm.c defines
 * these and the size of a register tile, TILE_ROWS x TILE_VECTORS vectors. No include guard: each
 * inclusion makes the functions anew, and gemm_products.h the products from them.
 */

#define TILE_COLUMNS (TILE_VECTORS * LANES)

/* One tile: c[rows, vectors] = (or +=) a b, the sums held in registers over all k. */
typedef struct {
    ptrdiff_t depth;
    const REAL *a;
    ptrdiff_t a_row, a_k; /* steps from row to row and from k to k */
    const REAL *b;
    ptrdiff_t b_k;
    REAL *c;
    ptrdiff_t c_row;
    int columns;      /* numbers in a row of c; less than full vectors at the right edge */
    int resume;       /* the sums go on from those that c holds */
    const REAL *bias; /* added at the end, or NULL */
    int relu;
    const REAL *rate; /* c -= rate sums instead, or NULL */
} NAME(Tile);

#define ALL_OF_TILE \
    UNROLL for (int r = 0; r < rows; r++) \
        UNROLL for (int v = 0; v < vectors; v++)
#define LOAD_VECTOR(v, p) ((v) < full ? LOAD((p) + (v)*LANES) : LOAD_FIRST(mask, (p) + (v)*LANES))
#define STORE_VECTOR(v, p, x) \
    do { \
        if ((v) < full) STORE((p) + (v)*LANES, x); \
        else STORE_FIRST(mask, (p) + (v)*LANES, x); \
    } while (0)

/* Always inlined with constant rows, vectors and partial, and unrolled early, so that `sum` lives
 * in registers. `partial`: the last vector is not full. */
ALWAYS_INLINE TARGET void NAME(tile)(const int rows, const int vectors, const int partial,
                                     const NAME(Tile) * t) {
    VECTOR sum[TILE_ROWS][TILE_VECTORS], right[TILE_VECTORS];
    const int full = partial ? vectors - 1 : vectors;
    const MASK mask = FIRST(partial ? t->columns - full * LANES : 0);
    const REAL *a = t->a, *b = t->b, *bias = t->bias, *rate = t->rate;
    REAL *c = t->c;
    const ptrdiff_t a_row = t->a_row, a_k = t->a_k, b_k = t->b_k, c_row = t->c_row;
    const int relu = t->relu; /* a copy: the stores into c might change *t, for all C knows */
    (void)mask;               /* vectors of one lane are never partial */

    if (t->resume) {
        ALL_OF_TILE sum[r][v] = LOAD_VECTOR(v, c + r * c_row);
    } else {
        ALL_OF_TILE sum[r][v] = SPREAD(0);
    }
    for (ptrdiff_t k = t->depth; k > 0; k--, a += a_k, b += b_k) {
        UNROLL for (int v = 0; v < vectors; v++) right[v] = LOAD_VECTOR(v, b);
        UNROLL for (int r = 0; r < rows; r++) {
            const VECTOR left = SPREAD(a[r * a_row]);
            UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = FMA(left, right[v], sum[r][v]);
        }
    }
    if (bias != NULL) {
        UNROLL for (int v = 0; v < vectors; v++) right[v] = LOAD_VECTOR(v, bias);
        ALL_OF_TILE sum[r][v] = ADD(sum[r][v], right[v]);
    }
    if (relu) {
        ALL_OF_TILE sum[r][v] = RELU(sum[r][v]);
    }
    if (rate != NULL) { /* vector after vector: its store need not wait for the other sums */
        const VECTOR step = SPREAD(*rate);
        ALL_OF_TILE {
            const VECTOR old = LOAD_VECTOR(v, c + r * c_row);
            STORE_VECTOR(v, c + r * c_row, SUBTRACT(old, MULTIPLY(step, sum[r][v])));
        }
        return;
    }
    ALL_OF_TILE STORE_VECTOR(v, c + r * c_row, sum[r][v]);
}

/* The tile with `rows` rows (a constant) that is as wide as t->columns. */
ALWAYS_INLINE TARGET void NAME(tile_across)(const int rows, const NAME(Tile) * t) {
    const int partial = t->columns % LANES != 0;
    switch (2 * (t->columns / LANES + partial) + partial) {
    case 2: NAME(tile)(rows, 1, 0, t); break;
    case 3: NAME(tile)(rows, 1, 1, t); break;
    case 4: NAME(tile)(rows, 2, 0, t); break;
    case 5: NAME(tile)(rows, 2, 1, t); break;
#if TILE_VECTORS == 3
    case 6: NAME(tile)(rows, 3, 0, t); break;
    case 7: NAME(tile)(rows, 3, 1, t); break;
#endif
    }
}

/* One tile of at most `rows` rows; returns how many it had. */
static TARGET ptrdiff_t NAME(tile_down)(ptrdiff_t rows, const NAME(Tile) * t) {
    if (rows >= TILE_ROWS) { NAME(tile_across)(TILE_ROWS, t); return TILE_ROWS; }
    if (rows >= 4) { NAME(tile_across)(4, t); return 4; }
    if (rows >= 2) { NAME(tile_across)(2, t); return 2; }
    NAME(tile_across)(1, t);
    return 1;
}
