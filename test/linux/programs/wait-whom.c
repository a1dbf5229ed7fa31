// wait4 and waitid: which child, how it ended, whether it can be waited for again, and the time that it used.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t child_with(int code)
{
    pid_t child = fork();
    if (child == 0)
        _exit(code);
    return child;
}

static int status;

static void tell(const char *what, pid_t found, pid_t expected)
{
    printf("%s: %d %x\n", what, found == expected, status);
}

int main(void)
{
    struct rusage usage;
    siginfo_t info;

    pid_t first = child_with(1), second = child_with(2);
    tell("second", waitpid(second, &status, 0), second);
    tell("any", wait4(-1, &status, WUNTRACED | WCONTINUED, &usage), first);
    errno = 0;
    printf("none %d", waitpid(-1, &status, WNOHANG));
    printf(" %d\n", errno == ECHILD);

    // Groups: children are in the parent's, until they or the parent say otherwise.
    printf("group %d %d\n", getpgid(0) == getpgrp(), getpgid(getpid()) == getpgrp());
    first = child_with(3);
    int ready[2];
    pipe(ready);
    pid_t other = fork();
    if (other == 0) {
        setpgid(0, 0);
        close(ready[1]);
        _exit(getpgrp() == getpid() ? 4 : 5);
    }
    pid_t third = fork();
    if (third == 0) {
        close(ready[1]);
        sleep(1000);
        _exit(9);
    }
    printf("setpgid %d\n", setpgid(third, third));
    printf("its group %d\n", getpgid(third) == third);
    errno = 0;
    printf("of nobody %d", setpgid(99999, 0));
    printf(" %d\n", errno == ESRCH);
    errno = 0;
    printf("to nobody's group %d", setpgid(third, 77777));
    printf(" %d\n", errno == EPERM);
    tell("own group", waitpid(0, &status, 0), first);
    close(ready[1]);
    read(ready[0], &status, 1);
    errno = 0;
    tell("other group", waitpid(-other, &status, 0), other);
    printf("running %d\n", waitpid(-third, &status, WNOHANG));
    kill(third, SIGKILL);
    memset(&info, 0, sizeof info);
    printf("waitid %d", waitid(P_PGID, third, &info, WEXITED | WNOWAIT));
    printf(" %d %d %d %d\n", info.si_signo == SIGCHLD, info.si_code == CLD_KILLED, info.si_pid == third, info.si_status);
    printf("waitid %d", waitid(P_PID, third, &info, WEXITED));
    printf(" %d %d\n", info.si_code == CLD_KILLED, info.si_pid == third);
    errno = 0;
    printf("again %d", waitid(P_PID, third, &info, WEXITED));
    printf(" %d\n", errno == ECHILD);

    first = child_with(6);
    memset(&info, 1, sizeof info);
    printf("waitid %d", waitid(P_ALL, 0, &info, WEXITED));
    printf(" %d %d %d\n", info.si_code == CLD_EXITED, info.si_pid == first, info.si_status);
    first = fork();
    if (first == 0) {
        sleep(1000);
        _exit(0);
    }
    memset(&info, 1, sizeof info);
    printf("waitid %d", waitid(P_ALL, 0, &info, WEXITED | WNOHANG));
    printf(" %d %d\n", info.si_signo, info.si_pid);
    kill(first, SIGTERM);
    tell("signal", waitpid(first, &status, 0), first);

    errno = 0;
    printf("options %d", waitpid(-1, &status, 64));
    printf(" %d\n", errno == EINVAL);
    errno = 0;
    printf("no options %d", waitid(P_ALL, 0, &info, WNOHANG));
    printf(" %d\n", errno == EINVAL);
    child_with(0);
    errno = 0;
    printf("nowhere %d", wait4(-1, (int *)8, 0, NULL));
    printf(" %d\n", errno == EFAULT);

    // A session: a child that leads no group may begin one.
    first = fork();
    if (first == 0) {
        pid_t session = setsid();
        int right = session == getpid() && getsid(0) == session && getpgrp() == session;
        _exit(right && setsid() == -1 && errno == EPERM ? 7 : 8);
    }
    tell("session", waitpid(first, &status, 0), first);

    // The time of a child is the parent's when it has been waited for, with that of the child's children.
    first = fork();
    if (first == 0) {
        if (fork() == 0) {
            // Until some of it is counted.
            do
                for (volatile int i = 0; i < 3000000; i++)
                    ;
            while (getrusage(RUSAGE_SELF, &usage) == 0 && usage.ru_utime.tv_sec == 0 && usage.ru_utime.tv_usec == 0);
            _exit(0);
        }
        wait(&status);
        _exit(0);
    }
    wait4(first, &status, 0, &usage);
    printf("time %d\n", usage.ru_utime.tv_sec > 0 || usage.ru_utime.tv_usec > 0);
    getrusage(RUSAGE_CHILDREN, &usage);
    printf("time of children %d\n", usage.ru_utime.tv_sec > 0 || usage.ru_utime.tv_usec > 0);
    return 0;
}
