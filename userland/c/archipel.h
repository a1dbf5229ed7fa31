/*
 * archipel.h: clusters and memory of a program on Archipel. Header only: any C or C++ compiler for RISC-V takes it.
 *
 * A machine has cluster_count() clusters, numbered from 0, each with harts, memory, or both. A thread stays in the cluster that it began in.
 * Every function that can fail returns -1, or a null pointer, and sets errno.
 */
#ifndef ARCHIPEL_H
#define ARCHIPEL_H

/*
 * Regions of interest: --json has every figure of the machine for the time in which a thread was between roi_begin("name") and the roi_end() that
 * ends what the thread began last ("regions"). Each is one instruction that changes nothing, on any RISC-V machine. The name is a string
 * constant; a program's names may take 4 KiB.
 */
#define roi_begin(name)                                                                                                \
    __asm__ volatile(".pushsection .archipel.roi,\"\",@progbits\n"                                                      \
                     "\t.word 98f\n"                                                                                    \
                     "98:\t.asciz \"" name "\"\n"                                                                        \
                     "\t.balign 4\n"                                                                                    \
                     "\t.popsection\n"                                                                                  \
                     "\t.option push\n"                                                                                 \
                     "\t.option norelax\n"                                                                              \
                     "\tslti x0, x0, %%lo(98b)\n"                                                                       \
                     "\t.option pop" ::                                                                                 \
                         : "memory")
#define roi_end() __asm__ volatile("slti x0, x0, 0" ::: "memory")

#include <errno.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The numbers of the calls: docs/system-calls.md. */
#define ARCHIPEL_CLUSTER_COUNT 1026
#define ARCHIPEL_CLUSTER_SELF 1027
#define ARCHIPEL_REMOTE_MALLOC 1029
#define ARCHIPEL_PLACE_FORK 1030
#define ARCHIPEL_CLUSTER_INFO 1031
#define ARCHIPEL_GET_HOME 1032

static inline long archipel_call(long number, long first, long second)
{
    register long a0 __asm__("a0") = first;
    register long a1 __asm__("a1") = second;
    register long a7 __asm__("a7") = number;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a7) : "memory");
    if (a0 > -4096 && a0 < 0) {
        errno = (int)-a0;
        return -1;
    }
    return a0;
}

/* The number of clusters. It does not fail. */
static inline int cluster_count(void)
{
    return (int)archipel_call(ARCHIPEL_CLUSTER_COUNT, 0, 0);
}

/* The cluster of the calling thread. It does not fail. */
static inline int cluster_self(void)
{
    return (int)archipel_call(ARCHIPEL_CLUSTER_SELF, 0, 0);
}

/*
 * Writes the number of the cluster's harts to *harts, and to *memory 1 if it has memory, else 0. Either pointer may be null. Returns 0;
 * EINVAL: there is no such cluster.
 */
static inline int cluster_info(int cxy, int *harts, int *memory)
{
    long info = archipel_call(ARCHIPEL_CLUSTER_INFO, cxy, 0);
    if (info < 0)
        return -1;
    if (harts)
        *harts = (int)(info & 0xffff);
    if (memory)
        *memory = (int)((info >> 16) & 1);
    return 0;
}

/*
 * Names the cluster of the next thread (pthread_create) or process (fork) that the calling thread makes; -1 leaves it to kernel.threadPlacement,
 * as for every one after it. Returns 0; EINVAL: there is no such cluster, or it has no harts.
 */
static inline int place_next(int cxy)
{
    return (int)archipel_call(ARCHIPEL_PLACE_FORK, cxy, 0);
}

/*
 * Memory of at least `size` bytes, whole pages of zeroes, in the memory of cluster `cxy`. munmap gives it back. Returns a null pointer when
 * it fails; EINVAL: the cluster has no memory, or size is 0; ENOMEM.
 */
static inline void *remote_malloc(size_t size, int cxy)
{
    long address = archipel_call(ARCHIPEL_REMOTE_MALLOC, (long)size, cxy);
    return address == -1 ? (void *)0 : (void *)address;
}

/* The cluster whose memory has the page of `address`. EFAULT: nothing is mapped there; EAGAIN: nobody has touched the page yet. */
static inline int get_home(const void *address)
{
    return (int)archipel_call(ARCHIPEL_GET_HOME, (long)address, 0);
}

#ifdef __cplusplus
}
#endif
#endif
