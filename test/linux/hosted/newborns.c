// Children that end, execute, are killed, or do something with their threads, as soon as these are made for all clusters.
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 3
#define ROUNDS 4

static void *work(void *argument)
{
    for (volatile int i = 0; i < 200; i++) continue;
    return argument;
}

static void child(const char *kind, const char *program, int round)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], 0, work, 0);
    for (volatile int i = 0; i < round * 40; i++) continue;
    if (!strcmp(kind, "exec")) execl(program, program, (char *)0);
    if (!strcmp(kind, "kill")) raise(SIGKILL);
    if (!strcmp(kind, "killed")) pause();
    if (!strcmp(kind, "move")) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(round, &set);
        pthread_t moved;
        pthread_create(&moved, 0, work, 0);
        pthread_setaffinity_np(moved, sizeof set, &set);
        pthread_join(moved, 0);
    }
    if (!strcmp(kind, "signal")) {
        signal(SIGUSR1, SIG_IGN);
        for (int i = 0; i < THREADS; i++) pthread_kill(threads[i], SIGUSR1);
        for (int i = 0; i < THREADS; i++) pthread_cancel(threads[i]);
        for (int i = 0; i < THREADS; i++) pthread_join(threads[i], 0);
    }
    _exit(7);
}

int main(int argc, char **argv)
{
    if (argc < 2) return 7;
    for (int round = 0; round < ROUNDS; round++) {
        pid_t pid = fork();
        if (pid == 0) child(argv[1], argv[0], round);
        if (!strcmp(argv[1], "killed")) kill(pid, SIGKILL);
        int status;
        waitpid(pid, &status, 0);
        if (WIFEXITED(status)) printf("exit %d\n", WEXITSTATUS(status));
        else printf("signal %d\n", WTERMSIG(status));
    }
    return 0;
}
