// here: only
// flags: -I../../../userland/c
// config: {"machine": {"mesh": [3, 1], "hartsPerCluster": 2, "bankSize": "16MiB"}}
// archipel.h: clusters, places and homes.
#include "archipel.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int harts = -1, memory = -1, status;
    printf("%d clusters, self %d\n", cluster_count(), cluster_self());
    printf("%d:", cluster_info(2, &harts, &memory));
    printf(" %d harts, memory %d\n", harts, memory);
    printf("none: %d", cluster_info(3, 0, 0));
    printf(" %d\n", errno == EINVAL);
    for (int cxy = 0; cxy < 3; cxy++) {
        char *there = remote_malloc(100, cxy);
        printf("untouched %d", get_home(there));
        printf(" %d", errno == EAGAIN);
        there[0] = 1;
        printf(", home %d\n", get_home(there));
        munmap(there, 100);
        printf("unmapped %d", get_home(there));
        printf(" %d\n", errno == EFAULT);
        printf("placed %d\n", place_next(cxy));
        fflush(stdout);
        if (fork() == 0)
            _exit(cluster_self());
        wait(&status);
        printf("child in %d\n", WEXITSTATUS(status));
    }
    printf("nowhere %d", place_next(3));
    printf(" %d\n", errno == EINVAL);
    printf("no memory there %d", remote_malloc(1, 7) == 0);
    printf(" %d\n", errno == EINVAL);
    return 0;
}
