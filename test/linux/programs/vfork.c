// vfork and posix_spawn: the parent waits until the child has another image or has ended, and hears why an exec has failed.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void tell(const char *what, int status)
{
    printf("%s: exited %d, status %d, signal %d\n", what, WIFEXITED(status), WEXITSTATUS(status),
           WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

static void *spawner(void *path)
{
    pid_t child = -1;
    int status = 0;
    // A child made by a thread has the thread's stack alone: no word of main's.
    char *args[] = {path, "4", NULL};
    long error = posix_spawn(&child, path, NULL, NULL, args, NULL);
    if (error == 0)
        waitpid(child, &status, 0);
    return (void *)(error == 0 ? (long)WEXITSTATUS(status) : -error);
}

int main(int count, char **args)
{
    if (count > 1)
        return atoi(args[1]);
    int status;
    pid_t child;
    // Archipel names a file with a long path so.
    static char name[200];
    if (access(args[0], F_OK) == 0)
        snprintf(name, sizeof name, "%s", args[0]);
    else
        snprintf(name, sizeof name, "0:%s", strrchr(args[0], '/') + 1);
    args[0] = name;
    setvbuf(stdout, NULL, _IOLBF, 0);

    volatile int left = 1;
    child = vfork();
    if (child == 0) {
        left = 7;
        _exit(5);
    }
    printf("left on the stack: %d\n", left);
    waitpid(child, &status, 0);
    tell("vfork", status);

    child = vfork();
    if (child == 0) {
        execl("/nowhere", "nowhere", NULL);
        left = errno;
        _exit(127);
    }
    printf("error of exec: %d\n", left == ENOENT);
    waitpid(child, &status, 0);
    tell("vfork", status);

    child = vfork();
    if (child == 0)
        raise(SIGKILL);
    waitpid(child, &status, 0);
    tell("killed", status);

    child = vfork();
    if (child == 0) {
        execl(args[0], args[0], "9", NULL);
        _exit(126);
    }
    waitpid(child, &status, 0);
    tell("exec", status);

    char *other[] = {args[0], "6", NULL};
    printf("spawn %d\n", posix_spawn(&child, args[0], NULL, NULL, other, environ));
    waitpid(child, &status, 0);
    tell("spawn", status);
    printf("spawn nowhere %d\n", posix_spawn(&child, "/nowhere", NULL, NULL, other, environ) == ENOENT);
    printf("nobody left %d\n", waitpid(-1, &status, 0) == -1 && errno == ECHILD);

    pthread_t threads[2];
    void *results[2];
    pthread_create(&threads[0], NULL, spawner, args[0]);
    pthread_create(&threads[1], NULL, spawner, "/nowhere");
    pthread_join(threads[0], &results[0]);
    pthread_join(threads[1], &results[1]);
    printf("in threads: %ld, %d\n", (long)results[0], (long)results[1] == -ENOENT);
    return 0;
}
