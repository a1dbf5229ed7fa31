/** A run as those see it who look into it: traces and the debugger. */

import type { Snapshot } from "../../emu/host/snapshot.ts";
import type { Machine } from "../../emu/machine.ts";
import type { ReplicaReader } from "./replica.ts";
import type { SourcePlace } from "./report.ts";

/** A moment of a run between two turns, in memory. */
export interface Moment {
    readonly snapshot: Snapshot;
    /** What observers had gathered, by their names (boot/observe/gathered.ts). */
    readonly gathered: ReadonlyMap<string, string>;
    /** Bytes that the guest had written to its console. */
    readonly written: number;
}

export interface Debuggee {
    readonly machine: Machine;
    /** Called when the host has given the guest input, which moments before do not know. */
    onInput?: (() => void) | undefined;
    /** The function that the hart's present code has at pc; undefined where no names are known. */
    functionAt(hart: number, pc: bigint): string | undefined;
    /** The place in the source of the hart's present code at pc; of a system with a kernel. */
    placeAt?(hart: number, pc: bigint): SourcePlace;
    /** The present moment; `previous` is an earlier one, to share with. */
    moment(previous?: Moment): Moment;
    /** Goes back to a moment of this run. What its console has shown is not shown again. */
    goBack(to: Moment): void;
    /** The run has another future than before: what its console showed beyond the present place is shown anew. */
    forgetAhead(): void;
    /** The kernel's structures; of a system with a kernel. */
    readonly tables?: ReplicaReader;
    /** A line for each cluster, of frames by type; of a system with a kernel. */
    frames?(): string;
}
