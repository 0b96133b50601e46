/* Loops that do nothing but multiply and add, in registers, in chains that do not wait for one
 * another: two units with a latency of four or five rounds want ten chains to stay busy. */
#include "peak_loop.h"

#if defined(__GNUC__) && defined(__x86_64__)
#include <immintrin.h>
#define HAVE_X86 1
#elif defined(__GNUC__) && defined(__aarch64__)
#include <arm_neon.h>
#define HAVE_NEON 1
#endif

#define CHAINS 12

/* x <- x scale + shift, which tends to 1. Unrolled, or the chains would live in memory. */
#define LOOP(SET, TITLE, TARGET, VECTOR, LANES, SPREAD, FMA) \
    TARGET static float run_##SET(ptrdiff_t loops) { \
        const VECTOR scale = SPREAD(0.5f), shift = SPREAD(0.5f); \
        VECTOR a = shift, b = shift, c = shift, d = shift, e = shift, f = shift; \
        VECTOR g = shift, h = shift, i = shift, j = shift, k = shift, l = shift; \
        for (; loops > 0; loops--) { \
            a = FMA(a, scale, shift), b = FMA(b, scale, shift), c = FMA(c, scale, shift); \
            d = FMA(d, scale, shift), e = FMA(e, scale, shift), f = FMA(f, scale, shift); \
            g = FMA(g, scale, shift), h = FMA(h, scale, shift), i = FMA(i, scale, shift); \
            j = FMA(j, scale, shift), k = FMA(k, scale, shift), l = FMA(l, scale, shift); \
            KEEP(a, b, c, d, e, f, g, h, i, j, k, l) \
        } \
        a = FMA(a, b, FMA(c, d, FMA(e, f, FMA(g, h, FMA(i, j, FMA(k, l, shift)))))); \
        return *(const float *)&a; \
    } \
    static const peak_loop SET##_loop = {TITLE, 2 * CHAINS * (LANES), run_##SET};

/* Tells the compiler that all chains are looked at in every round, so that it can leave out and
 * reorder none; no instruction comes of it. */
#if defined(HAVE_X86)
#define HELD "+x"
#elif defined(HAVE_NEON)
#define HELD "+w"
#endif
#ifdef HELD
#define KEEP(a, b, c, d, e, f, g, h, i, j, k, l) \
    __asm__ volatile("" : HELD(a), HELD(b), HELD(c), HELD(d), HELD(e), HELD(f)); \
    __asm__ volatile("" : HELD(g), HELD(h), HELD(i), HELD(j), HELD(k), HELD(l));
#else
#define KEEP(a, b, c, d, e, f, g, h, i, j, k, l)
#endif

#define ITSELF(x) (x)
#define MULTIPLY_ADD(x, y, z) ((x) * (y) + (z))
LOOP(plain, "plain", , float, 1, ITSELF, MULTIPLY_ADD)

#ifdef HAVE_X86
#undef HELD
#define HELD "+v" /* all 32 registers of AVX-512 */
LOOP(avx512, "AVX-512", __attribute__((target("avx512f"))), __m512, 16, _mm512_set1_ps,
     _mm512_fmadd_ps)
#undef HELD
#define HELD "+x"
LOOP(avx2, "AVX2+FMA", __attribute__((target("avx2,fma"))), __m256, 8, _mm256_set1_ps,
     _mm256_fmadd_ps)
#endif

#ifdef HAVE_NEON
#define NEON_FMA(x, y, z) vfmaq_f32(z, x, y)
LOOP(neon, "NEON", , float32x4_t, 4, vdupq_n_f32, NEON_FMA)
#endif

const peak_loop *peak_choose(void) {
#ifdef HAVE_X86
    if (__builtin_cpu_supports("avx512f")) return &avx512_loop;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &avx2_loop;
#endif
#ifdef HAVE_NEON
    return &neon_loop;
#endif
    return &plain_loop;
}
