// Linux riscv64 numbers where Linux has the call (DESIGN 4.4) ...
export const SYS_OPENAT = 56;
export const SYS_CLOSE = 57;
export const SYS_GETDENTS64 = 61;
export const SYS_LSEEK = 62;
export const SYS_READ = 63;
export const SYS_WRITE = 64;
export const SYS_FSTAT = 80;
export const SYS_EXIT = 93;
export const SYS_EXIT_GROUP = 94;
export const SYS_FUTEX = 98;
export const SYS_CLOCK_GETTIME = 113;
export const SYS_SCHED_YIELD = 124;
export const SYS_GETPID = 172;
export const SYS_GETTID = 178;
export const SYS_BRK = 214;
export const SYS_MUNMAP = 215;
export const SYS_CLONE = 220;
export const SYS_EXECVE = 221;
export const SYS_MMAP = 222;
export const SYS_MPROTECT = 226;
export const SYS_WAIT4 = 260;
export const SYS_KILL = 129;
export const SYS_GETPPID = 173;
// ... and Archipel's own range.
export const SYS_THREAD_CREATE = 1024;
export const SYS_THREAD_JOIN = 1025;
export const SYS_CLUSTER_COUNT = 1026;
export const SYS_CLUSTER_SELF = 1027;
export const SYS_PROGRAM_THREADS = 1028;
export const SYS_REMOTE_MALLOC = 1029;
export const SYS_PLACE_FORK = 1030;
export const SYS_CLUSTER_INFO = 1031;
export const SYS_SM_INIT = 1040;
export const SYS_SM_EXIT = 1041;
export const SYS_SM_MALLOC = 1042;
export const SYS_SM_BARRIER = 1043;
export const SYS_SM_BCAST = 1044;
export const SYS_SM_FREE = 1045;
export const SYS_SM_LOCK = 1046;
export const SYS_SM_UNLOCK = 1047;
export const SYS_SM_COND_WAIT = 1048;
/** condition, 0: one | 1: all that wait for it */
export const SYS_SM_COND_WAKE = 1049;
export const SYS_SM_STATS = 1050;

export const FUTEX_WAIT = 0;
export const FUTEX_WAKE = 1;
export const FUTEX_PRIVATE_FLAG = 128;
/** thread_create: let the kernel pick the least loaded cluster (vmm-policy 7.5). */
export const ANY_CLUSTER = -1;
/** In the result of cluster_info, above the number of harts: the cluster has memory (vmm-policy 8.4). */
export const CLUSTER_MEMORY = 0x10000;
