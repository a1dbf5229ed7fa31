/* Multiplies matrices of 128 x 128 doubles, TRIPS times. */
#include "guest.h"
#define N 128
static double a[N][N], b[N][N], c[N][N];
u64 main(void) {
    u64 state = 88172645463325252ul;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = (double)(next_random(&state) % 1000) / 7.0;
            b[i][j] = (double)(next_random(&state) % 1000) / 3.0;
        }
    for (int trip = 0; trip < TRIPS; trip++) {
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++) {
                double sum = 0;
                for (int k = 0; k < N; k++) sum += a[i][k] * b[k][j];
                c[i][j] = sum;
            }
        a[trip & (N - 1)][0] += 1.0 / 7.0;
    }
    u64 sum = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) sum = sum * 31 + *(u64 *)&c[i][j];
    return sum;
}
