/* The matmul for each instruction set: gemm_tile.h and gemm_products.h are included once for every
 * set and type, with the vector operations they are written in. */
#include "gemm.h"

#include <math.h>
#include <string.h>

#include "simd.h"

#ifdef HAVE_X86
#include <immintrin.h>
#endif
#ifdef HAVE_NEON
#include <arm_neon.h>
#endif

ALWAYS_INLINE ptrdiff_t least(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

/* -------------------------------------------------------------------------------------- blocks */

/* k's at a stretch and tiles below one another, for which what they share stays cached. */
#define BLOCK_DEPTH 384
#define BLOCK_TILES 64

/* From so many rows, columns and k's on, the copying of operands pays for itself. */
#define PACKED_FROM 64
#define PACKED_DEPTH 768       /* k's that are packed at a stretch, */
#define MOST_PACKED_DEPTH 1024 /* or in one block */

/* A thread's own: the columns of some tiles, in the second cache, and the rows of one. */
#define PACKED_COLUMNS_BYTES (384 * 1024)
static _Alignas(64) _Thread_local char packed_columns[PACKED_COLUMNS_BYTES];
static _Alignas(64) _Thread_local char packed_rows[MOST_PACKED_DEPTH * 8 * sizeof(double)];

ALWAYS_INLINE int is_packed(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t depth) {
    return rows >= PACKED_FROM && columns >= PACKED_FROM && depth >= PACKED_FROM;
}

/* ------------------------------------------------------------------------------------- threads */

/* Products of fewer multiply-adds, about 3 us' worth, stay on one thread. */
#define SHARED_FROM 150000

/* A thread that comes late should still find a piece to take; but each piece packs anew. */
#define PIECES_PER_THREAD 4
#define PIECES_PER_THREAD_NT 2
#define PIECES_PER_THREAD_PACKED 2

typedef struct { ptrdiff_t first, end; } Range;
typedef void (*Part)(const void *product, Range rows, Range columns);

/* How a product is shared out. BY_ROWS, BY_COLUMNS: in ranges of whole tiles. BY_TILES: in units of
 * one tile's rows by `lanes` columns. They are counted down the first panel of columns (one tile
 * wide), then down the second, and so on, so that a share is a range of columns to within a tile. */
typedef enum { BY_TILES, BY_ROWS, BY_COLUMNS } Sharing;

typedef struct {
    Part part;
    const void *product;
    ptrdiff_t rows, columns, tile_rows, tile_columns, lanes;
    Sharing sharing;
} Shared;

static int (*pool_size)(void);
static void (*pool_run)(threads_task task, void *context, ptrdiff_t size, ptrdiff_t step);

void gemm_share(int (*size)(void), void (*run)(threads_task task, void *context, ptrdiff_t size,
                                               ptrdiff_t step)) {
    pool_size = size;
    pool_run = run;
}

ALWAYS_INLINE ptrdiff_t divide_up(ptrdiff_t a, ptrdiff_t b) { return (a + b - 1) / b; }

ALWAYS_INLINE ptrdiff_t between(ptrdiff_t low, ptrdiff_t x, ptrdiff_t high) {
    return x < low ? low : x > high ? high : x;
}

static void shared_part(void *context, ptrdiff_t first, ptrdiff_t end) {
    const Shared *s = context;
    if (s->sharing == BY_ROWS) {
        const Range rows = {first * s->tile_rows, least(s->rows, end * s->tile_rows)};
        s->part(s->product, rows, (Range){0, s->columns});
        return;
    }
    if (s->sharing == BY_COLUMNS) {
        const Range columns = {first * s->tile_columns, least(s->columns, end * s->tile_columns)};
        s->part(s->product, (Range){0, s->rows}, columns);
        return;
    }
    const ptrdiff_t tiles = divide_up(s->rows, s->tile_rows);
    const ptrdiff_t panel = tiles * (s->tile_columns / s->lanes);
    for (ptrdiff_t p = first / panel; p * panel < end; p++) {
        const ptrdiff_t column = p * s->tile_columns;
        const ptrdiff_t width = least(s->tile_columns, s->columns - column);
        const ptrdiff_t vectors = divide_up(width, s->lanes); /* units beside each other */
        const ptrdiff_t top = between(0, first - p * panel, tiles * vectors) / vectors;
        const ptrdiff_t bottom = between(0, end - p * panel, tiles * vectors) / vectors;
        const Range rows = {top * s->tile_rows, least(s->rows, bottom * s->tile_rows)};
        if (top < bottom) s->part(s->product, rows, (Range){column, column + width});
    }
}

/* Do a product, with threads if it is large. */
static void share(Shared s, ptrdiff_t depth, int pieces) {
    const int threads = pool_size == NULL ? 1 : pool_size();
    if (threads < 2 || (double)s.rows * (double)s.columns * (double)depth < SHARED_FROM) {
        s.part(s.product, (Range){0, s.rows}, (Range){0, s.columns});
        return;
    }
    if (is_packed(s.rows, s.columns, depth)) {
        s.sharing = s.rows > s.columns ? BY_ROWS : BY_COLUMNS;
        pieces = PIECES_PER_THREAD_PACKED;
    }
    const ptrdiff_t tiles = divide_up(s.rows, s.tile_rows);
    const ptrdiff_t units = s.sharing == BY_ROWS ? tiles
                            : s.sharing == BY_COLUMNS ? divide_up(s.columns, s.tile_columns)
                            : tiles * divide_up(s.columns, s.lanes);
    pool_run(shared_part, &s, units, divide_up(units, threads * pieces));
}

#define PRODUCTS(NAME_, SET) \
    static const gemm_products SET##_products = { \
        NAME_, \
        nn_f32_##SET, nt_f32_##SET, tn_f32_##SET, tn_update_f32_##SET, \
        nn_f64_##SET, nt_f64_##SET, tn_f64_##SET, tn_update_f64_##SET};

#ifdef HAVE_X86

/* ---------------------------------------------------------------- AVX-512: 32 registers, masks */

#define TARGET __attribute__((target("avx512f")))
#define TILE_ROWS 8
#define TILE_VECTORS 3

#define NAME(name) name##_f32_avx512
#define REAL float
#define PRODUCT gemm_product_f32
#define EPILOGUE gemm_epilogue_f32
#define VECTOR __m512
#define LANES 16
#define MASK __mmask16
#define FIRST(count) ((__mmask16)((1u << (count)) - 1))
#define LOAD(p) _mm512_loadu_ps(p)
#define LOAD_FIRST(mask, p) _mm512_maskz_loadu_ps(mask, p)
#define STORE(p, v) _mm512_storeu_ps(p, v)
#define STORE_FIRST(mask, p, v) _mm512_mask_storeu_ps(p, mask, v)
#define SPREAD(x) _mm512_set1_ps(x)
#define ADD(a, b) _mm512_add_ps(a, b)
#define SUBTRACT(a, b) _mm512_sub_ps(a, b)
#define MULTIPLY(a, b) _mm512_mul_ps(a, b)
#define RELU(v) _mm512_max_ps(_mm512_setzero_ps(), v) /* of 0 and NaN: the second, NaN */
#define FMA(a, b, c) _mm512_fmadd_ps(a, b, c)
#include "gemm_tile.h"
#include "gemm_products.h"

#define NAME(name) name##_f64_avx512
#define REAL double
#define PRODUCT gemm_product_f64
#define EPILOGUE gemm_epilogue_f64
#define VECTOR __m512d
#define LANES 8
#define MASK __mmask8
#define FIRST(count) ((__mmask8)((1u << (count)) - 1))
#define LOAD(p) _mm512_loadu_pd(p)
#define LOAD_FIRST(mask, p) _mm512_maskz_loadu_pd(mask, p)
#define STORE(p, v) _mm512_storeu_pd(p, v)
#define STORE_FIRST(mask, p, v) _mm512_mask_storeu_pd(p, mask, v)
#define SPREAD(x) _mm512_set1_pd(x)
#define ADD(a, b) _mm512_add_pd(a, b)
#define SUBTRACT(a, b) _mm512_sub_pd(a, b)
#define MULTIPLY(a, b) _mm512_mul_pd(a, b)
#define RELU(v) _mm512_max_pd(_mm512_setzero_pd(), v)
#define FMA(a, b, c) _mm512_fmadd_pd(a, b, c)
#include "gemm_tile.h"
#include "gemm_products.h"

#undef TARGET
#undef TILE_ROWS
#undef TILE_VECTORS
PRODUCTS("AVX-512", avx512)

/* ------------------------------------------------------------------- AVX2 and FMA: 16 registers */

#define TARGET __attribute__((target("avx2,fma")))
#define TILE_ROWS 6
#define TILE_VECTORS 2

/* Lanes that are on, then as many that are off: a mask of n lanes begins n before the first off. */
static const int lanes_on_f32[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
static const long long lanes_on_f64[8] = {-1, -1, -1, -1};

#define NAME(name) name##_f32_avx2
#define REAL float
#define PRODUCT gemm_product_f32
#define EPILOGUE gemm_epilogue_f32
#define VECTOR __m256
#define LANES 8
#define MASK __m256i
#define FIRST(count) _mm256_loadu_si256((const __m256i *)(lanes_on_f32 + 8 - (count)))
#define LOAD(p) _mm256_loadu_ps(p)
#define LOAD_FIRST(mask, p) _mm256_maskload_ps(p, mask)
#define STORE(p, v) _mm256_storeu_ps(p, v)
#define STORE_FIRST(mask, p, v) _mm256_maskstore_ps(p, mask, v)
#define SPREAD(x) _mm256_set1_ps(x)
#define ADD(a, b) _mm256_add_ps(a, b)
#define SUBTRACT(a, b) _mm256_sub_ps(a, b)
#define MULTIPLY(a, b) _mm256_mul_ps(a, b)
#define RELU(v) _mm256_max_ps(_mm256_setzero_ps(), v)
#define FMA(a, b, c) _mm256_fmadd_ps(a, b, c)
#include "gemm_tile.h"
#include "gemm_products.h"

#define NAME(name) name##_f64_avx2
#define REAL double
#define PRODUCT gemm_product_f64
#define EPILOGUE gemm_epilogue_f64
#define VECTOR __m256d
#define LANES 4
#define MASK __m256i
#define FIRST(count) _mm256_loadu_si256((const __m256i *)(lanes_on_f64 + 4 - (count)))
#define LOAD(p) _mm256_loadu_pd(p)
#define LOAD_FIRST(mask, p) _mm256_maskload_pd(p, mask)
#define STORE(p, v) _mm256_storeu_pd(p, v)
#define STORE_FIRST(mask, p, v) _mm256_maskstore_pd(p, mask, v)
#define SPREAD(x) _mm256_set1_pd(x)
#define ADD(a, b) _mm256_add_pd(a, b)
#define SUBTRACT(a, b) _mm256_sub_pd(a, b)
#define MULTIPLY(a, b) _mm256_mul_pd(a, b)
#define RELU(v) _mm256_max_pd(_mm256_setzero_pd(), v)
#define FMA(a, b, c) _mm256_fmadd_pd(a, b, c)
#include "gemm_tile.h"
#include "gemm_products.h"

#undef TARGET
#undef TILE_ROWS
#undef TILE_VECTORS
PRODUCTS("AVX2+FMA", avx2)

#endif /* HAVE_X86 */

#ifdef HAVE_NEON

/* --------------------------------------------------- NEON: 32 registers, part-vectors by memcpy */

#define TARGET
#define TILE_ROWS 8
#define TILE_VECTORS 3

ALWAYS_INLINE float32x4_t load_first_f32(size_t count, const float *p) {
    float lanes[4] = {0};
    memcpy(lanes, p, count * sizeof(float));
    return vld1q_f32(lanes);
}

ALWAYS_INLINE void store_first_f32(size_t count, float *p, float32x4_t v) {
    float lanes[4];
    vst1q_f32(lanes, v);
    memcpy(p, lanes, count * sizeof(float));
}

ALWAYS_INLINE float64x2_t load_first_f64(size_t count, const double *p) {
    double lanes[2] = {0};
    memcpy(lanes, p, count * sizeof(double));
    return vld1q_f64(lanes);
}

ALWAYS_INLINE void store_first_f64(size_t count, double *p, float64x2_t v) {
    double lanes[2];
    vst1q_f64(lanes, v);
    memcpy(p, lanes, count * sizeof(double));
}

#define NAME(name) name##_f32_neon
#define REAL float
#define PRODUCT gemm_product_f32
#define EPILOGUE gemm_epilogue_f32
#define VECTOR float32x4_t
#define LANES 4
#define MASK size_t
#define FIRST(count) ((size_t)(count))
#define LOAD(p) vld1q_f32(p)
#define LOAD_FIRST(mask, p) load_first_f32(mask, p)
#define STORE(p, v) vst1q_f32(p, v)
#define STORE_FIRST(mask, p, v) store_first_f32(mask, p, v)
#define SPREAD(x) vdupq_n_f32(x)
#define ADD(a, b) vaddq_f32(a, b)
#define SUBTRACT(a, b) vsubq_f32(a, b)
#define MULTIPLY(a, b) vmulq_f32(a, b)
#define RELU(v) vbslq_f32(vcltzq_f32(v), vdupq_n_f32(0), v)
#define FMA(a, b, c) vfmaq_f32(c, a, b)
#include "gemm_tile.h"
#include "gemm_products.h"

#define NAME(name) name##_f64_neon
#define REAL double
#define PRODUCT gemm_product_f64
#define EPILOGUE gemm_epilogue_f64
#define VECTOR float64x2_t
#define LANES 2
#define MASK size_t
#define FIRST(count) ((size_t)(count))
#define LOAD(p) vld1q_f64(p)
#define LOAD_FIRST(mask, p) load_first_f64(mask, p)
#define STORE(p, v) vst1q_f64(p, v)
#define STORE_FIRST(mask, p, v) store_first_f64(mask, p, v)
#define SPREAD(x) vdupq_n_f64(x)
#define ADD(a, b) vaddq_f64(a, b)
#define SUBTRACT(a, b) vsubq_f64(a, b)
#define MULTIPLY(a, b) vmulq_f64(a, b)
#define RELU(v) vbslq_f64(vcltzq_f64(v), vdupq_n_f64(0), v)
#define FMA(a, b, c) vfmaq_f64(c, a, b)
#include "gemm_tile.h"
#include "gemm_products.h"

#undef TARGET
#undef TILE_ROWS
#undef TILE_VECTORS
PRODUCTS("NEON", neon)

#endif /* HAVE_NEON */

/* ---------------------------------------------- plain C: one lane, so no vector is ever partial */

#define TARGET
#define TILE_ROWS 4
#define TILE_VECTORS 2

#define NAME(name) name##_f32_plain
#define REAL float
#define PRODUCT gemm_product_f32
#define EPILOGUE gemm_epilogue_f32
#define VECTOR float
#define LANES 1
#define MASK int
#define FIRST(count) (count)
#define LOAD(p) (*(p))
#define LOAD_FIRST(mask, p) (*(p))
#define STORE(p, v) (*(p) = (v))
#define STORE_FIRST(mask, p, v) (*(p) = (v))
#define SPREAD(x) (x)
#define ADD(a, b) ((a) + (b))
#define SUBTRACT(a, b) ((a) - (b))
#define MULTIPLY(a, b) ((a) * (b))
#define RELU(v) ((v) < 0 ? 0 : (v))
#define FMA(a, b, c) fmaf(a, b, c)
#include "gemm_tile.h"
#include "gemm_products.h"

#define NAME(name) name##_f64_plain
#define REAL double
#define PRODUCT gemm_product_f64
#define EPILOGUE gemm_epilogue_f64
#define VECTOR double
#define LANES 1
#define MASK int
#define FIRST(count) (count)
#define LOAD(p) (*(p))
#define LOAD_FIRST(mask, p) (*(p))
#define STORE(p, v) (*(p) = (v))
#define STORE_FIRST(mask, p, v) (*(p) = (v))
#define SPREAD(x) (x)
#define ADD(a, b) ((a) + (b))
#define SUBTRACT(a, b) ((a) - (b))
#define MULTIPLY(a, b) ((a) * (b))
#define RELU(v) ((v) < 0 ? 0 : (v))
#define FMA(a, b, c) fma(a, b, c)
#include "gemm_tile.h"
#include "gemm_products.h"

PRODUCTS("plain", plain)

/* --------------------------------------------------------------------------------- the choice */

const gemm_products *gemm_choose(const char *cap) {
    switch (simd_choose(cap)) {
#ifdef HAVE_X86
    case SIMD_AVX512: return &avx512_products;
    case SIMD_AVX2: return &avx2_products;
#endif
#ifdef HAVE_NEON
    case SIMD_NEON: return &neon_products;
#endif
    case SIMD_PLAIN: return &plain_products;
    default: return NULL;
    }
}
