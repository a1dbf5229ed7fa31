/** Turns probe records and console bytes into the result of a run: counts per cluster, output and fate per program. */

import { DSM_DIFF, DSM_DROP, DSM_READ_FAULT, DSM_WRITE_FAULT } from "../../kernel/abi/dsm-action.ts";
import { type EventOf, taggedFrame } from "../abi/events.ts";
import type { Handlers, Observer } from "../abi/observer.ts";
import { type Refusal, refusalOf, unknownCall } from "../abi/system-calls.ts";
import {
    type ClusterReport,
    type DsmCounts,
    type FaultCounts,
    type ProgramFault,
    type ProgramRefusal,
    type SourcePlace,
    VSEG_TYPES,
    type VsegType,
} from "../report/report.ts";
import { ACCESSES } from "./accesses.ts";
import { DSM_FIELDS, noDsmCounts } from "./dsm-counts.ts";
import { faultHow } from "./fault-cost.ts";
import { type FrameTags, KIND_FREED, kindOfFrame } from "./frame-kinds.ts";
import { exactField } from "./observer.ts";
import { vsegTypeOf } from "./vseg-names.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The counts of one cluster. */
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
    /** True when the kernel ended the process because another node of its group had died. */
    endedByGroup: boolean;
}

type AccessFault = Omit<ProgramFault, keyof SourcePlace | "vaddr" | "access" | "calls"> & {
    readonly vaddr: bigint;
    readonly access: (typeof ACCESSES)[number];
};

export interface ProgramRecord {
    /** The processes in the order of their nodes. */
    readonly processes: ProcessRecord[];
    readonly output: number[];
    readonly dsm: Mutable<DsmCounts>;
    usesDsm: boolean;
    fault: (Mutable<AccessFault> & { readonly signal: number }) | undefined;
    /** The errno of a launch that failed. */
    noStart: number | undefined;
    /** What its processes asked for and the kernel refused, each once. */
    readonly refused: Map<string, ProgramRefusal>;
}

export interface PanicRecord {
    readonly hart: number;
    readonly message: number;
    readonly pc: number;
    readonly sp: number;
    readonly ra: number;
    readonly cause: number;
    readonly value: number;
    /** True when pc, sp and ra come from a trap; else the hart still stands in panic(). */
    readonly trapped: boolean;
}

export class Recorder implements Observer {
    readonly clusters: readonly ClusterCounts[];
    readonly programs: readonly ProgramRecord[];
    readonly on: Handlers;
    /** Receives the kinds of frames. */
    readonly #tags: Pick<FrameTags, "tagFrame"> | undefined;
    readonly #hartsPerCluster: number;
    readonly #processes = new Map<number, ProcessRecord>();
    /** The program that the next console bytes belong to, and the panic that ends the run. */
    readonly #now: {
        writer: { output: number[]; left: number } | undefined;
        panic: PanicRecord | undefined;
    } = { writer: undefined, panic: undefined };

    constructor(clusters: number, hartsPerCluster: number, programs: number, tags?: Pick<FrameTags, "tagFrame">) {
        this.#hartsPerCluster = hartsPerCluster;
        this.#tags = tags;
        this.clusters = Array.from({ length: clusters }, emptyCluster);
        this.programs = Array.from({ length: programs }, emptyProgram);
        this.on = this.#handlers();
    }

    get panic(): PanicRecord | undefined {
        return this.#now.panic;
    }

    get gathered() {
        const containers = {
            clusters: this.clusters,
            programs: this.programs,
            processes: this.#processes,
            now: this.#now,
        };
        return { name: "recorder", containers };
    }

    /** Takes one console byte. */
    byte(value: number): void {
        const { writer } = this.#now;
        if (writer === undefined) return;
        writer.output.push(value);
        if (--writer.left === 0) this.#now.writer = undefined;
    }

    #clusterOf(hart: number): ClusterCounts {
        return this.clusters[Math.floor(hart / this.#hartsPerCluster)] as ClusterCounts;
    }

    #programOf(pid: number): ProgramRecord | undefined {
        const process = this.#processes.get(pid);
        return process === undefined ? undefined : this.programs[process.program];
    }

    #handlers(): Handlers {
        return {
            boot: ({ cxy, freeFrames }) => {
                const cluster = this.clusters[cxy];
                if (cluster !== undefined) cluster.freeFrames = freeFrames;
            },
            write: ({ pid, bytes }) => this.#write(pid, bytes),
            fault: ({ type: number, how }, hart) => {
                const type = vsegTypeOf(number);
                if (type !== undefined) this.#clusterOf(hart).faults[type][faultHow(how)]++;
            },
            frame: (event) => this.#frame(event),
            rpcSent: (_, hart) => {
                this.#clusterOf(hart).rpcs.sent++;
            },
            rpcServed: (_, hart) => {
                this.#clusterOf(hart).rpcs.served++;
            },
            process: (event) => this.#process(event),
            exit: ({ pid, code, signal }) => {
                const process = this.#processes.get(pid);
                if (process !== undefined) process.exit = { code, signal };
            },
            enosys: ({ pid, number }) => this.#refused(pid, unknownCall(number)),
            refused: ({ pid, code }) => this.#refused(pid, refusalOf(code)),
            groupKill: ({ pid }) => {
                const process = this.#processes.get(pid);
                if (process !== undefined) process.endedByGroup = true;
            },
            killed: (event, _hart, halves) => this.#killed(event, halves),
            foreignStack: (event, _hart, halves) => this.#foreignStack(event, halves),
            dsm: (event, hart) => this.#dsm(event, hart),
            panic: ({ message, pc, sp, ra, scause, stval, trapped }, hart) => {
                this.#now.panic ??= { hart, message, pc, sp, ra, cause: scause, value: stval, trapped: trapped !== 0 };
            },
            spill: ({ home }) => {
                const cluster = this.clusters[home];
                if (cluster !== undefined) cluster.spills++;
            },
            noStart: ({ program: index, errno }) => {
                const program = this.programs[index];
                if (program !== undefined) program.noStart = errno;
            },
        };
    }

    #refused(pid: number, refusal: Refusal): void {
        const refused = this.#programOf(pid)?.refused;
        const key = `${refusal.call} ${refusal.what}`;
        if (refused !== undefined && !refused.has(key)) refused.set(key, { ...refusal, pid });
    }

    #write(pid: number, bytes: number): void {
        const output = this.#programOf(pid)?.output;
        this.#now.writer = output === undefined || bytes === 0 ? undefined : { output, left: bytes };
    }

    #frame({ cxy, ppn, tag, allocated }: EventOf<"frame">): void {
        const cluster = this.clusters[cxy];
        if (cluster === undefined) return;
        const taken = allocated === 1;
        const { order, kind: frameKind } = taggedFrame(tag);
        cluster.freeFrames += (taken ? -1 : 1) * 2 ** order;
        const kind = taken ? kindOfFrame(frameKind) : KIND_FREED;
        for (let i = 0; i < 2 ** order; i++) this.#tags?.tagFrame(ppn + i, kind);
        const type = vsegTypeOf(frameKind);
        if (type !== undefined && taken) cluster.frames[type]++;
    }

    /** A forked process writes for its program, but its fate concerns only its parent. */
    #process({ pid, program, node, cxy: cluster }: EventOf<"process">): void {
        const record: ProcessRecord = { pid, program, node, cluster, exit: undefined, endedByGroup: false };
        this.#processes.set(pid, record);
        if (node !== FORKED) this.programs[program]?.processes.push(record);
    }

    #killed({ pid, signal, access, thread, cxy: cluster }: EventOf<"killed">, halves: Uint32Array): void {
        const program = this.#programOf(pid);
        if (program === undefined || program.fault !== undefined) return;
        const kind = ACCESSES[access] ?? "read";
        const [vaddr, pc] = [exactField("killed", "vaddr", halves), exactField("killed", "pc", halves)];
        program.fault = { signal, vaddr, access: kind, pc, thread, cluster, stackOwner: null };
    }

    #foreignStack({ pid, thread, owner, cxy: cluster }: EventOf<"foreignStack">, halves: Uint32Array): void {
        const fault = this.#programOf(pid)?.fault;
        if (fault === undefined || fault.thread !== thread) return;
        if (fault.vaddr !== exactField("foreignStack", "vaddr", halves)) return;
        fault.stackOwner = { thread: owner === NO_THREAD ? null : owner, cluster };
    }

    /** `hart` belongs to the manager or to the allocator. */
    #dsm({ action, node, leader }: EventOf<"dsm">, hart: number): void {
        const program = this.#programOf(leader);
        if (program === undefined) return;
        program.usesDsm = true;
        const cluster = program.processes.find((process) => process.node === node)?.cluster;
        const counts = cluster === undefined ? undefined : this.clusters[cluster]?.dsm;
        if (action === DSM_DIFF && counts !== undefined) counts.diffs++;
        if (action === DSM_DROP && counts !== undefined) counts.drops++;
        const field = DSM_FIELDS[action];
        if (field === undefined) return;
        program.dsm[field]++;
        if (action === DSM_READ_FAULT || action === DSM_WRITE_FAULT) this.#clusterOf(hart).dsm.managed++;
        if (counts !== undefined) counts[field]++;
    }
}

/** This number stands in place of a thread id. */
const NO_THREAD = 0xffffffff;
/** This number stands in place of a node id. */
const FORKED = 0xffffffff;

function byType<T>(make: () => T): Record<VsegType, T> {
    return Object.fromEntries(VSEG_TYPES.map((type) => [type, make()])) as Record<VsegType, T>;
}

function emptyCluster(): ClusterCounts {
    return {
        faults: byType(() => ({ local: 0, throughZ: 0, spurious: 0 })),
        frames: byType(() => 0),
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
        refused: new Map(),
    };
}
