/** VSL and GPT of a process in several clusters. */

import type { Questions, Replica } from "../../questions.ts";
import { KernelTables } from "../kernel-tables.ts";
import type { Session } from "../session.ts";

export function replicasOf(
    session: Session,
    { pid, clusters }: Questions["replicas"]["about"],
): (Replica | undefined)[] {
    const tables = new KernelTables(session);
    return clusters.map((cxy) => tables.replica(pid, cxy));
}
