/**
 * The auditor (docs/audits.md) checks vmm-policy's invariants I1 to I12, and MRSW, from outside the guest. It hears the kernel's probe
 * records. At each kernel exit (PROBE_LEAVE) it reads the state of the clusters that did anything, by the layouts of the compiler, and
 * checks the changes: I7, I9, I10, I12 and MRSW then, the others once nothing is in flight on the process (PROBE_BEGIN, PROBE_END). It only
 * reads: hash and cycles are those of a run without it.
 */

import { PAGE_SHIFT } from "../../kernel/abi/memory-map.ts";
import { OPERATION_FAULT, OPERATION_TEARDOWN } from "../../kernel/abi/operation.ts";
import { VSEG_CODE, VSEG_DSM } from "../../kernel/abi/vseg-type.ts";
import type { StructLayout } from "../../toolchain/link/layout.ts";
import { taggedFrame } from "../abi/events.ts";
import type { Handlers, Observer } from "../abi/observer.ts";
import { GuestMemory } from "../observe/guest-memory.ts";
import { guarded } from "../observe/observer.ts";
import { type AuditViolation, broken, findingOf } from "../report/violation.ts";
import { checkDsmAlways, checkDsmAtRest, isDsm } from "./check-dsm.ts";
import {
    checkBanks,
    checkFrameAlways,
    checkFrameAtRest,
    checkNothingLeft,
    leftBehind,
    mappedFrames,
} from "./check-frames.ts";
import { checkCodeAtRest, checkPageAlways, checkPageAtRest } from "./check-pages.ts";
import { type Leaving, TlbCheck, type Tlbs } from "./check-tlb.ts";
import { checkListsAlways, checkListsAtRest, type StackZone } from "./check-vsegs.ts";
import { Evidence } from "./evidence.ts";
import { FramePool } from "./frame-pool.ts";
import { isKentry, kindOf } from "./kernel-facts.ts";
import { type Roots, rootsReader } from "./roots.ts";
import { type Policy, Rules } from "./rules.ts";
import { type Pending, World } from "./world.ts";

/** "contents" only compares copies that should be alike, as "every" does too. */
export type AuditMode = "every" | "end" | "contents";

export interface AuditedMachine extends Tlbs {
    /** A live window on all banks, one behind the other. */
    readonly ram: Uint8Array;
    readonly bankSize: number;
    readonly zone: StackZone;
    readonly policy: Policy;
    /** Clusters that have memory, ascending. */
    readonly memory: readonly number[];
    cycle(hart: number): number;
    /** True when some audit has found a violation: nothing is checked any more. */
    isOver(): boolean;
    stop(): void;
}

const NOBODY: Leaving = { hart: -1, pid: 0 };

export class Auditor implements Observer {
    readonly mode: AuditMode;
    readonly gathered = null;
    readonly on: Handlers;
    readonly onAny = (hart: number) => void this.#touched.add(this.#clusterOf(hart));
    violation: AuditViolation | undefined;
    /** Checks done at kernel exits, at ends of processes and at the end of the run. */
    checks = 0;
    readonly #machine: AuditedMachine;
    readonly #world: World;
    readonly #tlb: TlbCheck;
    readonly #roots = new Map<number, Roots>();
    readonly #readRoots: ReturnType<typeof rootsReader>;
    /** Clusters whose kernel did something since the last step. */
    readonly #touched = new Set<number>();
    /** Frames that were allocated for an ended process and that no process mapped then, with its pid, by frame. */
    readonly #doubtful = new Map<number, number>();
    /** The number of kernel exits so far. */
    #steps = 0;
    /** True when a page that has copies was mapped since the last step. */
    #copied = false;

    constructor(mode: AuditMode, machine: AuditedMachine, layouts: readonly StructLayout[]) {
        this.mode = mode;
        this.#machine = machine;
        const memory = new GuestMemory(machine.ram, machine.bankSize, layouts);
        this.#readRoots = rootsReader(memory);
        const rules = new Rules(machine.policy, machine.memory);
        const pool = new FramePool(memory, this.#roots, rules);
        this.#world = new World(memory, this.#roots, pool, new Evidence(), rules);
        this.#tlb = new TlbCheck(this.#world, machine);
        this.on = guarded(this.#handlers(), (hart, handle) => {
            if (!machine.isOver() && this.#guard(hart, handle)) machine.stop();
        });
    }

    /** Checks everything that is left once more, after the run. True for a violation. */
    finish(): boolean {
        if (this.violation !== undefined) return false;
        return this.#guard(0, () => this.#checkEverything());
    }

    /** Does `check`. True when it found a violation. */
    #guard(hart: number, check: () => void): boolean {
        const finding = findingOf(check);
        if (finding === undefined) return false;
        this.violation = {
            ...finding,
            check: this.mode,
            step: this.#steps,
            hart,
            cycle: this.#machine.cycle(hart),
        };
        return true;
    }

    #handlers(): Handlers {
        const { evidence, pool } = this.#world;
        return {
            leave: ({ pid }, hart) => this.#leave(hart, pid),
            begin: ({ pid, operation, vaddr }, hart) => this.#begin(this.#clusterOf(hart), pid, operation, vaddr),
            end: ({ pid }) => this.#world.operation(pid, -1),
            dsm: () => {
                this.#copied = true;
            },
            fault: ({ pid, type, vaddr }, hart) => {
                this.#copied ||= type === VSEG_CODE || type === VSEG_DSM;
                this.#world.pendingOf(pid).page(Math.floor(vaddr / 2 ** PAGE_SHIFT));
                evidence.faultResolved(pid, this.#clusterOf(hart), Math.floor(vaddr / 2 ** PAGE_SHIFT));
            },
            frame: ({ ppn, tag, pid, allocated }) => this.#frame(ppn, { ...taggedFrame(tag), pid }, allocated === 1),
            dropped: ({ pid, firstVpn, endVpn }) => evidence.dropped(pid, firstVpn, endVpn),
            vseg: ({ pid, type, firstVpn, endVpn, cxy, registered }) => {
                this.#world.pendingOf(pid).listChanged();
                evidence.vseg({
                    pid,
                    type,
                    first: firstVpn,
                    end: endVpn,
                    cxy,
                    added: registered === 1,
                    atZ: cxy === pid >>> 16,
                });
            },
            spill: ({ ppn, cxy }) => evidence.spill(ppn, cxy),
            pageHeld: ({ ppn, held }) => pool.held(ppn, held === 1 ? 1 : -1),
            exit: ({ pid }) => this.#exit(pid),
            roots: ({ cxy, address }) => {
                this.#roots.set(cxy, this.#readRoots(cxy, address));
            },
        };
    }

    #clusterOf(hart: number): number {
        return Math.floor(hart / this.#machine.hartsPerCluster);
    }

    #begin(cxy: number, pid: number, operation: number, vaddr: number): void {
        const vpn = Math.floor(vaddr / 2 ** PAGE_SHIFT);
        if (operation === OPERATION_FAULT) this.#world.evidence.faultBegins(pid, cxy, vpn);
        // This is the last moment at which all of the process is there. --audit end checks it, too.
        if (operation === OPERATION_TEARDOWN) this.#checkWhole(pid);
        this.#world.operation(pid, 1);
    }

    #frame(ppn: number, record: { kind: number; order: number; pid: number }, allocated: boolean): void {
        const { pool, evidence } = this.#world;
        pool.record(ppn, record, allocated);
        if (record.pid === 0) return;
        this.#world.pendingOf(record.pid).frame(ppn);
        if (allocated) return;
        evidence.frameFreed(ppn);
        if (kindOf(record.kind) !== undefined) this.#tlb.frameFreed(ppn, record.pid);
    }

    #leave(hart: number, pid: number): void {
        this.#steps++;
        if (this.mode === "end" || (this.mode === "contents" && !this.#copied)) return;
        this.#copied = false;
        this.checks++;
        for (const cxy of this.#touched) this.#world.refreshCluster(cxy);
        for (const each of this.#groupsOf([...this.#world.pending.keys()])) {
            this.#world.refreshProcess(each, this.#touched);
        }
        this.#touched.clear();
        this.#checkDoubtful();
        for (const [each, pending] of [...this.#world.pending]) {
            if (this.#check(each, pending, { hart, pid })) this.#world.pending.delete(each);
        }
    }

    #groupsOf(pids: readonly number[]): Set<number> {
        return new Set(pids.flatMap((pid) => this.#world.groupOf(pid)));
    }

    /** True when nothing of the process is left to check. */
    #check(pid: number, pending: Pending, leaving: Leaving): boolean {
        const world = this.#world;
        if (!world.processes.has(pid)) return true;
        // A list or table that is being changed is checked when its lock is free.
        if (world.groupOf(pid).some((each) => world.replicas(each).some(({ locked }) => locked))) return false;
        if (this.mode !== "contents") this.#checkAlways(pid, pending, leaving);
        if (!world.isQuiet(pid)) return false;
        return this.#checkAtRest(pid, pending, leaving) && pending.frames.size === 0;
    }

    #checkAlways(pid: number, pending: Pending, leaving: Leaving): void {
        const world = this.#world;
        if (pending.vsegs) checkListsAlways(world, pid);
        pending.vsegs = false;
        for (const vpn of pending.pages) {
            if (!isDsm(world, pid, vpn)) checkPageAlways(world, pid, vpn);
            else if (checkDsmAlways(world, pid, vpn)) this.#tlb.granted(pid, vpn, leaving);
        }
        pending.pages.clear();
        for (const ppn of pending.frames) if (checkFrameAlways(world, ppn)) pending.frames.delete(ppn);
    }

    #checkAtRest(pid: number, pending: Pending, leaving: Leaving): boolean {
        const world = this.#world;
        if (this.mode === "contents") return this.#checkContents(pid, pending);
        if (pending.quietVsegs) checkListsAtRest(world, pid, this.#machine.zone);
        pending.quietVsegs = false;
        for (const vpn of pending.quietPages) {
            checkPageAtRest(world, pid, vpn);
            if (isDsm(world, pid, vpn)) checkDsmAtRest(world, pid, vpn);
        }
        pending.quietPages.clear();
        this.#checkFramesAtRest(pid, pending);
        if (pending.tlbs) pending.tlbs = !this.#tlb.atRest(pid, leaving);
        return !pending.tlbs && pending.quietFrames.size === 0;
    }

    #checkFramesAtRest(pid: number, { quietFrames }: Pending): void {
        const world = this.#world;
        for (const [ppn, blocked] of quietFrames) {
            const version = world.pool.version(ppn);
            if (blocked?.version === version && !world.isQuiet(blocked.pid)) continue;
            const waits = checkFrameAtRest(world, pid, ppn);
            if (waits === undefined) quietFrames.delete(ppn);
            else quietFrames.set(ppn, waits === "some" ? undefined : { pid: waits, version });
        }
    }

    /** Compares the copies that should be alike. */
    #checkContents(pid: number, pending: Pending): boolean {
        const world = this.#world;
        for (const vpn of pending.quietPages) {
            if (isDsm(world, pid, vpn)) checkDsmAtRest(world, pid, vpn);
            else checkCodeAtRest(world, pid, vpn);
        }
        pending.clear();
        return true;
    }

    /** Checks all of one process. */
    #checkWhole(pid: number): void {
        const world = this.#world;
        this.checks++;
        for (const cxy of this.#roots.keys()) world.refreshCluster(cxy);
        const pending = world.pendingOf(pid);
        pending.listChanged();
        for (const { entries, cxy } of world.replicas(pid)) {
            for (const vpn of [...entries.keys(), ...world.evidence.resolved(pid, cxy)]) {
                if (!isKentry(vpn)) pending.page(vpn);
            }
        }
        for (const ppn of world.pool.framesOf(pid)) pending.frame(ppn);
        this.#check(pid, pending, NOBODY);
    }

    /** The process is gone, so nothing of it may be left (7.4). */
    #exit(pid: number): void {
        const world = this.#world;
        for (const cxy of this.#roots.keys()) world.refreshCluster(cxy);
        // Its teardown is in flight, and nothing else. Otherwise "at rest" could not be trusted.
        const others = world.inFlight(pid) - 1;
        if (this.mode !== "contents") {
            for (const ppn of checkNothingLeft(world, pid)) this.#doubtful.set(ppn, pid);
        }
        if (this.mode !== "contents" && others !== 0)
            broken("marks", { pid }, `the process has ended with ${others} operations in flight`);
        world.pending.delete(pid);
        world.forgetOperations(pid);
        world.evidence.forget(pid);
    }

    /** Checks frames of ended processes that were shared. By now another process has them, or they are free. */
    #checkDoubtful(): void {
        const { pool } = this.#world;
        if (this.#doubtful.size === 0 || !this.#world.allQuiet()) return;
        for (const [ppn, pid] of this.#doubtful) {
            const record = pool.allocated.get(ppn);
            if (record?.pid === pid && pool.mappings(ppn).length === 0) leftBehind(this.#world, pid, ppn, record.kind);
        }
        this.#doubtful.clear();
    }

    #checkEverything(): void {
        const world = this.#world;
        this.checks++;
        for (const cxy of this.#roots.keys()) world.refreshCluster(cxy);
        for (const pid of [...world.processes.keys()]) this.#checkWhole(pid);
        if (this.mode === "contents") return;
        this.#checkDoubtful();
        for (const ppn of mappedFrames(world)) checkFrameAlways(world, ppn);
        checkBanks(world);
    }
}
