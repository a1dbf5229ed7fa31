/**
 * The audits that watch the kernel at work (docs/audits.md). Hooks on its functions and locks, marks on its memory, and its probe records
 * go to those of `memory`, `waits` and `contents` that were asked for. They only read: hash and cycles are those of a run without them, and
 * the kernel is the same.
 */

import type { Watch } from "../../emu/host/watch.ts";
import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { BLOCKED_STATE, BLOCKED_TURN } from "../../kernel/abi/thread.ts";
import { FRAME_THREAD } from "../../kernel/abi/vseg-type.ts";
import type { Image } from "../../toolchain/link/image.ts";
import type { StructLayout } from "../../toolchain/link/layout.ts";
import { taggedFrame } from "../abi/events.ts";
import type { Handlers, Observer } from "../abi/observer.ts";
import { GuestMemory } from "../observe/guest-memory.ts";
import { guarded } from "../observe/observer.ts";
import { type AuditName, type AuditViolation, findingOf } from "../report/violation.ts";
import { Contents } from "./contents.ts";
import { EXCUSES } from "./excuses.ts";
import { Grants } from "./grants.ts";
import { findHooks, type Hook, type HookTable } from "./hooks.ts";
import * as kernel from "./kernel-functions.ts";
import { Lifetimes } from "./lifetimes.ts";
import { LockOrder } from "./lock-order.ts";
import { Sites } from "./places.ts";
import { Requests } from "./requests.ts";
import { type Roots, readBanks, rootsReader } from "./roots.ts";
import { Threads } from "./threads.ts";

export interface ObservedMachine {
    readonly watch: Watch;
    /** A live window on all banks, one behind the other. */
    readonly ram: Uint8Array;
    readonly bankSize: number;
    readonly hartsPerCluster: number;
    readonly hartCount: number;
    /** True when kernel.dsmConsistency is "release". */
    readonly releaseConsistency: boolean;
    /** True when the hart is in supervisor mode and does not sleep. */
    inKernel(hart: number): boolean;
    cycle(hart: number): number;
    pc(hart: number): number;
    /** True when some audit has found a violation: nothing is checked any more. */
    isOver(): boolean;
    stop(): void;
}

const [RA, A0, A1, A2] = [1, 10, 11, 12];
const COPIES: readonly string[] = [kernel.COPY_BYTES, kernel.COPY_PAGE, kernel.PAGER_FRAME, kernel.HOLD_HERE];
/** The events that only another thread in the kernel can end a wait for: a state of an object, a turn at a file. */
const STATES: readonly number[] = [BLOCKED_STATE, BLOCKED_TURN];

/** All hooks that some audit listens to, whichever was asked for. The watched places never depend on it. */
export function findKernelHooks(image: Image): HookTable {
    return findHooks(image, kernel.OBSERVED_FUNCTIONS);
}

export class KernelWatch implements Observer {
    readonly gathered = null;
    readonly on: Handlers;
    violation: AuditViolation | undefined;
    /** The number of events checked. */
    checks = 0;
    readonly #machine: ObservedMachine;
    readonly #watch: Watch;
    readonly #hooks: HookTable;
    readonly #memory: GuestMemory;
    readonly #lifetimes: Lifetimes;
    readonly #threads: Threads;
    readonly #locks: LockOrder | undefined;
    readonly #requests: Requests | undefined;
    readonly #contents: Contents | undefined;
    readonly #grants: Grants | undefined;
    readonly #roots = new Map<number, Roots>();
    readonly #readRoots: ReturnType<typeof rootsReader>;
    /** The number of kernel exits so far. */
    #steps = 0;

    constructor(
        audits: readonly AuditName[],
        machine: ObservedMachine,
        guest: { readonly image: Image; readonly layouts: readonly StructLayout[]; readonly hooks: HookTable },
    ) {
        const { watch } = machine;
        this.#machine = machine;
        this.#watch = watch;
        this.#hooks = guest.hooks;
        this.#memory = new GuestMemory(machine.ram, machine.bankSize, guest.layouts);
        this.#readRoots = rootsReader(this.#memory);
        const sites = new Sites(machine, guest.image, this.#memory);
        this.#lifetimes = new Lifetimes(watch, this.#memory, sites, EXCUSES, audits.includes("memory"));
        this.#threads = new Threads(this.#memory, watch, machine.hartCount, machine.inKernel);
        if (audits.includes("waits")) {
            this.#locks = new LockOrder(sites, this.#lifetimes);
            this.#requests = new Requests(sites, this.#threads);
        }
        if (audits.includes("contents")) {
            this.#contents = new Contents(this.#memory, sites, machine.releaseConsistency);
            this.#grants = new Grants(this.#memory, this.#roots, sites);
        }
        this.on = guarded(this.#handlers(), (hart, handle) => this.#guard(hart, handle));
        watch.onHook = (hart, pc) => this.#guard(hart, () => this.#hook(hart, pc));
        watch.onAccess = (access) => this.#guard(access.hart, () => this.#lifetimes.access(access));
    }

    #guard(hart: number, check: () => void): void {
        if (this.#machine.isOver()) return;
        this.checks++;
        const finding = findingOf(check);
        if (finding === undefined) return;
        this.violation = { ...finding, step: this.#steps, hart, cycle: this.#machine.cycle(hart) };
        this.#machine.stop();
    }

    #handlers(): Handlers {
        return {
            leave: ({ pid }, hart) => {
                this.#steps++;
                this.#requests?.leaves(pid === 0 ? undefined : this.#threadOf(hart));
            },
            rpcServed: (_, hart) => this.#requests?.answers(this.#threadOf(hart)),
            begin: () => this.#requests?.progress(),
            end: () => this.#requests?.progress(),
            roots: ({ cxy, address }) => {
                this.#roots.set(cxy, this.#readRoots(cxy, address));
                this.#banks(cxy);
            },
            boot: (_, hart) => this.#banks(this.#clusterOf(hart)),
            frame: ({ ppn, tag, allocated }, hart) => this.#frame(hart, ppn, taggedFrame(tag), allocated === 1),
        };
    }

    #frame(hart: number, ppn: number, record: { kind: number; order: number }, allocated: boolean): void {
        this.#requests?.progress();
        if (record.kind === FRAME_THREAD) {
            this.#threads.block(ppn, allocated);
            this.#requests?.ends(ppn * PAGE_SIZE);
        }
        this.#lifetimes.frame(hart, this.#machine.pc(hart), ppn, record, allocated);
    }

    /** Reads the banks that the instance manages. */
    #banks(manager: number): void {
        const roots = this.#roots.get(manager);
        if (roots === undefined) return;
        for (const { cxy, firstFrame, frameCount } of readBanks(this.#memory, manager, roots)) {
            const base = this.#memory.firstFrame(cxy);
            this.#lifetimes.bank(base + firstFrame, base + frameCount);
        }
    }

    #hook(hart: number, pc: number): void {
        const hook = this.#hooks.at(pc);
        if (hook === undefined) return;
        if (hook.kind === "entry") this.#enters(hart, pc, hook.function);
        else if (hook.kind === "return") this.#returns(hart, hook.function);
        else if (this.#locks !== undefined) this.#lock(this.#locks, hart, pc, hook);
    }

    #lock(locks: LockOrder, hart: number, pc: number, hook: Exclude<Hook, { kind: "entry" | "return" }>): void {
        if (hook.kind === "tried") {
            if (this.#watch.register(hart, hook.result) === 0) locks.takes(hart);
            return;
        }
        const address = this.#watch.globalAddress(hart, this.#watch.register(hart, hook.base) + hook.offset);
        if (address === undefined) return;
        if (hook.kind === "wants") locks.wants(hart, pc, address);
        else locks.releases(hart, pc, address);
    }

    #enters(hart: number, pc: number, name: string): void {
        const [a, b, c] = [A0, A1, A2].map((number) => this.#watch.register(hart, number)) as [number, number, number];
        const thread = this.#threadOf(hart);
        if (COPIES.includes(name)) {
            // Small copies publish no page.
            if (this.#contents === undefined || (name === kernel.COPY_BYTES && c !== PAGE_SIZE)) return;
            return this.#contents.enters(hart, pc, thread, name, { cxy: this.#clusterOf(hart), a, b, c });
        }
        switch (name) {
            case kernel.KCM_ALLOC:
                return this.#lifetimes.asksForObject(hart, pc, a);
            case kernel.KCM_FREE:
                return this.#lifetimes.freesObject(hart, pc, this.#watch.globalAddress(hart, a) ?? a);
            case kernel.RPC_SEND:
                this.#locks?.waits(hart, pc);
                return this.#requests?.sends(hart, pc, thread, { cxy: a, level: b });
            case kernel.SERVE:
                return this.#requests?.serves(thread, this.#threads.threadAt(a), b);
            case kernel.RPC_YIELD:
                return this.#requests?.polls(hart, pc, thread, this.#watch.register(hart, RA));
            case kernel.SCHED_WAIT:
                return STATES.includes(a)
                    ? this.#requests?.waitsForState(hart, pc, thread)
                    : this.#requests?.sleeps(thread);
            case kernel.SCHED_YIELD:
                return this.#locks?.waits(hart, pc);
            case kernel.MANAGER_ACK:
                return this.#grants?.acknowledged(hart, pc, a, c);
            case kernel.HOLD_END:
                return this.#requests?.progress();
        }
    }

    #returns(hart: number, name: string): void {
        const a0 = this.#watch.register(hart, A0);
        const thread = this.#threadOf(hart);
        if (COPIES.includes(name)) this.#contents?.returns(thread, name, this.#clusterOf(hart), a0);
        else if (name === kernel.KCM_ALLOC) this.#lifetimes.getsObject(hart, this.#watch.globalAddress(hart, a0));
        else if (name === kernel.RPC_SEND) this.#requests?.isAnswered(thread);
        else if (name === kernel.SCHED_WAIT) this.#requests?.goesOn(thread);
        else if (name === kernel.SERVE) this.#requests?.hasServed(thread);
    }

    /** The thread that the hart runs. Before there are threads, no thread has this number. */
    #threadOf(hart: number): number {
        return this.#threads.current(hart) ?? 0;
    }

    #clusterOf(hart: number): number {
        return Math.floor(hart / this.#machine.hartsPerCluster);
    }
}
