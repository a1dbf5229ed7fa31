// The calls of Archipel's own that tell about the machine's clusters.

import { CLUSTER_MEMORY } from "../abi/cluster";
import { EINVAL } from "../abi/errno";
import { SYS_CLUSTER_COUNT, SYS_CLUSTER_INFO, SYS_CLUSTER_SELF } from "../abi/syscalls";
import { cluster_count, harts_per_cluster, local_cxy } from "../hal/platform";
import { has_instance, has_memory } from "../hal/topology";
import { process_t } from "../mm/process-table";
import { call_register, call_t } from "./table";

export function cluster_calls(): void {
    call_register(SYS_CLUSTER_COUNT, sys_cluster_count);
    call_register(SYS_CLUSTER_SELF, sys_cluster_self);
    call_register(SYS_CLUSTER_INFO, sys_cluster_info);
}

function sys_cluster_count(process: process_t, call: call_t): i64 {
    return cluster_count;
}

function sys_cluster_self(process: process_t, call: call_t): i64 {
    return local_cxy;
}

/** cluster_info(cxy) returns the number of the cluster's harts, with CLUSTER_MEMORY when it has a bank, or -EINVAL. */
function sys_cluster_info(process: process_t, call: call_t): i64 {
    const cxy = <u32>call.a0;
    if (cxy >= cluster_count) return -EINVAL;
    return (has_instance(cxy) ? <u32>harts_per_cluster : 0) | (has_memory(cxy) ? CLUSTER_MEMORY : 0);
}
