// What root may do on Linux and nobody here: each is refused, and told by its name.
// here: only
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static void tell(const char *what, long result)
{
    printf("%s %ld %s\n", what, result, result < 0 ? strerrorname_np(errno) : "-");
}

int main(void)
{
    struct sched_param parameters = {.sched_priority = 1};
    struct rlimit limit = {1, 1};
    struct timespec time = {0, 0};
    struct timeval day = {0, 0};
    tell("setuid", setuid(1000));
    tell("setgid", setgid(1000));
    tell("setresuid", setresuid(0, 1000, -1));
    tell("setuid root", setuid(0));
    tell("setfsuid", syscall(SYS_setfsuid, 1000));
    tell("fifo", sched_setscheduler(0, SCHED_FIFO, &parameters));
    tell("nice", setpriority(PRIO_PROCESS, 0, 5));
    tell("limit", setrlimit(RLIMIT_NOFILE, &limit));
    tell("clock", clock_settime(CLOCK_REALTIME, &time));
    tell("day", syscall(SYS_settimeofday, &day, NULL));
    tell("death signal", prctl(PR_SET_PDEATHSIG, SIGKILL));
    tell("namespace", syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0));
    tell("exit signal", syscall(SYS_clone, SIGUSR1, 0, 0, 0, 0));
    tell("memory without a thread", syscall(SYS_clone, CLONE_VM | SIGCHLD, 0, 0, 0, 0));
    return 0;
}
