// FUTEX_WAIT_BITSET and FUTEX_WAKE_BITSET by single bits, FUTEX_WAKE_OP, absolute timeouts of both clocks, and what futex refuses.
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile int word, second;

static long futex(volatile int *at, int operation, int value, const void *timeout, volatile int *other, int last)
{
    long result = syscall(SYS_futex, at, operation, value, timeout, other, last);
    return result < 0 ? -errno : result;
}

static void *waiter(void *mask)
{
    return (void *)futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, (int)(long)mask);
}

static void *second_waiter(void *unused)
{
    return (void *)futex(&second, FUTEX_WAIT_PRIVATE, (int)(long)unused, NULL, NULL, 0);
}

static int wake(int count, int mask, int expected)
{
    int woken = 0;
    for (int i = 0; i < 2000 && woken < expected; i++) {
        woken += futex(&word, FUTEX_WAKE_BITSET_PRIVATE, count, NULL, NULL, mask);
        if (woken < expected)
            usleep(50);
    }
    return woken;
}

static void past_and_future(int flags, clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    time.tv_nsec += 1000000;
    if (time.tv_nsec >= 1000000000)
        time.tv_sec++, time.tv_nsec -= 1000000000;
    printf("timeout %d", futex(&word, FUTEX_WAIT_BITSET | flags, 0, &time, NULL, -1) == -ETIMEDOUT);
    struct timespec now;
    clock_gettime(clock, &now);
    printf(", not early %d", now.tv_sec > time.tv_sec || (now.tv_sec == time.tv_sec && now.tv_nsec >= time.tv_nsec));
    time.tv_sec = 0;
    time.tv_nsec = 1;
    printf(", past %d\n", futex(&word, FUTEX_WAIT_BITSET | flags, 0, &time, NULL, -1) == -ETIMEDOUT);
}

int main(void)
{
    pthread_t threads[3];
    void *result;
    for (long i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, waiter, (void *)(1L << i));
    for (int i = 2; i >= 0; i--) {
        printf("by bit %d: %d\n", i, wake(9, 1 << i, 1));
        pthread_join(threads[i], &result);
        printf("result %ld\n", (long)result);
    }
    printf("no bit %ld %ld\n", futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0),
           futex(&word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0));

    // The old value 5 is above 4, so the waiters of the second word are woken, too.
    second = 5;
    pthread_create(&threads[0], NULL, second_waiter, (void *)5);
    long woken = 0;
    while (woken == 0) {
        usleep(200);
        woken = futex(&word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)9, &second, FUTEX_OP(FUTEX_OP_OR, 0, FUTEX_OP_CMP_GT, 4));
    }
    futex(&word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)9, &second, FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_GT, 4));
    printf("woken %ld, now %d\n", woken, second);
    pthread_join(threads[0], NULL);
    futex(&word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)9, &second, FUTEX_OP(FUTEX_OP_SET, -7, FUTEX_OP_CMP_EQ, 0));
    printf("set %d\n", second);
    futex(&word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)9, &second, FUTEX_OP(FUTEX_OP_OR | FUTEX_OP_OPARG_SHIFT, 1, FUTEX_OP_CMP_LT, -6));
    printf("or %d\n", second);
    futex(&word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)9, &second, FUTEX_OP(FUTEX_OP_ANDN, 1, FUTEX_OP_CMP_NE, 0));
    printf("andn %d\n", second);
    futex(&word, FUTEX_WAKE_OP_PRIVATE, 1, (void *)9, &second, FUTEX_OP(FUTEX_OP_XOR, 0x7ff, FUTEX_OP_CMP_NE, 0));
    printf("xor %d\n", second);

    past_and_future(0, CLOCK_MONOTONIC);
    past_and_future(FUTEX_CLOCK_REALTIME, CLOCK_REALTIME);
    printf("nowhere %ld\n", futex((int *)16, FUTEX_WAKE, 1, NULL, NULL, 0));
    printf("nowhere private %ld\n", futex((int *)16, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
    printf("misaligned %ld\n", futex((int *)((char *)&word + 2), FUTEX_WAKE, 1, NULL, NULL, 0));
    printf("other value %ld\n", futex(&word, FUTEX_WAIT, 1, NULL, NULL, 0));
    printf("negative %ld\n", futex(&word, FUTEX_REQUEUE, -1, NULL, &second, 0));
    printf("unknown %ld\n", futex(&word, 99, 0, NULL, NULL, 0));
    return 0;
}
