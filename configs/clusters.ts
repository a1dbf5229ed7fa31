/** What a machine's clusters have, by the config: all have harts and memory but those named (vmm-policy 8.4). */

import type { Config } from "./schema/config.ts";

type MachineConfig = Config["machine"];

export function hasHarts({ clustersWithoutHarts }: MachineConfig, cxy: number): boolean {
    return !clustersWithoutHarts.includes(cxy);
}

export function hasMemory({ clustersWithoutMemory }: MachineConfig, cxy: number): boolean {
    return !clustersWithoutMemory.includes(cxy);
}

/** Ascending: C of rule 2.3 counts them. */
export function clustersWithMemory(machine: MachineConfig): number[] {
    const clusters = Array.from({ length: machine.mesh[0] * machine.mesh[1] }, (_, cxy) => cxy);
    return clusters.filter((cxy) => hasMemory(machine, cxy));
}
