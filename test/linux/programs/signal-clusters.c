// Threads in all clusters: signals for one of them, and for the process, whichever may take them. Four clusters of two harts.
// here: only
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>
#define PLACE_FORK 1030
#define THREADS 8
static volatile int taken[THREADS + 1], ready, total;
static __thread int me = THREADS;
static sem_t once;
static void handler(int s) {
    __sync_fetch_and_add(&taken[me], 1);
    __sync_fetch_and_add(&total, 1);
    sem_post(&once);
}
static volatile int stop;
static void *run(void *p) {
    me = (long)p;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    if (me != 5) pthread_sigmask(SIG_BLOCK, &set, NULL);
    __sync_fetch_and_add(&ready, 1);
    if (me & 1) while (!stop) usleep(500);
    else while (!stop);
    return NULL;
}
int main(void) {
    pthread_t t[THREADS];
    struct sigaction a;
    memset(&a, 0, sizeof a);
    a.sa_handler = handler;
    sigaction(SIGUSR1, &a, NULL);
    sigaction(SIGUSR2, &a, NULL);
    sem_init(&once, 0, 0);
    for (long i = 0; i < THREADS; i++) {
        syscall(PLACE_FORK, i % 4);
        pthread_create(&t[i], NULL, run, (void *)i);
    }
    while (ready < THREADS) usleep(100);
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < THREADS; i++) {
            pthread_kill(t[i], SIGUSR2);
            while (sem_wait(&once));
        }
    }
    for (int i = 0; i <= THREADS; i++) printf("%d ", taken[i]);
    printf("to threads\n");
    // Only thread 5 does not block SIGUSR1.
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    for (int i = 0; i < 10; i++) {
        kill(getpid(), SIGUSR1);
        while (sem_wait(&once));
    }
    for (int i = 0; i <= THREADS; i++) printf("%d ", taken[i]);
    printf("to the process\n");
    stop = 1;
    for (int i = 0; i < THREADS; i++) pthread_join(t[i], NULL);
    kill(getpid(), SIGUSR1);
    printf("pending %d\n", total);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    printf("taken %d by main %d\n", total, taken[THREADS]);
    return 0;
}
