/* What benchmark guests share: a console and a random sequence. */
typedef unsigned long u64;
typedef unsigned int u32;
typedef unsigned char u8;
#ifndef TRIPS
#define TRIPS 1
#endif
static inline u64 next_random(u64 *state) {
    u64 x = *state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *state = x;
}
u64 main(void);
