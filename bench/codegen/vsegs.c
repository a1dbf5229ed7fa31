/* The C twin of vsegs.ts. */
#include <stdint.h>
#define BASE 0x40200000UL

struct vseg { struct vseg *next, *prev; uint64_t min, max; uint32_t kind, flags; };
struct vsl { struct vseg *next, *prev; uint32_t count; };

static struct vseg *find(struct vsl *list, uint64_t address)
{
    struct vseg *root = (struct vseg *)list;
    for (struct vseg *s = root->next; s != root; s = s->next) {
        if (address < s->min) return 0;
        if (address < s->max) return s;
    }
    return 0;
}

static int attach(struct vsl *list, struct vseg *s, uint64_t min, uint64_t size, uint32_t kind)
{
    uint64_t max = min + size;
    struct vseg *root = (struct vseg *)list, *e = root->next;
    while (e != root && e->min < max) {
        if (e->max > min) return -22;
        e = e->next;
    }
    s->min = min; s->max = max; s->kind = kind;
    s->flags = kind == 0 ? 5 : kind == 2 ? 3 : 7;
    s->next = e; s->prev = e->prev; e->prev->next = s; e->prev = s;
    list->count++;
    return 0;
}

static void detach(struct vsl *list, struct vseg *s)
{
    s->next->prev = s->prev; s->prev->next = s->next;
    list->count--;
}

uint64_t run(uint32_t scale)
{
    struct vsl *list = (struct vsl *)BASE;
    struct vseg *segments = (struct vseg *)(BASE + 4096);
    list->next = list->prev = (struct vseg *)list;
    list->count = 0;
    uint64_t hash = 0;
    uint32_t x = 7;
    for (uint32_t round = 0; round < scale; round++) {
        uint32_t used = 0;
        for (uint32_t i = 0; i < 40; i++) {
            x = x * 1664525 + 1013904223;
            uint64_t min = ((uint64_t)(x >> 12) & 0xffff) << 12;
            if (attach(list, &segments[used], min, (uint64_t)(1 + (x & 15)) << 12, x & 3) == 0) used++;
        }
        for (uint32_t i = 0; i < 100; i++) {
            x = x * 1664525 + 1013904223;
            struct vseg *s = find(list, (uint64_t)x >> 4);
            if (s) hash = hash * 31 + s->min + s->flags;
        }
        for (uint32_t i = 0; i < used; i++) detach(list, &segments[i]);
    }
    return hash ^ list->count;
}
