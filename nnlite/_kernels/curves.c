/* The loops of curves_loops.h for every type and instruction set. */
#include "curves.h"

#include "vmath_both.h"

enum {
#define CURVE(name, value, slope) CURVE_##name,
#include "curves_table.h"
#undef CURVE
    COUNT
};

const char *curves_name(int curve) {
    static const char *const names[] = {
#define CURVE(name, value, slope) #name,
#include "curves_table.h"
#undef CURVE
    };
    return curve < COUNT ? names[curve] : NULL;
}

#define NAME(name) name##_of_f32
#define LOOP_NAME(name, set) name##_f32_##set
#define REAL float
#define FMA(a, b, c) fmaf(a, b, c)
#define SQRT(x) sqrtf(x)
#define SIZE(x) fabsf(x)
#define ERFC(x) erfcf(x)
#define FAR 1e18f
#include "curves_scalar.h"

#define NAME(name) name##_of_f64
#define LOOP_NAME(name, set) name##_f64_##set
#define REAL double
#define FMA(a, b, c) fma(a, b, c)
#define SQRT(x) sqrt(x)
#define SIZE(x) fabs(x)
#define ERFC(x) erfc(x)
#define FAR 1e150
#include "curves_scalar.h"

#define FUNCTIONS(SET) \
    static const curves_functions SET##_functions = { \
        value_f32_##SET, value_f64_##SET, slope_f32_##SET, slope_f64_##SET};

FUNCTIONS(plain)
#ifdef HAVE_X86
FUNCTIONS(avx2)
FUNCTIONS(avx512)
#endif

const curves_functions *curves_choose(const char *cap) {
    switch (simd_choose(cap)) {
#ifdef HAVE_X86
    case SIMD_AVX512: return &avx512_functions;
    case SIMD_AVX2: return &avx2_functions;
#endif
    default: return &plain_functions;
    }
}
