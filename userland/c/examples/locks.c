/*
 * NAME
 *     locks - a counter under a lock of each kind (pthreads)
 *
 * SYNOPSIS
 *     locks [KIND [ROUNDS [THREADS]]]
 *
 * DESCRIPTION
 *     Each thread takes the lock ROUNDS times, adds one to a counter, and gives the lock back. KIND is one of
 *         tas      test-and-set: an atomic swap until it finds the lock free
 *         ttas     test-and-test-and-set: reads until the lock looks free, then swaps
 *         ticket   takes a number and waits until it is served
 *         mcs      a queue in which each waits on a word of its own (Mellor-Crummey and Scott)
 *         mutex    pthread_mutex_lock, which sleeps in a futex
 *     Defaults: ticket 20, one thread a cluster.
 *
 * CHECK
 *     The counter, which is no atomic, is ROUNDS * THREADS.
 */
#include <pthread.h>
#include <string.h>

#include "example.h"

#define NAME "locks"
#define LINE 128

struct word {
    _Alignas(LINE) uint32_t value;
};

struct node {
    _Alignas(LINE) struct node *next;
    uint32_t waits;
};

static struct word flag, next_ticket, served, ready, counter;
static struct node *tail;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long rounds;
static int count;

static void relax(void)
{
#ifdef __riscv
    __asm__ volatile(".insn i 0x0f, 0, x0, x0, 0x010");
#endif
}

static void tas_take(struct node *own)
{
    (void)own;
    while (__atomic_exchange_n(&flag.value, 1, __ATOMIC_ACQUIRE))
        ;
}

static void ttas_take(struct node *own)
{
    (void)own;
    do {
        while (__atomic_load_n(&flag.value, __ATOMIC_RELAXED))
            relax();
    } while (__atomic_exchange_n(&flag.value, 1, __ATOMIC_ACQUIRE));
}

static void flag_give(struct node *own)
{
    (void)own;
    __atomic_store_n(&flag.value, 0, __ATOMIC_RELEASE);
}

static void ticket_take(struct node *own)
{
    (void)own;
    uint32_t ticket = __atomic_fetch_add(&next_ticket.value, 1, __ATOMIC_RELAXED);
    while (__atomic_load_n(&served.value, __ATOMIC_ACQUIRE) != ticket)
        relax();
}

static void ticket_give(struct node *own)
{
    (void)own;
    __atomic_store_n(&served.value, served.value + 1, __ATOMIC_RELEASE);
}

static void mcs_take(struct node *own)
{
    own->next = NULL;
    own->waits = 1;
    struct node *before = __atomic_exchange_n(&tail, own, __ATOMIC_ACQ_REL);
    if (before == NULL)
        return;
    __atomic_store_n(&before->next, own, __ATOMIC_RELEASE);
    while (__atomic_load_n(&own->waits, __ATOMIC_ACQUIRE))
        relax();
}

static void mcs_give(struct node *own)
{
    struct node *last = own;
    if (__atomic_load_n(&own->next, __ATOMIC_ACQUIRE) == NULL) {
        if (__atomic_compare_exchange_n(&tail, &last, NULL, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
            return;
        while (__atomic_load_n(&own->next, __ATOMIC_ACQUIRE) == NULL)
            relax();
    }
    __atomic_store_n(&own->next->waits, 0, __ATOMIC_RELEASE);
}

static void mutex_take(struct node *own)
{
    (void)own;
    pthread_mutex_lock(&mutex);
}

static void mutex_give(struct node *own)
{
    (void)own;
    pthread_mutex_unlock(&mutex);
}

static const struct kind {
    const char *name;
    void (*take)(struct node *);
    void (*give)(struct node *);
} kinds[] = {
    {"tas", tas_take, flag_give}, {"ttas", ttas_take, flag_give},   {"ticket", ticket_take, ticket_give},
    {"mcs", mcs_take, mcs_give},  {"mutex", mutex_take, mutex_give}, {NULL, NULL, NULL},
};
static const struct kind *kind;

static void *work(void *argument)
{
    struct node *own = argument;
    __atomic_fetch_add(&ready.value, 1, __ATOMIC_ACQ_REL);
    while (__atomic_load_n(&ready.value, __ATOMIC_ACQUIRE) <= (uint32_t)count)
        relax();
    for (long i = 0; i < rounds; i++) {
        kind->take(own);
        counter.value++;
        kind->give(own);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "ticket";
    rounds = example_argument(argc, argv, 2, 20, 1, 1L << 24);
    count = example_threads(argc, argv, 3);
    for (kind = kinds; kind->name != NULL && strcmp(kind->name, name) != 0; kind++)
        ;
    CHECK(kind->name != NULL, "%s is no kind of lock; there are tas, ttas, ticket, mcs and mutex", name);
    pthread_t *threads = example_memory(count * sizeof(pthread_t));
    struct node *nodes = aligned_alloc(LINE, count * sizeof(struct node));
    CHECK(nodes != NULL, "no memory for %d nodes", count);
    for (int i = 0; i < count; i++)
        CHECK(pthread_create(&threads[i], NULL, work, &nodes[i]) == 0, "no thread %d", i);
    while (__atomic_load_n(&ready.value, __ATOMIC_ACQUIRE) < (uint32_t)count)
        relax();
    int64_t begin = example_now();
    __atomic_fetch_add(&ready.value, 1, __ATOMIC_ACQ_REL);
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    int64_t passed = example_now() - begin;
    CHECK(counter.value == (uint32_t)(rounds * count), "the counter is %u, not %ld", counter.value, rounds * count);
    printf("acquisition: %lld ns\n", (long long)(passed / (rounds * count)));
    return example_ok(NAME);
}
