// A config's program begins with the environment, the working directory and the standard input that the config names.
// program: {"env": {"GREETING": "hello, world", "EMPTY": "", "A": "b=c"}, "cwd": ".", "stdin": "started.in"}
// rules: F9.2
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

int main(void)
{
    char line[64], path[4096];
    struct stat st;
    int lines = 0;
    for (char **each = environ; *each; each++) printf("%s\n", *each);
    printf("GREETING is %s, EMPTY is %s, NONE is %s\n", getenv("GREETING"), *getenv("EMPTY") ? "not empty" : "empty",
           getenv("NONE") ? "there" : "not there");
    setenv("GREETING", "changed", 1);
    getcwd(path, sizeof path);
    printf("in %s\n", strrchr(path, '/'));
    printf("relative: %d\n", access("started.in", R_OK));
    while (fgets(line, sizeof line, stdin))
        if (++lines < 4) printf("%d: %s", lines, line);
    printf("%d lines\n", lines);
    printf("end: %d, error: %d\n", feof(stdin) != 0, ferror(stdin) != 0);
    fstat(0, &st);
    printf("regular: %d, %ld bytes, at %ld\n", S_ISREG(st.st_mode), (long)st.st_size, (long)lseek(0, 0, SEEK_CUR));
    long written = write(0, "x", 1);
    printf("write: %ld, errno %d\n", written, errno);
    lseek(0, 4, SEEK_SET);
    fflush(stdout);
    if (fork() == 0) {
        read(0, line, 5);
        return getenv("GREETING")[0] != 'c' || access("started.in", R_OK) != 0;
    }
    int status;
    wait(&status);
    printf("child: %d, at %ld\n", status, (long)lseek(0, 0, SEEK_CUR));
    return 0;
}
