/** VSL and GPT of a process in several clusters. */

import type { Questions, Replica } from "../../questions.ts";
import type { KernelSession } from "../kernel-session.ts";
import { KernelTables } from "../kernel-tables.ts";

export function replicasOf(
    session: KernelSession,
    { pid, clusters }: Questions["replicas"]["about"],
): (Replica | undefined)[] {
    const tables = new KernelTables(session);
    return clusters.map((cxy) => tables.replica(pid, cxy));
}
