/**
 * The threads that wait in the kernel, their reasons and places, read from their descriptors and stacks. A deadlock or a livelock reports
 * them.
 */

import {
    BLOCKED_CHILD,
    BLOCKED_EVENT,
    BLOCKED_FUTEX,
    BLOCKED_GROUP,
    BLOCKED_JOIN,
    BLOCKED_PIPE,
    BLOCKED_POLL,
    BLOCKED_RPC,
    BLOCKED_SIGNAL,
    BLOCKED_SLEEP,
    BLOCKED_STATE,
    BLOCKED_STOP,
    BLOCKED_TURN,
    KIND_SERVER,
    KIND_USER,
} from "../../kernel/abi/thread.ts";
import type { Image } from "../../toolchain/link/image.ts";
import type { StructLayout } from "../../toolchain/link/layout.ts";
import { type Location, Symbolizer } from "../../toolchain/link/symbolize.ts";
import { unwind } from "../../toolchain/link/unwind.ts";
import type { Handlers, Observer } from "../abi/observer.ts";
import type { KernelWait } from "../report/report.ts";
import { GuestMemory } from "./guest-memory.ts";

/** The event that a thread sleeps on, by its BLOCKED_* bit. */
const SLEEPS: Readonly<Record<number, string>> = {
    [BLOCKED_JOIN]: "the end of a thread",
    [BLOCKED_FUTEX]: "a futex",
    [BLOCKED_GROUP]: "the other nodes of its group",
    [BLOCKED_CHILD]: "the end of a child process",
    [BLOCKED_SIGNAL]: "a signal",
    [BLOCKED_SLEEP]: "the end of a sleep",
    [BLOCKED_STATE]: "a state that another one must end",
    [BLOCKED_TURN]: "its turn at a file",
    [BLOCKED_STOP]: "SIGCONT",
    [BLOCKED_POLL]: "one of several descriptors",
    [BLOCKED_PIPE]: "bytes or room in a pipe",
};
/** Files of code that waits for the sake of other code. The place of such a wait is its caller. */
const WAITING_CODE = /^kernel\/(?:sched\/sched|sched\/timer|rpc\/|hal\/lock|hal\/context|trace\/|probe)/;
const LOCK = /^kernel\/hal\/lock\b/;
const REQUEST = /^kernel\/rpc\/rpc\/rpc_(?:send|ask)\b/;

const THREAD = ["next", "process", "hart", "blocked", "waiting", "polling", "kind", "id", "ra", "sp"] as const;
type Thread = Readonly<Record<(typeof THREAD)[number], number>>;
/** Registers of a running hart. */
const [RA, SP, TP] = [1, 2, 4];
const SUPERVISOR = 1;
/** A longer list is damaged. */
const MOST_THREADS = 4096;

export interface WaitingMachine {
    readonly hartsPerCluster: number;
    readonly bankSize: number;
    /** The memory of all banks, one behind the other. */
    readonly ram: Uint8Array;
    /** The harts that exist. */
    readonly harts: ReadonlyMap<number, WaitingHart>;
}

export interface WaitingHart {
    readonly pc: bigint;
    readonly privilege: number;
    /** True while the hart is asleep (WFI). */
    readonly waiting: boolean;
    x(register: number): bigint;
}

interface Found {
    readonly cxy: number;
    readonly at: number;
    readonly thread: Thread;
    /** The hart that the thread is running on now. */
    readonly hart: WaitingHart | undefined;
}

export class KernelWaits implements Observer {
    readonly on: Handlers = {
        rpcSent: ({ server }, hart) => {
            const thread = this.#machine.harts.get(hart)?.x(TP);
            this.#asked.set(`${this.#clusterOf(hart)} ${thread}`, server);
        },
    };
    readonly #machine: WaitingMachine;
    readonly #frames: Image["frames"];
    readonly #symbolizer: Symbolizer;
    readonly #memory: GuestMemory;
    readonly #readThread: (cxy: number, at: number) => Thread;
    readonly #readHart: (cxy: number, at: number) => { threads: number; current: number };
    readonly #readProcess: (cxy: number, at: number) => { pid: number };
    /** The cluster that the thread at `hart's cluster, address` asked last. */
    readonly #asked = new Map<string, number>();

    constructor(machine: WaitingMachine, kernel: Image, layouts: readonly StructLayout[]) {
        this.#machine = machine;
        this.#frames = kernel.frames;
        this.#symbolizer = new Symbolizer(kernel);
        this.#memory = new GuestMemory(machine.ram, machine.bankSize, layouts);
        this.#readThread = this.#memory.reader("thread_t", THREAD);
        this.#readHart = this.#memory.reader("hart_t", ["threads", "current"]);
        this.#readProcess = this.#memory.reader("process_t", ["pid"]);
    }

    get gathered() {
        return { name: "kernel-waits", containers: { asked: this.#asked } };
    }

    /** True for code that only waits. */
    isPolling(pc: number): boolean {
        return WAITING_CODE.test(this.#symbolizer.locate(pc)?.file ?? "");
    }

    /** All threads that wait, cluster by cluster. */
    list(): KernelWait[] {
        return [...this.#machine.harts.keys()].flatMap((hart) => this.#ofHart(hart));
    }

    #ofHart(index: number): KernelWait[] {
        const hart = this.#machine.harts.get(index);
        if (hart === undefined || hart.privilege !== SUPERVISOR) return [];
        const cxy = this.#clusterOf(index);
        const { threads, current } = this.#readHart(cxy, this.#readThread(cxy, Number(hart.x(TP))).hart);
        // The idle thread is on no list. It counts when it does not get as far as to sleep.
        const all = new Set([...this.#listed(cxy, threads), ...(hart.waiting ? [] : [current])]);
        return [...all].flatMap((at) => {
            const thread = this.#readThread(cxy, at);
            const found = { cxy, at, thread, hart: at === current && !hart.waiting ? hart : undefined };
            return isIdle(found) ? [] : [this.#waitOf(found)];
        });
    }

    /** The thread addresses on a hart's circular run list. */
    #listed(cxy: number, first: number): number[] {
        const found: number[] = [];
        for (let at = first; at !== 0 && found.length < MOST_THREADS; ) {
            found.push(at);
            at = this.#readThread(cxy, at).next;
            if (at === first) break;
        }
        return found;
    }

    #waitOf(found: Found): KernelWait {
        const { cxy, at, thread } = found;
        const places = this.#places(found);
        const place = places.find(({ file }) => !WAITING_CODE.test(file ?? "")) ?? places[0];
        const asks =
            (thread.blocked & thread.waiting & BLOCKED_RPC) !== 0 || places.some((each) => REQUEST.test(each.function));
        const asked = asks ? this.#asked.get(`${cxy} ${at}`) : undefined;
        const hasProcess = thread.kind === KIND_USER && thread.process !== 0;
        return {
            pid: hasProcess ? this.#readProcess(cxy, thread.process).pid : null,
            thread: thread.id,
            cluster: cxy,
            for:
                asked === undefined
                    ? whatFor(found, LOCK.test(places[0]?.file ?? ""))
                    : `an answer of cluster ${asked}`,
            function: place?.function ?? null,
            file: place?.file ?? null,
            line: place?.line ?? null,
        };
    }

    /** The places of the thread's calls, innermost first. */
    #places({ cxy, thread, hart }: Found): Location[] {
        const start =
            hart === undefined
                ? { pc: thread.ra, sp: thread.sp, ra: 0 }
                : { pc: Number(hart.pc), sp: Number(hart.x(SP)), ra: Number(hart.x(RA)) };
        const trace = unwind(this.#frames, start, (address) => this.#word(cxy, address));
        // Every pc but the one of a running hart is a return address: the call lies before it.
        return trace.flatMap((pc, i) => this.#symbolizer.locate(i === 0 && hart !== undefined ? pc : pc - 1) ?? []);
    }

    #word(cxy: number, address: number): number | undefined {
        try {
            return this.#memory.read(cxy, address, 8);
        } catch {
            return undefined; // A damaged stack ends the trace.
        }
    }

    #clusterOf(hart: number): number {
        return Math.floor(hart / this.#machine.hartsPerCluster);
    }
}

/** True for a server without a request, or a sleeping thread of the kernel: no program waits for it. */
function isIdle({ thread: { blocked, waiting, kind }, hart }: Found): boolean {
    if (kind === KIND_USER || hart !== undefined) return false;
    return kind !== KIND_SERVER || (blocked & waiting) === BLOCKED_EVENT;
}

function whatFor({ thread, hart }: Found, locks: boolean): string {
    const sleeps = thread.blocked & thread.waiting;
    const [bit] = Object.keys(SLEEPS).filter((each) => (sleeps & Number(each)) !== 0);
    if (bit !== undefined) return SLEEPS[Number(bit)] ?? "";
    if (hart === undefined && thread.polling === 0) return "its hart";
    return locks ? "a lock" : "a state that it polls";
}

/** A line names so many waits and counts the others. */
const NAMED = 8;

/** One line with each thread, its reason, function and line. */
export function describeWaits(waits: readonly KernelWait[]): string {
    const shown = waits.slice(0, NAMED).map(({ pid, thread, cluster, for: what, function: name, file, line }) => {
        const who = pid === null ? "the kernel" : `process 0x${pid.toString(16)}, thread 0x${thread.toString(16)}`;
        const place = name === null ? "" : ` in ${name}${file === null ? "" : ` (${file}:${line ?? "?"})`}`;
        return `${who}, in cluster ${cluster} waits for ${what}${place}`;
    });
    const more = waits.length > NAMED ? [`and ${waits.length - NAMED} more`] : [];
    return [...shown, ...more].join("; ");
}
