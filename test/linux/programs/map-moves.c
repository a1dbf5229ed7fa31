// mremap, madvise, mincore, msync.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096ul

static int sum(const char *at, int pages)
{
    int total = 0;
    for (int i = 0; i < pages; i++)
        total += at[i * PAGE];
    return total;
}

int main(void)
{
    unsigned char there[16];
    char *area = mmap((void *)0x10000000, 64 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    char *a = mmap(area, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    for (int i = 0; i < 8; i++)
        a[i * PAGE] = i + 1;
    errno = 0;
    printf("no room %d\n", mremap(a, 8 * PAGE, 12 * PAGE, 0) == MAP_FAILED && errno == ENOMEM);
    munmap(area + 8 * PAGE, 8 * PAGE);
    printf("in place %d\n", mremap(a, 8 * PAGE, 12 * PAGE, 0) == a);
    printf("sum %d, new %d\n", sum(a, 8), sum(a + 8 * PAGE, 4));
    char *b = mremap(a, 12 * PAGE, 40 * PAGE, MREMAP_MAYMOVE);
    printf("moved %d sum %d, new %d\n", b != MAP_FAILED && b != a, sum(b, 8), sum(b + 8 * PAGE, 32));
    errno = 0;
    printf("old is gone %d\n", msync(a, 8 * PAGE, MS_ASYNC) == -1 && errno == ENOMEM);
    char *c = mremap(b, 8 * PAGE, 8 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, area + 33 * PAGE);
    printf("fixed %d sum %d\n", c == area + 33 * PAGE, sum(c, 8));
    printf("shorter %d\n", mremap(c, 8 * PAGE, 3 * PAGE, 0) == c);
    printf("sum %d\n", sum(c, 3));
    errno = 0;
    printf("nothing %d\n", mremap(c, 3 * PAGE, 0, 0) == MAP_FAILED && errno == EINVAL);
    errno = 0;
    printf("not mapped %d\n", mremap(c + 3 * PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED && errno == EFAULT);

    fflush(stdout);
    if (fork() == 0) {
        char *d = mremap(c, 3 * PAGE, 20 * PAGE, MREMAP_MAYMOVE);
        d[0] = 50;
        printf("child %d\n", sum(d, 3));
        fflush(stdout);
        _exit(0);
    }
    int status;
    wait(&status);
    printf("parent %d\n", sum(c, 3));

    printf("drop %d\n", madvise(c, 2 * PAGE, MADV_DONTNEED));
    printf("sum %d\n", sum(c, 3));
    printf("hint %d %d\n", madvise(c, PAGE, MADV_WILLNEED), madvise(c, PAGE, MADV_SEQUENTIAL));
    char *fresh = mmap(0, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    fresh[PAGE] = fresh[5 * PAGE] = 1;
    printf("mincore %d:", mincore(fresh, 8 * PAGE, there));
    for (int i = 0; i < 8; i++)
        printf(" %d", there[i] & 1);
    printf("\n");
    munmap(fresh + 3 * PAGE, PAGE);
    errno = 0;
    printf("a hole %d\n", mincore(fresh, 8 * PAGE, there) == -1 && errno == ENOMEM);
    printf("msync %d\n", msync(fresh, 3 * PAGE, MS_SYNC));
    errno = 0;
    printf("both %d\n", msync(fresh, PAGE, MS_SYNC | MS_ASYNC) == -1 && errno == EINVAL);

    int fd = open("moved.bin", O_RDWR | O_CREAT | O_TRUNC, 0644);
    char text[PAGE];
    memset(text, 'f', PAGE);
    for (int i = 0; i < 4; i++)
        write(fd, text, PAGE);
    char *f = mmap(0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, PAGE);
    f[0] = 'g';
    char *g = mremap(f, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE);
    g[2 * PAGE] = 'h';
    lseek(fd, PAGE, SEEK_SET);
    read(fd, text, 1);
    lseek(fd, 3 * PAGE, SEEK_SET);
    read(fd, text + 1, 1);
    printf("file %c%c%c\n", text[0], text[1], g[PAGE]);
    return 0;
}
