/** The tables of clusters in boot_info (kernel/hal/topology.ts, vmm-policy 2.3, 8.4). */

import type { Topology } from "../../configs/topology.ts";
import { BI_NO_MANAGER } from "../../kernel/abi/boot-info.ts";
import { BOOT_INFO } from "../abi/boot-info.ts";

/** Writes the tables into a boot_info block. */
export function writeTopology(info: Uint8Array, { managers, memory, instances }: Topology): void {
    const view = new DataView(info.buffer, info.byteOffset, info.byteLength);
    const table = (offset: number, values: readonly number[]) => {
        for (const [i, value] of values.entries()) view.setUint16(offset + 2 * i, value, true);
    };
    const { MANAGERS, MEMORY_LIST, INSTANCES } = BOOT_INFO.offsets;
    table(
        MANAGERS,
        managers.map((manager) => manager ?? BI_NO_MANAGER),
    );
    table(MEMORY_LIST, memory);
    table(INSTANCES, instances);
}
