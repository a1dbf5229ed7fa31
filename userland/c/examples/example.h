/*
 * example.h: what the examples for a hosted C library share: their arguments, a clock, and the two ways to end.
 *
 * An example prints `NAME: ok` and exits 0, or says what is wrong and exits 1.
 */
#ifndef EXAMPLE_H
#define EXAMPLE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../archipel.h"

#define CHECK(condition, ...)                                                                                                            \
    do {                                                                                                                                 \
        if (!(condition)) {                                                                                                              \
            printf(NAME ": " __VA_ARGS__);                                                                                               \
            printf("\n");                                                                                                                \
            exit(1);                                                                                                                     \
        }                                                                                                                                \
    } while (0)

static inline int example_ok(const char *name)
{
    printf("%s: ok\n", name);
    return 0;
}

/* The number at argv[index], or `otherwise` when there is none. Exits 1 unless it is from `least` to `most`. */
static inline long example_argument(int argc, char **argv, int index, long otherwise, long least, long most)
{
    char *end;
    if (index >= argc)
        return otherwise;
    long value = strtol(argv[index], &end, 10);
    if (*end == 0 && end != argv[index] && value >= least && value <= most)
        return value;
    printf("%s: argument %d is %s; must be from %ld to %ld\n", argv[0], index, argv[index], least, most);
    exit(1);
}

/* The number of threads at argv[index], or one for each cluster. On Linux, which has no clusters, that is one. */
static inline int example_threads(int argc, char **argv, int index)
{
    int clusters = cluster_count();
    return (int)example_argument(argc, argv, index, clusters < 1 ? 1 : clusters, 1, 1024);
}

/* malloc that exits 1 when there is no memory. The pages are untouched. */
static inline void *example_memory(size_t bytes)
{
    void *memory = malloc(bytes);
    if (memory != NULL)
        return memory;
    printf("no memory for %zu bytes\n", bytes);
    exit(1);
}

static inline int64_t example_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* The line `steps: N ns` that a sweep reads. */
static inline void example_steps(int64_t since)
{
    printf("steps: %lld ns\n", (long long)(example_now() - since));
}

/* The next number of the stream whose state is *state, which must not be 0 (xorshift64*). */
static inline uint64_t example_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

/* The state of stream `number`, no two of which begin alike. */
static inline uint64_t example_stream(uint64_t number)
{
    return (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

#endif
