// Signals of threads: pthread_kill, pthread_cancel, masks that are inherited, a signal for the process that only one thread takes.
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
static __thread volatile int mine;
static volatile int taken_by_worker, total;
static pthread_t worker;
static void handler(int s) {
    mine++;
    __sync_fetch_and_add(&total, 1);
    if (pthread_equal(pthread_self(), worker)) taken_by_worker++;
}
static sem_t go, done;
static volatile int stop;
static void *spin(void *p) {
    sem_post(&go);
    while (!stop);
    return (void *)(long)mine;
}
static void *sleeper(void *p) {
    sigset_t s;
    pthread_sigmask(SIG_SETMASK, NULL, &s);
    printf("inherited %d %d\n", sigismember(&s, SIGUSR1), sigismember(&s, SIGUSR2));
    sigdelset(&s, SIGUSR1);
    sem_post(&go);
    sigsuspend(&s);
    sem_post(&done);
    return (void *)(long)mine;
}
static void *waiter(void *p) {
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGUSR2);
    for (int i = 0; i < 5; i++) {
        int s;
        sigwait(&one, &s);
        __sync_fetch_and_add(&total, s);
        sem_post(&done);
    }
    return NULL;
}
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static void clean(void *p) { printf("cleaned %s\n", (char *)p); pthread_mutex_unlock(&lock); }
static void *cancelled(void *p) {
    pthread_mutex_lock(&lock);
    pthread_cleanup_push(clean, p);
    sem_post(&go);
    while (1) pthread_cond_wait(&never, &lock);
    pthread_cleanup_pop(0);
    return NULL;
}
static void *asynchronous(void *p) {
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    sem_post(&go);
    for (;;);
}
int main(void) {
    struct sigaction a;
    memset(&a, 0, sizeof a);
    a.sa_handler = handler;
    sigaction(SIGUSR1, &a, NULL);
    sem_init(&go, 0, 0);
    sem_init(&done, 0, 0);
    void *r;
    int cancelled_now;
    pthread_create(&worker, NULL, spin, NULL);
    sem_wait(&go);
    for (int i = 0; i < 5; i++) {
        int before = total;
        pthread_kill(worker, SIGUSR1);
        while (total == before);
    }
    stop = 1;
    pthread_join(worker, &r);
    printf("spinning %ld own %d\n", (long)r, mine);
    sigset_t both;
    sigemptyset(&both);
    sigaddset(&both, SIGUSR1);
    sigaddset(&both, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &both, NULL);
    total = 0;
    pthread_create(&worker, NULL, sleeper, NULL);
    sem_wait(&go);
    kill(getpid(), SIGUSR1);
    sem_wait(&done);
    pthread_join(worker, &r);
    printf("for the process %ld own %d by the worker %d\n", (long)r, mine, taken_by_worker);
    total = 0;
    pthread_create(&worker, NULL, waiter, NULL);
    for (int i = 0; i < 5; i++) {
        kill(getpid(), SIGUSR2);
        sem_wait(&done);
    }
    pthread_join(worker, NULL);
    printf("sigwait %d\n", total / SIGUSR2);
    pthread_create(&worker, NULL, cancelled, "in a wait");
    sem_wait(&go);
    cancelled_now = pthread_cancel(worker);
    pthread_join(worker, &r);
    printf("cancel %d\n", cancelled_now);
    printf("cancelled %d\n", r == PTHREAD_CANCELED);
    pthread_create(&worker, NULL, asynchronous, NULL);
    sem_wait(&go);
    cancelled_now = pthread_cancel(worker);
    pthread_join(worker, &r);
    printf("cancel %d\n", cancelled_now);
    printf("cancelled %d\n", r == PTHREAD_CANCELED);
    printf("pending %d\n", sigpending(&both) == 0 && !sigismember(&both, SIGUSR1));
    return 0;
}
