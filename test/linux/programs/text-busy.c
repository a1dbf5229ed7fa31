// A program that runs has no writer, and a file with a writer is not executed. What an exec closes.
// rules: F1.4, F8.2
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(const char *what, long result)
{
    printf("%s: %ld, errno %d\n", what, result < 0 ? -1 : result, result < 0 ? errno : 0);
    fflush(stdout);
}

/** Copies the program to "copied". The descriptor stays open for writing. */
static int copy(const char *program)
{
    static char buffer[65536];
    int from = open(program, O_RDONLY), to = open("copied", O_RDWR | O_CREAT | O_TRUNC, 0755);
    long bytes;
    while ((bytes = read(from, buffer, sizeof buffer)) > 0) write(to, buffer, bytes);
    close(from);
    return to;
}

int main(int argc, char **argv)
{
    if (argc > 3) {
        int kept = atoi(argv[2]), closed = atoi(argv[3]);
        tell("kept", fcntl(kept, F_GETFD));
        tell("closed", fcntl(closed, F_GETFD));
        tell("the copy that runs", open("copied", O_WRONLY));
        tell("the first program, when it runs no more", open(argv[1], O_RDONLY) > 0);
        return 7;
    }
    tell("writing", open(argv[0], O_WRONLY));
    tell("writing and reading", open(argv[0], O_RDWR));
    tell("truncating", open(argv[0], O_RDONLY | O_TRUNC));
    tell("reading", open(argv[0], O_RDONLY) > 0);
    int writer = copy(argv[0]);
    char kept[12], closed[12], *arguments[] = {"copied", argv[0], kept, closed, 0}, *environment[] = {0};
    sprintf(kept, "%d", open(argv[0], O_RDONLY));
    sprintf(closed, "%d", open(argv[0], O_RDONLY | O_CLOEXEC));
    tell("executing what is written", execve("copied", arguments, environment));
    close(writer);
    if (fork() == 0) {
        tell("in the child", open(argv[0], O_WRONLY));
        execve("copied", arguments, environment);
        _exit(1);
    }
    int status;
    wait(&status);
    tell("the copy's exit", WEXITSTATUS(status));
    tell("writing it, when it runs no more", open("copied", O_WRONLY) > 0);
    return 0;
}
