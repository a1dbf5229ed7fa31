// Threads that all wait, as many as the argument says or as there can be; then they end, and there is room for others.
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST 2000

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int open, passed;

static void *wait(void *argument)
{
    pthread_mutex_lock(&mutex);
    while (!open) pthread_cond_wait(&condition, &mutex);
    passed++;
    pthread_mutex_unlock(&mutex);
    return 0;
}

int main(int argc, char **argv)
{
    static pthread_t threads[MOST];
    int wish = argc > 1 ? atoi(argv[1]) : MOST, count = 0, error = 0;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, PTHREAD_STACK_MIN);
    while (count < wish && (error = pthread_create(&threads[count], &small, wait, 0)) == 0) count++;
    printf("%d threads, EAGAIN %d\n", count, error == EAGAIN);
    pthread_mutex_lock(&mutex);
    open = 1;
    pthread_cond_broadcast(&condition);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < count; i++) pthread_join(threads[i], 0);
    error = pthread_create(&threads[0], &small, wait, 0);
    if (error == 0) pthread_join(threads[0], 0);
    printf("%d passed, then %d\n", passed, error);
    return 0;
}
