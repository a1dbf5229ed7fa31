// here: only
// config: {"machine": {"mesh": [2, 2], "hartsPerCluster": 1, "bankSize": "16MiB"}}
// Threads of a C program run in all clusters, use pointers to each other's stacks, and have their own stacks near.
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <sys/syscall.h>

#define THREADS 8
#define SYS_cluster_self 1027
#define SYS_get_home 1032

struct job {
    int number;
    int cluster;
    int home;
    struct job *peer;
    int from_peer;
};

static pthread_barrier_t barrier;

static void *work(void *argument)
{
    struct job own = { .number = 100 + *(int *)argument };
    struct job *job = *(struct job **)((int *)argument + 2);
    char near[8192];
    near[0] = 1;
    job->cluster = syscall(SYS_cluster_self);
    job->home = syscall(SYS_get_home, near);
    job->peer = &own;
    pthread_barrier_wait(&barrier);
    job->from_peer = job[job->number % 2 == 0 ? 1 : -1].peer->number;
    pthread_barrier_wait(&barrier);
    return 0;
}

int main(void)
{
    struct job jobs[THREADS];
    struct { int number, padding; struct job *job; } arguments[THREADS];
    pthread_t threads[THREADS];
    int status;
    pthread_barrier_init(&barrier, 0, THREADS);
    for (int i = 0; i < THREADS; i++) {
        jobs[i].number = i;
        arguments[i].number = i;
        arguments[i].job = &jobs[i];
        pthread_create(&threads[i], 0, work, &arguments[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], 0);
        printf("%d: cluster %d, peer %d, its stack is %s\n", i, jobs[i].cluster, jobs[i].from_peer, jobs[i].home == jobs[i].cluster ? "near" : "far");
    }
    printf("the first thread's stack: %d\n", (int)syscall(SYS_get_home, jobs));
    fflush(stdout);
    for (int i = 0; i < 4; i++) {
        syscall(1030, i);
        if (fork() == 0) {
            jobs[0].number = i;
            _exit(syscall(SYS_cluster_self) * 16 + syscall(SYS_get_home, jobs));
        }
        wait(&status);
        printf("child in %d, its stack in %d\n", WEXITSTATUS(status) / 16, WEXITSTATUS(status) % 16);
    }
    return 0;
}
