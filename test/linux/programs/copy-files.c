// sendfile, copy_file_range, preadv2, pwritev2 and fchmodat2.
// rules: F3.6
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static char bytes[20000], back[20000];

static void tell(const char *what, long result)
{
    printf("%s %ld %s\n", what, result, result < 0 ? strerror(errno) : "-");
    fflush(stdout);
}

static int same(int fd, long at, long from, long count)
{
    return pread(fd, back, count, at) == count && memcmp(back, bytes + from, count) == 0;
}

static void *reader(void *fd)
{
    static char got[65536 * 2];
    long sum = 0, n;
    while ((n = read((int)(long)fd, got, sizeof got)) > 0)
        sum += n;
    return (void *)sum;
}

int main(void)
{
    for (int i = 0; i < (int)sizeof bytes; i++)
        bytes[i] = (char)(i * 7 + i / 256);
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, SIG_IGN);
    int in = open("copy-in", O_CREAT | O_RDWR | O_TRUNC, 0600);
    int out = open("copy-out", O_CREAT | O_RDWR | O_TRUNC, 0600);
    write(in, bytes, sizeof bytes);

    off_t at = 100;
    tell("sendfile", sendfile(out, in, &at, 9000));
    printf("at %ld in %ld out %ld same %d\n", (long)at, (long)lseek(in, 0, SEEK_CUR), (long)lseek(out, 0, SEEK_CUR),
           same(out, 0, 100, 9000));
    lseek(in, 5, SEEK_SET);
    tell("position", sendfile(out, in, NULL, 30000));
    printf("in %ld out %ld same %d\n", (long)lseek(in, 0, SEEK_CUR), (long)lseek(out, 0, SEEK_CUR),
           same(out, 9000, 5, 19995));
    tell("end", sendfile(out, in, NULL, 10));
    tell("none", sendfile(out, in, NULL, 0));
    at = -1;
    tell("negative", sendfile(out, in, &at, 1));
    tell("bad address", sendfile(out, in, (off_t *)8, 1));
    tell("closed", sendfile(out, 29, NULL, 1));
    int only = open("copy-in", O_RDONLY), append = open("copy-out", O_WRONLY | O_APPEND);
    int directory = open(".", O_RDONLY);
    tell("not to write", sendfile(only, in, NULL, 1));
    tell("not to read", sendfile(out, append, NULL, 1));
    tell("append", sendfile(append, only, NULL, 1));

    int ends[2];
    pipe(ends);
    tell("from a pipe", sendfile(out, ends[0], NULL, 1));
    tell("directory", sendfile(out, directory, NULL, 1));
    at = 0;
    pthread_t thread;
    void *got;
    ftruncate(in, 150000);
    pthread_create(&thread, NULL, reader, (void *)(long)ends[0]);
    long sent = 0, n;
    while ((n = sendfile(ends[1], in, &at, 200000)) > 0)
        sent += n;
    close(ends[1]);
    pthread_join(thread, &got);
    printf("to a pipe %ld %ld at %ld\n", sent, (long)got, (long)at);
    close(ends[0]);
    pipe(ends);
    close(ends[0]);
    at = 0;
    tell("broken", sendfile(ends[1], in, &at, 100));
    ftruncate(in, sizeof bytes);

    off_t to = 50000;
    at = 3;
    tell("range", copy_file_range(in, &at, out, &to, 12345, 0));
    printf("at %ld to %ld same %d\n", (long)at, (long)to, same(out, 50000, 3, 12345));
    lseek(in, 1, SEEK_SET);
    lseek(out, 2, SEEK_SET);
    tell("positions", copy_file_range(in, NULL, out, NULL, 5000, 0));
    printf("in %ld out %ld same %d\n", (long)lseek(in, 0, SEEK_CUR), (long)lseek(out, 0, SEEK_CUR),
           same(out, 2, 1, 5000));
    at = 0, to = 10000;
    tell("within", copy_file_range(in, &at, in, &to, 10000, 0));
    at = 0, to = 5000;
    tell("overlap", copy_file_range(in, &at, in, &to, 10000, 0));
    tell("flags", copy_file_range(in, NULL, out, NULL, 1, 1));
    tell("pipe", copy_file_range(in, NULL, ends[1], NULL, 1, 0));
    tell("directory", copy_file_range(directory, NULL, out, NULL, 1, 0));
    tell("append", copy_file_range(in, NULL, append, NULL, 1, 0));
    tell("closed", copy_file_range(in, NULL, 29, NULL, 1, 0));
    at = 1000000;
    tell("behind", copy_file_range(in, &at, out, NULL, 10, 0));

    pwrite(in, bytes, sizeof bytes, 0);
    struct iovec parts[2] = {{back, 10}, {back + 10, 20}};
    tell("preadv2", preadv2(in, parts, 2, 40, 0));
    printf("same %d\n", memcmp(back, bytes + 40, 30) == 0);
    lseek(in, 60, SEEK_SET);
    tell("preadv2", preadv2(in, parts, 2, -1, 0));
    printf("same %d in %ld\n", memcmp(back, bytes + 60, 30) == 0, (long)lseek(in, 0, SEEK_CUR));
    tell("pwritev2", pwritev2(out, parts, 2, 7, 0));
    printf("same %d\n", same(out, 7, 60, 30));
    lseek(out, 0, SEEK_SET);
    tell("pwritev2", pwritev2(out, parts, 1, -1, RWF_DSYNC));
    printf("same %d out %ld\n", same(out, 0, 60, 10), (long)lseek(out, 0, SEEK_CUR));
    tell("flags", preadv2(in, parts, 2, 0, 0x4000000));
    tell("negative", preadv2(in, parts, 2, -2, 0));

    struct stat stat;
    tell("fchmodat2", syscall(SYS_fchmodat2, AT_FDCWD, "copy-in", 0640, 0));
    fstat(in, &stat);
    printf("mode %o\n", stat.st_mode & 07777);
    tell("fchmodat2", syscall(SYS_fchmodat2, in, "", 0604, AT_EMPTY_PATH));
    fstat(in, &stat);
    printf("mode %o\n", stat.st_mode & 07777);
    tell("flags", syscall(SYS_fchmodat2, in, "", 0604, 4));
    unlink("copy-in");
    unlink("copy-out");
    return 0;
}
