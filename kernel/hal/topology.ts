// The clusters that have memory, and the clusters that have harts and so an instance of the kernel (vmm-policy 2.3, 8.4). The nearest
// instance manages a bank without harts of its own. The host works all of it out (configs/topology.ts) and leaves it in boot_info.

import {
    BI_INSTANCE_COUNT,
    BI_INSTANCES,
    BI_MANAGERS,
    BI_MEMORY_COUNT,
    BI_MEMORY_LIST,
    BI_NO_MANAGER,
} from "../abi/boot-info";
import { BOOT_INFO_LOCAL } from "../abi/memory-map";
import { boot_info, cluster_count } from "./platform";

function entry(table: usize, i: u32): u32 {
    return <u32>load<u16>(<usize>BOOT_INFO_LOCAL + table + ((<usize>i) << 1));
}

/** Returns C of rule 2.3, the number of clusters that have memory. */
export function memory_count(): u32 {
    return <u32>boot_info(BI_MEMORY_COUNT);
}

/** Returns the i-th cluster that has memory, in cxy order. */
export function memory_cluster(i: u32): u32 {
    return entry(BI_MEMORY_LIST, i);
}

export function has_memory(cxy: u32): bool {
    return cxy < cluster_count && entry(BI_MANAGERS, cxy) != BI_NO_MANAGER;
}

/** Returns the instance that manages the bank of a cluster that has memory. */
export function bank_manager(cxy: u32): u32 {
    return entry(BI_MANAGERS, cxy);
}

/** Returns the number of clusters that have harts. */
export function instance_count(): u32 {
    return <u32>boot_info(BI_INSTANCE_COUNT);
}

/** Returns the i-th cluster that has harts, in cxy order. */
export function instance_cluster(i: u32): u32 {
    return entry(BI_INSTANCES, i);
}

export function has_instance(cxy: u32): bool {
    return cxy < cluster_count && entry(BI_MANAGERS, cxy) == cxy;
}
