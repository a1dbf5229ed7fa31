/* STREAM's triad over three arrays of 256 Ki doubles, TRIPS times. */
#include "guest.h"
#define WORDS 262144
static double a[WORDS], b[WORDS], c[WORDS];
u64 main(void) {
    for (int i = 0; i < WORDS; i++) a[i] = 1.0 + i, b[i] = 2.0 + i / 3.0, c[i] = 0.5;
    double scale = 3.0;
    for (int trip = 0; trip < TRIPS; trip++) {
        for (int i = 0; i < WORDS; i++) a[i] = b[i] + scale * c[i];
        scale = scale * 0.99999;
        a[trip & 1023] = scale;
    }
    u64 sum = 0;
    for (int i = 0; i < WORDS; i++) sum = sum * 31 + *(u64 *)&a[i];
    return sum;
}
