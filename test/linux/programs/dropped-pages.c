// Pages that madvise has taken away and that nobody touches again, under the audits; what threads free goes back so (malloc's arenas).
#define _GNU_SOURCE
// rules: 7.1, I6
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE 4096ul
#define THREADS 6
#define BLOCKS 48

static void *grow_and_shrink(void *argument)
{
    char *blocks[BLOCKS];
    long wrong = 0;
    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = malloc(1 + i * 97);
        memset(blocks[i], i, 1 + i * 97);
    }
    for (int i = 0; i < BLOCKS; i++) {
        blocks[i] = realloc(blocks[i], 1 + i * 400);
        for (int j = 0; j < 1 + i * 97; j++)
            wrong += blocks[i][j] != i;
    }
    for (int i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    return (void *)wrong;
}

int main(void)
{
    unsigned char there[8];
    char *area = mmap(0, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 8; i++)
        area[i * PAGE] = 1;
    printf("drop %d\n", madvise(area + 3 * PAGE, 4 * PAGE, MADV_DONTNEED));
    area[4 * PAGE]++;
    mincore(area, 8 * PAGE, there);
    for (int i = 0; i < 8; i++)
        printf("%d", there[i] & 1);
    printf(" %d\n", area[4 * PAGE]);

    pthread_t threads[THREADS];
    long wrong = 0;
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], 0, grow_and_shrink, 0);
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        wrong += (long)result;
    }
    printf("%ld wrong\n", wrong);
    return 0;
}
