// riscv_hwprobe and riscv_flush_icache. The host that tests ask is no RISC-V machine.
// here: only
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HWPROBE 258
#define FLUSH 259

struct pair {
    int64_t key;
    uint64_t value;
};

static void tell(const char *what, long result) { printf("%s %ld %s\n", what, result, result < 0 ? strerror(errno) : "-"); }

static uint32_t *code;
static pthread_barrier_t barrier;

static void *runner(void *unused)
{
    long sum = 0;
    for (int round = 0; round < 20; round++) {
        pthread_barrier_wait(&barrier);
        sum += ((long (*)(void))code)();
        pthread_barrier_wait(&barrier);
    }
    return (void *)sum;
}

int main(void)
{
    struct pair pairs[] = {{0, 9}, {3, 0}, {4, 0}, {5, 0}, {6, 0}, {99, 7}, {-3, 7}};
    unsigned char harts[8] = {2}, nobody[8] = {0};
    pthread_t threads[4];
    tell("hwprobe", syscall(HWPROBE, pairs, 7, 0, NULL, 0));
    for (int i = 0; i < 7; i++)
        printf("%ld %lx\n", (long)pairs[i].key, (long)pairs[i].value);
    tell("one hart", syscall(HWPROBE, pairs, 1, 8, harts, 0));
    tell("no hart", syscall(HWPROBE, pairs, 1, 8, nobody, 0));
    tell("flags", syscall(HWPROBE, pairs, 1, 0, NULL, 8));
    tell("bad address", syscall(HWPROBE, 8, 1, 0, NULL, 0));

    // li a0, round; ret
    code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    code[1] = 0x00008067;
    pthread_barrier_init(&barrier, NULL, 5);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, runner, NULL);
    for (int round = 0; round < 20; round++) {
        code[0] = 0x00000513 | round << 20;
        if (syscall(FLUSH, code, code + 2, 0) != 0)
            return 1;
        pthread_barrier_wait(&barrier);
        pthread_barrier_wait(&barrier);
    }
    for (int i = 0; i < 4; i++) {
        void *sum;
        pthread_join(threads[i], &sum);
        printf("sum %ld\n", (long)sum);
    }
    tell("local", syscall(FLUSH, code, code + 2, 1));
    tell("flags", syscall(FLUSH, code, code + 2, 2));
    return 0;
}
