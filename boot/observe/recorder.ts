/** Turns probe records and console bytes into what a run tells: counts per cluster, output and fate per program. */

import * as probe from "../../kernel/abi/probe.ts";
import type { ClusterReport, DsmCounts, FaultCounts, ProgramFault, VsegType } from "../report/report.ts";
import { DSM_FIELDS, noDsmCounts } from "./dsm-counts.ts";
import type { DsmWaits } from "./dsm-waits.ts";
import type { FalseSharing } from "./false-sharing.ts";
import { FAULT_HOW, type FaultCosts } from "./fault-cost.ts";
import { type FrameTags, KIND_FREED, kindOfFrame } from "./frame-kinds.ts";
import type { NumaMaps } from "./numa-maps.ts";
import type { NumaStats } from "./numa-stat.ts";
import { vsegTypeOf } from "./vseg-names.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Counts of one cluster. */
export interface ClusterCounts {
    readonly faults: Record<VsegType, Mutable<FaultCounts>>;
    readonly frames: Record<VsegType, number>;
    freeFrames: number;
    spills: number;
    readonly rpcs: Mutable<ClusterReport["rpcs"]>;
    readonly dsm: Mutable<ClusterReport["dsm"]>;
}

export interface ProcessRecord {
    readonly pid: number;
    readonly program: number;
    readonly node: number;
    readonly cluster: number;
    exit: { code: number; signal: number } | undefined;
    /** The kernel ended it because another node of its group had died. */
    endedByGroup: boolean;
}

export interface ProgramRecord {
    /** In the order of their nodes. */
    readonly processes: ProcessRecord[];
    readonly output: number[];
    readonly dsm: Mutable<DsmCounts>;
    usesDsm: boolean;
    fault: (Mutable<Omit<ProgramFault, "function" | "file" | "line">> & { readonly signal: number }) | undefined;
    /** errno of a launch that failed. */
    noStart: number | undefined;
    /** Numbers of system calls that the kernel does not have, or not as they were asked for. */
    readonly unknownCalls: Set<number>;
}

export interface PanicRecord {
    readonly hart: number;
    readonly message: number;
    readonly pc: number;
    readonly sp: number;
    readonly ra: number;
    readonly cause: number;
    readonly value: number;
    /** pc, sp, ra are a trap's; else the hart still stands in panic(). */
    readonly trapped: boolean;
}

const ACCESSES = ["execute", "read", "write"] as const;

export class Recorder {
    readonly clusters: readonly ClusterCounts[];
    readonly programs: readonly ProgramRecord[];
    panic: PanicRecord | undefined;
    /** Hears what frames are for. */
    tags: Pick<FrameTags, "tagFrame"> | undefined;
    /** Each hears every record. */
    costs: FaultCosts | undefined;
    stats: NumaStats | undefined;
    maps: NumaMaps | undefined;
    waits: DsmWaits | undefined;
    sharing: FalseSharing | undefined;
    private readonly hartsPerCluster: number;
    private readonly processes = new Map<number, ProcessRecord>();
    /** Whose the next console bytes are. */
    private writer: { output: number[]; left: number } | undefined;
    private readonly handlers: Readonly<Record<number, (word: (i: number) => number, hart: number) => void>>;

    constructor(clusters: number, hartsPerCluster: number, programs: number) {
        this.hartsPerCluster = hartsPerCluster;
        this.clusters = Array.from({ length: clusters }, emptyCluster);
        this.programs = Array.from({ length: programs }, emptyProgram);
        this.handlers = this.makeHandlers();
    }

    /** One committed record: eight words as lo, hi pairs. */
    record(hart: number, halves: Uint32Array): void {
        const word = (i: number) => (halves[2 * i] ?? 0) + (halves[2 * i + 1] ?? 0) * 2 ** 32;
        this.handlers[word(0)]?.(word, hart);
        this.costs?.record(hart, word);
        this.stats?.record(word);
        this.maps?.record(word);
        this.waits?.record(word);
        this.sharing?.record(word);
    }

    /** One console byte. */
    byte(value: number): void {
        if (this.writer === undefined) return;
        this.writer.output.push(value);
        if (--this.writer.left === 0) this.writer = undefined;
    }

    private clusterOf(hart: number): ClusterCounts {
        return this.clusters[Math.floor(hart / this.hartsPerCluster)] as ClusterCounts;
    }

    private programOf(pid: number): ProgramRecord | undefined {
        const process = this.processes.get(pid);
        return process === undefined ? undefined : this.programs[process.program];
    }

    private makeHandlers() {
        const handlers: Record<number, (word: (i: number) => number, hart: number) => void> = {
            [probe.PROBE_BOOT]: (word) => {
                const cluster = this.clusters[word(1)];
                if (cluster !== undefined) cluster.freeFrames = word(2);
            },
            [probe.PROBE_WRITE]: (word) => this.write(word(1), word(3)),
            [probe.PROBE_FAULT]: (word, hart) => {
                const type = vsegTypeOf(word(2));
                if (type !== undefined) this.clusterOf(hart).faults[type][FAULT_HOW[word(5)] ?? "local"]++;
            },
            [probe.PROBE_FRAME]: (word) => this.frame(word(1), word(2), word(3), word(5) === 1),
            [probe.PROBE_RPC_SENT]: (_word, hart) => {
                this.clusterOf(hart).rpcs.sent++;
            },
            [probe.PROBE_RPC_SERVED]: (_word, hart) => {
                this.clusterOf(hart).rpcs.served++;
            },
            [probe.PROBE_PROCESS]: (word) => this.process(word(1), word(2), word(3), word(4)),
            [probe.PROBE_EXIT]: (word) => {
                const process = this.processes.get(word(1));
                if (process !== undefined) process.exit = { code: word(2), signal: word(3) };
            },
            [probe.PROBE_ENOSYS]: (word) => void this.programOf(word(1))?.unknownCalls.add(word(2)),
            [probe.PROBE_GROUP_KILL]: (word) => {
                const process = this.processes.get(word(1));
                if (process !== undefined) process.endedByGroup = true;
            },
            [probe.PROBE_KILLED]: (word) => this.killed(word),
            [probe.PROBE_FOREIGN_STACK]: (word) => this.foreignStack(word),
            [probe.PROBE_DSM]: (word, hart) => this.dsm(word(1), word(3), word(6), hart),
            [probe.PROBE_PANIC]: (word, hart) => {
                const [message = 0, pc = 0, sp = 0, ra = 0, cause = 0, value = 0, trapped = 0] = [
                    1, 2, 3, 4, 5, 6, 7,
                ].map(word);
                this.panic ??= { hart, message, pc, sp, ra, cause, value, trapped: trapped !== 0 };
            },
            [probe.PROBE_SPILL]: (word) => {
                const cluster = this.clusters[word(1)];
                if (cluster !== undefined) cluster.spills++;
            },
            [probe.PROBE_NO_START]: (word) => {
                const program = this.programs[word(1)];
                if (program !== undefined) program.noStart = word(2);
            },
        };
        return handlers;
    }

    private write(pid: number, bytes: number): void {
        const output = this.programOf(pid)?.output;
        this.writer = output === undefined || bytes === 0 ? undefined : { output, left: bytes };
    }

    /** `tag`: frame kind in bits 7..0, order of the block above. */
    private frame(cxy: number, ppn: number, tag: number, allocated: boolean): void {
        const cluster = this.clusters[cxy];
        if (cluster === undefined) return;
        const [order, frameKind] = [tag >>> 8, tag & 255];
        cluster.freeFrames += (allocated ? -1 : 1) * 2 ** order;
        const kind = allocated ? kindOfFrame(frameKind) : KIND_FREED;
        for (let i = 0; i < 2 ** order; i++) this.tags?.tagFrame(ppn + i, kind);
        const type = vsegTypeOf(frameKind);
        if (type !== undefined && allocated) cluster.frames[type]++;
    }

    private process(pid: number, program: number, node: number, cluster: number): void {
        this.maps?.start(pid, program);
        // A forked process writes for its program, but its fate is its parent's affair.
        if (node === FORKED) {
            this.processes.set(pid, { pid, program, node, cluster, exit: undefined, endedByGroup: false });
            return;
        }
        const record: ProcessRecord = { pid, program, node, cluster, exit: undefined, endedByGroup: false };
        this.processes.set(pid, record);
        this.programs[program]?.processes.push(record);
    }

    private killed(word: (i: number) => number): void {
        const program = this.programOf(word(1));
        if (program === undefined || program.fault !== undefined) return;
        const access = ACCESSES[word(4)] ?? "read";
        const [vaddr, pc] = [BigInt(word(3)), BigInt(word(5))];
        const [thread, cluster] = [word(6), word(7)];
        program.fault = { signal: word(2), vaddr, access, pc, thread, cluster, stackOwner: null };
    }

    private foreignStack(word: (i: number) => number): void {
        const program = this.programOf(word(1));
        const fault = program?.fault;
        if (fault === undefined || fault.vaddr !== BigInt(word(2)) || fault.thread !== word(3)) return;
        const [owner, cluster] = [word(4), word(5)];
        fault.stackOwner = { thread: owner === NO_THREAD ? null : owner, cluster };
    }

    /** `leader`: pid of the group's node 0; `hart`: the manager's, or that of the allocator. */
    private dsm(action: number, node: number, leader: number, hart: number): void {
        const program = this.programOf(leader);
        if (program === undefined) return;
        program.usesDsm = true;
        const cluster = program.processes.find((process) => process.node === node)?.cluster;
        const counts = cluster === undefined ? undefined : this.clusters[cluster]?.dsm;
        if (action === probe.DSM_DIFF && counts !== undefined) counts.diffs++;
        if (action === probe.DSM_DROP && counts !== undefined) counts.drops++;
        const field = DSM_FIELDS[action];
        if (field === undefined) return;
        program.dsm[field]++;
        if (action === probe.DSM_READ_FAULT || action === probe.DSM_WRITE_FAULT) this.clusterOf(hart).dsm.managed++;
        if (counts !== undefined) counts[field]++;
    }
}

/** In place of a thread id. */
const NO_THREAD = 0xffffffff;
/** In place of a node id. */
const FORKED = 0xffffffff;

function emptyCluster(): ClusterCounts {
    const faults = () => ({ local: 0, throughZ: 0, spurious: 0 });
    return {
        faults: {
            CODE: faults(),
            DATA: faults(),
            STACK: faults(),
            HEAP: faults(),
            REMOTE: faults(),
            FILE: faults(),
            DSM: faults(),
        },
        frames: { CODE: 0, DATA: 0, STACK: 0, HEAP: 0, REMOTE: 0, FILE: 0, DSM: 0 },
        freeFrames: 0,
        spills: 0,
        rpcs: { sent: 0, served: 0 },
        dsm: { ...noDsmCounts(), diffs: 0, drops: 0, managed: 0 },
    };
}

function emptyProgram(): ProgramRecord {
    return {
        processes: [],
        output: [],
        dsm: noDsmCounts(),
        usesDsm: false,
        fault: undefined,
        noStart: undefined,
        unknownCalls: new Set(),
    };
}
