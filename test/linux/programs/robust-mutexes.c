// Robust mutexes: whoever takes one next hears that its owner has ended, as a thread, as a process, or by a signal.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t own;
static volatile int locked;

static void make(pthread_mutex_t *mutex, int shared)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setpshared(&attributes, shared);
    pthread_mutex_init(mutex, &attributes);
}

static void *dies_with_it(void *sleeps)
{
    pthread_mutex_lock(&own);
    locked = 1;
    if (sleeps != NULL)
        usleep(2000);
    return NULL;
}

static const char *name(int error)
{
    return error == 0 ? "0" : error == EOWNERDEAD ? "EOWNERDEAD" : error == ENOTRECOVERABLE ? "ENOTRECOVERABLE" : "?";
}

static void take_over(const char *what, pthread_mutex_t *mutex)
{
    int error = pthread_mutex_lock(mutex);
    printf("%s: %s", what, name(error));
    if (error == EOWNERDEAD)
        printf(", %s", name(pthread_mutex_consistent(mutex)));
    printf(", %s\n", name(pthread_mutex_unlock(mutex)));
}

int main(void)
{
    pthread_t thread;
    int status;
    make(&own, PTHREAD_PROCESS_PRIVATE);
    pthread_create(&thread, NULL, dies_with_it, NULL);
    pthread_join(thread, NULL);
    take_over("thread", &own);
    locked = 0;
    pthread_create(&thread, NULL, dies_with_it, "waits");
    while (!locked)
        usleep(100);
    take_over("thread, waited for", &own);
    pthread_join(thread, NULL);

    static char zeroes[4096];
    int file = open("robust-mutexes.data", O_RDWR | O_CREAT | O_TRUNC, 0644);
    write(file, zeroes, sizeof zeroes);
    pthread_mutex_t *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    volatile int *ready = (int *)((char *)shared + 1024);
    make(shared, PTHREAD_PROCESS_SHARED);
    if (fork() == 0) {
        pthread_mutex_lock(shared);
        _exit(0);
    }
    wait(&status);
    take_over("process", shared);

    pid_t child = fork();
    if (child == 0) {
        pthread_mutex_lock(shared);
        *ready = 1;
        sleep(1000);
    }
    while (*ready == 0)
        usleep(100);
    if (fork() == 0) {
        usleep(2000);
        kill(child, SIGKILL);
        _exit(0);
    }
    take_over("killed, waited for", shared);
    wait(&status);
    wait(&status);

    // A lock that nobody has made consistent is lost.
    pthread_create(&thread, NULL, dies_with_it, NULL);
    pthread_join(thread, NULL);
    printf("again: %s, ", name(pthread_mutex_lock(&own)));
    printf("%s, ", name(pthread_mutex_unlock(&own)));
    printf("%s\n", name(pthread_mutex_lock(&own)));

    void *head = NULL;
    size_t bytes = 0;
    printf("get %ld", syscall(SYS_get_robust_list, 0, &head, &bytes));
    printf(" %zu %d\n", bytes, head != NULL);
    errno = 0;
    printf("set %ld", syscall(SYS_set_robust_list, head, 23));
    printf(" %d\n", errno == EINVAL);

    // A list that leads nowhere, or round and round, ends the process as any other.
    if (fork() == 0) {
        static void *circle[4];
        circle[0] = &circle[3];
        circle[1] = (void *)8;
        circle[3] = &circle[3];
        syscall(SYS_set_robust_list, circle, 24);
        _exit(3);
    }
    wait(&status);
    printf("circle %x\n", status);
    if (fork() == 0) {
        syscall(SYS_set_robust_list, 0x7000, 24);
        _exit(4);
    }
    wait(&status);
    printf("nowhere %x\n", status);
    unlink("robust-mutexes.data");
    return 0;
}
