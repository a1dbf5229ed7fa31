// Where OpenMP's threads run: a line for each, in the order of their numbers.
#define _GNU_SOURCE
#include <omp.h>
#include <sched.h>
#include <stdio.h>

#define MOST 64

struct where {
    int place;
    unsigned cpu, node;
    int may;
};

int main(void)
{
    static struct where threads[MOST];
    int count = 0;
    printf("%d places\n", omp_get_num_places());
    for (int round = 0; round < 2; round++) {
#pragma omp parallel
        {
            struct where *own = &threads[omp_get_thread_num()];
            cpu_set_t set;
            own->place = omp_get_place_num();
            getcpu(&own->cpu, &own->node);
            sched_getaffinity(0, sizeof set, &set);
            own->may = CPU_ISSET(own->cpu, &set) ? CPU_COUNT(&set) : -1;
#pragma omp single
            count = omp_get_num_threads();
        }
    }
    for (int i = 0; i < count; i++)
        printf("%d: place %d, cpu %u of node %u, one of %d\n", i, threads[i].place, threads[i].cpu, threads[i].node, threads[i].may);
    return 0;
}
