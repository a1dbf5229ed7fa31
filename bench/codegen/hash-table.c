/* The C twin of hash-table.ts. */
#include <stdbool.h>
#include <stdint.h>
#define BASE 0x40200000UL

struct node { struct node *next; uint32_t value; uint64_t key; };
struct table { struct node **buckets; uint32_t mask, count; struct node *free; };

static uint32_t hash64(uint64_t k)
{
    k ^= k >> 33;
    k *= 0xff51afd7ed558ccdUL;
    k ^= k >> 33;
    return (uint32_t)k;
}

static struct node **bucket_of(struct table *t, uint64_t key) { return &t->buckets[hash64(key) & t->mask]; }

static void init(struct table *t, uint32_t log_size, uint32_t nodes)
{
    t->buckets = (struct node **)((char *)t + 4096);
    t->mask = (1 << log_size) - 1;
    t->count = 0;
    for (uint32_t i = 0; i <= t->mask; i++) t->buckets[i] = 0;
    struct node *free = 0, *node = (struct node *)&t->buckets[t->mask + 1];
    for (uint32_t i = 0; i < nodes; i++, node++) { node->next = free; free = node; }
    t->free = free;
}

static uint32_t get(struct table *t, uint64_t key)
{
    for (struct node *node = *bucket_of(t, key); node; node = node->next)
        if (node->key == key) return node->value;
    return 0;
}

static bool put(struct table *t, uint64_t key, uint32_t value)
{
    struct node **bucket = bucket_of(t, key), *head = *bucket;
    for (struct node *node = head; node; node = node->next)
        if (node->key == key) { node->value = value; return true; }
    struct node *made = t->free;
    if (!made) return false;
    t->free = made->next;
    made->key = key; made->value = value; made->next = head;
    *bucket = made;
    t->count++;
    return true;
}

static bool remove(struct table *t, uint64_t key)
{
    struct node **link = bucket_of(t, key);
    for (;;) {
        struct node *node = *link;
        if (!node) return false;
        if (node->key == key) {
            *link = node->next;
            node->next = t->free;
            t->free = node;
            t->count--;
            return true;
        }
        link = &node->next;
    }
}

uint64_t run(uint32_t scale)
{
    struct table *t = (struct table *)BASE;
    init(t, 8, 600);
    uint64_t hash = 0, x = 88172645463325252UL;
    for (uint32_t round = 0; round < scale; round++) {
        for (uint32_t i = 0; i < 500; i++) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            put(t, x & 0x3ff, (uint32_t)x);
        }
        for (uint64_t i = 0; i < 1000; i++) hash = hash * 31 + get(t, i);
        for (uint64_t i = 0; i < 1024; i += 2) if (remove(t, i)) hash++;
    }
    return hash ^ t->count;
}
