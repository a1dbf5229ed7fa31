// Waits that signals end or do not end: nanosleep, pause, sigsuspend, sigwait, waitpid; alarm and timers.
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
static volatile int alarms, children, reaped;
static void on_alarm(int s) { alarms++; }
static void on_child(int s) {
    children++;
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) reaped++;
}
static void set(int s, void (*h)(int), int flags) {
    struct sigaction a;
    memset(&a, 0, sizeof a);
    a.sa_handler = h;
    a.sa_flags = flags;
    sigaction(s, &a, NULL);
}
static void in_ms(int first, int every) {
    struct itimerval t = {{0, every * 1000}, {0, first * 1000}};
    setitimer(ITIMER_REAL, &t, NULL);
}
static void sleep_ms(int ms) {
    struct timespec t = {0, ms * 1000000L};
    while (nanosleep(&t, &t) && errno == EINTR);
}
int main(void) {
    set(SIGALRM, on_alarm, SA_RESTART);
    in_ms(5, 0);
    struct timespec t = {0, 40000000}, rest = {0, 0};
    int r = nanosleep(&t, &rest);
    printf("nanosleep %d %s alarms %d rest %d\n", r, strerror(errno), alarms, rest.tv_nsec > 5000000 && rest.tv_nsec < 36000000);
    in_ms(3, 3);
    r = pause();
    printf("pause %d %s alarms %d\n", r, strerror(errno), alarms >= 2);
    in_ms(1, 1);
    while (alarms < 6) pause();
    struct itimerval left;
    getitimer(ITIMER_REAL, &left);
    printf("interval %ld alarms %d\n", left.it_interval.tv_usec, alarms >= 6);
    in_ms(0, 0);
    // An ignored signal does not end a sleep.
    signal(SIGALRM, SIG_IGN);
    in_ms(1, 0);
    t.tv_nsec = 4000000;
    printf("ignored %d\n", nanosleep(&t, NULL));
    // sigsuspend
    set(SIGALRM, on_alarm, 0);
    alarms = 0;
    sigset_t block, old, none;
    sigemptyset(&block);
    sigemptyset(&none);
    sigaddset(&block, SIGALRM);
    sigprocmask(SIG_BLOCK, &block, &old);
    in_ms(1, 0);
    sleep_ms(3);
    printf("blocked alarms %d\n", alarms);
    r = sigsuspend(&none);
    printf("sigsuspend %d %s alarms %d\n", r, strerror(errno), alarms);
    sigprocmask(SIG_SETMASK, NULL, &none);
    printf("mask again %d\n", sigismember(&none, SIGALRM));
    // sigwait, sigtimedwait
    in_ms(1, 0);
    int s;
    printf("sigwait %d", sigwait(&block, &s));
    printf(" signal %d\n", s);
    siginfo_t info;
    struct timespec soon = {0, 1000000};
    r = sigtimedwait(&block, &info, &soon);
    printf("sigtimedwait %d %s\n", r, strerror(errno));
    kill(getpid(), SIGALRM);
    r = sigtimedwait(&block, &info, &soon);
    printf("sigtimedwait %d code %d pid %d alarms %d\n", r, info.si_code, info.si_pid == getpid(), alarms);
    sigprocmask(SIG_SETMASK, &old, NULL);
    // poll without descriptors
    in_ms(5, 0);
    r = poll(NULL, 0, 50);
    printf("poll %d %s\n", r, strerror(errno));
    printf("poll %d\n", poll(NULL, 0, 1));
    // SIGCHLD
    set(SIGCHLD, on_child, SA_RESTART);
    for (int i = 0; i < 4; i++) {
        if (fork() == 0) _exit(i);
    }
    while (reaped < 4) {
        struct timespec ms = {0, 1000000};
        nanosleep(&ms, NULL);
    }
    printf("reaped %d children %d\n", reaped, children >= 1 && children <= 4);
    printf("none left %d", waitpid(-1, NULL, 0));
    printf(" %s\n", strerror(errno));
    // waitpid goes on over a handler with SA_RESTART, and not without.
    signal(SIGCHLD, SIG_DFL);
    for (int i = 0; i < 2; i++) {
        alarms = 0;
        set(SIGALRM, on_alarm, i == 0 ? SA_RESTART : 0);
        pid_t child = fork();
        if (child == 0) {
            sleep_ms(30);
            _exit(7);
        }
        in_ms(10, 0);
        int status = 0;
        r = waitpid(child, &status, 0);
        printf("waitpid %d alarms %d %s\n", r == child, alarms, r < 0 ? strerror(errno) : "");
        if (r < 0) printf("waitpid %d\n", waitpid(child, &status, 0) == child);
        printf("status %d\n", WEXITSTATUS(status));
    }
    // Children of a parent that ignores SIGCHLD are not waited for.
    signal(SIGCHLD, SIG_IGN);
    if (fork() == 0) _exit(3);
    printf("ignoring %d", wait(NULL));
    printf(" %s\n", strerror(errno));
    signal(SIGCHLD, SIG_DFL);
    // A child that a signal ends.
    pid_t child = fork();
    if (child == 0)
        for (;;) pause();
    kill(child, SIGTERM);
    int status;
    waitpid(child, &status, 0);
    printf("signaled %d by %d\n", WIFSIGNALED(status), WTERMSIG(status));
    // alarm
    set(SIGALRM, on_alarm, 0);
    alarms = 0;
    printf("alarm %u", alarm(100));
    printf(" %u\n", alarm(0));
    // POSIX timers
    timer_t timer;
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGRTMIN;
    event.sigev_value.sival_int = 77;
    printf("timer_create %d\n", timer_create(CLOCK_MONOTONIC, &event, &timer));
    sigset_t rt;
    sigemptyset(&rt);
    sigaddset(&rt, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &rt, NULL);
    struct itimerspec every = {{0, 1000000}, {0, 1000000}}, state;
    timer_settime(timer, 0, &every, NULL);
    r = sigwaitinfo(&rt, &info);
    printf("timer %d code %d value %d\n", r == SIGRTMIN, info.si_code, info.si_value.sival_int);
    sleep_ms(6);
    r = sigwaitinfo(&rt, &info);
    printf("overrun %d %d\n", info.si_overrun >= 3, timer_getoverrun(timer) == info.si_overrun);
    timer_gettime(timer, &state);
    printf("interval %ld left %d\n", state.it_interval.tv_nsec, state.it_value.tv_nsec > 0 && state.it_value.tv_nsec <= 1000000);
    printf("delete %d", timer_delete(timer));
    printf(" %d", timer_delete(timer));
    printf(" %s\n", strerror(errno));
    return 0;
}
