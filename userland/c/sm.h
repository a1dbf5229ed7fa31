/*
 * The calls of Archipel's distributed shared memory (docs/spec/sm-dsm.md, section 2), and the C library headers that programs
 * written against them use. A program needs no other header; `npm run cc -- prog.c` finds this one.
 */
#ifndef ARCHIPEL_SM_H
#define ARCHIPEL_SM_H

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Joins the group of node processes and takes the launcher's arguments out of the program's. Writes the number of nodes and the
 * own id, from 0. Returns 0, or -1.
 */
int sm_node_init(int *argc, char **argv[], int *nodes, int *nid);

/* Leaves the group; returns when all nodes do, since their pages are needed until then. */
void sm_node_exit(void);

/* Shared memory that this node may read and write and no other call ever returns; NULL on failure. */
void *sm_malloc(size_t size);

/* As sm_malloc, whatever the machine's config says of consistency (docs/spec/sm-dsm.md, section 4). */
enum sm_consistency { SM_SEQUENTIAL, SM_RELEASE };
void *sm_malloc_as(size_t size, enum sm_consistency consistency);

/* Returns when all nodes have called it. */
void sm_barrier(void);

/* Copies the root's *addr to all nodes; a barrier too. */
void sm_bcast(void **addr, int root_nid);

/* Gives back what any node's sm_malloc returned; no node may access it any more. 0, or -1: it is no such address. */
int sm_free(void *address);

/* Takes the group's lock `id`, waiting in the order of coming. 0, or -1: the thread has it. */
int sm_lock(unsigned id);

/* 0, or -1: the thread does not hold the lock. */
int sm_unlock(unsigned id);

/* Gives up a lock that the thread holds until the condition is signalled, and takes it again. 0, or -1: it does not hold it. */
int sm_cond_wait(unsigned condition, unsigned lock);

/* Wakes the thread that waits longest for the condition, if there is one. */
int sm_cond_signal(unsigned condition);

/* Wakes all threads that wait for the condition. */
int sm_cond_broadcast(unsigned condition);

/* How often so far, for this node; invalidations and revocations are the messages that it got. */
struct sm_stats {
    uint64_t read_faults, write_faults, invalidations, revocations, mallocs;
    uint64_t barriers, broadcasts, frees, locks, prefetches, diffs, drops;
};

/* 0, or -1. */
int sm_stats(struct sm_stats *stats);

#ifdef __cplusplus
}
#endif

#endif
