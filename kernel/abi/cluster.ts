// Numbers of the calls about clusters.
/** For a cluster: the kernel picks one (vmm-policy 7.5). */
export const ANY_CLUSTER = -1;
/** In the result of cluster_info, above the number of harts: the cluster has memory (vmm-policy 8.4). */
export const CLUSTER_MEMORY = 0x10000;
