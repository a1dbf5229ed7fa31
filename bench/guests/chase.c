/* Follows pointers through 32 KiB in a random order, a million times a trip. */
#include "guest.h"
#define NODES 4096
static u64 *nodes[NODES];
u64 main(void) {
    u64 state = 88172645463325252ul;
    static u32 order[NODES];
    for (u32 i = 0; i < NODES; i++) order[i] = i;
    for (u32 i = NODES - 1; i > 0; i--) {
        u32 j = next_random(&state) % i, t = order[i];
        order[i] = order[j];
        order[j] = t;
    }
    for (u32 i = 0; i < NODES; i++) nodes[order[i]] = (u64 *)&nodes[order[(i + 1) % NODES]];
    u64 *at = (u64 *)&nodes[0];
    for (int trip = 0; trip < TRIPS; trip++)
        for (int i = 0; i < 1000000; i++) at = (u64 *)*at;
    return (u64)at - (u64)nodes;
}
