// 32 threads with a barrier, a read-write lock, once, thread-local storage, semaphores and condition variables with timeouts.
// config: {"kernel": {"pthreadMaxNr": 64}}
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>

enum { THREADS = 32, ROUNDS = 20 };

static pthread_barrier_t barrier;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn = PTHREAD_COND_INITIALIZER;
static sem_t semaphore;
static _Thread_local long own;
static long made_once, written, destroyed, inside, most_inside, serial, next_turn, order[THREADS];

static void make(void)
{
    made_once++;
}

static void destroy(void *value)
{
    __atomic_add_fetch(&destroyed, (long)value, __ATOMIC_SEQ_CST);
}

static void *work(void *argument)
{
    long number = (long)argument, wrong = 0;
    pthread_once(&once, make);
    pthread_setspecific(key, (void *)number);
    for (int round = 0; round < ROUNDS; round++) {
        own += number;
        pthread_rwlock_wrlock(&rwlock);
        written++;
        pthread_rwlock_unlock(&rwlock);
        if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
            __atomic_add_fetch(&serial, 1, __ATOMIC_SEQ_CST);
        pthread_rwlock_rdlock(&rwlock);
        wrong += written != (long)THREADS * (round + 1);
        pthread_rwlock_unlock(&rwlock);
        pthread_barrier_wait(&barrier);
    }
    sem_wait(&semaphore);
    long now = __atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST);
    if (now > 3)
        wrong++;
    pthread_mutex_lock(&mutex);
    if (now > most_inside)
        most_inside = now;
    pthread_mutex_unlock(&mutex);
    __atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
    sem_post(&semaphore);
    pthread_mutex_lock(&mutex);
    while (next_turn != number - 1)
        pthread_cond_wait(&turn, &mutex);
    order[next_turn++] = number;
    pthread_cond_broadcast(&turn);
    pthread_mutex_unlock(&mutex);
    return (void *)(wrong * 1000000 + own);
}

int main(void)
{
    pthread_t threads[THREADS];
    long sum = 0, sorted = 1;
    pthread_barrier_init(&barrier, NULL, THREADS);
    pthread_key_create(&key, destroy);
    sem_init(&semaphore, 0, 3);
    for (long i = 0; i < THREADS; i++)
        printf("%s", pthread_create(&threads[i], NULL, work, (void *)(i + 1)) == 0 ? "" : "not made\n");
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        sum += (long)result;
    }
    for (int i = 0; i < THREADS; i++)
        sorted &= order[i] == i + 1;
    printf("sum %ld, once %ld, written %ld, serial %ld\n", sum, made_once, written, serial);
    printf("destroyed %ld, inside %d, in order %ld, own %ld\n", destroyed, most_inside >= 1 && most_inside <= 3, sorted, own);

    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    time.tv_nsec += 1000000;
    if (time.tv_nsec >= 1000000000)
        time.tv_sec++, time.tv_nsec -= 1000000000;
    pthread_mutex_lock(&mutex);
    printf("timed wait %d\n", pthread_cond_timedwait(&turn, &mutex, &time) == ETIMEDOUT);
    pthread_mutex_unlock(&mutex);
    sem_wait(&semaphore), sem_wait(&semaphore), sem_wait(&semaphore);
    printf("semaphore %d", sem_trywait(&semaphore) == -1 && errno == EAGAIN);
    printf(" %d\n", sem_timedwait(&semaphore, &time) == -1 && errno == ETIMEDOUT);
    pthread_rwlock_rdlock(&rwlock);
    printf("rwlock %d %d\n", pthread_rwlock_tryrdlock(&rwlock), pthread_rwlock_trywrlock(&rwlock) == EBUSY);
    printf("mutex timed %d\n", pthread_mutex_timedlock(&mutex, &time));
    printf("again %d\n", pthread_mutex_timedlock(&mutex, &time) == ETIMEDOUT);
    return 0;
}
