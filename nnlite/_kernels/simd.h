/* Which vector instructions there are, and what the kernels in C share to be written for each. */
#ifndef NNLITE_SIMD_H
#define NNLITE_SIMD_H

#include <stddef.h>
#include <string.h>

#if defined(__GNUC__) && defined(__x86_64__)
#define HAVE_X86 1
#elif defined(__GNUC__) && defined(__aarch64__)
#define HAVE_NEON 1
#endif

#if defined(__GNUC__)
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#else
#define ALWAYS_INLINE static __forceinline
#endif

/* What a function is compiled for. */
#ifdef HAVE_X86
#if defined(__clang__) /* does not know the second name, and would ignore the others too */
#define TARGET_AVX512 __attribute__((target("avx512f")))
#else
#define TARGET_AVX512 __attribute__((target("avx512f,prefer-vector-width=512")))
#endif
#define TARGET_AVX2 __attribute__((target("avx2,fma")))
#endif

/* Unrolled before gcc decides what lives in registers; without it the tile goes through memory. */
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define UNROLL _Pragma("GCC unroll 16")
#else
#define UNROLL
#endif

enum { SIMD_PLAIN, SIMD_NEON, SIMD_AVX2, SIMD_AVX512 };

/* The widest instructions that this machine has and that `cap` ("avx512", "avx2", "neon", "plain";
 * NULL or "" for no cap) allows. -1 for any other cap. */
ALWAYS_INLINE int simd_choose(const char *cap) {
    static const char *const caps[] = {"plain", "neon", "avx2", "avx512"};
    int widest = SIMD_AVX512;
    if (cap != NULL && cap[0] != '\0')
        while (widest >= 0 && strcmp(cap, caps[widest]) != 0) widest--;
    if (widest < 0) return -1;
#ifdef HAVE_X86
    if (widest >= SIMD_AVX512 && __builtin_cpu_supports("avx512f")) return SIMD_AVX512;
    if (widest >= SIMD_AVX2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return SIMD_AVX2;
#endif
#ifdef HAVE_NEON
    if (widest >= SIMD_NEON) return SIMD_NEON;
#endif
    return SIMD_PLAIN;
}

#endif
