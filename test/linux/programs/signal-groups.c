// kill of a process group: 0 is the own one, -pgid any; who is in none of them gets nothing.
// rules: S2.4
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MEMBERS 5
static volatile int *seen;

static void count(int s) { __atomic_fetch_add(&seen[s == SIGUSR1 ? 0 : 1], 1, __ATOMIC_SEQ_CST); }

static int status;

static void tell(const char *what, int result)
{
    printf("%s %d %s\n", what, result, result == 0 ? "-" : strerror(errno));
}

// A member waits for signals until SIGTERM ends it.
static pid_t member(pid_t group)
{
    pid_t child = fork();
    if (child == 0) {
        setpgid(0, group);
        __atomic_fetch_add(&seen[2], 1, __ATOMIC_SEQ_CST);
        while (1)
            pause();
    }
    setpgid(child, group == 0 ? child : group);
    return child;
}

static void await(volatile int *word, int value)
{
    while (__atomic_load_n(word, __ATOMIC_SEQ_CST) != value)
        usleep(100);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    seen = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    signal(SIGUSR1, count);
    signal(SIGUSR2, count);

    pid_t group = member(0);
    for (int i = 1; i < MEMBERS; i++)
        member(group);
    pid_t other = member(0);
    await(&seen[2], MEMBERS + 1);
    tell("exists", kill(-group, 0));
    tell("usr1", kill(-group, SIGUSR1));
    await(&seen[0], MEMBERS);
    tell("other", kill(-other, SIGUSR2));
    await(&seen[1], 1);
    tell("bad signal", kill(-group, 65));
    tell("nobody", kill(-77777, SIGTERM));
    tell("least", kill(-0x7fffffff - 1, SIGTERM));
    tell("term", kill(-group, SIGTERM));
    int ended = 0;
    for (int i = 0; i < MEMBERS; i++)
        ended += waitpid(-group, &status, 0) > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM;
    printf("ended %d\n", ended);
    tell("gone", kill(-group, 0));
    kill(other, SIGKILL);
    waitpid(other, &status, 0);
    printf("seen %d %d\n", seen[0], seen[1]);

    // The own group, in a child that leads one.
    seen[0] = 0;
    pid_t leader = fork();
    if (leader == 0) {
        setpgid(0, 0);
        seen[2] = 0;
        for (int i = 0; i < 3; i++)
            member(getpgrp());
        await(&seen[2], 3);
        int result = kill(0, SIGUSR1);
        await(&seen[0], 4);
        printf("own %d\n", result);
        fflush(stdout);
        kill(0, SIGKILL);
        _exit(1);
    }
    waitpid(leader, &status, 0);
    printf("leader %d\n", WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

    // SIGKILL takes a group whose members fork all the time: nobody escapes.
    seen[3] = 0;
    pid_t forker = fork();
    if (forker == 0) {
        setpgid(0, 0);
        signal(SIGCHLD, SIG_IGN);
        for (int i = 0;; i++) {
            if (fork() == 0)
                _exit(0);
            __atomic_fetch_add(&seen[3], 1, __ATOMIC_SEQ_CST);
        }
    }
    setpgid(forker, forker);
    while (seen[3] < 4)
        usleep(100);
    tell("forker", kill(-forker, SIGKILL));
    waitpid(forker, &status, 0);
    printf("forker %d\n", WTERMSIG(status));
    while (kill(-forker, 0) == 0)
        usleep(100);
    tell("forkers", kill(-forker, 0));
    return 0;
}
