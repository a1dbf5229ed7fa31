// Semaphores, mutexes, conditions and barriers in a page that processes share.
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    sem_t empty, full;
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    pthread_barrier_t barrier;
    long slot, sum, arrived;
};

enum { ITEMS = 40, PROCESSES = 3 };

static void adds(struct shared *all, int number)
{
    for (int i = 0; i < ITEMS; i++) {
        pthread_mutex_lock(&all->mutex);
        all->sum += number;
        pthread_mutex_unlock(&all->mutex);
    }
    pthread_barrier_wait(&all->barrier);
    pthread_mutex_lock(&all->mutex);
    all->arrived++;
    pthread_cond_signal(&all->condition);
    pthread_mutex_unlock(&all->mutex);
    _exit(all->sum == ITEMS * (1 + 2 + 3) ? 0 : 1);
}

int main(void)
{
    int status;
    static char zeroes[4096];
    int file = open("shared-semaphores.data", O_RDWR | O_CREAT | O_TRUNC, 0644);
    write(file, zeroes, sizeof zeroes);
    struct shared *all = mmap(NULL, sizeof zeroes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    sem_init(&all->empty, 1, 1);
    sem_init(&all->full, 1, 0);
    pthread_mutexattr_t mutex;
    pthread_mutexattr_init(&mutex);
    pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&all->mutex, &mutex);
    pthread_condattr_t condition;
    pthread_condattr_init(&condition);
    pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
    pthread_cond_init(&all->condition, &condition);
    pthread_barrierattr_t barrier;
    pthread_barrierattr_init(&barrier);
    pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&all->barrier, &barrier, PROCESSES);

    if (fork() == 0) {
        for (int i = 1; i <= ITEMS; i++) {
            sem_wait(&all->empty);
            all->slot = i;
            sem_post(&all->full);
        }
        _exit(0);
    }
    long sum = 0;
    for (int i = 0; i < ITEMS; i++) {
        sem_wait(&all->full);
        sum += all->slot;
        sem_post(&all->empty);
    }
    wait(&status);
    printf("items %ld, child %x\n", sum, status);

    for (int i = 1; i <= PROCESSES; i++)
        if (fork() == 0)
            adds(all, i);
    pthread_mutex_lock(&all->mutex);
    while (all->arrived != PROCESSES)
        pthread_cond_wait(&all->condition, &all->mutex);
    pthread_mutex_unlock(&all->mutex);
    int ended = 0;
    while (wait(&status) > 0)
        ended += status == 0;
    printf("sum %ld, ended well %d\n", all->sum, ended);
    unlink("shared-semaphores.data");
    return 0;
}
