// Many signals between processes that are preempted: no real-time signal is lost, and each handshake by SIGUSR1 comes through.
// config: {"machine": {"mesh": [2, 2], "hartsPerCluster": 1, "bankSize": "16MiB"}, "seed": 7}
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#define CHILDREN 5
#define EACH 20
static volatile int counts[CHILDREN], sum, pings;
static void real(int s, siginfo_t *i, void *u) {
    counts[s - SIGRTMIN]++;
    sum += i->si_value.sival_int;
}
static void ping(int s) { pings++; }
int main(void) {
    struct sigaction a;
    memset(&a, 0, sizeof a);
    a.sa_sigaction = real;
    a.sa_flags = SA_SIGINFO | SA_RESTART;
    for (int i = 0; i < CHILDREN; i++) sigaction(SIGRTMIN + i, &a, NULL);
    a.sa_handler = ping;
    a.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &a, NULL);
    sigset_t usr, old;
    sigemptyset(&usr);
    sigaddset(&usr, SIGUSR1);
    sigprocmask(SIG_BLOCK, &usr, &old);
    pid_t parent = getpid(), child[CHILDREN];
    for (int i = 0; i < CHILDREN; i++) {
        child[i] = fork();
        if (child[i] == 0) {
            for (int n = 0; n < EACH; n++) {
                union sigval v = {.sival_int = n};
                while (sigqueue(parent, SIGRTMIN + i, v)) {
                    struct timespec t = {0, 100000};
                    nanosleep(&t, NULL);
                }
                if ((n & 3) == 3) while (pings <= n / 4) sigsuspend(&old);
            }
            _exit(pings);
        }
    }
    // Each child waits for a ping after four signals.
    for (int n = 0; n < EACH / 4; n++) {
        for (int i = 0; i < CHILDREN; i++) {
            while (counts[i] < 4 * (n + 1)) {
                struct timespec t = {0, 50000};
                nanosleep(&t, NULL);
            }
            kill(child[i], SIGUSR1);
        }
    }
    for (int i = 0; i < CHILDREN; i++) {
        int status;
        while (waitpid(child[i], &status, 0) != child[i]);
        printf("child %d: %d signals, %d pings\n", i, counts[i], WEXITSTATUS(status));
    }
    printf("sum %d\n", sum);
    return 0;
}
