/**
 * The report of a run is the contract between bootSystem (boot/system), which produces it, and summary and JSON, which show it. Counters
 * are plain numbers here, 0 included. boot/report/exercised.ts decides which of them read "not exercised".
 */

import type { LoadedConfig } from "../../configs/load.ts";
import type { Mode } from "../../emu/host/accounts.ts";
import type { EngineOptions } from "../../emu/host/machine-options.ts";
import type { StreamingHash } from "../../emu/host/state-hash.ts";
import type { TimingFigures } from "../../emu/host/timing-figures.ts";
import type { MachineJit } from "../../emu/machine.ts";
import type { Listener } from "../abi/observer.ts";
import type { Debuggee } from "./debuggee.ts";
import type { RegionReport } from "./region-report.ts";
import type { AuditName, AuditViolation } from "./violation.ts";
import type { Window } from "./window.ts";

/** The types of vsegs that exist so far (vmm-policy 3), in the order in which they are shown. */
export const VSEG_TYPES = ["CODE", "DATA", "STACK", "HEAP", "REMOTE", "FILE", "DSM"] as const;
export type VsegType = (typeof VSEG_TYPES)[number];

/**
 * The use of the accessed frame (docs/machine.md, "Accesses, counted and timed"). GPT is page tables; OTHER is the boot medium and frames
 * without an owner.
 */
export const SEGMENTS = [
    ...VSEG_TYPES,
    ...(["KCODE", "KDATA", "KSTACK", "KHEAP", "SHARED", "GPT", "OTHER", "ROM", "DEVICE"] as const),
] as const;
export type Segment = (typeof SEGMENTS)[number];

/** Counted accesses of the harts of cluster `source`; `home` is null for ROM and devices. */
export interface TrafficReport {
    readonly source: number;
    /** U of the harts, or S and M. */
    readonly mode: Mode;
    readonly home: number | null;
    readonly kind: Segment;
    readonly operation: "ifetch" | "load" | "store" | "amo" | "walk";
    readonly count: number;
}

export interface FaultCounts {
    /** Faults that the cluster's own kernel instance alone resolved. */
    readonly local: number;
    /** Faults that needed an answer from the reference cluster Z. */
    readonly throughZ: number;
    /** Faults whose entry was already set when they were handled (vmm-policy 5.6). */
    readonly spurious: number;
}

export type FaultHow = keyof FaultCounts;

/** The phases of a page fault, in the order in which a fault through Z first meets them. */
export const PHASES = [
    ...(["trap", "vsl", "rpcOut", "queue", "service"] as const),
    ...(["frameAllocation", "fillOrCopy", "gpt", "return", "telling"] as const),
] as const;
export type Phase = (typeof PHASES)[number];

/** All resolved faults of one kind. The phases sum to `cycles`. */
export interface FaultCostReport {
    readonly type: VsegType;
    readonly how: FaultHow;
    /** "userCopy" says that the kernel met the missing page while it copied to or from user space (vmm-policy 5.10). */
    readonly cause: "trap" | "userCopy";
    readonly count: number;
    readonly cycles: number;
    /** Cycles of the fault in the middle of all, in the order of their cycles (of two, the mean). */
    readonly median: number;
    /** The fewest cycles that 99 of 100 faults do not exceed. */
    readonly p99: number;
    readonly phases: Readonly<Record<Phase, number>>;
}

/** Frames of one cluster's bank given to pages, as Linux's numastat counts them (boot/observe/numa-stat.ts). */
export interface NumaStat {
    readonly node: number;
    readonly numa_hit: number;
    readonly numa_miss: number;
    readonly numa_foreign: number;
    readonly interleave_hit: number;
    readonly local_node: number;
    readonly other_node: number;
}

/** The pages or entries of a cluster. */
export interface NodePages {
    readonly node: number;
    readonly pages: number;
}

/** One vseg of an ended process, as a line of Linux's numa_maps (boot/observe/numa-maps.ts). */
export interface NumaMap {
    /** The index in the config. */
    readonly program: number;
    readonly pid: number;
    readonly address: bigint;
    /** The policy in Linux's form: `local`, `bind:2`, `interleave:0-3`. */
    readonly policy: string;
    readonly type: VsegType;
    /** Frames by the bank they lie in. Banks without a frame are left out. */
    readonly pages: readonly NodePages[];
    /** Entries of GPT(P,K), by replica K. Replicas without an entry are left out. */
    readonly replicas: readonly NodePages[];
}

export interface DsmCounts {
    readonly readFaults: number;
    readonly writeFaults: number;
    readonly invalidations: number;
    readonly revocations: number;
}

/** Counts under release consistency: written copies that were sent, and copies given up for their age (sm-dsm 4.5, 4.6). */
export interface ReleaseCounts {
    readonly diffs: number;
    readonly drops: number;
}

export interface ClusterReport {
    readonly cxy: number;
    readonly harts: number;
    readonly instructions: number;
    /** The furthest clock of the cluster's harts, idle and stalls included. */
    readonly cycles: number;
    readonly faults: Readonly<Record<VsegType, FaultCounts>>;
    /** Frames ever given to vsegs of each type in this bank. It is a running total, freed frames included. */
    readonly frames: Readonly<Record<VsegType, number>>;
    /** Frames free at the end. */
    readonly freeFrames: number;
    /** Frames of pages whose rule names this cluster and that lie elsewhere because its bank was full (vmm-policy 5.7). */
    readonly spills: number;
    readonly rpcs: { readonly sent: number; readonly served: number };
    /**
     * Counts of the cluster of the node concerned. `managed` counts read and write faults, of any node, that the cluster's managers served.
     */
    readonly dsm: DsmCounts & ReleaseCounts & { readonly managed: number };
}

/** The place of an instruction in a program. Unknown parts are null. */
export interface SourcePlace {
    readonly function: string | null;
    readonly file: string | null;
    readonly line: number | null;
}

/** A collective sm_* call of a node. `call` is its text, such as "sm_bcast of root 1"; the place is where the program calls it. */
export interface NodeCall extends SourcePlace {
    readonly node: number;
    readonly call: string;
    readonly pc: bigint;
}

/**
 * The reason that a program was killed. Unknown parts are null: vaddr and access, too, of a group whose calls never meet; pc and place are then
 * those of the call that came second, as `calls` has them.
 */
export interface ProgramFault extends SourcePlace {
    readonly vaddr: bigint | null;
    readonly access: "read" | "write" | "execute" | null;
    readonly pc: bigint;
    readonly thread: number;
    readonly cluster: number;
    /**
     * With kernel.checkStacks: the address lies on the stack of this thread of another cluster. `thread` is null when no thread has the
     * stack any more.
     */
    readonly stackOwner: { readonly thread: number | null; readonly cluster: number } | null;
    /** The calls of a group that never meet, by node; null for an access. Nodes that had made no such call are not there. */
    readonly calls: readonly NodeCall[] | null;
}

/** A request that a system call refused; `what` is null for a call that is not there. */
export interface ProgramRefusal {
    readonly call: string;
    readonly what: string | null;
    /** The name of the error that the program got. */
    readonly errno: string;
    /** The process that asked first. */
    readonly pid: number;
}

export interface ProgramReport {
    readonly name: string;
    /** The process of node 0 where there are several. Null when the program was never launched. */
    readonly pid: number | null;
    readonly cluster: number | null;
    readonly nodes: number;
    /**
     * Both are null while the program runs. A program of several nodes has the exit of the first that failed for its own sake, else of one
     * that has not ended, else of node 0.
     */
    readonly exit: { readonly code: number | null; readonly signal: string | null };
    /** The bytes that the program wrote to stdout and stderr, all nodes in order of writing. */
    readonly output: string;
    /** Null when it is no DSM program (it never called sm_node_init). */
    readonly dsm: DsmCounts | null;
    readonly fault: ProgramFault | null;
    /** What it asked of system calls that they do not carry out, each once, in the order of asking. */
    readonly refused: readonly ProgramRefusal[];
}

/** The end of a run. "halted" says that the kernel shut the machine down after the last program. */
export type RunEnd = "halted" | "max-instructions" | "deadlock" | "livelock" | "panic" | "violation";

export interface SystemReport {
    readonly clusters: readonly ClusterReport[];
    /** The programs in the order of the config. */
    readonly programs: readonly ProgramReport[];
    /** Null when the config has accounting off. A row exists only for accesses that occurred. */
    readonly traffic: readonly TrafficReport[] | null;
    /** Faults whose thread went on. A fault that ended its process is not among them. */
    readonly faultCost: readonly FaultCostReport[];
    /** One row for each cluster. */
    readonly numastat: readonly NumaStat[];
    /** The rows by program, process and address. */
    readonly numaMaps: readonly NumaMap[];
    /** Null without --audit. */
    /** The threads that waited when the run stood still; null when it did not. */
    readonly waits: readonly KernelWait[] | null;
    readonly timeline: TimelineReport;
    readonly regions: readonly RegionReport[];
    /** Null unless the machine's fidelity is "timing". */
    readonly timing: TimingFigures | null;
    readonly audit: AuditReport | null;
    /** Null without --false-sharing. */
    readonly falseSharing: FalseSharingReport | null;
}

/**
 * Pages of DSM that several nodes wrote within one phase, which lies between two meetings of their group (boot/observe/false-sharing.ts).
 */
export interface FalseSharingReport {
    /** Pages written in disjoint words, the costliest first. */
    readonly pages: readonly SharedPage[];
    /** Pages on which nodes wrote the same word in some phase. */
    readonly trulyShared: number;
}

/** All figures but `truePhases` count the phases in which the page was falsely shared. */
export interface SharedPage extends DsmCounts {
    /** The index in the config. */
    readonly program: number;
    readonly address: number;
    /** The sm_mallocs whose memory lies on the page. */
    readonly requests: readonly SharedRequest[];
    readonly phases: number;
    /** Phases in which nodes wrote the same word. */
    readonly truePhases: number;
    /** Cycles that threads waited for the page, in read and write faults. */
    readonly cycles: number;
    /** The writers, by node. */
    readonly nodes: readonly PageWriter[];
    /** The advice, in one line. */
    readonly advice: string;
}

export interface SharedRequest {
    readonly node: number;
    readonly address: number;
    readonly bytes: number;
    /** True for memory of release consistency. */
    readonly release: boolean;
}

export interface PageWriter {
    readonly node: number;
    /** Bytes of the words that changed. */
    readonly bytes: number;
    readonly ranges: readonly ByteRange[];
    /** The accesses that asked for the page, and how often the node wrote it after each. Each phase counts. */
    readonly places: readonly WriterPlace[];
}

export interface WriterPlace extends SourcePlace {
    /** The pc of one access of the line. */
    readonly pc: number;
    readonly times: number;
}

/** A range of bytes of a page, both ends included. */
export interface ByteRange {
    readonly from: number;
    readonly to: number;
}

/** Counts over the run, in parts of `binCycles` cycles of the clock of the hart that told. */
export interface TimelineReport {
    readonly binCycles: number;
    readonly rows: readonly {
        /** Of the hart that told. */
        readonly cxy: number;
        readonly event: "fault" | "rpcServed" | "dsm";
        /** The vseg's type, the level of the RPC, or the count of DSM. */
        readonly what: string;
        /** The parts in which it happened, and how often in each. */
        readonly bins: readonly number[];
        readonly counts: readonly number[];
    }[];
}

/** A thread that waits in the kernel, with its reason and its place. */
export interface KernelWait extends SourcePlace {
    /** Null for a thread of the kernel itself, mostly a server on its client's behalf. */
    readonly pid: number | null;
    readonly thread: number;
    readonly cluster: number;
    readonly for: string;
}

export interface AuditReport {
    /** The audits that were asked for: names of AUDITS, with commas. */
    readonly mode: string;
    /** The number of kernel exits (and ends of processes and of the run) at which invariants were checked. */
    readonly checks: number;
    /** Null when all invariants hold. */
    readonly violation: AuditViolation | null;
}

export interface Streaming {
    readonly window: Window;
    /** Called while the machine runs: it may not throw. */
    write(text: string): void;
}

/** Host-side hooks of a run. No hook can change it. */
export interface SystemHooks {
    /** The audits to run beside the system (docs/audits.md). */
    readonly audit?: AuditName | readonly AuditName[] | undefined;
    /** True reports pages that nodes share falsely. */
    readonly falseSharing?: boolean | undefined;
    /** The bug to boot the kernel with (kernel/mutants/policy.ts). 0 boots without a bug, but in that kernel's build. */
    readonly mutant?: number | undefined;
    /** A SHA-256 for the state hash, where the host has a faster one. */
    readonly newHash?: (() => StreamingHash) | undefined;
    /** What runs the guest. */
    readonly engine?: EngineOptions | undefined;
    /** Receives bytes of the guest's console, as they come. */
    onConsole(bytes: Uint8Array): void;
    /** Who else hears the kernel's events. */
    readonly observers?: readonly Listener[];
    /** Receives a line of the DSM log (interface.md 6) for each action of a manager, as it happens. */
    onDsmAction?(line: string): void;
    /** Receives the events as JSON lines, and the run as a Chrome trace (boot/observe/stream). */
    readonly events?: Streaming;
    readonly trace?: Streaming;
    /** Receives the ELF files of kernel and programs, with symbols and lines, by their names (boot/system/elf-files.ts). */
    onElf?(name: string, elf: Uint8Array): void;
    /** A build or launch step begins, such as "compile kernel". `done` of `total` steps are over. */
    onPhase(name: string, done: number, total: number): void;
}

export type StepResult =
    | { readonly ended: false }
    /**
     * `message` is one line: the message of a panic, or the waiting threads of a deadlock with their places. It is "" when there is none.
     */
    | { readonly ended: true; readonly end: RunEnd; readonly message: string };

/** A booted machine. The way it is cut into steps never changes the run. */
export interface SystemRun {
    /**
     * Runs about `instructions` more, never past `limit` in all, nor into the first round that begins at `cycle` or later. Past that limit
     * it ends with "max-instructions".
     */
    step(instructions: number, limit: number, cycle?: number): StepResult;
    /** For those who look into it. */
    readonly debuggee: Debuggee;
    /** The cycle at which the present round began. */
    clock(): number;
    /** The present moment (docs/spec/interface.md 7). Called between steps. */
    snapshot(): Uint8Array;
    /** Goes on from that moment. Returns which parts of the report begin only there. Throws a SnapshotError. */
    restore(bytes: Uint8Array): readonly string[];
    /** Ends what is written while the system runs. Called once, behind the last step. */
    finish(): void;
    /** The instructions retired so far, by all harts. */
    instructions(): number;
    /** The furthest clock so far. */
    cycles(): number;
    /** May be called at any time between steps. */
    report(): SystemReport;
    /** One line for each access count that differs from the instructions the harts executed. Any line means exit 9. */
    accountErrors(): readonly string[];
    /** 64 hex digits. */
    stateHash(): string;
    /** What was compiled. */
    jit(): MachineJit;
}

/**
 * Builds firmware, kernel and programs (or takes them from the cache), makes the machine and loads them. Throws CommandError("input", line)
 * for an unknown program or a file that is no usable ELF, and CommandError("maxMemory", line) when the host refuses the memory.
 */
export type BootSystem = (config: LoadedConfig, hooks: SystemHooks) => Promise<SystemRun>;
