// Generated from boot/abi/system-calls.ts by `npm run generate`: requests that a call refuses (kernel/syscalls/table.ts).
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
