/* Console, memory functions, and the map of SV39 guests. */
#include "guest.h"
#define UART ((volatile u8 *)0x10000000)
void print_hex(u64 value) {
    for (int shift = 60; shift >= 0; shift -= 4) *UART = "0123456789abcdef"[(value >> shift) & 15];
    *UART = '\n';
}
__attribute__((optimize("no-tree-loop-distribute-patterns"))) void *memcpy(void *to, const void *from, u64 bytes) {
    u8 *t = to;
    const u8 *f = from;
    if ((((u64)t | (u64)f) & 7) == 0) {
        for (; bytes >= 64; bytes -= 64, t += 64, f += 64) {
            const u64 *a = (const u64 *)f;
            u64 *b = (u64 *)t;
            u64 w0 = a[0], w1 = a[1], w2 = a[2], w3 = a[3], w4 = a[4], w5 = a[5], w6 = a[6], w7 = a[7];
            b[0] = w0, b[1] = w1, b[2] = w2, b[3] = w3, b[4] = w4, b[5] = w5, b[6] = w6, b[7] = w7;
        }
        for (; bytes >= 8; bytes -= 8, t += 8, f += 8) *(u64 *)t = *(const u64 *)f;
    }
    while (bytes--) *t++ = *f++;
    return to;
}
__attribute__((optimize("no-tree-loop-distribute-patterns"))) void *memset(void *to, int value, u64 bytes) {
    u8 *t = to;
    while (bytes--) *t++ = (u8)value;
    return to;
}
__attribute__((optimize("no-tree-loop-distribute-patterns"))) int strcmp(const char *a, const char *b) {
    while (*a && *a == *b) a++, b++;
    return (u8)*a - (u8)*b;
}
#ifdef SV39
#define LEAVES 32
extern u64 tables[];
/* RAM from 0x80000000 on in pages of 4 KiB, devices in one of 1 GiB. */
void make_map(u64 *root) {
    u64 *middle = root + 512;
    for (int i = 0; i < 512 * (2 + LEAVES); i++) root[i] = 0;
    root[0] = 0xc7;
    root[2] = ((u64)middle >> 12) << 10 | 1;
    for (int t = 0; t < LEAVES; t++) {
        u64 *leaf = root + 512 * (2 + t);
        middle[t] = ((u64)leaf >> 12) << 10 | 1;
        for (int i = 0; i < 512; i++) leaf[i] = (0x80000u + t * 512u + i) << 10 | 0xcf;
    }
}
#endif
