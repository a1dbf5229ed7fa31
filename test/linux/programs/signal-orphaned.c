// The group of a program that init has started is orphaned: only SIGSTOP stops it. No host is asked, for there a shell may be the parent.
// here: only
// rules: S3.4
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int status;
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("tstp %d\n", raise(SIGTSTP));
    printf("ttin %d\n", kill(getpid(), SIGTTIN));
    printf("ttou %d\n", kill(0, SIGTTOU));
    // A child in the same group is in it, too.
    pid_t child = fork();
    if (child == 0) {
        raise(SIGTSTP);
        _exit(3);
    }
    printf("child %d", waitpid(child, &status, WUNTRACED) == child);
    printf(" %x\n", status);
    // SIGSTOP stops it, until its child lets it go on.
    child = fork();
    if (child == 0) {
        usleep(2000);
        printf("child goes first\n");
        _exit(kill(getppid(), SIGCONT));
    }
    raise(SIGSTOP);
    printf("on\n");
    waitpid(child, &status, 0);
    printf("status %x\n", status);
    return 0;
}
