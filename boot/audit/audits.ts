/** Composition root of --audit: the auditor of invariants and the observer of the kernel at work, as its LIST asks for. */

import type { Config } from "../../configs/schema/config.ts";
import { topologyOf } from "../../configs/topology.ts";
import type { WatchedPage } from "../../emu/host/watch.ts";
import type { Machine } from "../../emu/machine.ts";
import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import type { Image } from "../../toolchain/link/image.ts";
import type { StructLayout } from "../../toolchain/link/layout.ts";
import type { Observer } from "../abi/observer.ts";
import type { AuditReport } from "../report/report.ts";
import { type AuditName, type AuditViolation, isWatched } from "../report/violation.ts";
import { type AuditedMachine, type AuditMode, Auditor } from "./auditor.ts";
import type { HookTable } from "./hooks.ts";
import { findKernelHooks, KernelWatch } from "./kernel-watch.ts";

const USER_MODE = 0;
const SUPERVISOR_MODE = 1;

/** The audits to run, and the hooks that the machine must be made with for them. */
export class AuditPlan {
    readonly names: readonly AuditName[];
    readonly kernel: { readonly image: Image; readonly layouts: readonly StructLayout[] };
    readonly hooks: HookTable | undefined;

    constructor(asked: AuditName | readonly AuditName[], kernel: AuditPlan["kernel"]) {
        this.names = [asked].flat();
        this.kernel = kernel;
        this.hooks = isWatched(asked) ? findKernelHooks(kernel.image) : undefined;
    }

    /** The option `watched` of a machine. */
    get watched(): { watched?: readonly WatchedPage[] } {
        return this.hooks === undefined ? {} : { watched: this.hooks.pages };
    }
}

/** How an audit ends the run, and learns that another has. */
type End = Pick<AuditedMachine, "isOver" | "stop">;

export class Audits {
    readonly #names: readonly AuditName[];
    readonly #auditors: readonly Auditor[];
    readonly #watch: KernelWatch | undefined;
    #isOver = false;

    constructor(plan: AuditPlan, machine: Machine, config: Config) {
        this.#names = plan.names;
        const { layouts } = plan.kernel;
        const end: End = {
            isOver: () => this.#isOver,
            stop: () => {
                this.#isOver = true;
                machine.stop();
            },
        };
        this.#auditors = modesOf(plan.names).map((mode) => makeAuditor(mode, machine, config, layouts, end));
        this.#watch = makeWatch(plan, machine, config, end);
    }

    /** The first violation. */
    get violation(): AuditViolation | undefined {
        return this.#watch?.violation ?? this.#auditors.find(({ violation }) => violation !== undefined)?.violation;
    }

    /** They stop the machine at a violation. */
    get observers(): readonly Observer[] {
        return [...(this.#watch === undefined ? [] : [this.#watch]), ...this.#auditors];
    }

    /** Called after the run. True for a violation. */
    finish(): boolean {
        if (this.violation !== undefined) return false;
        return this.#auditors.some((auditor) => auditor.finish());
    }

    report(): AuditReport {
        const all = [...this.#auditors, ...(this.#watch === undefined ? [] : [this.#watch])];
        const checks = all.reduce((sum, each) => sum + each.checks, 0);
        return { mode: this.#names.join(","), checks, violation: this.violation ?? null };
    }
}

/** "every" checks all that "end" and "contents" would check. */
function modesOf(names: readonly AuditName[]): AuditMode[] {
    if (names.includes("every")) return ["every"];
    return (["end", "contents"] as const).filter((mode) => names.includes(mode));
}

function makeAuditor(
    mode: AuditMode,
    machine: Machine,
    config: Config,
    layouts: readonly StructLayout[],
    end: End,
): Auditor {
    const { hartsPerCluster, bankSize } = config.machine;
    const audited = {
        ram: machine.ram(),
        bankSize,
        hartsPerCluster,
        hartCount: machine.hartCount,
        zone: stackZone(config.kernel),
        policy: config.kernel,
        memory: topologyOf(config).memory,
        cycle: (hart: number) => machine.hart(hart).cycles,
        inUserMode: (hart: number) => machine.hart(hart).privilege === USER_MODE,
        entries: (hart: number, vaddr?: number) => machine.userTranslations(hart, vaddr),
        ...end,
    };
    return new Auditor(mode, audited, layouts);
}

function stackZone({ vspaceStackSize, pthreadMaxNr, checkStacks }: Config["kernel"]) {
    return { stackPages: vspaceStackSize / PAGE_SIZE, slots: pthreadMaxNr, unique: checkStacks };
}

function makeWatch(
    { names, kernel, hooks }: AuditPlan,
    machine: Machine,
    config: Config,
    end: End,
): KernelWatch | undefined {
    const { watch } = machine;
    if (hooks === undefined || watch === undefined) return undefined;
    const { hartsPerCluster, bankSize } = config.machine;
    const observed = {
        watch,
        ram: machine.ram(),
        bankSize,
        hartsPerCluster,
        hartCount: machine.hartCount,
        releaseConsistency: config.kernel.dsmConsistency === "release",
        inKernel: (hart: number) => machine.hart(hart).privilege === SUPERVISOR_MODE && !machine.hart(hart).waiting,
        cycle: (hart: number) => machine.hart(hart).cycles,
        pc: (hart: number) => Number(machine.hart(hart).pc),
        ...end,
    };
    return new KernelWatch(names, observed, { ...kernel, hooks });
}
