/** The machine of `archipel dsm` where no config names one. */

import type { Config } from "../../configs/schema/config.ts";
import { MAX_CLUSTERS } from "../../configs/schema/machine.ts";

/** RAM that all banks of a default machine may take together: half of --max-memory's default. */
const LARGEST_BANK_MIB = 16;
const ALL_BANKS_MIB = 2048;

/** The smallest square mesh, one hart a cluster, that holds the nodes; beyond the largest mesh, more harts a cluster. */
export function defaultMachine(nodes: number): Partial<Config["machine"]> & object {
    const side = Math.min(Math.ceil(Math.sqrt(nodes)), Math.sqrt(MAX_CLUSTERS));
    const hartsPerCluster = Math.ceil(nodes / side ** 2);
    let bank = LARGEST_BANK_MIB;
    while (bank * side ** 2 > ALL_BANKS_MIB) bank /= 2;
    return { mesh: [side, side], hartsPerCluster, bankSize: bank * 2 ** 20 };
}
