// Memory that processes share: anonymous and of files that lose their names; with futexes, over forks, cut, moved and given back.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096ul
#define PAGES 24
#define CHILDREN 6
#define TURNS 200

struct counter {
    pthread_mutex_t lock;
    long count;
};

static void *shared(unsigned long bytes)
{
    return mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

int main(void)
{
    int status;
    int *one = shared(PAGE);
    one[0] = 1;
    fflush(stdout);
    if (fork() == 0) {
        one[0] = 42;
        _exit(0);
    }
    wait(&status);
    printf("shared %d\n", one[0]);

    struct counter *counter = shared(sizeof *counter);
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&counter->lock, &attributes);
    for (int i = 0; i < CHILDREN; i++) {
        if (fork() == 0) {
            for (int n = 0; n < TURNS; n++) {
                pthread_mutex_lock(&counter->lock);
                counter->count++;
                pthread_mutex_unlock(&counter->lock);
            }
            _exit(0);
        }
    }
    for (int i = 0; i < CHILDREN; i++)
        wait(&status);
    printf("counted %ld\n", counter->count);

    char *area = shared(64 * PAGE);
    for (int i = 0; i < PAGES; i++)
        area[i * PAGE] = i;
    munmap(area + 3 * PAGE, 2 * PAGE);
    mprotect(area + 8 * PAGE, PAGE, PROT_READ);
    fflush(stdout);
    if (fork() == 0) {
        char *moved = mremap(area + 10 * PAGE, 6 * PAGE, 6 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, area + 40 * PAGE);
        moved[PAGE] = 100;
        area[0] = 99;
        _exit(area[8 * PAGE] + moved[0]);
    }
    wait(&status);
    printf("child saw %d, parent sees %d %d %d\n", WEXITSTATUS(status), area[0], area[11 * PAGE], area[23 * PAGE]);
    munmap(area, 64 * PAGE);

    int fd = open("nameless.bin", O_RDWR | O_CREAT | O_TRUNC, 0644);
    for (int i = 0; i < 2 * PAGE; i += 8)
        write(fd, "12345678", 8);
    char *file = mmap(0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *second = mmap(0, PAGE, PROT_READ, MAP_SHARED, fd, PAGE);
    char *own = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, PAGE);
    close(fd);
    unlink("nameless.bin");
    file[PAGE] = 'x';
    printf("without a name %c %c %c\n", file[1], second[0], own[0]);
    own[1] = 'y';
    munmap(file, 2 * PAGE);
    printf("%c%c %c\n", second[0], second[1], own[1]);
    return 0;
}
