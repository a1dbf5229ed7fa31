/*
 * NAME
 *     intsort - bucket sort of integers (pthreads)
 *
 * SYNOPSIS
 *     intsort [KEYS [BITS [THREADS]]]
 *
 * DESCRIPTION
 *     Sorts KEYS random numbers of BITS bits. Each thread counts its share of the keys by bucket, moves it to where the counts of all threads
 *     say, and then sorts one bucket by counting. Defaults: 2000 10, one thread a cluster.
 *
 * CHECK
 *     The result ascends, and each value is in it as often as among the keys.
 */
#include <pthread.h>
#include <string.h>

#include "example.h"

#define NAME "intsort"

static uint32_t *keys, *sorted;
/* Of thread t and bucket b, counts[t * threads + b]: first the number of keys, then the place of the next. */
static long *counts;
static long *bucket_begin;
static long count, values;
static int threads;
static pthread_barrier_t barrier;

static long first_of(long total, int share)
{
    return total * share / threads;
}

/* Bucket b has the values from first_of(values, b). */
static int bucket_of(uint32_t key)
{
    return (int)(((uint64_t)(key + 1) * threads - 1) / values);
}

static void place_buckets(void)
{
    long at = 0;
    for (int bucket = 0; bucket < threads; bucket++) {
        bucket_begin[bucket] = at;
        for (int thread = 0; thread < threads; thread++) {
            long number = counts[thread * threads + bucket];
            counts[thread * threads + bucket] = at;
            at += number;
        }
    }
    bucket_begin[threads] = at;
}

static void sort_bucket(int bucket)
{
    long least = first_of(values, bucket), most = first_of(values, bucket + 1), at = bucket_begin[bucket];
    long *number = calloc(most - least + 1, sizeof(long));
    CHECK(number != NULL, "no memory for bucket %d", bucket);
    for (long i = at; i < bucket_begin[bucket + 1]; i++)
        number[sorted[i] - least]++;
    for (long value = least; value < most; value++)
        for (long i = 0; i < number[value - least]; i++)
            sorted[at++] = (uint32_t)value;
    free(number);
}

static void *sort(void *argument)
{
    int thread = (int)(intptr_t)argument;
    long *own = counts + thread * threads, end = first_of(count, thread + 1);
    for (long i = first_of(count, thread); i < end; i++)
        own[bucket_of(keys[i])]++;
    if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
        place_buckets();
    pthread_barrier_wait(&barrier);
    for (long i = first_of(count, thread); i < end; i++)
        sorted[own[bucket_of(keys[i])]++] = keys[i];
    pthread_barrier_wait(&barrier);
    sort_bucket(thread);
    return NULL;
}

int main(int argc, char **argv)
{
    count = example_argument(argc, argv, 1, 2000, 1, 1L << 28);
    values = 1L << example_argument(argc, argv, 2, 10, 1, 28);
    threads = example_threads(argc, argv, 3);
    CHECK(threads <= values, "%d threads are more than %ld values", threads, values);
    keys = example_memory(count * sizeof(uint32_t));
    sorted = example_memory(count * sizeof(uint32_t));
    bucket_begin = example_memory((threads + 1) * sizeof(long));
    counts = calloc((size_t)threads * threads, sizeof(long));
    long *left = calloc(values, sizeof(long));
    pthread_t *ids = example_memory(threads * sizeof(pthread_t));
    CHECK(counts != NULL && left != NULL, "no memory");
    uint64_t state = example_stream(0);
    for (long i = 0; i < count; i++)
        keys[i] = (uint32_t)(example_random(&state) >> 32) & (values - 1);
    pthread_barrier_init(&barrier, NULL, threads);

    int64_t begin = example_now();
    for (int i = 0; i < threads; i++)
        CHECK(pthread_create(&ids[i], NULL, sort, (void *)(intptr_t)i) == 0, "no thread %d", i);
    for (int i = 0; i < threads; i++)
        pthread_join(ids[i], NULL);
    example_steps(begin);

    for (long i = 0; i < count; i++) {
        CHECK(i == 0 || sorted[i - 1] <= sorted[i], "key %ld is %u, behind %u", i, sorted[i], sorted[i - 1]);
        left[keys[i]]++;
    }
    for (long i = 0; i < count; i++)
        CHECK(left[sorted[i]]-- > 0, "%u is there more often than before", sorted[i]);
    return example_ok(NAME);
}
