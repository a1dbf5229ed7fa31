/* A tree of small functions, called by name and through a table, 100,000 rounds a trip. */
#include "guest.h"
static __attribute__((noinline)) u64 leaf(u64 a, u64 b) { return (a ^ b) + (a >> 7); }
static __attribute__((noinline)) u64 twice(u64 a, u64 b) { return leaf(a, b + 1) + leaf(b, a); }
static __attribute__((noinline)) u64 first(u64 a) { return twice(a, 3); }
static __attribute__((noinline)) u64 second(u64 a) { return leaf(a, 5) * 3; }
static __attribute__((noinline)) u64 third(u64 a) { return twice(a + 1, a); }
static __attribute__((noinline)) u64 fourth(u64 a) { return a - leaf(a, a); }
static u64 (*const table[4])(u64) = {first, second, third, fourth};
u64 main(void) {
    u64 sum = 1;
    for (int trip = 0; trip < TRIPS; trip++)
        for (int i = 0; i < 100000; i++) sum = table[(sum >> 3 ^ i) & 3](sum + i);
    return sum;
}
