/** Which clusters have memory and harts, as the kernel wants to know it (kernel/hal/topology.ts, vmm-policy 2.3, 8.4). */

import { clustersWithMemory, hasHarts, hasMemory } from "../../configs/clusters.ts";
import type { Config } from "../../configs/schema/config.ts";
import { meshDistance } from "../../emu/mem/geometry.ts";
import * as bi from "../../kernel/abi/boot-info.ts";

export interface Topology {
    /** By cxy: the instance that manages the bank, the nearest that has harts (the lowest cxy of equals); undefined: no memory. */
    readonly managers: readonly (number | undefined)[];
    /** Clusters with memory, and clusters with harts, ascending. */
    readonly memory: readonly number[];
    readonly instances: readonly number[];
}

export function topologyOf({ machine }: Config): Topology {
    const [columns, rows] = machine.mesh;
    const clusters = Array.from({ length: columns * rows }, (_, cxy) => cxy);
    const instances = clusters.filter((cxy) => hasHarts(machine, cxy));
    const memory = clustersWithMemory(machine);
    const distance = (from: number, to: number) => meshDistance(columns, from, to);
    const nearest = (cxy: number) =>
        instances.reduce((best, each) => (distance(cxy, each) < distance(cxy, best) ? each : best));
    const managers = clusters.map((cxy) => (hasMemory(machine, cxy) ? nearest(cxy) : undefined));
    return { managers, memory, instances };
}

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
