// Sizes that are set, memory that is kept, and parts at a position.
// rules: F3.5, F4.3, F4.4, F4.5
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static void tell(const char *what, long result)
{
    int error = errno;
    printf("%s: %ld, errno %d\n", what, result < 0 ? -1 : result, result < 0 ? error : 0);
}

static long size_of(int fd)
{
    struct stat st;
    fstat(fd, &st);
    return st.st_size;
}

/** The number of bytes from `from` to `to` that are not 0. */
static int marks(int fd, int from, int to)
{
    static char b[65536];
    int n = pread(fd, b, to - from, from), found = 0;
    for (int i = 0; i < n; i++) found += b[i] != 0;
    return found;
}

int main(int argc, char **argv)
{
    static char full[20000];
    int p[2], fd = open("resize.bin", O_RDWR | O_CREAT | O_TRUNC, 0644), reads = open("resize.bin", O_RDONLY);
    memset(full, 'x', sizeof full);
    write(fd, full, sizeof full);
    tell("shrink", ftruncate(fd, 5000));
    printf("%ld bytes, %d marks, %d behind\n", size_of(fd), marks(fd, 0, 5000), marks(fd, 5000, 20000));
    tell("grow", truncate("resize.bin", 12000));
    printf("%ld bytes, %d marks, %d behind\n", size_of(fd), marks(fd, 0, 5000), marks(fd, 5000, 12000));
    tell("position", lseek(fd, 0, SEEK_CUR));

    char *map = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    memset(map, 'm', 12000);
    tell("shrink a mapping", ftruncate(fd, 4096 + 10));
    printf("%d %d %d\n", map[4096], map[4096 + 9], map[4096 + 10]);
    tell("grow it", ftruncate(fd, 9000));
    printf("%d %d %d, %d marks\n", map[4096 + 9], map[4096 + 10], map[8500], marks(fd, 0, 9000));
    pwrite(fd, "new", 3, 8500);
    printf("%.3s\n", map + 8500);
    tell("to a page", ftruncate(fd, 4096));
    tell("to nothing", ftruncate(fd, 0));
    tell("and back", ftruncate(fd, 100));
    printf("%d %d\n", map[0], map[4095]);
    munmap(map, 16384);
    tell("the same size", ftruncate(fd, 100));

    tell("below 0", ftruncate(fd, -1));
    tell("below 0", truncate("resize.bin", -1));
    tell("read only", ftruncate(reads, 5));
    tell("no such descriptor", ftruncate(77, 5));
    tell("no such file", truncate("resize-nothing", 5));
    tell("a directory", truncate("/", 5));
    tell("busy", truncate(argv[0], 5));
    pipe(p);
    tell("a pipe", ftruncate(p[1], 5));

    tell("fallocate", fallocate(fd, 0, 50, 10000));
    printf("%ld bytes, %d marks\n", size_of(fd), marks(fd, 0, 10050));
    tell("within", fallocate(fd, 0, 0, 10));
    printf("%ld bytes\n", size_of(fd));
    tell("no bytes", fallocate(fd, 0, 0, 0));
    tell("before the file", fallocate(fd, 0, -1, 5));
    tell("read only", fallocate(reads, 0, 0, 5));
    tell("a pipe", fallocate(p[1], 0, 0, 5));
    tell("a directory", fallocate(open("/", O_RDONLY), 0, 0, 5));
    tell("no such descriptor", fallocate(77, 0, 0, 5));

    char a[4], b[8];
    struct iovec in[2] = {{"abcd", 4}, {"efghij", 6}}, out[2] = {{a, 4}, {b, 8}};
    struct iovec *volatile any = out;
    ftruncate(fd, 0);
    tell("pwritev", pwritev(fd, in, 2, 3));
    tell("preadv", preadv(fd, out, 2, 4));
    printf("%.4s %.5s, at %ld\n", a, b, (long)lseek(fd, 0, SEEK_CUR));
    tell("at the end", preadv(fd, out, 2, 13));
    tell("below 0", preadv(fd, out, 2, -1));
    tell("too many", preadv(fd, any, 1025, 0));
    tell("read only", pwritev(reads, in, 2, 0));
    tell("a pipe", preadv(p[0], out, 2, 0));
    tell("no such descriptor", preadv(77, out, 2, 0));
    any = (struct iovec *)8;
    tell("no parts", preadv(fd, any, 2, 0));
    unlink("resize.bin");
    return 0;
}
