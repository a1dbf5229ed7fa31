/* Copies 8 MiB, TRIPS times, there and back. */
#include "guest.h"
#define BYTES (8ul << 20)
static u64 one[BYTES / 8], other[BYTES / 8];
void *memcpy(void *, const void *, u64);
u64 main(void) {
    u64 state = 88172645463325252ul, sum = 0;
    for (u64 i = 0; i < BYTES / 8; i++) one[i] = next_random(&state);
    for (int trip = 0; trip < TRIPS; trip++) {
        memcpy(trip & 1 ? one : other, trip & 1 ? other : one, BYTES);
        (trip & 1 ? one : other)[trip & 1023] ^= trip;
    }
    for (u64 i = 0; i < BYTES / 8; i++) sum = sum * 31 + one[i] + other[i];
    return sum;
}
