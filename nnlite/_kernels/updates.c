/* The optimizers' updates for each instruction set: updates_loops.h is included once for every set
 * and type. Only x86 needs a choice at run time; elsewhere the compiler's default has the vectors. */
#include "updates.h"

#include <math.h>
#include <string.h>

#include "simd.h"

/* The learning rate of Adam's step, which makes up for means that began at 0. */
static double adam_rate(double learning_rate, double beta_1, double beta_2, double step) {
    return learning_rate * sqrt(1 - pow(beta_2, step)) / (1 - pow(beta_1, step));
}

#define TABLE(SET) static const update_table SET##_table = {rules_f32_##SET, rules_f64_##SET};

#ifdef HAVE_X86

#define TARGET __attribute__((target("avx512f")))
#define NAME(name) name##_f32_avx512
#define REAL float
#define SQRT sqrtf
#define POW powf
#include "updates_loops.h"
#define NAME(name) name##_f64_avx512
#define REAL double
#define SQRT sqrt
#define POW pow
#include "updates_loops.h"
#undef TARGET
TABLE(avx512)

#define TARGET __attribute__((target("avx2")))
#define NAME(name) name##_f32_avx2
#define REAL float
#define SQRT sqrtf
#define POW powf
#include "updates_loops.h"
#define NAME(name) name##_f64_avx2
#define REAL double
#define SQRT sqrt
#define POW pow
#include "updates_loops.h"
#undef TARGET
TABLE(avx2)

#endif /* HAVE_X86 */

#define TARGET
#define NAME(name) name##_f32_plain
#define REAL float
#define SQRT sqrtf
#define POW powf
#include "updates_loops.h"
#define NAME(name) name##_f64_plain
#define REAL double
#define SQRT sqrt
#define POW pow
#include "updates_loops.h"
TABLE(plain)

const update_table *updates_choose(const char *cap) {
    switch (simd_choose(cap)) {
#ifdef HAVE_X86
    case SIMD_AVX512: return &avx512_table;
    case SIMD_AVX2: return &avx2_table;
#endif
    default: return &plain_table;
    }
}

int updates_find(const char *name) {
#define QUOTED(rule) #rule,
    static const char *const names[] = {UPDATE_RULES(QUOTED)};
    const int count = sizeof(names) / sizeof(*names);
    for (int place = 0; place < count; place++)
        if (strcmp(names[place], name) == 0) return place;
    return -1;
}
