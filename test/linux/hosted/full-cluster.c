// A thread for a cluster without free memory is EAGAIN, the first time and again; with room it is made and works.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <archipel.h>

#define PAGE 4096
#define MOST 4096

static char *pages[MOST];
static volatile int value;

static void *work(void *argument)
{
    value = *(int *)argument + cluster_self();
    return 0;
}

// 1: the thread was made and has worked; 0: EAGAIN.
static int try(int number)
{
    pthread_t thread;
    value = 0;
    place_next(1);
    int error = pthread_create(&thread, 0, work, &number);
    place_next(-1);
    if (error == EAGAIN) return 0;
    if (error != 0) exit(2);
    pthread_join(thread, 0);
    if (value != number + 1) exit(3);
    return 1;
}

int main(void)
{
    int count = 0;
    // Pages of cluster 1 until one lies elsewhere.
    while (count < MOST) {
        pages[count] = remote_malloc(PAGE, 1);
        if (!pages[count]) exit(4);
        pages[count][0] = 1;
        if (get_home(pages[count++]) != 1) break;
    }
    printf("full: made %d, %d\n", try(1), try(2));
    for (int i = 0; i < 64; i++) munmap(pages[--count], PAGE);
    printf("64 pages: made %d\n", try(3));
    return 0;
}
