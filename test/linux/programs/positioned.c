// Transfers at a position of the caller's leave that of the open file.
// rules: F3.5
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static void tell(const char *what, long result)
{
    printf("%s: %ld, errno %d\n", what, result < 0 ? -1 : result, result < 0 ? errno : 0);
}

int main(void)
{
    char b[16] = {0};
    int p[2], fd = open("positioned.txt", O_RDWR | O_CREAT | O_TRUNC, 0644);
    tell("write", write(fd, "0123456789", 10));
    tell("pwrite", pwrite(fd, "abc", 3, 4));
    tell("beyond", pwrite(fd, "z", 1, 20));
    tell("position", lseek(fd, 0, SEEK_CUR));
    tell("size", lseek(fd, 0, SEEK_END));
    tell("pread", pread(fd, b, 10, 2));
    printf("%s\n", b);
    tell("at the end", pread(fd, b, 10, 21));
    tell("negative", pread(fd, b, 10, -1));
    tell("closed", pread(99, b, 1, 0));
    pipe(p);
    tell("pipe", pread(p[0], b, 1, 0));
    tell("directory", pread(open("/", O_RDONLY), b, 1, 0));
    tell("fsync", fsync(fd));
    tell("fdatasync", fdatasync(fd));
    tell("fsync of a pipe", fsync(p[0]));
    sync();
    return 0;
}
