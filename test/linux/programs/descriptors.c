// What dup, dup3, fcntl and close do to descriptors, the console's among them.
// rules: F1.1, F1.5, F9.1
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(const char *what, long result)
{
    printf("%s: %ld, errno %d\n", what, result < 0 ? -1 : result, result < 0 ? errno : 0);
    fflush(stdout);
}

static void show(const char *name)
{
    char text[200];
    int fd = open(name, O_RDONLY);
    long bytes = read(fd, text, sizeof text - 1);
    text[bytes] = 0;
    printf("%s has %ld bytes: %s\n", name, bytes, text);
    fflush(stdout);
    close(fd);
}

int main(void)
{
    char b[16];
    tell("seek in the console", lseek(1, 0, SEEK_CUR));
    tell("read of the console", read(0, b, 1));
    printf("terminal: %d\n", isatty(1));
    int fd = open("out", O_RDWR | O_CREAT | O_TRUNC, 0644);
    tell("dup", dup(fd) - fd);
    tell("F_DUPFD", fcntl(fd, F_DUPFD, 20));
    tell("F_DUPFD_CLOEXEC", fcntl(fd, F_DUPFD_CLOEXEC, 20));
    tell("F_GETFD of it", fcntl(21, F_GETFD));
    tell("F_SETFD", fcntl(21, F_SETFD, 0));
    tell("F_GETFD", fcntl(21, F_GETFD));
    tell("F_DUPFD too high", fcntl(fd, F_DUPFD, 1 << 30));
    tell("dup2", dup2(fd, 25));
    tell("dup2 of itself", dup2(fd, fd) - fd);
    tell("dup3 of itself", dup3(fd, fd, 0));
    tell("dup3 with a wrong flag", dup3(fd, 26, 1));
    tell("dup2 of what is closed", dup2(27, 26));
    tell("dup2 to a wrong number", dup2(fd, 1 << 30));
    tell("dup of what is closed", dup(27));
    write(fd, "abc", 3);
    tell("position of the copy", lseek(25, 0, SEEK_CUR));
    tell("F_SETFL", fcntl(25, F_SETFL, O_APPEND | O_RDONLY));
    tell("appends", (fcntl(fd, F_GETFL) & O_APPEND) != 0);
    lseek(fd, 0, SEEK_SET);
    write(fd, "def", 3);
    tell("written at the end", lseek(fd, 0, SEEK_CUR));
    fcntl(fd, F_SETFL, 0);
    show("out");
    // Standard output goes to the file, and comes back.
    int saved = dup(1);
    dup2(fd, 1);
    printf("to the file\n");
    fflush(stdout);
    struct iovec parts[2] = {{"two ", 4}, {"parts\n", 6}};
    writev(1, parts, 2);
    if (fork() == 0) {
        printf("the child, too\n");
        fflush(stdout);
        _exit(0);
    }
    wait(0);
    dup2(saved, 1);
    show("out");
    // The lowest free descriptor is 1.
    close(1);
    int one = open("one", O_RDWR | O_CREAT | O_TRUNC, 0644);
    printf("open gave %d\n", one);
    fflush(stdout);
    dup2(saved, 1);
    show("one");
    close(2);
    tell("write to what is closed", write(2, "x", 1));
    close(0);
    tell("read of what is closed", read(0, b, 1));
    tell("close", close(0));
    return 0;
}
