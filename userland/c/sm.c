/* sm.h over the kernel's calls. Independent of the C library that the program is linked to. */
#include "sm.h"
#include "system-call.h"

int sm_node_init(int *argc, char **argv[], int *nodes, int *nid)
{
    /* The launcher's own arguments never reach a node process (docs/spec/interface.md 1), so there are none to take out. */
    (void)argc;
    (void)argv;
    return system_call(SYS_SM_INIT, (long)nodes, (long)nid, 0, 0) == 0 ? 0 : -1;
}

/* Called last, so that ra names the caller of sm_node_exit: a call that never meets those of other nodes is told by it. */
static __attribute__((noinline)) void sm_leave(void)
{
    system_call(SYS_SM_EXIT, 0, 0, 0, 0);
}

void sm_node_exit(void)
{
    /* What was printed before comes before what other nodes print after. */
    fflush(stdout);
    sm_leave();
}

static void *pointer(long address)
{
    return address <= 0 ? NULL : (void *)address;
}

void *sm_malloc(size_t size)
{
    return pointer(system_call(SYS_SM_MALLOC, (long)size, 0, 0, 0));
}

void *sm_malloc_as(size_t size, enum sm_consistency consistency)
{
    return pointer(system_call(SYS_SM_MALLOC_AS, (long)size, consistency, 0, 0));
}

void sm_barrier(void)
{
    system_call(SYS_SM_BARRIER, 0, 0, 0, 0);
}

void sm_bcast(void **addr, int root_nid)
{
    long value = system_call(SYS_SM_BCAST, (long)*addr, root_nid, 0, 0);
    /* Every error ends the group, but for a root that is no node. User addresses are positive. */
    if (value >= 0)
        *addr = (void *)value;
}

static int zero_or_minus_one(long number, long a0, long a1)
{
    return system_call(number, a0, a1, 0, 0) == 0 ? 0 : -1;
}

int sm_free(void *address)
{
    return zero_or_minus_one(SYS_SM_FREE, (long)address, 0);
}

int sm_lock(unsigned id)
{
    return zero_or_minus_one(SYS_SM_LOCK, id, 0);
}

int sm_unlock(unsigned id)
{
    return zero_or_minus_one(SYS_SM_UNLOCK, id, 0);
}

int sm_cond_wait(unsigned condition, unsigned lock)
{
    return zero_or_minus_one(SYS_SM_COND_WAIT, condition, lock);
}

int sm_cond_signal(unsigned condition)
{
    return zero_or_minus_one(SYS_SM_COND_WAKE, condition, 0);
}

int sm_cond_broadcast(unsigned condition)
{
    return zero_or_minus_one(SYS_SM_COND_WAKE, condition, 1);
}

int sm_stats(struct sm_stats *stats)
{
    return zero_or_minus_one(SYS_SM_STATS, (long)stats, 0);
}
