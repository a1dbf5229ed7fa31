/** The tables of clusters in boot_info (kernel/hal/topology.ts, vmm-policy 2.3, 8.4). */

import type { Topology } from "../../configs/topology.ts";
import * as bi from "../../kernel/abi/boot-info.ts";

/** Writes the tables into a boot_info block. */
export function writeTopology(info: DataView, { managers, memory, instances }: Topology): void {
    info.setBigUint64(bi.BI_MEMORY_COUNT, BigInt(memory.length), true);
    info.setBigUint64(bi.BI_INSTANCE_COUNT, BigInt(instances.length), true);
    const table = (offset: number, values: readonly number[]) => {
        for (const [i, value] of values.entries()) info.setUint16(offset + 2 * i, value, true);
    };
    table(
        bi.BI_MANAGERS,
        managers.map((manager) => manager ?? bi.BI_NO_MANAGER),
    );
    table(bi.BI_MEMORY_LIST, memory);
    table(bi.BI_INSTANCES, instances);
}
