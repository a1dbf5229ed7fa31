// Waiting for children that are not there, or are somebody else's.
#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int status;
    printf("%d", wait(&status));
    printf(" %d\n", errno == ECHILD);
    pid_t child = fork();
    if (child == 0)
        _exit(3);
    printf("%d", waitpid(child + 1, &status, 0));
    printf(" %d\n", errno == ECHILD);
    printf("%d\n", waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 3);
    return 0;
}
