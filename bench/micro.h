/* What the programs micro_*.c measure with. */
#ifndef BENCH_MICRO_H
#define BENCH_MICRO_H

#include <time.h>

static inline double micro_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* For qsort() of doubles. */
static inline int micro_by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

#endif
