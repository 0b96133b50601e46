/* The clock of a profile: the one that Python's time.perf_counter_ns reads. */

#ifndef NNLITE_CLOCK_H
#define NNLITE_CLOCK_H

#include <stdint.h>

#if defined(_WIN32)

#include <windows.h>

static int64_t nanoseconds(void) {
    LARGE_INTEGER ticks, frequency;
    QueryPerformanceCounter(&ticks);
    QueryPerformanceFrequency(&frequency);
    return ticks.QuadPart / frequency.QuadPart * 1000000000 +
           ticks.QuadPart % frequency.QuadPart * 1000000000 / frequency.QuadPart;
}

#else

#include <time.h>

static int64_t nanoseconds(void) {
#if defined(__APPLE__)
    return (int64_t)clock_gettime_nsec_np(CLOCK_UPTIME_RAW);
#else
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
#endif
}

#endif

#endif
