// Generated from boot/abi/system-calls.ts by `npm run generate`: requests that a call refuses (kernel/syscalls/table.ts).
/** ENOSYS */
export const REFUSED_FUTEX_FUTEX_LOCK_PI = 6422566;
/** ENOSYS */
export const REFUSED_FUTEX_FUTEX_UNLOCK_PI = 6422822;
/** ENOSYS */
export const REFUSED_FUTEX_FUTEX_TRYLOCK_PI = 6423078;
/** ENOSYS */
export const REFUSED_FUTEX_FUTEX_WAIT_REQUEUE_PI = 6423334;
/** ENOSYS */
export const REFUSED_FUTEX_FUTEX_CMP_REQUEUE_PI = 6423590;
/** ENOSYS */
export const REFUSED_FUTEX_FUTEX_LOCK_PI2 = 6423846;
/** EINVAL */
export const REFUSED_MREMAP_MREMAP_DONTUNMAP = 14155798;
/** EINVAL */
export const REFUSED_MMAP_MAP_GROWSDOWN = 14549014;
/** EINVAL */
export const REFUSED_MMAP_MAP_HUGETLB = 14549270;
/** EINVAL */
export const REFUSED_MMAP_MAP_SHARED_ANONYMOUS = 14549526;
/** EINVAL */
export const REFUSED_MADVISE_ADVICE = 15269910;
