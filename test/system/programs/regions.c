#include <stdio.h>
#include "archipel.h"
static volatile long numbers[4096];
int main(void)
{
    roi_begin("fill");
    for (int i = 0; i < 4096; i++) numbers[i] = i;
    roi_end();
    long sum = 0;
    for (int round = 0; round < 3; round++) {
        roi_begin("sum");
        for (int i = 0; i < 1000; i++) sum += numbers[i];
        if (round == 1) {
            roi_begin("inner");
            sum += numbers[7];
            roi_end();
        }
        roi_end();
    }
    roi_end();
    printf("%ld\n", sum);
    return 0;
}
