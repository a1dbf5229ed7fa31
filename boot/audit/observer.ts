/**
 * The audits that watch the kernel at work (docs/audits.md): hooks on its functions and locks, marks on its memory, and its probe
 * records, given to those of `memory`, `waits` and `contents` that were asked for. They only read: hash and cycles are those
 * of a run without them, and the kernel is the same.
 */

import type { Watch } from "../../emu/watch.ts";
import * as probe from "../../kernel/abi/probe.ts";
import type { StructLayout } from "../backend/asc.ts";
import type { Image } from "../link/image.ts";
import { EXCUSES } from "./excuses.ts";
import { GuestMemory } from "./guest-memory.ts";
import { findHooks, type HookTable } from "./hooks.ts";
import { KCM_ALLOC, KCM_FREE, Lifetimes } from "./lifetimes.ts";
import { Sites } from "./places.ts";
import { type Roots, readBanks, rootsReader } from "./roots.ts";
import { type AuditName, type AuditViolation, Broken } from "./violation.ts";

export interface ObservedMachine {
    readonly watch: Watch;
    /** All banks, one behind the other; a live window. */
    readonly ram: Uint8Array;
    readonly bankSize: number;
    readonly hartsPerCluster: number;
    cycle(hart: number): number;
    pc(hart: number): number;
    /** Ends the run. */
    stop(): void;
}

const A0 = 10;

/** All that some audit listens to, whichever was asked for: what is watched never depends on it. */
export function findKernelHooks(kernel: Image): HookTable {
    return findHooks(kernel, [KCM_ALLOC, KCM_FREE]);
}

export class Observer {
    violation: AuditViolation | undefined;
    /** Events that were looked at. */
    checks = 0;
    readonly #machine: ObservedMachine;
    readonly #hooks: HookTable;
    readonly #memory: GuestMemory;
    readonly #lifetimes: Lifetimes | undefined;
    readonly #roots = new Map<number, Roots>();
    readonly #readRoots: ReturnType<typeof rootsReader>;
    /** Kernel exits so far. */
    #steps = 0;

    constructor(
        audits: readonly AuditName[],
        machine: ObservedMachine,
        kernel: { readonly image: Image; readonly layouts: readonly StructLayout[]; readonly hooks: HookTable },
    ) {
        const { watch } = machine;
        this.#machine = machine;
        this.#hooks = kernel.hooks;
        this.#memory = new GuestMemory(machine.ram, machine.bankSize, kernel.layouts);
        this.#readRoots = rootsReader(this.#memory);
        const sites = new Sites(machine, kernel.image, this.#memory);
        if (audits.includes("memory")) this.#lifetimes = new Lifetimes(watch, this.#memory, sites, EXCUSES);
        watch.onHook = (hart, pc) => this.#guard(hart, () => this.#hook(hart, pc));
        watch.onAccess = (access) => this.#guard(access.hart, () => this.#lifetimes?.access(access));
    }

    /** One probe record: eight words. */
    record(hart: number, words: Float64Array): void {
        this.#guard(hart, () => this.#record(hart, words));
    }

    #guard(hart: number, check: () => void): void {
        if (this.violation !== undefined) return;
        this.checks++;
        try {
            check();
        } catch (error) {
            if (!(error instanceof Broken)) throw error;
            this.violation = { ...error.finding, step: this.#steps, hart, cycle: this.#machine.cycle(hart) };
            this.#machine.stop();
        }
    }

    #record(hart: number, words: Float64Array): void {
        const [event = 0, a = 0, b = 0, c = 0, , e = 0] = words;
        switch (event) {
            case probe.PROBE_LEAVE:
                this.#steps++;
                return;
            case probe.PROBE_ROOTS:
                this.#roots.set(a, this.#readRoots(a, b));
                return this.#banks(a);
            case probe.PROBE_BOOT:
                return this.#banks(Math.floor(hart / this.#machine.hartsPerCluster));
            case probe.PROBE_FRAME: {
                const record = { kind: c & 255, order: c >>> 8 };
                return this.#lifetimes?.frame(hart, this.#machine.pc(hart), b, record, e === 1);
            }
        }
    }

    /** The banks that the instance manages. */
    #banks(manager: number): void {
        const roots = this.#roots.get(manager);
        if (roots === undefined) return;
        for (const { cxy, firstFrame, frameCount } of readBanks(this.#memory, manager, roots)) {
            const base = this.#memory.firstFrame(cxy);
            this.#lifetimes?.bank(base + firstFrame, base + frameCount);
        }
    }

    #hook(hart: number, pc: number): void {
        const hook = this.#hooks.at(pc);
        if (hook?.kind === "entry") this.#enters(hart, pc, hook.function);
        else if (hook?.kind === "return") this.#returns(hart, hook.function);
    }

    #enters(hart: number, pc: number, name: string): void {
        const { watch } = this.#machine;
        const a0 = watch.register(hart, A0);
        if (name === KCM_ALLOC) this.#lifetimes?.asksForObject(hart, pc, a0);
        if (name === KCM_FREE) this.#lifetimes?.freesObject(hart, pc, watch.globalAddress(hart, a0) ?? a0);
    }

    #returns(hart: number, name: string): void {
        const { watch } = this.#machine;
        const a0 = watch.register(hart, A0);
        if (name === KCM_ALLOC) this.#lifetimes?.getsObject(hart, watch.globalAddress(hart, a0));
    }
}
