// A futex in a shared page of a file: one process waits for it and another wakes it, at addresses of their own.
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long futex(volatile int *word, int operation, int value, void *timeout, volatile int *second, int last)
{
    return syscall(SYS_futex, word, operation, value, timeout, second, last);
}

static void until_woken(volatile int *word, int operation, long expected)
{
    long woken;
    while ((woken = futex(word, operation, 1, NULL, NULL, -1)) == 0)
        usleep(100);
    printf("woken %d\n", woken == expected);
}

int main(void)
{
    int status;
    static char zeroes[8192];
    int file = open("futex-shared.data", O_RDWR | O_CREAT | O_TRUNC, 0644);
    write(file, zeroes, sizeof zeroes);
    volatile int *words = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (fork() == 0) {
        volatile int *own = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 4096);
        words[0] = 1;
        long first = futex(words + 1024, FUTEX_WAIT, 0, NULL, NULL, 0);
        long second = futex(own + 1, FUTEX_WAIT, 0, NULL, NULL, 0);
        long third = futex(own + 2, FUTEX_WAIT, 7, NULL, NULL, 0);
        _exit(first == 0 && second == 0 && third == -1 ? 0 : 1);
    }
    until_woken(words + 1024, FUTEX_WAKE, 1);
    until_woken(words + 1025, FUTEX_WAKE, 1);
    wait(&status);
    printf("child %x, it saw %d\n", status, words[0]);

    // Moved from one word to another, and woken there by the process that did not move it.
    for (int i = 0; i < 3; i++)
        if (fork() == 0)
            _exit(futex(words + 8, FUTEX_WAIT, 0, NULL, NULL, 0) == 0 ? i : 9);
    int moved = 0;
    while (moved < 3)
        moved += futex(words + 8, FUTEX_CMP_REQUEUE, 0, (void *)3, words + 1030, 0);
    printf("moved %d, left %ld\n", moved, futex(words + 8, FUTEX_WAKE, 9, NULL, NULL, 0));
    if (fork() == 0)
        _exit(futex(words + 1030, FUTEX_WAKE, 9, NULL, NULL, 0) == 3 ? 0 : 9);
    int sum = 0;
    while (wait(&status) > 0)
        sum += WEXITSTATUS(status);
    printf("sum %d\n", sum);

    // A wait that says that the word is this process's alone is not found by one that does not.
    if (fork() == 0) {
        struct timespec time = {0, 3000000};
        _exit(futex(words + 9, FUTEX_WAIT_PRIVATE, 0, &time, NULL, 0) == -1 ? 0 : 1);
    }
    usleep(1000);
    printf("other kind %ld\n", futex(words + 9, FUTEX_WAKE, 1, NULL, NULL, 0));
    wait(&status);
    printf("child %x\n", status);
    unlink("futex-shared.data");
    return 0;
}
