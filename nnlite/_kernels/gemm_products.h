/* The three products made of tiles, for one instruction set and one type: included by gemm.c after
 * gemm_tile.h, in whose words it is written. It ends with the names that both are written in.
 */

/* One operand: the number of row (or column) i at k is at[i * step + k * k_step]. */
typedef struct {
    const REAL *at;
    ptrdiff_t step, k_step;
} NAME(Operand);

#define ROWS_OF(matrix, columns) ((NAME(Operand)){matrix, columns, 1})
#define COLUMNS_OF(matrix, columns) ((NAME(Operand)){matrix, 1, columns})

ALWAYS_INLINE NAME(Operand) NAME(from)(NAME(Operand) x, ptrdiff_t first, ptrdiff_t k) {
    return (NAME(Operand)){x.at + first * x.step + k * x.k_step, x.step, x.k_step};
}

/* Copy rows (or columns) strip by strip, `width` of them in each: to[k * width + i]. */
ALWAYS_INLINE TARGET NAME(Operand) NAME(packed)(NAME(Operand) x, ptrdiff_t count, ptrdiff_t depth,
                                                const int width, REAL *to) {
    const ptrdiff_t whole = x.step == 1 ? count / width * width : 0;
    for (ptrdiff_t k = 0; k < depth; k++) /* outermost: what lies side by side is read at once */
        for (ptrdiff_t i = 0; i < whole; i += width)
            memcpy(to + i * depth + k * width, x.at + k * x.k_step + i,
                   (size_t)width * sizeof(REAL));
    for (ptrdiff_t i = whole; i < count; i++)
        for (ptrdiff_t k = 0; k < depth; k++)
            to[(i - i % width) * depth + k * width + i % width] = x.at[i * x.step + k * x.k_step];
    return (NAME(Operand)){to, 1, width};
}

/* What becomes of one tile, whose upper left corner in the product is [row,column] and below which
 * there are `rows` rows; returns how many it had. `last`: there are no k's after these. */
typedef ptrdiff_t (*NAME(Way))(const PRODUCT *p, NAME(Tile) * tile, ptrdiff_t row,
                               ptrdiff_t column, ptrdiff_t rows, int last);

/* A block of a product. */
typedef struct {
    Range rows, columns, ks;
} NAME(Block);

/* What is the same for the tiles of a block. */
ALWAYS_INLINE NAME(Tile) NAME(tile_of)(NAME(Operand) a, NAME(Operand) b, Range ks) {
    return (NAME(Tile)){
        .depth = ks.end - ks.first, .resume = ks.first > 0, .columns = TILE_COLUMNS,
        .a = a.at, .a_row = a.step, .a_k = a.k_step, .b = b.at, .b_k = b.k_step,
    };
}

/* The tiles below one another, then those beside them. They share columns of b, which stay in the
 * innermost cache; a tile wants vectors of them. */
ALWAYS_INLINE TARGET void NAME(by_columns)(const PRODUCT *p, NAME(Operand) a, NAME(Operand) b,
                                           NAME(Block) block, const NAME(Way) way) {
    const ptrdiff_t k = block.ks.first, depth = block.ks.end - k;
    const int last = block.ks.end == p->depth;
    for (ptrdiff_t column = block.columns.first; column < block.columns.end;) {
        const ptrdiff_t width = least(TILE_COLUMNS, block.columns.end - column);
        NAME(Operand) right = NAME(from)(b, column, k);
        if (b.step != 1)
            right = NAME(packed)(right, width, depth, TILE_COLUMNS, (REAL *)packed_columns);
        NAME(Tile) tile = NAME(tile_of)(a, right, block.ks);
        tile.columns = (int)width;
        for (ptrdiff_t row = block.rows.first; row < block.rows.end;) {
            tile.a = NAME(from)(a, row, k).at;
            row += way(p, &tile, row, column, block.rows.end - row, last);
        }
        column += width;
    }
}

/* The tiles beside one another, then those below them, all columns of b in strips that stay in the
 * second cache. Where they lie, each would come from one cache line, or one page of memory, for
 * each k; and rows that are 2^n bytes apart compete for a few places in the caches. */
ALWAYS_INLINE TARGET void NAME(by_rows)(const PRODUCT *p, NAME(Operand) a, NAME(Operand) b,
                                        NAME(Block) block, const NAME(Way) way) {
    const ptrdiff_t k = block.ks.first, depth = block.ks.end - k;
    const ptrdiff_t first = block.columns.first, end = block.columns.end;
    const int last = block.ks.end == p->depth;
    const NAME(Operand) strips = NAME(packed)(NAME(from)(b, first, k), end - first, depth,
                                              TILE_COLUMNS, (REAL *)packed_columns);
    for (ptrdiff_t row = block.rows.first, made; row < block.rows.end; row += made) {
        NAME(Operand) left = NAME(from)(a, row, k);
        made = least(TILE_ROWS, block.rows.end - row);
        if (a.k_step != 1) left = NAME(packed)(left, made, depth, TILE_ROWS, (REAL *)packed_rows);
        NAME(Tile) tile = NAME(tile_of)(left, strips, block.ks);
        for (ptrdiff_t column = first; column < end; column += TILE_COLUMNS) {
            tile.columns = (int)least(TILE_COLUMNS, end - column);
            made = way(p, &tile, row, column, block.rows.end - row, last);
            tile.b += TILE_COLUMNS * depth;
        }
    }
}

/* The part of the product a b in these rows and columns. Blocks of k follow each other in ascending
 * order, so that each sum stays one chain; or `whole`: one block, as sums have no place to wait. */
ALWAYS_INLINE TARGET void NAME(blocks)(const PRODUCT *p, NAME(Operand) a, NAME(Operand) b,
                                       int whole, Range rows, Range columns, const NAME(Way) way) {
    const int packs = is_packed(rows.end - rows.first, columns.end - columns.first, p->depth)
                      && !(whole && p->depth > MOST_PACKED_DEPTH);
    const ptrdiff_t depth = whole ? p->depth : packs ? PACKED_DEPTH : BLOCK_DEPTH;
    const int once = packs || b.step != 1; /* what is copied of b is to serve all rows */
    const ptrdiff_t height = once ? rows.end - rows.first : BLOCK_TILES * TILE_ROWS;
    const ptrdiff_t breadth = packs ? PACKED_COLUMNS_BYTES / (depth * (ptrdiff_t)sizeof(REAL))
                                          / TILE_COLUMNS * TILE_COLUMNS
                                    : columns.end - columns.first;
    NAME(Block) at = {.rows = {rows.first, 0}};
    for (; at.rows.first < rows.end; at.rows.first = at.rows.end) {
        at.rows.end = least(rows.end, at.rows.first + height);
        at.ks = (Range){0, 0};
        do { /* once even without any k: out = epilogue(0) */
            at.ks = (Range){at.ks.end, least(p->depth, at.ks.end + depth)};
            at.columns.first = columns.first;
            for (; at.columns.first < columns.end; at.columns.first = at.columns.end) {
                at.columns.end = least(columns.end, at.columns.first + breadth);
                if (packs) NAME(by_rows)(p, a, b, at, way);
                else NAME(by_columns)(p, a, b, at, way);
            }
        } while (at.ks.end < p->depth);
    }
}

/* --------------------------------------------------------------- out = epilogue(left right) */

static TARGET ptrdiff_t NAME(nn_tile)(const PRODUCT *p, NAME(Tile) * tile, ptrdiff_t row,
                                      ptrdiff_t column, ptrdiff_t rows, int last) {
    const EPILOGUE *e = &p->epilogue;
    tile->c = p->out + row * p->columns + column;
    tile->c_row = p->columns;
    tile->bias = last && e->bias != NULL ? e->bias + column : NULL;
    tile->relu = last && e->relu;
    const ptrdiff_t made = NAME(tile_down)(rows, tile);
    if (last && e->then != NULL)
        for (REAL *z = tile->c; z < tile->c + made * p->columns; z += p->columns)
            e->then(z, z, tile->columns);
    return made;
}

static TARGET void NAME(nn_part)(const void *product, Range rows, Range columns) {
    const PRODUCT *p = product;
    NAME(blocks)(p, ROWS_OF(p->left, p->depth), COLUMNS_OF(p->right, p->columns), 0, rows,
                 columns, NAME(nn_tile));
}

static void NAME(nn)(const PRODUCT *p) {
    share((Shared){NAME(nn_part), p, p->rows, p->columns, TILE_ROWS, TILE_COLUMNS, LANES,
                   p->rows > p->columns ? BY_ROWS : BY_TILES},
          p->depth, PIECES_PER_THREAD);
}

/* ------------------------------------------------------------------------ out = leftᵀ right */

ALWAYS_INLINE TARGET void NAME(tn_blocks)(const PRODUCT *p, int whole, Range rows, Range columns,
                                          const NAME(Way) way) {
    NAME(blocks)(p, COLUMNS_OF(p->left, p->rows), COLUMNS_OF(p->right, p->columns), whole, rows,
                 columns, way);
}

static TARGET ptrdiff_t NAME(tn_tile)(const PRODUCT *p, NAME(Tile) * tile, ptrdiff_t row,
                                      ptrdiff_t column, ptrdiff_t rows, int last) {
    (void)last;
    tile->c = p->out + row * p->columns + column;
    tile->c_row = p->columns;
    return NAME(tile_down)(rows, tile);
}

static TARGET void NAME(tn_part)(const void *product, Range rows, Range columns) {
    NAME(tn_blocks)(product, 0, rows, columns, NAME(tn_tile));
}

static void NAME(tn)(const PRODUCT *p) {
    share((Shared){NAME(tn_part), p, p->rows, p->columns, TILE_ROWS, TILE_COLUMNS, LANES, BY_TILES},
          p->depth, PIECES_PER_THREAD);
}

/* --------------------------------------- out, which are weights, updated by g = leftᵀ right */

/* SGD updates them straight from the registers. */
static TARGET ptrdiff_t NAME(sgd_tile)(const PRODUCT *p, NAME(Tile) * tile, ptrdiff_t row,
                                       ptrdiff_t column, ptrdiff_t rows, int last) {
    const REAL rate = (REAL)p->update.rate;
    tile->rate = &rate;
    return NAME(tn_tile)(p, tile, row, column, rows, last);
}

#include "gemm_update.h"

/* The other rules by way of a tile of their own, which stays in the innermost cache. */
static TARGET ptrdiff_t NAME(update_tile)(const PRODUCT *p, NAME(Tile) * tile, ptrdiff_t row,
                                          ptrdiff_t column, ptrdiff_t rows, int last) {
    REAL g[TILE_ROWS * TILE_COLUMNS];
    (void)last;
    tile->c = g;
    tile->c_row = TILE_COLUMNS;
    const ptrdiff_t made = NAME(tile_down)(rows, tile);
    NAME(update)(p, row * p->columns + column, made, tile->columns, g);
    return made;
}

static TARGET void NAME(sgd_part)(const void *product, Range rows, Range columns) {
    NAME(tn_blocks)(product, 1, rows, columns, NAME(sgd_tile));
}

static TARGET void NAME(update_part)(const void *product, Range rows, Range columns) {
    NAME(tn_blocks)(product, 1, rows, columns, NAME(update_tile));
}

static void NAME(tn_update)(const PRODUCT *p) {
    const Part part = p->update.rule == GEMM_SGD ? NAME(sgd_part) : NAME(update_part);
    share((Shared){part, p, p->rows, p->columns, TILE_ROWS, TILE_COLUMNS, LANES, BY_TILES},
          p->depth, PIECES_PER_THREAD);
}

/* -------------------------------------------------------------------- out = mask(left rightᵀ) */

/* out[0..size-1] becomes 0 where `mask` is not above 0. */
ALWAYS_INLINE TARGET void NAME(apply_mask)(const REAL *mask, REAL *out, ptrdiff_t size) {
    for (ptrdiff_t i = 0; i < size; i++) {
        const REAL sum = out[i]; /* read in any case, so that there is a choice and no jump */
        out[i] = mask[i] > 0 ? sum : 0;
    }
}

/* to[i * to_step + j] = from[j * from_step + i] for i < count and j < width. */
ALWAYS_INLINE TARGET void NAME(transpose)(const REAL *from, ptrdiff_t from_step, REAL *to,
                                          ptrdiff_t to_step, ptrdiff_t count, ptrdiff_t width) {
    for (ptrdiff_t i = 0; i < count; i++)
        for (ptrdiff_t j = 0; j < width; j++) to[i * to_step + j] = from[j * from_step + i];
}

/* Tiles are of outᵀ = right leftᵀ, since `left` is the smaller operand in a training step, and so
 * the one whose columns are packed into vectors; each tile is transposed on its way out. */
static TARGET ptrdiff_t NAME(nt_tile)(const PRODUCT *p, NAME(Tile) * tile, ptrdiff_t column,
                                      ptrdiff_t row, ptrdiff_t columns, int last) {
    REAL sums[TILE_ROWS * TILE_COLUMNS], *corner = p->out + row * p->columns + column;
    const ptrdiff_t most = least(TILE_ROWS, columns);
    (void)last;
    tile->c = sums;
    tile->c_row = TILE_COLUMNS;
    if (tile->resume)
        NAME(transpose)(corner, p->columns, sums, TILE_COLUMNS, most, tile->columns);
    const ptrdiff_t made = NAME(tile_down)(most, tile);
    NAME(transpose)(sums, TILE_COLUMNS, corner, p->columns, tile->columns, made);
    return made;
}

static TARGET void NAME(nt_part)(const void *product, Range columns, Range rows) {
    const PRODUCT *p = product;
    NAME(blocks)(p, ROWS_OF(p->right, p->depth), ROWS_OF(p->left, p->depth), 0, columns, rows,
                 NAME(nt_tile));
    for (ptrdiff_t row = rows.first; p->mask != NULL && row < rows.end; row++) {
        const ptrdiff_t first = row * p->columns + columns.first;
        NAME(apply_mask)(p->mask + first, p->out + first, columns.end - columns.first);
    }
}

static void NAME(nt)(const PRODUCT *p) {
    share((Shared){NAME(nt_part), p, p->columns, p->rows, TILE_ROWS, TILE_COLUMNS, LANES,
                   p->columns > p->rows ? BY_ROWS : BY_TILES},
          p->depth, PIECES_PER_THREAD_NT);
}

#undef ALL_OF_TILE
#undef LOAD_VECTOR
#undef STORE_VECTOR
#undef TILE_COLUMNS
#undef ROWS_OF
#undef COLUMNS_OF
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
