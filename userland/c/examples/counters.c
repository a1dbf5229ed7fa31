/*
 * NAME
 *     counters - a counter a thread, near the others or far from them (pthreads)
 *
 * SYNOPSIS
 *     counters [BYTES [ROUNDS [THREADS]]]
 *
 * DESCRIPTION
 *     Each thread adds one to a counter of its own, ROUNDS times. The counters lie BYTES apart: 8 puts those of several threads into one
 *     cache line, which is falsely shared, the size of a line or more does not. Defaults: 8 1000, one thread a cluster.
 *
 * CHECK
 *     Each counter is ROUNDS.
 */
#include <pthread.h>

#include "example.h"

#define NAME "counters"
#define PAGE 4096

static char *counters;
static long bytes, rounds;
static uint32_t ready;
static int count;

static void *work(void *argument)
{
    volatile uint64_t *counter = (volatile uint64_t *)(counters + bytes * (long)(intptr_t)argument);
    __atomic_fetch_add(&ready, 1, __ATOMIC_ACQ_REL);
    while (__atomic_load_n(&ready, __ATOMIC_ACQUIRE) <= (uint32_t)count)
        ;
    for (long i = 0; i < rounds; i++)
        *counter = *counter + 1;
    return NULL;
}

int main(int argc, char **argv)
{
    bytes = example_argument(argc, argv, 1, 8, 8, PAGE) & ~7L;
    rounds = example_argument(argc, argv, 2, 1000, 1, 1L << 30);
    count = example_threads(argc, argv, 3);
    pthread_t *threads = example_memory(count * sizeof(pthread_t));
    counters = aligned_alloc(PAGE, ((bytes * count + PAGE - 1) / PAGE) * PAGE);
    CHECK(counters != NULL, "no memory for %d counters", count);
    for (int i = 0; i < count; i++)
        *(uint64_t *)(counters + bytes * i) = 0;
    for (int i = 0; i < count; i++)
        CHECK(pthread_create(&threads[i], NULL, work, (void *)(intptr_t)i) == 0, "no thread %d", i);
    while (__atomic_load_n(&ready, __ATOMIC_ACQUIRE) < (uint32_t)count)
        ;
    int64_t begin = example_now();
    __atomic_fetch_add(&ready, 1, __ATOMIC_ACQ_REL);
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    example_steps(begin);
    for (int i = 0; i < count; i++)
        CHECK(*(uint64_t *)(counters + bytes * i) == (uint64_t)rounds, "counter %d is %llu, not %ld", i,
              (unsigned long long)*(uint64_t *)(counters + bytes * i), rounds);
    return example_ok(NAME);
}
