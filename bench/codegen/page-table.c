/* The C twin of page-table.ts. */
#include <stdbool.h>
#include <stdint.h>
#define BASE 0x40200000UL
#define VALID 1

static uintptr_t next;

static uint64_t *new_table(void)
{
    uint64_t *table = (uint64_t *)next;
    next += 4096;
    for (uint64_t *p = table; p < table + 512; p += 4) { p[0] = 0; p[1] = 0; p[2] = 0; p[3] = 0; }
    return table;
}

static uint64_t *walk(uint64_t *root, uint64_t vaddr, bool make)
{
    uint64_t *table = root;
    for (uint32_t level = 2; level > 0; level--) {
        uint64_t *entry = &table[(vaddr >> (12 + 9 * level)) & 511];
        uint64_t pte = *entry;
        if (pte & VALID) {
            table = (uint64_t *)((pte >> 10) << 12);
        } else {
            if (!make) return 0;
            table = new_table();
            *entry = (((uint64_t)table >> 12) << 10) | VALID;
        }
    }
    return &table[(vaddr >> 12) & 511];
}

static void map(uint64_t *root, uint64_t vaddr, uint64_t ppn, uint64_t flags)
{
    *walk(root, vaddr, true) = (ppn << 10) | flags | VALID;
}

static uint64_t unmap(uint64_t *root, uint64_t vaddr)
{
    uint64_t *entry = walk(root, vaddr, false);
    if (!entry) return 0;
    uint64_t pte = *entry;
    if (!(pte & VALID)) return 0;
    *entry = 0;
    return pte >> 10;
}

uint64_t run(uint32_t scale)
{
    uint64_t hash = 0;
    uint32_t x = 3;
    for (uint32_t round = 0; round < scale; round++) {
        next = BASE;
        uint64_t *root = new_table();
        for (uint32_t i = 0; i < 400; i++) {
            x = x * 1664525 + 1013904223;
            map(root, (uint64_t)(x >> 9) << 8, i, 0xd6);
        }
        for (uint32_t i = 0; i < 800; i++) {
            x = x * 1664525 + 1013904223;
            hash = hash * 31 + unmap(root, (uint64_t)(x >> 9) << 8);
        }
        for (uint64_t page = 0; page < 512; page++) map(root, 0x12345000 + (page << 12), page, 0xcf);
        for (uint64_t page = 0; page < 512; page++) hash += unmap(root, 0x12345000 + (page << 12));
    }
    return hash ^ next;
}
