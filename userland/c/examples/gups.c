/*
 * NAME
 *     gups - random updates of a table (pthreads)
 *
 * SYNOPSIS
 *     gups [BITS [UPDATES [THREADS]]]
 *
 * DESCRIPTION
 *     Each thread draws its share of UPDATES numbers from a stream of its own and xors each into the word of a table of 2^BITS words that
 *     the number names. An update is atomic. Defaults: 10 4000, one thread a cluster.
 *
 * CHECK
 *     The same updates a second time undo the first, so that each word is again what it was.
 */
#include <pthread.h>

#include "example.h"

#define NAME "gups"

static uint64_t *table;
static uint64_t mask;
static long updates;
static int count;

static void *update(void *argument)
{
    long thread = (long)(intptr_t)argument;
    uint64_t state = example_stream(thread);
    for (long i = updates * thread / count; i < updates * (thread + 1) / count; i++) {
        uint64_t number = example_random(&state);
        __atomic_fetch_xor(&table[number & mask], number, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void update_all(pthread_t *threads)
{
    for (int i = 0; i < count; i++)
        CHECK(pthread_create(&threads[i], NULL, update, (void *)(intptr_t)i) == 0, "no thread %d", i);
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
    long bits = example_argument(argc, argv, 1, 10, 1, 28);
    updates = example_argument(argc, argv, 2, 4000, 1, 1L << 30);
    count = example_threads(argc, argv, 3);
    pthread_t *threads = example_memory(count * sizeof(pthread_t));
    uint64_t words = UINT64_C(1) << bits, changed = 0;
    mask = words - 1;
    table = example_memory(words * sizeof(uint64_t));
    for (uint64_t i = 0; i < words; i++)
        table[i] = i;

    int64_t begin = example_now();
    update_all(threads);
    example_steps(begin);
    for (uint64_t i = 0; i < words; i++)
        changed += table[i] != i;
    CHECK(changed > 0, "no update has changed the table");

    update_all(threads);
    for (uint64_t i = 0; i < words; i++)
        CHECK(table[i] == i, "word %llu is %llx after all updates are undone", (unsigned long long)i, (unsigned long long)table[i]);
    return example_ok(NAME);
}
