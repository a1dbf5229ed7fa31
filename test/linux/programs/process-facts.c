// What a process asks about itself and its scheduling, whoever runs it: names, limits, policies, clocks, and the errors of bad arguments.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

static void tell(const char *what, long result)
{
    printf("%s %ld", what, result < 0 ? -1 : result);
    printf(" %s\n", result < 0 ? strerrorname_np(errno) : "-");
}

int main(void)
{
    char name[17] = "";
    tell("set name", prctl(PR_SET_NAME, "a name that is too long"));
    tell("get name", prctl(PR_GET_NAME, name));
    printf("%s\n", name);
    tell("thread name", pthread_setname_np(pthread_self(), "short"));
    prctl(PR_GET_NAME, name);
    printf("%s\n", name);
    tell("name nowhere", prctl(PR_SET_NAME, 8));
    tell("personality", personality(0xffffffff));

    struct rlimit limit, again;
    tell("limit", getrlimit(RLIMIT_STACK, &limit));
    tell("same limit", setrlimit(RLIMIT_STACK, &limit));
    getrlimit(RLIMIT_STACK, &again);
    printf("%d %d\n", limit.rlim_cur == again.rlim_cur, limit.rlim_cur != 0);
    limit.rlim_cur = 2, limit.rlim_max = 1;
    tell("soft above hard", setrlimit(RLIMIT_NOFILE, &limit));
    tell("unknown limit", syscall(SYS_prlimit64, 0, 99, NULL, &limit));

    uid_t real, effective, saved;
    tell("getresuid", getresuid(&real, &effective, &saved));
    printf("%d %d %d\n", real == getuid(), effective == geteuid(), saved == getuid());
    tell("setuid to itself", setuid(getuid()));
    tell("setreuid to nobody else", setreuid(-1, -1));
    tell("setuid", syscall(SYS_setuid, -1));
    tell("getgroups", syscall(SYS_getgroups, -1, NULL));

    struct sched_param parameters = {.sched_priority = 5};
    tell("scheduler", sched_getscheduler(0));
    tell("of nobody", sched_getscheduler(0x7fffffff));
    tell("of less", sched_getscheduler(-1));
    tell("getparam", sched_getparam(0, &parameters));
    tell("priority", parameters.sched_priority);
    parameters.sched_priority = 1;
    tell("other with a priority", sched_setscheduler(0, SCHED_OTHER, &parameters));
    parameters.sched_priority = 0;
    tell("other", sched_setscheduler(0, SCHED_OTHER, &parameters));
    tell("no policy", sched_setscheduler(0, 77, &parameters));
    tell("max", sched_get_priority_max(SCHED_FIFO));
    tell("min", sched_get_priority_min(SCHED_RR));
    tell("max of other", sched_get_priority_max(SCHED_OTHER));
    tell("max of none", sched_get_priority_max(77));
    struct timespec time;
    tell("interval", sched_rr_get_interval(0, &time));
    // The host of a test may run it at any priority.
    int nice = getpriority(PRIO_PROCESS, 0);
    tell("nice", nice == getpriority(PRIO_PROCESS, getpid()) ? 0 : 1);
    tell("renice", setpriority(PRIO_PROCESS, 0, nice));
    tell("nice of a kind", getpriority(9, 0));

    unsigned cpu = 9999, node = 9999;
    tell("getcpu", syscall(SYS_getcpu, &cpu, &node, NULL));
    printf("%d %d\n", cpu < 4096, node < 1024);
    tell("barrier", syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0) & 1);
    tell("register", syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0));
    tell("expedited", syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
    tell("global", syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0));
    tell("two at once", syscall(SYS_membarrier, 3, 0, 0));
    tell("flags", syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 4, 0));

    struct sysinfo info;
    tell("sysinfo", sysinfo(&info));
    printf("%d %d\n", info.totalram > 0, info.mem_unit > 0);

    const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID,
                                CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME, CLOCK_TAI};
    for (unsigned i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
        printf("clock %d: %d", (int)clocks[i], clock_gettime(clocks[i], &time));
        printf(" %d", clock_getres(clocks[i], &time));
        time.tv_sec = 0, time.tv_nsec = 1;
        if (clocks[i] != CLOCK_PROCESS_CPUTIME_ID)
            printf(" %d", clock_nanosleep(clocks[i], TIMER_ABSTIME, &time, NULL));
        printf("\n");
    }
    tell("no clock", clock_gettime(77, &time));
    tell("set monotonic", clock_settime(CLOCK_MONOTONIC, &time));
    const clockid_t sleepers[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI};
    for (int i = 0; i < 4; i++) {
        struct timespec end, now;
        clock_gettime(sleepers[i], &end);
        end.tv_nsec += 500000;
        if (end.tv_nsec >= 1000000000)
            end.tv_sec++, end.tv_nsec -= 1000000000;
        printf("sleep %d", clock_nanosleep(sleepers[i], TIMER_ABSTIME, &end, NULL));
        clock_gettime(sleepers[i], &now);
        printf(" %d\n", now.tv_sec > end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec >= end.tv_nsec));
    }
    return 0;
}
