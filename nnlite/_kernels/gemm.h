/* The three products of a dense layer, register-tiled; instructions are chosen at run time.
 *
 * Every element of a result is one chain of fused multiply-adds over ascending k, whatever the
 * tile, the block or the vector width, so a result's bits depend on its operands alone. Matrices
 * are C-contiguous; a result shares no memory with an operand; no size may be negative.
 */
#ifndef NNLITE_GEMM_H
#define NNLITE_GEMM_H

#include <stddef.h>

#include "threads.h"

/* What follows the sums of gemm_nn: out = then(relu(sums + bias)), each step optional. */
typedef struct {
    const float *bias; /* [columns] or NULL */
    int relu;          /* NaN stays NaN */
    void (*then)(const float *z, float *y, ptrdiff_t size); /* in place, while z is in the cache */
} gemm_epilogue_f32;

typedef struct {
    const double *bias;
    int relu;
    void (*then)(const double *z, double *y, ptrdiff_t size);
} gemm_epilogue_f64;

/* How tn_update updates the weights `out` by the sums g, rounding after each operation:
 *   SGD        out -= rate g
 *   MOMENTUM   velocity = momentum velocity - rate g;  out += velocity
 *   NESTEROV   velocity = momentum velocity - rate g;  out += momentum velocity - rate g */
typedef enum { GEMM_SGD, GEMM_MOMENTUM, GEMM_NESTEROV } gemm_rule;

/* Its numbers are rounded to out's type; those that a rule does not name are not looked at. */
typedef struct {
    gemm_rule rule;
    double rate, momentum;
    void *velocity; /* of out's shape and type; NULL for SGD */
} gemm_update;

/* A product: the sizes of its result and of its sums, its operands, and what is done with a sum. */
typedef struct {
    ptrdiff_t rows, columns, depth;
    const float *left, *right;
    gemm_epilogue_f32 epilogue; /* of nn; not looked at otherwise */
    gemm_update update;         /* of tn_update */
    const float *mask;          /* of nt, [rows,columns]; or NULL */
    float *out;
} gemm_product_f32;

typedef struct {
    ptrdiff_t rows, columns, depth;
    const double *left, *right;
    gemm_epilogue_f64 epilogue;
    gemm_update update;
    const double *mask;
    double *out;
} gemm_product_f64;

/* nn: out[rows,columns] = epilogue(left[rows,depth]  right[depth,columns])
 * nt: out[rows,columns] =          left[rows,depth]  right[columns,depth]^T, or 0 where there is a
 *     mask that is not above 0 (NaN is not)
 * tn: out[rows,columns] =          left[depth,rows]^T right[depth,columns]
 * tn_update: out is updated by what tn computes, which never leaves the innermost cache */
typedef struct {
    const char *name;
    void (*nn_f32)(const gemm_product_f32 *p);
    void (*nt_f32)(const gemm_product_f32 *p);
    void (*tn_f32)(const gemm_product_f32 *p);
    void (*tn_update_f32)(const gemm_product_f32 *p);
    void (*nn_f64)(const gemm_product_f64 *p);
    void (*nt_f64)(const gemm_product_f64 *p);
    void (*tn_f64)(const gemm_product_f64 *p);
    void (*tn_update_f64)(const gemm_product_f64 *p);
} gemm_products;

/* The products for this machine: the widest instructions that it has and that `cap` ("avx512",
 * "avx2", "neon", "plain"; NULL or "" for no cap) allows. NULL for any other cap. */
const gemm_products *gemm_choose(const char *cap);

/* From now on large products are shared among threads, by threads_size and threads_run. (These are
 * handed over since the pool lives in another library.) */
void gemm_share(int (*size)(void), void (*run)(threads_task task, void *context, ptrdiff_t size,
                                               ptrdiff_t step));

#endif
