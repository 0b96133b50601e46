#include "philox.h"

#include <math.h>

#include "simd.h"

#ifdef HAVE_X86
#include <immintrin.h>
#endif

#define MULTIPLIER_0 0xD2511F53u
#define MULTIPLIER_1 0xCD9E8D57u
#define WEYL_0 0x9E3779B9u
#define WEYL_1 0xBB67AE85u

/* Ten rounds on 16 blocks side by side. */
ALWAYS_INLINE void philox_group(uint64_t seed, uint64_t call, uint64_t group, uint32_t *words) {
    const uint64_t first_block = group * PHILOX_LANES;
    for (int i = 0; i < PHILOX_LANES; i++) {
        uint32_t c0 = (uint32_t)first_block + (uint32_t)i, c1 = (uint32_t)(first_block >> 32);
        uint32_t c2 = (uint32_t)call, c3 = (uint32_t)(call >> 32);
        uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
        for (int round = 0; round < 10; round++, k0 += WEYL_0, k1 += WEYL_1) {
            const uint64_t first = (uint64_t)MULTIPLIER_0 * c0;
            const uint64_t second = (uint64_t)MULTIPLIER_1 * c2;
            c0 = (uint32_t)(second >> 32) ^ c1 ^ k0;
            c1 = (uint32_t)second;
            c2 = (uint32_t)(first >> 32) ^ c3 ^ k1;
            c3 = (uint32_t)first;
        }
        words[i] = c0;
        words[PHILOX_LANES + i] = c1;
        words[2 * PHILOX_LANES + i] = c2;
        words[3 * PHILOX_LANES + i] = c3;
    }
}

/* The same with a block in each 64-bit lane of a vector. What is in a lane's upper half does not
 * count: a product is that of the lower halves. Compilers do not find this instruction. */
#define PHILOX_GROUP_OF_VECTORS(SET, BYTES, VECTOR, PRODUCT) \
    static TARGET void philox_group_##SET( \
        uint64_t seed, uint64_t call, uint64_t group, uint32_t *words) { \
        typedef uint64_t lanes __attribute__((vector_size(BYTES))); \
        typedef uint32_t halves __attribute__((vector_size(BYTES / 2))); \
        enum { COUNT = BYTES / 8 }; \
        const uint64_t first_block = group * PHILOX_LANES; \
        UNROLL for (int part = 0; part < PHILOX_LANES; part += COUNT) { \
            const lanes zero = {0}; \
            lanes c[4] = {zero, zero + (first_block >> 32), zero + call, zero + (call >> 32)}; \
            uint64_t blocks[COUNT]; \
            uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32); \
            for (int i = 0; i < COUNT; i++) blocks[i] = first_block + (uint64_t)(part + i); \
            memcpy(&c[0], blocks, sizeof blocks); \
            UNROLL for (int round = 0; round < 10; round++, k0 += WEYL_0, k1 += WEYL_1) { \
                const lanes first = (lanes)PRODUCT((VECTOR)c[0], (VECTOR)(zero + MULTIPLIER_0)); \
                const lanes second = (lanes)PRODUCT((VECTOR)c[2], (VECTOR)(zero + MULTIPLIER_1)); \
                c[0] = (second >> 32) ^ c[1] ^ (zero + k0); \
                c[1] = second; \
                c[2] = (first >> 32) ^ c[3] ^ (zero + k1); \
                c[3] = first; \
            } \
            UNROLL for (int word = 0; word < 4; word++) { \
                const halves found = __builtin_convertvector(c[word], halves); \
                memcpy(words + word * PHILOX_LANES + part, &found, sizeof found); \
            } \
        } \
    }

/* over(x) / under(x), by Horner's rule. */
ALWAYS_INLINE double quotient(double x, const double *over, const double *under) {
    double numerator = over[0], denominator = under[0];
    UNROLL for (int i = 1; i < 8; i++) {
        numerator = numerator * x + over[i];
        denominator = denominator * x + under[i];
    }
    return numerator / denominator;
}

static const double MIDDLE_OVER[] = {
    2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4,
    4.5921953931549871457e4, 1.3731693765509461125e4, 1.9715909503065514427e3,
    1.3314166789178437745e2, 3.3871328727963666080e0};
static const double MIDDLE_UNDER[] = {
    5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4,
    2.1213794301586595867e4, 5.3941960214247511077e3, 6.8718700749205790830e2,
    4.2313330701600911252e1, 1.0};
static const double TAIL_OVER[] = {
    7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
    1.27045825245236838258e0, 3.64784832476320460504e0, 5.76949722146069140550e0,
    4.63033784615654529590e0, 1.42343711074968357734e0};
static const double TAIL_UNDER[] = {
    1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2,
    1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940e0,
    2.05319162663775882187e0, 1.0};
static const double FAR_OVER[] = {
    2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
    2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580e0,
    5.46378491116411436990e0, 6.65790464350110377720e0};
static const double FAR_UNDER[] = {
    2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5,
    7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1,
    5.99832206555887937690e-1, 1.0};

ALWAYS_INLINE double inverse_normal_of(double p, double log) {
    const double q = p - 0.5, root = sqrt(-log);
    const double middle = q * quotient(0.180625 - q * q, MIDDLE_OVER, MIDDLE_UNDER);
    const double tail = root > 5 ? quotient(root - 5, FAR_OVER, FAR_UNDER)
                                 : quotient(root - 1.6, TAIL_OVER, TAIL_UNDER);
    return fabs(q) <= 0.425 ? middle : q < 0 ? -tail : tail;
}

#define FUNCTIONS(SET, GROUP) \
    static TARGET void words_##SET(uint64_t seed, uint64_t call, uint64_t group, \
                                   ptrdiff_t groups, uint32_t *words) { \
        for (ptrdiff_t i = 0; i < groups; i++) \
            GROUP(seed, call, group + (uint64_t)i, words + i * PHILOX_GROUP); \
    } \
    static TARGET void inverse_normal_##SET(const double *p, const double *log, double *z, \
                                            ptrdiff_t size) { \
        for (ptrdiff_t i = 0; i < size; i++) z[i] = inverse_normal_of(p[i], log[i]); \
    } \
    static const philox_functions SET##_functions = {words_##SET, inverse_normal_##SET};

#ifdef HAVE_X86
#if defined(__clang__) /* knows no such name, and would ignore the others too */
#define TARGET __attribute__((target("avx512f")))
#else
#define TARGET __attribute__((target("avx512f,prefer-vector-width=512")))
#endif
PHILOX_GROUP_OF_VECTORS(avx512, 64, __m512i, _mm512_mul_epu32)
FUNCTIONS(avx512, philox_group_avx512)
#undef TARGET
#define TARGET __attribute__((target("avx2,fma")))
PHILOX_GROUP_OF_VECTORS(avx2, 32, __m256i, _mm256_mul_epu32)
FUNCTIONS(avx2, philox_group_avx2)
#undef TARGET
#endif

#define TARGET
FUNCTIONS(plain, philox_group)

const philox_functions *philox_choose(const char *cap) {
    switch (simd_choose(cap)) {
#ifdef HAVE_X86
    case SIMD_AVX512: return &avx512_functions;
    case SIMD_AVX2: return &avx2_functions;
#endif
    default: return &plain_functions;
    }
}
