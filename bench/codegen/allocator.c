/* The C twin of allocator.ts. */
#include <stdint.h>
#define MAX_ORDER 10
#define FREE 1
#define BASE 0x40200000UL

struct page { struct page *next, *prev; uint16_t flags, order; uint32_t refcount; };
struct root { struct page *next, *prev; };
struct ppm { struct page *pages; uint32_t count, free; struct root roots[MAX_ORDER + 1]; };

static struct page *page_at(struct ppm *m, uint32_t index) { return m->pages + index; }
static struct page *root_of(struct ppm *m, uint32_t order) { return (struct page *)&m->roots[order]; }
static void unlink(struct page *p) { p->next->prev = p->prev; p->prev->next = p->next; }
static void push(struct page *root, struct page *p)
{
    p->next = root->next; p->prev = root; root->next->prev = p; root->next = p;
}

static void release(struct ppm *m, uint32_t index, uint32_t order)
{
    m->free += 1 << order;
    while (order < MAX_ORDER) {
        uint32_t buddy_index = index ^ (1 << order);
        if (buddy_index >= m->count) break;
        struct page *buddy = page_at(m, buddy_index);
        if (!(buddy->flags & FREE) || buddy->order != (uint16_t)order) break;
        unlink(buddy);
        buddy->flags = 0;
        index &= buddy_index;
        order++;
    }
    struct page *p = page_at(m, index);
    p->flags = FREE; p->order = order; p->refcount = 0;
    push(root_of(m, order), p);
}

static uint32_t allocate(struct ppm *m, uint32_t order)
{
    uint32_t o = order;
    while (o <= MAX_ORDER && root_of(m, o)->next == root_of(m, o)) o++;
    if (o > MAX_ORDER) return 0xffffffff;
    struct page *p = root_of(m, o)->next;
    unlink(p);
    uint32_t index = p - m->pages;
    while (o > order) {
        o--;
        struct page *half = page_at(m, index + (1 << o));
        half->flags = FREE; half->order = o;
        push(root_of(m, o), half);
    }
    p->flags = 0; p->order = order; p->refcount = 1;
    m->free -= 1 << order;
    return index;
}

static void init(struct ppm *m, uint32_t count)
{
    m->pages = (struct page *)((char *)m + 4096);
    m->count = count; m->free = 0;
    for (uint32_t o = 0; o <= MAX_ORDER; o++) {
        struct page *root = root_of(m, o);
        root->next = root; root->prev = root;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct page *p = page_at(m, i);
        p->flags = 0; p->order = 0; p->refcount = 0;
    }
    for (uint32_t i = 0; i < count; i += 1 << MAX_ORDER) release(m, i, MAX_ORDER);
}

uint64_t run(uint32_t scale)
{
    struct ppm *m = (struct ppm *)BASE;
    uint32_t *taken = (uint32_t *)(BASE + 0x100000);
    init(m, 4096);
    uint64_t hash = 0;
    uint32_t x = 1;
    for (uint32_t round = 0; round < scale; round++) {
        uint32_t n = 0;
        for (uint32_t i = 0; i < 300; i++) {
            x = x * 1664525 + 1013904223;
            uint32_t order = (x >> 16) % 4;
            uint32_t index = allocate(m, order);
            if (index == 0xffffffff) break;
            taken[n++] = index | (order << 24);
            hash = hash * 31 + index;
        }
        for (uint32_t i = 0; i < n; i++) {
            uint32_t entry = taken[(i * 7) % n];
            if (entry == 0xffffffff) continue;
            taken[(i * 7) % n] = 0xffffffff;
            release(m, entry & 0xffffff, entry >> 24);
        }
        for (uint32_t i = 0; i < n; i++)
            if (taken[i] != 0xffffffff) release(m, taken[i] & 0xffffff, taken[i] >> 24);
    }
    return hash ^ m->free;
}
