/* The optimizers' updates for each instruction set: updates_loops.h is included once for every set
 * and type. Only x86 needs a choice at run time; elsewhere the compiler's default has the vectors. */
#include "updates.h"

#include <math.h>
#include <string.h>

#if defined(__GNUC__)
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#else
#define ALWAYS_INLINE static __forceinline
#endif

#define TABLE(SET) \
    static const update_table SET##_table = { \
        {sgd_f32_##SET, sgd_momentum_f32_##SET, sgd_nesterov_f32_##SET, adam_f32_##SET, \
         rmsprop_f32_##SET}, \
        {sgd_f64_##SET, sgd_momentum_f64_##SET, sgd_nesterov_f64_##SET, adam_f64_##SET, \
         rmsprop_f64_##SET}};

#if defined(__GNUC__) && defined(__x86_64__)
#define HAVE_X86 1

#define TARGET __attribute__((target("avx512f")))
#define NAME(name) name##_f32_avx512
#define REAL float
#define SQRT sqrtf
#include "updates_loops.h"
#define NAME(name) name##_f64_avx512
#define REAL double
#define SQRT sqrt
#include "updates_loops.h"
#undef TARGET
TABLE(avx512)

#define TARGET __attribute__((target("avx2")))
#define NAME(name) name##_f32_avx2
#define REAL float
#define SQRT sqrtf
#include "updates_loops.h"
#define NAME(name) name##_f64_avx2
#define REAL double
#define SQRT sqrt
#include "updates_loops.h"
#undef TARGET
TABLE(avx2)

#endif /* HAVE_X86 */

#define TARGET
#define NAME(name) name##_f32_plain
#define REAL float
#define SQRT sqrtf
#include "updates_loops.h"
#define NAME(name) name##_f64_plain
#define REAL double
#define SQRT sqrt
#include "updates_loops.h"
TABLE(plain)

const update_table *updates_choose(const char *cap) {
#ifdef HAVE_X86
    const int any = cap == NULL || cap[0] == '\0', avx512 = any || strcmp(cap, "avx512") == 0;
    if (avx512 && __builtin_cpu_supports("avx512f")) return &avx512_table;
    if ((avx512 || strcmp(cap, "avx2") == 0) && __builtin_cpu_supports("avx2")) return &avx2_table;
#else
    (void)cap;
#endif
    return &plain_table;
}
