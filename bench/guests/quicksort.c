/* Sorts 64 Ki words, TRIPS times, each time in another order. */
#include "guest.h"
#define WORDS 65536
static u64 words[WORDS];
static void sort(u64 *low, u64 *high) {
    while (low < high) {
        u64 pivot = low[(high - low) / 2], *i = low, *j = high;
        while (i <= j) {
            while (*i < pivot) i++;
            while (*j > pivot) j--;
            if (i <= j) {
                u64 t = *i;
                *i++ = *j;
                *j-- = t;
            }
        }
        if (j - low < high - i) {
            sort(low, j);
            low = i;
        } else {
            sort(i, high);
            high = j;
        }
    }
}
u64 main(void) {
    u64 state = 88172645463325252ul, sum = 0;
    for (int trip = 0; trip < TRIPS; trip++) {
        for (int i = 0; i < WORDS; i++) words[i] = next_random(&state);
        sort(words, words + WORDS - 1);
        for (int i = 0; i < WORDS; i++) sum = sum * 31 + words[i];
    }
    return sum;
}
