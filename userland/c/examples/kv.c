/*
 * NAME
 *     kv - a key-value store under Zipf's distribution of keys (pthreads)
 *
 * SYNOPSIS
 *     kv [KEYS [OPERATIONS [THREADS]]]
 *
 * DESCRIPTION
 *     A hash table whose buckets share STRIPES locks. Each thread does its share of OPERATIONS on keys that it draws by Zipf's law: key k,
 *     from 1 to KEYS, with a weight of 1 / k. A quarter of them add one to the key's value, which the first inserts; the others read it.
 *     Defaults: 64 1200, one thread a cluster.
 *
 * CHECK
 *     Each key's value is the number of its additions, counted again in one thread; no read sees less than the thread has added.
 */
#include <pthread.h>

#include "example.h"

#define NAME "kv"
#define BUCKETS 256
#define STRIPES 16

struct entry {
    struct entry *next;
    uint32_t key;
    uint64_t value;
};

static struct entry *buckets[BUCKETS];
static pthread_mutex_t locks[STRIPES];
/* The weights of the keys 1 to k, summed. */
static uint64_t *weights;
static long keys, operations;
static int count;

static uint32_t hash(uint32_t key)
{
    return key * UINT32_C(2654435761) >> 24;
}

/* Adds `more` to the key's value. Returns it, or 0 for a key that is not there. */
static uint64_t access_key(uint32_t key, uint64_t more)
{
    struct entry **at = &buckets[hash(key)];
    uint64_t value = 0;
    pthread_mutex_lock(&locks[hash(key) % STRIPES]);
    while (*at != NULL && (*at)->key != key)
        at = &(*at)->next;
    if (*at == NULL && more > 0) {
        *at = example_memory(sizeof(struct entry));
        **at = (struct entry){ .key = key };
    }
    if (*at != NULL)
        value = (*at)->value += more;
    pthread_mutex_unlock(&locks[hash(key) % STRIPES]);
    return value;
}

/* The next operation of a stream: its key, and whether it adds. */
static uint32_t draw(uint64_t *state, int *adds)
{
    uint64_t number = example_random(state);
    uint64_t weight = (number >> 16) % weights[keys];
    long low = 0, high = keys;
    *adds = (number & 3) == 0;
    while (high - low > 1) {
        long middle = (low + high) / 2;
        if (weights[middle] <= weight)
            low = middle;
        else
            high = middle;
    }
    return (uint32_t)high;
}

static long share(long thread)
{
    return operations * (thread + 1) / count - operations * thread / count;
}

static void *work(void *argument)
{
    long thread = (long)(intptr_t)argument;
    uint64_t state = example_stream(thread);
    uint64_t *added = calloc(keys + 1, sizeof(uint64_t));
    CHECK(added != NULL, "no memory");
    for (long i = 0; i < share(thread); i++) {
        int adds;
        uint32_t key = draw(&state, &adds);
        uint64_t value = access_key(key, adds);
        added[key] += adds;
        CHECK(value >= added[key], "key %u is %llu after %llu additions", key, (unsigned long long)value, (unsigned long long)added[key]);
    }
    free(added);
    return NULL;
}

int main(int argc, char **argv)
{
    keys = example_argument(argc, argv, 1, 64, 1, 1L << 20);
    operations = example_argument(argc, argv, 2, 1200, 1, 1L << 30);
    count = example_threads(argc, argv, 3);
    pthread_t *threads = example_memory(count * sizeof(pthread_t));
    uint64_t *expected = calloc(keys + 1, sizeof(uint64_t));
    CHECK(expected != NULL, "no memory");
    weights = example_memory((keys + 1) * sizeof(uint64_t));
    weights[0] = 0;
    for (long key = 1; key <= keys; key++)
        weights[key] = weights[key - 1] + (UINT64_C(1) << 32) / key;
    for (int i = 0; i < STRIPES; i++)
        pthread_mutex_init(&locks[i], NULL);

    int64_t begin = example_now();
    for (int i = 0; i < count; i++)
        CHECK(pthread_create(&threads[i], NULL, work, (void *)(intptr_t)i) == 0, "no thread %d", i);
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    example_steps(begin);

    for (int i = 0; i < count; i++) {
        uint64_t state = example_stream(i);
        for (long n = 0; n < share(i); n++) {
            int adds;
            uint32_t key = draw(&state, &adds);
            expected[key] += adds;
        }
    }
    for (long key = 1; key <= keys; key++) {
        uint64_t value = access_key(key, 0);
        CHECK(value == expected[key], "key %ld is %llu; must be %llu", key, (unsigned long long)value, (unsigned long long)expected[key]);
    }
    return example_ok(NAME);
}
