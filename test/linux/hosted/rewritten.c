// With a path: changes a byte of that program's file, as soon as nobody executes it, and executes it. Without: tells what its file says.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char text[] = "the file says: A";

static int rewrite(const char *path)
{
    int fd = -1;
    while ((fd = open(path, O_RDWR)) < 0)
        if (errno != ETXTBSY) return 2;
    struct stat status;
    if (fstat(fd, &status) != 0) return 3;
    char *bytes = malloc(status.st_size);
    if (read(fd, bytes, status.st_size) != status.st_size) return 4;
    char *at = memmem(bytes, status.st_size, text, sizeof text);
    if (!at || pwrite(fd, "B", 1, at - bytes + sizeof text - 2) != 1) return 5;
    close(fd);
    int state = 0;
    if (fork() == 0) {
        execl(path, path, NULL);
        _exit(6);
    }
    wait(&state);
    return WEXITSTATUS(state);
}

int main(int argc, char **argv)
{
    if (argc > 1) return rewrite(argv[1]);
    puts(text);
    return 0;
}
