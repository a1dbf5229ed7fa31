// Time on the processor: user and system time of a process, of its threads and of its children; clocks of CPU time count both.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef long long ns;

static ns of(struct timeval time)
{
    return time.tv_sec * 1000000000ll + time.tv_usec * 1000ll;
}

static ns clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000000000ll + now.tv_nsec;
}

static struct rusage usage_of(int who)
{
    struct rusage usage;
    getrusage(who, &usage);
    return usage;
}

// A million nanoseconds in user mode, or at calls.
static void compute(void)
{
    for (ns end = clock_ns(CLOCK_THREAD_CPUTIME_ID) + 1000000; clock_ns(CLOCK_THREAD_CPUTIME_ID) < end;)
        for (volatile int i = 0; i < 2000; i++)
            ;
}

static void call(void)
{
    for (ns end = clock_ns(CLOCK_THREAD_CPUTIME_ID) + 1000000; clock_ns(CLOCK_THREAD_CPUTIME_ID) < end;)
        for (int i = 0; i < 100; i++)
            syscall(SYS_getppid);
}

static void *of_thread(void *argument)
{
    call();
    struct rusage own = usage_of(RUSAGE_THREAD);
    ns total = of(own.ru_utime) + of(own.ru_stime);
    printf("thread: own %d, not the process's %d\n", total >= 900000, total < 30000000);
    return argument;
}

int main(void)
{
    for (int i = 0; i < 40; i++)
        compute();
    for (int i = 0; i < 40; i++)
        call();
    struct rusage before = usage_of(RUSAGE_SELF);
    printf("user %d system %d\n", of(before.ru_utime) > 0, of(before.ru_stime) > 0);
    printf("sum %d\n", of(before.ru_utime) + of(before.ru_stime) <= clock_ns(CLOCK_PROCESS_CPUTIME_ID) + 1000);

    // A sleeper uses no time of either kind.
    struct timespec nap = {0, 20000000};
    ns start = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    nanosleep(&nap, NULL);
    printf("asleep %d\n", clock_ns(CLOCK_THREAD_CPUTIME_ID) - start < 15000000);

    pthread_t thread;
    pthread_create(&thread, NULL, of_thread, NULL);
    pthread_join(thread, NULL);
    printf("of an ended thread %d\n", of(usage_of(RUSAGE_SELF).ru_stime) >= of(before.ru_stime));

    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 60; i++)
            i % 2 ? call() : compute();
        _exit(0);
    }
    struct rusage waited;
    wait4(child, NULL, 0, &waited);
    struct rusage children = usage_of(RUSAGE_CHILDREN);
    printf("child: %d, %d, the same %d\n", of(waited.ru_utime) > 0, of(waited.ru_stime) > 0,
           of(waited.ru_stime) == of(children.ru_stime) && of(waited.ru_utime) == of(children.ru_utime));
    struct tms ticks;
    times(&ticks);
    printf("ticks %d\n", ticks.tms_cutime + ticks.tms_cstime >= 1);
    child = fork();
    if (child == 0)
        _exit(0);
    siginfo_t info;
    syscall(SYS_waitid, P_PID, child, &info, WEXITED, &waited);
    printf("waitid %d\n", of(waited.ru_utime) + of(waited.ru_stime) < of(children.ru_utime) + of(children.ru_stime));
    return 0;
}
