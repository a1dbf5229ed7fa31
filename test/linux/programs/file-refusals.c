// Requests of files that Linux takes and that are refused here, each by its name.
// here: only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void tell(const char *what, long result)
{
    int error = errno;
    printf("%s: %ld, errno %d\n", what, result < 0 ? -1 : result, result < 0 ? error : 0);
}

int main(void)
{
    int p[2], fd = open("refusals", O_RDWR | O_CREAT, 0644);
    pipe(p);
    tell("fallocate", fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 100));
    tell("fchmod", fchmod(p[0], 0600));
    tell("fchmod", fchmod(1, 0600));
    tell("futimens", futimens(p[0], NULL));
    tell("beyond the largest file", ftruncate(fd, 129l << 20));
    tell("beyond the largest file", fallocate(fd, 0, 0, 129l << 20));
    tell("beyond the largest number", fallocate(fd, 0, 0x7fffffffffffffff, 0x7fffffffffffffff));
    return 0;
}
