// rules: S2.4
// A child that has ended has its process group, and takes signals, until it is waited for.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(const char *what, int result)
{
    printf("%s %d %s\n", what, result, result < 0 ? strerror(errno) : "-");
}

static pid_t ended_child(int own_group)
{
    siginfo_t told;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (own_group)
            setpgid(0, 0);
        _exit(own_group);
    }
    waitid(P_PID, child, &told, WEXITED | WNOWAIT);
    return child;
}

int main(void)
{
    for (int own = 0; own < 2; own++) {
        pid_t child = ended_child(own);
        printf("own group %d: %d\n", own, getpgid(child) == (own ? child : getpgrp()));
        tell("nothing", kill(child, 0));
        tell("SIGTERM", kill(child, SIGTERM));
        tell("SIGKILL", kill(child, SIGKILL));
        tell("sigqueue", sigqueue(child, SIGUSR1, (union sigval){.sival_int = 1}));
        tell("no signal", kill(child, 999));
        int status;
        printf("its end: %d", waitpid(child, &status, 0) == child);
        printf(", %d %d\n", WIFEXITED(status), WEXITSTATUS(status) == own);
        tell("group", getpgid(child));
        tell("kill", kill(child, 0));
    }

    // Nobody waits for this one: it is gone at once.
    signal(SIGCHLD, SIG_IGN);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    wait(NULL);
    tell("ignored", getpgid(child));
    return 0;
}
