/*
 * The first process of a Linux that is measured: it does each of what bench/kernel/paths.ts does of ours, between two marks (slti x0, x0, n: an
 * odd number begins a path, the next one ends it). Whoever runs the machine counts instructions between them.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MARK(n) __asm__ volatile("slti x0, x0, %0" ::"i"(n) : "memory")
#define PAGE 4096
#define TIMES 65

enum { GETPID = 1, ANONYMOUS = 3, FILED = 5, MUNMAP = 7, FORK = 9, REAPED = 11, EXIT = 13, WAKE_NOBODY = 15, WAKE = 17, YIELD = 19 };

static volatile int word;
static volatile int is_over;

static void *waiter(void *unused)
{
    while (!is_over)
        syscall(SYS_futex, &word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, 0);
    return unused;
}

static void *yielder(void *unused)
{
    while (!is_over)
        sched_yield();
    return unused;
}

static void memory(void)
{
    char *area = mmap(NULL, (TIMES + 1) * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    madvise(area, (TIMES + 1) * PAGE, MADV_NOHUGEPAGE);
    /* A page of its own for the tables. */
    area[TIMES * PAGE] = 1;
    for (int i = 0; i < TIMES; i++) {
        MARK(ANONYMOUS);
        *(volatile char *)(area + i * PAGE) = 1;
        MARK(ANONYMOUS + 1);
    }
    for (int i = 0; i < TIMES; i++) {
        MARK(MUNMAP);
        munmap(area + i * PAGE, PAGE);
        MARK(MUNMAP + 1);
    }
    int file = open("/init", O_RDONLY);
    for (int i = 0; i < TIMES; i++) {
        volatile char *page = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, file, 0);
        MARK(FILED);
        (void)*page;
        MARK(FILED + 1);
        munmap((void *)page, PAGE);
    }
    close(file);
}

static void processes(void)
{
    for (int i = 0; i < TIMES; i++) {
        MARK(REAPED);
        MARK(FORK);
        pid_t child = fork();
        if (child == 0) {
            MARK(EXIT);
            _exit(0);
        }
        MARK(FORK + 1);
        waitpid(child, NULL, 0);
        MARK(EXIT + 1);
        MARK(REAPED + 1);
    }
}

static void calls(void)
{
    for (int i = 0; i < TIMES; i++) {
        MARK(GETPID);
        syscall(SYS_getpid);
        MARK(GETPID + 1);
        MARK(WAKE_NOBODY);
        syscall(SYS_futex, &is_over, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0);
        MARK(WAKE_NOBODY + 1);
    }
}

static void threads(void)
{
    pthread_t other;
    pthread_create(&other, NULL, waiter, NULL);
    for (int i = 0; i < TIMES; i++) {
        usleep(500);
        MARK(WAKE);
        syscall(SYS_futex, &word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0);
        MARK(WAKE + 1);
    }
    is_over = 1;
    word = 1;
    syscall(SYS_futex, &word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0);
    pthread_join(other, NULL);
    is_over = 0;
    pthread_create(&other, NULL, yielder, NULL);
    sched_yield();
    for (int i = 0; i < TIMES; i++) {
        MARK(YIELD);
        sched_yield();
        MARK(YIELD + 1);
    }
    is_over = 1;
    pthread_join(other, NULL);
}

int main(void)
{
    calls();
    memory();
    processes();
    threads();
    puts("MEASURED");
    sync();
    reboot(RB_POWER_OFF);
    return 0;
}
