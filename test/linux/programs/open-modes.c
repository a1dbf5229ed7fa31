// What open checks, and what read, write, mmap and mprotect check of the mode that it was given.
// rules: F8.1
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static void tell(const char *what, long result)
{
    printf("%s: %ld, errno %d\n", what, result < 0 ? -1 : result, result < 0 ? errno : 0);
}

int main(void)
{
    char b[8] = {0};
    unlink("open-modes.txt");
    int made = open("open-modes.txt", O_RDWR | O_CREAT | O_EXCL, 0644);
    printf("made %d\n", made >= 0);
    close(made);
    tell("made again", open("open-modes.txt", O_RDWR | O_CREAT | O_EXCL, 0644));
    tell("not there", open("open-modes.none", O_RDONLY));
    tell("no directory", open("open-modes.txt", O_RDONLY | O_DIRECTORY));
    tell("a directory to write", open("/", O_RDWR));
    int w = open("open-modes.txt", O_WRONLY | O_CLOEXEC | O_NOFOLLOW), r = open("open-modes.txt", O_RDONLY);
    tell("write", write(w, "abcd", 4));
    lseek(w, 0, SEEK_SET);
    tell("read of a writer", read(w, b, 4));
    tell("write of a reader", write(r, b, 4));
    tell("read", read(r, b, 8));
    printf("flags %d %d\n", fcntl(w, F_GETFL) & O_ACCMODE, fcntl(r, F_GETFL) & O_ACCMODE);
    errno = 0;
    void *none = mmap(0, 4096, PROT_READ, MAP_SHARED, w, 0);
    printf("mapping of a writer: %d, errno %d\n", none == MAP_FAILED, errno);
    none = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, r, 0);
    printf("writing through a reader: %d, errno %d\n", none == MAP_FAILED, errno);
    char *p = mmap(0, 4096, PROT_READ, MAP_SHARED, r, 0);
    printf("mapped %c\n", p[1]);
    tell("more rights", mprotect(p, 4096, PROT_READ | PROT_WRITE));
    tell("less rights", mprotect(p, 4096, PROT_NONE));
    tell("read again", mprotect(p, 4096, PROT_READ));
    int both = open("open-modes.txt", O_RDWR);
    char *q = mmap(0, 4096, PROT_READ, MAP_SHARED, both, 0);
    close(both);
    tell("rights of both", mprotect(q, 4096, PROT_READ | PROT_WRITE));
    q[1] = 'x';
    printf("seen %c\n", p[1]);
    close(open("open-modes.txt", O_RDONLY | O_TRUNC));
    tell("emptied", lseek(w, 0, SEEK_END));
    unlink("open-modes.txt");
    return 0;
}
