/**
 * What a run tells: the contract between bootSystem (boot/system), which produces it, and summary and JSON, which show it.
 * Counters are plain numbers here, 0 included; boot/report/exercised.ts decides what reads "not exercised".
 */

import type { LoadedConfig } from "../../configs/load.ts";
import type { StreamingHash } from "../../emu/host/state-hash.ts";
import type { AuditName, AuditViolation } from "./violation.ts";

/** Types of vsegs that exist so far (vmm-policy 3), in the order in which they are shown. */
export const VSEG_TYPES = ["CODE", "DATA", "STACK", "HEAP", "REMOTE", "FILE", "DSM"] as const;
export type VsegType = (typeof VSEG_TYPES)[number];

/** What the accessed frame was for (DESIGN 2.10); GPT: page tables; OTHER: boot medium, frames nobody owns. */
export const SEGMENTS = [
    ...VSEG_TYPES,
    ...(["KCODE", "KDATA", "KSTACK", "KHEAP", "SHARED", "GPT", "OTHER", "ROM", "DEVICE"] as const),
] as const;
export type Segment = (typeof SEGMENTS)[number];

/** Counted accesses of the harts of cluster `source`; `home` is null for ROM and devices. */
export interface TrafficReport {
    readonly source: number;
    readonly home: number | null;
    readonly kind: Segment;
    readonly operation: "ifetch" | "load" | "store" | "amo" | "walk";
    readonly count: number;
}

export interface FaultCounts {
    /** Resolved by the cluster's own kernel instance alone. */
    readonly local: number;
    /** Needed an answer from the reference cluster Z. */
    readonly throughZ: number;
    /** The entry was already set when the fault was handled (vmm-policy 5.6). */
    readonly spurious: number;
}

export type FaultHow = keyof FaultCounts;

/** Phases of a page fault in the order in which one through Z first meets them. */
export const PHASES = [
    ...(["trap", "vsl", "rpcOut", "queue", "service"] as const),
    ...(["frameAllocation", "fillOrCopy", "gpt", "return"] as const),
] as const;
export type Phase = (typeof PHASES)[number];

/** All resolved faults of one kind. The phases sum to `cycles`. */
export interface FaultCostReport {
    readonly type: VsegType;
    readonly how: FaultHow;
    /** "userCopy": the kernel met the missing page while it copied to or from user space (vmm-policy 5.10). */
    readonly cause: "trap" | "userCopy";
    readonly count: number;
    readonly cycles: number;
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

/** Pages or entries of a cluster. */
export interface NodePages {
    readonly node: number;
    readonly pages: number;
}

/** One vseg of an ended process, as a line of Linux's numa_maps (boot/observe/numa-maps.ts). */
export interface NumaMap {
    /** Index in the config. */
    readonly program: number;
    readonly pid: number;
    readonly address: bigint;
    /** As Linux writes it: `local`, `bind:2`, `interleave:0-3`. */
    readonly policy: string;
    readonly type: VsegType;
    /** Frames by the bank they lie in; banks without one are left out. */
    readonly pages: readonly NodePages[];
    /** Entries of GPT(P,K), by replica K; replicas without one are left out. */
    readonly replicas: readonly NodePages[];
}

export interface DsmCounts {
    readonly readFaults: number;
    readonly writeFaults: number;
    readonly invalidations: number;
    readonly revocations: number;
}

/** Under release consistency: written copies that were sent, and copies given up for their age (sm-dsm 4.5, 4.6). */
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
    /** Frames ever given to vsegs of each type in this bank (running total, freed ones included). */
    readonly frames: Readonly<Record<VsegType, number>>;
    /** Frames free at the end. */
    readonly freeFrames: number;
    /** Frames of pages whose rule names this cluster, found elsewhere because its bank was full (vmm-policy 5.7). */
    readonly spills: number;
    readonly rpcs: { readonly sent: number; readonly served: number };
    /** By the cluster of the node concerned; `managed`: read and write faults, of any node, that the cluster's managers served. */
    readonly dsm: DsmCounts & ReleaseCounts & { readonly managed: number };
}

/** Where in a program an instruction comes from. Unknown parts are null. */
export interface SourcePlace {
    readonly function: string | null;
    readonly file: string | null;
    readonly line: number | null;
}

/** Why a program was killed. Unknown parts are null. */
export interface ProgramFault extends SourcePlace {
    readonly vaddr: bigint;
    readonly access: "read" | "write" | "execute";
    readonly pc: bigint;
    readonly thread: number;
    readonly cluster: number;
    /** kernel.checkStacks: the address lies on the stack of this thread (null: of none any more) of another cluster. */
    readonly stackOwner: { readonly thread: number | null; readonly cluster: number } | null;
}

export interface ProgramReport {
    readonly name: string;
    /** Process of node 0 where there are several; null when it was never launched. */
    readonly pid: number | null;
    readonly cluster: number | null;
    readonly nodes: number;
    /** Both null: it had not ended. With several nodes: the first that failed, else node 0's. */
    readonly exit: { readonly code: number | null; readonly signal: string | null };
    /** What it wrote to stdout and stderr, all nodes in order of writing. */
    readonly output: string;
    /** Null when it is no DSM program (it never called sm_node_init). */
    readonly dsm: DsmCounts | null;
    readonly fault: ProgramFault | null;
    /** Numbers of the system calls that gave it ENOSYS, each once; absent: none. */
    readonly unknownCalls?: readonly number[];
}

/** How a run ended. "halted": the kernel shut the machine down after the last program. */
export type RunEnd = "halted" | "max-instructions" | "deadlock" | "livelock" | "panic" | "violation";

export interface SystemReport {
    readonly clusters: readonly ClusterReport[];
    /** In the order of the config. */
    readonly programs: readonly ProgramReport[];
    /** Null when the config has accounting off. Only what was exercised has a row. */
    readonly traffic: readonly TrafficReport[] | null;
    /** Faults whose thread went on; one that ended its process is not among them. */
    readonly faultCost: readonly FaultCostReport[];
    /** A row a cluster. */
    readonly numastat: readonly NumaStat[];
    /** By program, process and address. */
    readonly numaMaps: readonly NumaMap[];
    /** Null without --audit. */
    /** Who waited when the run stood still; null: it did not. */
    readonly waits: readonly KernelWait[] | null;
    readonly audit: AuditReport | null;
    /** Null without --false-sharing. */
    readonly falseSharing: FalseSharingReport | null;
}

/** Pages of DSM that several nodes wrote within one phase: between two meetings of their group (boot/observe/false-sharing.ts). */
export interface FalseSharingReport {
    /** Written in disjoint words; the costliest first. */
    readonly pages: readonly SharedPage[];
    /** Pages on which, in some phase, nodes wrote the same word. */
    readonly trulyShared: number;
}

/** All figures but `truePhases` are of the phases in which the page was falsely shared. */
export interface SharedPage extends DsmCounts {
    /** Index in the config. */
    readonly program: number;
    readonly address: number;
    /** sm_mallocs whose memory lies on the page. */
    readonly requests: readonly SharedRequest[];
    readonly phases: number;
    /** Phases in which nodes wrote the same word. */
    readonly truePhases: number;
    /** That threads waited for the page, in read and write faults. */
    readonly cycles: number;
    /** By node. */
    readonly nodes: readonly PageWriter[];
    /** One line. */
    readonly advice: string;
}

export interface SharedRequest {
    readonly node: number;
    readonly address: number;
    readonly bytes: number;
    /** Of release consistency. */
    readonly release: boolean;
}

export interface PageWriter {
    readonly node: number;
    /** In words that changed. */
    readonly bytes: number;
    readonly ranges: readonly ByteRange[];
    /** The accesses that asked for the page, and how often the node wrote it after each; each phase counts. */
    readonly places: readonly WriterPlace[];
}

export interface WriterPlace extends SourcePlace {
    /** One access of the line. */
    readonly pc: number;
    readonly times: number;
}

/** Bytes of a page, both ends included. */
export interface ByteRange {
    readonly from: number;
    readonly to: number;
}

/** A thread that waits in the kernel: for what, and where. */
export interface KernelWait extends SourcePlace {
    /** Null: the kernel itself, mostly a server on its client's behalf. */
    readonly pid: number | null;
    readonly thread: number;
    readonly cluster: number;
    readonly for: string;
}

export interface AuditReport {
    /** What was asked for: names of AUDITS, with commas. */
    readonly mode: string;
    /** Kernel exits (and ends of processes and of the run) at which invariants were checked. */
    readonly checks: number;
    /** Null: all invariants hold. */
    readonly violation: AuditViolation | null;
}

/** Host-side hooks of a run; none of them can change it. */
export interface SystemHooks {
    /** What is checked while the system runs (docs/audits.md). */
    readonly audit?: AuditName | readonly AuditName[] | undefined;
    /** Report pages that nodes share falsely. */
    readonly falseSharing?: boolean | undefined;
    /** Boot the kernel with this bug in it (kernel/abi/mutants.ts); 0: none, but that kernel's build. */
    readonly mutant?: number | undefined;
    /** A SHA-256 for the state hash, where the host has a faster one. */
    readonly newHash?: (() => StreamingHash) | undefined;
    /** Bytes of the guest's console, as they come. */
    onConsole(bytes: Uint8Array): void;
    /** A line of the DSM log (interface.md 6) for each action of a manager, as they happen. */
    onDsmAction?(line: string): void;
    /** A build or launch step begins, such as "compile kernel"; `done` of `total` steps are over. */
    onPhase(name: string, done: number, total: number): void;
}

export type StepResult =
    | { readonly ended: false }
    /** `message` is one line: the panic's, or who waits where in a deadlock; "" when there is nothing to say. */
    | { readonly ended: true; readonly end: RunEnd; readonly message: string };

/** A booted machine. How it is cut into steps never changes the run. */
export interface SystemRun {
    /** Runs about `instructions` more, never past `limit` in all (then it ends with "max-instructions"). */
    step(instructions: number, limit: number): StepResult;
    /** Instructions retired so far, all harts. */
    instructions(): number;
    /** Furthest clock so far. */
    cycles(): number;
    /** May be called at any time between steps. */
    report(): SystemReport;
    /** A line for each access count that differs from what the harts executed: none, or exit 9. */
    accountErrors(): readonly string[];
    /** 64 hex digits. */
    stateHash(): string;
}

/**
 * Builds (or takes from the cache) firmware, kernel and programs, makes the machine and loads them.
 * Throws CommandError("input", line) for an unknown program or a file that is no usable ELF, ("maxMemory", line) when the
 * host refuses the memory.
 */
export type BootSystem = (config: LoadedConfig, hooks: SystemHooks) => Promise<SystemRun>;
