/* The matmul for one instruction set and one type: a template, included by gemm.c.
 *
 * It is written in VECTOR (of LANES numbers of type REAL) and the operations on it; gemm.c defines
 * these and the size of a register tile, TILE_ROWS x TILE_VECTORS vectors. No include guard: each
 * inclusion makes the functions NAME(nn), NAME(nt), NAME(tn) anew.
 */

#define TILE_COLUMNS (TILE_VECTORS * LANES)
#define BLOCK_DEPTH 384            /* k's at a stretch: their rows of `right` stay cached */
#define UPDATE_ROWS (8 * TILE_ROWS) /* rows whose sums are made before they update weights */
#define BLOCK_ROWS (64 * TILE_ROWS) /* rows of `left` at a stretch: they stay cached too */

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

/* The part of out[rows,columns] = epilogue(a b) in these rows and columns, where
 * a[row,k] = left[row * a_row + k * a_k] and b is C-contiguous. Blocks of k go through `out` in
 * ascending order, so each sum stays one chain. */
ALWAYS_INLINE TARGET void NAME(part)(const PRODUCT *p, EPILOGUE epilogue, ptrdiff_t a_row,
                                     ptrdiff_t a_k, Range rows, Range columns) {
    for (ptrdiff_t top = rows.first; top < rows.end; top += BLOCK_ROWS) {
        const ptrdiff_t bottom = least(rows.end, top + BLOCK_ROWS);
        ptrdiff_t k = 0;
        do { /* once even without any k: out = epilogue(0) */
            const ptrdiff_t next_k = least(p->depth, k + BLOCK_DEPTH);
            const int done = next_k == p->depth;
            for (ptrdiff_t column = columns.first; column < columns.end; column += TILE_COLUMNS) {
                NAME(Tile) tile = {
                    .depth = next_k - k, .a_row = a_row, .a_k = a_k,
                    .b = p->right + k * p->columns + column, .b_k = p->columns,
                    .c_row = p->columns,
                    .columns = (int)least(TILE_COLUMNS, columns.end - column), .resume = k > 0,
                    .bias = done && epilogue.bias != NULL ? epilogue.bias + column : NULL,
                    .relu = done && epilogue.relu,
                };
                for (ptrdiff_t row = top, made; row < bottom; row += made) {
                    tile.a = p->left + row * a_row + k * a_k;
                    tile.c = p->out + row * p->columns + column;
                    made = NAME(tile_down)(bottom - row, &tile);
                    if (done && epilogue.then != NULL)
                        for (ptrdiff_t r = 0; r < made; r++)
                            epilogue.then(tile.c + r * p->columns, tile.c + r * p->columns,
                                          tile.columns);
                }
            }
            k = next_k;
        } while (k < p->depth);
    }
}

static TARGET void NAME(nn_part)(const void *product, Range rows, Range columns) {
    const PRODUCT *p = product;
    NAME(part)(p, p->epilogue, p->depth, 1, rows, columns);
}

static void NAME(nn)(const PRODUCT *p) {
    share((Shared){NAME(nn_part), p, p->rows, p->columns, TILE_ROWS, TILE_COLUMNS, LANES,
                   .rows_first = p->rows > p->columns},
          p->depth, PIECES_PER_THREAD);
}

static TARGET void NAME(tn_part)(const void *product, Range rows, Range columns) {
    const PRODUCT *p = product;
    const EPILOGUE none = {NULL, 0, NULL};
    NAME(part)(p, none, 1, p->rows, rows, columns);
}

static void NAME(tn)(const PRODUCT *p) {
    share((Shared){NAME(tn_part), p, p->rows, p->columns, TILE_ROWS, TILE_COLUMNS, LANES, 0},
          p->depth, PIECES_PER_THREAD);
}

/* SGD updates the weights straight from the registers of each tile. */
static TARGET void NAME(tn_sgd_part)(const void *product, Range rows, Range columns) {
    const PRODUCT *p = product;
    const REAL rate = (REAL)p->update.rate;
    for (ptrdiff_t column = columns.first; column < columns.end; column += TILE_COLUMNS) {
        NAME(Tile) tile = {
            .depth = p->depth, .a_row = 1, .a_k = p->rows,
            .b = p->right + column, .b_k = p->columns, .c_row = p->columns,
            .columns = (int)least(TILE_COLUMNS, columns.end - column), .rate = &rate,
        };
        for (ptrdiff_t row = rows.first; row < rows.end;) {
            tile.a = p->left + row;
            tile.c = p->out + row * p->columns + column;
            row += NAME(tile_down)(rows.end - row, &tile);
        }
    }
}

#include "gemm_update.h"

/* For the other rules the sums of some tiles below one another go into `g`, which stays in the
 * innermost cache, and from there into the weights. (Not from the registers of each tile: the roots
 * and divisions of Adam keep another unit busy than the sums do, and to change over takes a while.) */
static TARGET void NAME(tn_update_part)(const void *product, Range rows, Range columns) {
    const PRODUCT *p = product;
    REAL g[UPDATE_ROWS * TILE_COLUMNS];
    for (ptrdiff_t column = columns.first; column < columns.end; column += TILE_COLUMNS) {
        NAME(Tile) tile = {
            .depth = p->depth, .a_row = 1, .a_k = p->rows,
            .b = p->right + column, .b_k = p->columns, .c_row = TILE_COLUMNS,
            .columns = (int)least(TILE_COLUMNS, columns.end - column),
        };
        for (ptrdiff_t top = rows.first; top < rows.end; top += UPDATE_ROWS) {
            const ptrdiff_t height = least(UPDATE_ROWS, rows.end - top);
            for (ptrdiff_t row = 0; row < height;) {
                tile.a = p->left + top + row;
                tile.c = g + row * TILE_COLUMNS;
                row += NAME(tile_down)(height - row, &tile);
            }
            NAME(update)(p, top * p->columns + column, height, tile.columns, g);
        }
    }
}

static void NAME(tn_update)(const PRODUCT *p) {
    const Part part = p->update.rule == GEMM_SGD ? NAME(tn_sgd_part) : NAME(tn_update_part);
    share((Shared){part, p, p->rows, p->columns, TILE_ROWS, TILE_COLUMNS, LANES, 0},
          p->depth, PIECES_PER_THREAD);
}

/* out[0..size-1] becomes 0 where `mask` is not above 0. */
ALWAYS_INLINE TARGET void NAME(apply_mask)(const REAL *mask, REAL *out, ptrdiff_t size) {
    for (ptrdiff_t i = 0; i < size; i++) {
        const REAL sum = out[i]; /* read in any case, so that there is a choice and no jump */
        out[i] = mask[i] > 0 ? sum : 0;
    }
}

/* Neither operand has its vectors where a tile wants them, so tiles are of outᵀ = right leftᵀ:
 * some rows of `left`, the smaller operand in a training step, are transposed into `panel`, and
 * each tile is transposed on its way out. The mask comes last, on rows that are still cached. */
static TARGET void NAME(nt_part)(const void *product, Range columns, Range rows) {
    const PRODUCT *p = product;
    const ptrdiff_t depth = p->depth;
    REAL panel[BLOCK_DEPTH * TILE_COLUMNS], sums[TILE_ROWS * TILE_COLUMNS];
    for (ptrdiff_t row = rows.first; row < rows.end; row += TILE_COLUMNS) {
        const ptrdiff_t width = least(TILE_COLUMNS, rows.end - row);
        ptrdiff_t k = 0;
        do {
            const ptrdiff_t next_k = least(depth, k + BLOCK_DEPTH);
            for (ptrdiff_t r = 0; r < width; r++)
                for (ptrdiff_t i = k; i < next_k; i++)
                    panel[(i - k) * TILE_COLUMNS + r] = p->left[(row + r) * depth + i];
            NAME(Tile) tile = {
                .depth = next_k - k, .a_row = depth, .a_k = 1, .b = panel, .b_k = TILE_COLUMNS,
                .c = sums, .c_row = TILE_COLUMNS, .columns = (int)width, .resume = k > 0,
            };
            for (ptrdiff_t column = columns.first, made; column < columns.end; column += made) {
                REAL *corner = p->out + row * p->columns + column;
                const ptrdiff_t most = least(TILE_ROWS, columns.end - column);
                tile.a = p->right + column * depth + k;
                for (ptrdiff_t r = 0; tile.resume && r < width; r++)
                    for (ptrdiff_t j = 0; j < most; j++)
                        sums[j * TILE_COLUMNS + r] = corner[r * p->columns + j];
                made = NAME(tile_down)(most, &tile);
                for (ptrdiff_t r = 0; r < width; r++)
                    for (ptrdiff_t j = 0; j < made; j++)
                        corner[r * p->columns + j] = sums[j * TILE_COLUMNS + r];
            }
            k = next_k;
        } while (k < depth);
        for (ptrdiff_t r = row; p->mask != NULL && r < row + width; r++) {
            const ptrdiff_t first = r * p->columns + columns.first;
            NAME(apply_mask)(p->mask + first, p->out + first, columns.end - columns.first);
        }
    }
}

static void NAME(nt)(const PRODUCT *p) {
    share((Shared){NAME(nt_part), p, p->columns, p->rows, TILE_ROWS, TILE_COLUMNS, LANES,
                   .rows_first = p->columns > p->rows},
          p->depth, PIECES_PER_THREAD_NT);
}

#undef ALL_OF_TILE
#undef LOAD_VECTOR
#undef STORE_VECTOR
#undef TILE_COLUMNS
#undef BLOCK_DEPTH
#undef BLOCK_ROWS
#undef UPDATE_ROWS
#undef NAME
#undef REAL
#undef PRODUCT
#undef EPILOGUE
#undef VECTOR
#undef LANES
#undef MASK
#undef FIRST
#undef LOAD
#undef LOAD_FIRST
#undef STORE
#undef STORE_FIRST
#undef SPREAD
#undef ADD
#undef SUBTRACT
#undef MULTIPLY
#undef RELU
#undef FMA
