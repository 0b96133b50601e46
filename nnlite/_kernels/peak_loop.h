/* How fast this core can do fused multiply-adds: the ceiling that the kernels are measured by. */
#ifndef NNLITE_PEAK_LOOP_H
#define NNLITE_PEAK_LOOP_H

#include <stddef.h>

typedef struct {
    const char *name;     /* the instructions, such as "AVX-512" */
    ptrdiff_t loop_flops; /* floating-point operations in one round of the loop */
    float (*run)(ptrdiff_t loops);
} peak_loop;

/* The loop for the widest vectors of this machine. */
const peak_loop *peak_choose(void);

#endif
