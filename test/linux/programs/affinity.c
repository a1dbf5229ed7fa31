// here: only
// config: {"machine": {"mesh": [3, 1], "hartsPerCluster": 2, "bankSize": "16MiB"}}
// What OpenMP asks: the harts of the machine; and what it may set.
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    cpu_set_t set;
    printf("%d:", sched_getaffinity(0, sizeof set, &set));
    printf(" %d harts, online %ld\n", CPU_COUNT(&set), sysconf(_SC_NPROCESSORS_ONLN));
    printf("all %d\n", sched_setaffinity(0, sizeof set, &set));
    int own = sched_getcpu();
    CPU_ZERO(&set);
    CPU_SET(own, &set);
    printf("own %d\n", sched_setaffinity(getpid(), sizeof set, &set));
    CPU_ZERO(&set);
    CPU_SET((own + 2) % 6, &set);
    errno = 0;
    printf("other %d %d\n", sched_setaffinity(0, sizeof set, &set), errno == EINVAL);
    return 0;
}
