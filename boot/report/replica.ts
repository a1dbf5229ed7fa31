/** VSL and GPT of a process in a cluster, as they lie in memory. */

export interface VsegRow {
    readonly type: string;
    readonly first: number;
    readonly end: number;
    readonly rights: string;
    /** The cluster that a localised vseg names; undefined for others. */
    readonly named: number | undefined;
}

/** A page that a table has. */
export interface EntryRow {
    readonly vpn: number;
    readonly entry: bigint;
    readonly ppn: number;
    readonly bank: number;
}

/** VSL(P,K) and GPT(P,K); undefined of a cluster in which the process is not. */
export interface Replica {
    readonly cxy: number;
    readonly isReference: boolean;
    readonly root: number;
    readonly vsegs: readonly VsegRow[];
    readonly entries: readonly EntryRow[];
}

/** What reads them at the present place of a run. */
export interface ReplicaReader {
    readonly clusters: number;
    /** Undefined when the process is not in the cluster. */
    replica(pid: number, cxy: number): Replica | undefined;
}
