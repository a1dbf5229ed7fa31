/** VSL and GPT of a process in several clusters. */

import type { Replica } from "../../../boot/report/replica.ts";
import type { Questions } from "../../questions.ts";
import type { KernelSession } from "../kernel-session.ts";

export function replicasOf(
    session: KernelSession,
    { pid, clusters }: Questions["replicas"]["about"],
): (Replica | undefined)[] {
    const tables = session.system.tables();
    return clusters.map((cxy) => tables.replica(pid, cxy));
}
