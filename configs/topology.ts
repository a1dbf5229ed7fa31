/** Which clusters have memory and harts, as the kernel wants to know it (kernel/hal/topology.ts, vmm-policy 2.3, 8.4). */

import { meshDistance } from "../emu/mem/geometry.ts";
import { clustersWithMemory, hasHarts, hasMemory } from "./clusters.ts";
import type { Config } from "./schema/config.ts";

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
