// here: only
// config: {"machine": {"mesh": [3, 1], "hartsPerCluster": 2, "bankSize": "16MiB"}, "kernel": {"timeSliceCycles": 1000}}
// rules: 7.5
// The harts of the machine, what a thread may set, and threads that are placed before they begin.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HARTS 6

static cpu_set_t one(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    return set;
}

static int first(cpu_set_t *set)
{
    int cpu = 0;
    while (!CPU_ISSET(cpu, set)) cpu++;
    return cpu;
}

struct job {
    sem_t placed, leave;
    int cpu, inherited, may, tid, signalled;
    pthread_t child;
};

static __thread struct job *self;

static void on_signal(int signal)
{
    self->signalled = syscall(SYS_gettid);
}

static void *inherit(void *argument)
{
    *(int *)argument = sched_getcpu();
    return 0;
}

static void *work(void *argument)
{
    struct job *job = self = argument;
    cpu_set_t set;
    job->cpu = sched_getcpu();
    job->tid = syscall(SYS_gettid);
    sched_getaffinity(0, sizeof set, &set);
    job->may = CPU_COUNT(&set) * 100 + first(&set);
    pthread_create(&job->child, 0, inherit, &job->inherited);
    pthread_join(job->child, 0);
    sem_post(&job->placed);
    while (sem_wait(&job->leave) != 0) continue;
    return 0;
}

static void *nothing(void *argument)
{
    return argument;
}

static void place_all(void)
{
    struct job jobs[HARTS] = { 0 };
    pthread_t threads[HARTS];
    for (int cpu = 0; cpu < HARTS; cpu++) {
        cpu_set_t set = one(cpu);
        pthread_attr_t attributes;
        sem_init(&jobs[cpu].placed, 0, 0);
        sem_init(&jobs[cpu].leave, 0, 0);
        pthread_attr_init(&attributes);
        pthread_attr_setaffinity_np(&attributes, sizeof set, &set);
        int error = pthread_create(&threads[cpu], &attributes, work, &jobs[cpu]);
        if (error) printf("create %d\n", error);
    }
    for (int cpu = 0; cpu < HARTS; cpu++) {
        struct job *job = &jobs[cpu];
        cpu_set_t set, other = one((cpu + 2) % HARTS);
        sem_wait(&job->placed);
        int told = pthread_getaffinity_np(threads[cpu], sizeof set, &set);
        int moves = pthread_setaffinity_np(threads[cpu], sizeof other, &other);
        int stays = pthread_setaffinity_np(threads[cpu], sizeof set, &set);
        printf("%d: cpu %d, its child %d, may %d, told %d %d,", cpu, job->cpu, job->inherited, job->may, told, first(&set));
        int killed = pthread_kill(threads[cpu], SIGUSR1);
        sem_post(&job->leave);
        pthread_join(threads[cpu], 0);
        printf(" moves %d, stays %d, kill %d %s\n", moves == EINVAL, stays, killed, job->signalled == job->tid ? "seen" : "lost");
        printf("gone %d\n", (int)syscall(SYS_tgkill, getpid(), job->tid, 0) == -1 && errno == ESRCH);
    }
}

#define CLONES (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)
static volatile int begun;

static int begin(void *argument)
{
    unsigned cpu;
    syscall(SYS_getcpu, &cpu, 0, 0);
    begun = 1 + cpu;
    syscall(SYS_exit, 0);
    return 0;
}

// The maker makes no call: its clone begins when its turn ends.
static void spin(void)
{
    static char stack[16384];
    begun = 0;
    clone(begin, stack + sizeof stack, CLONES, 0);
    while (!begun) continue;
    printf("begun\n");
}

// Several time slices end between the clone and the call that places it, and the maker's turn does not.
static void place_late(void)
{
    static char stack[16384];
    for (int cpu = 0; cpu < HARTS; cpu++) {
        cpu_set_t set = one(cpu);
        begun = 0;
        int id = clone(begin, stack + sizeof stack, CLONES, 0);
        for (volatile int i = 0; i < 800; i++) continue;
        int error = sched_setaffinity(id, sizeof set, &set);
        while (!begun) continue;
        printf("late: %d on %d\n", error, begun - 1);
        while (syscall(SYS_tgkill, getpid(), id, 0) == 0) continue;
    }
}

int main(void)
{
    cpu_set_t set;
    printf("%d:", sched_getaffinity(0, sizeof set, &set));
    printf(" %d harts, online %ld\n", CPU_COUNT(&set), sysconf(_SC_NPROCESSORS_ONLN));
    printf("all %d\n", sched_setaffinity(0, sizeof set, &set));
    signal(SIGUSR1, on_signal);
    place_all();
    for (int i = 0; i < 40; i++) {
        cpu_set_t place = one(i % HARTS);
        pthread_attr_t attributes;
        pthread_t thread;
        pthread_attr_init(&attributes);
        pthread_attr_setaffinity_np(&attributes, sizeof place, &place);
        if (pthread_create(&thread, &attributes, nothing, 0) || pthread_join(thread, 0)) printf("%d fails\n", i);
    }
    spin();
    place_late();
    CPU_ZERO(&set);
    errno = 0;
    printf("none %d %d\n", sched_setaffinity(0, sizeof set, &set), errno == EINVAL);
    int own = sched_getcpu();
    set = one(own);
    printf("own %d\n", sched_setaffinity(getpid(), sizeof set, &set));
    printf("%d:", sched_getaffinity(0, sizeof set, &set));
    printf(" %d hart, %d\n", CPU_COUNT(&set), CPU_ISSET(own, &set) != 0);
    set = one((own + 2) % HARTS);
    errno = 0;
    printf("other %d %d\n", sched_setaffinity(0, sizeof set, &set), errno == EINVAL);
    return 0;
}
