/* exp and its like on arrays, for every instruction set. */
#include "vmath.h"

#include "vmath_both.h"

/* y = function(x), 64 bytes at a time: a loop of a constant length that writes to no memory but its
 * own is what compilers turn into vectors, and the last few numbers take the same way. */
#define ON_ARRAY(FUNCTION, TYPE, REAL, SET) \
    static TARGET void FUNCTION##_##TYPE##_##SET(const REAL *x, REAL *y, ptrdiff_t size) { \
        enum { BLOCK = 64 / sizeof(REAL) }; \
        REAL last[BLOCK] = {0}, found[BLOCK]; \
        for (; size >= BLOCK; size -= BLOCK, x += BLOCK, y += BLOCK) { \
            for (int i = 0; i < BLOCK; i++) found[i] = FUNCTION##_of_##TYPE(x[i]); \
            memcpy(y, found, sizeof found); \
        } \
        if (size == 0) return; \
        memcpy(last, x, (size_t)size * sizeof(REAL)); \
        for (int i = 0; i < BLOCK; i++) found[i] = FUNCTION##_of_##TYPE(last[i]); \
        memcpy(y, found, (size_t)size * sizeof(REAL)); \
    }

#define FUNCTIONS(SET) \
    ON_ARRAY(exp, f32, float, SET) \
    ON_ARRAY(log, f32, float, SET) \
    ON_ARRAY(tanh, f32, float, SET) \
    ON_ARRAY(sigmoid, f32, float, SET) \
    ON_ARRAY(exp, f64, double, SET) \
    ON_ARRAY(log, f64, double, SET) \
    ON_ARRAY(tanh, f64, double, SET) \
    ON_ARRAY(sigmoid, f64, double, SET) \
    static const vmath_functions SET##_functions = { \
        exp_f32_##SET, log_f32_##SET, tanh_f32_##SET, sigmoid_f32_##SET, \
        exp_f64_##SET, log_f64_##SET, tanh_f64_##SET, sigmoid_f64_##SET};

#ifdef HAVE_X86
#define TARGET TARGET_AVX512
FUNCTIONS(avx512)
#undef TARGET
#define TARGET TARGET_AVX2
FUNCTIONS(avx2)
#undef TARGET
#endif

/* Whatever the compiler may always use: NEON, where there is NEON. On x86-64 there is no fused
 * multiply-add in that, and the library's own, right but slow, takes its place. */
#define TARGET
FUNCTIONS(plain)

const vmath_functions *vmath_choose(const char *cap) {
    switch (simd_choose(cap)) {
#ifdef HAVE_X86
    case SIMD_AVX512: return &avx512_functions;
    case SIMD_AVX2: return &avx2_functions;
#endif
    default: return &plain_functions;
    }
}
