/** Detects a run that gets nowhere (boot/observe/livelock.ts), and names the threads that wait (boot/observe/kernel-waits.ts). */

import { hasHarts } from "../../configs/clusters.ts";
import type { Config } from "../../configs/schema/config.ts";
import type { Hart } from "../../emu/host/hart.ts";
import type { Machine } from "../../emu/machine.ts";
import type { Image } from "../../toolchain/link/image.ts";
import type { StructLayout } from "../../toolchain/link/layout.ts";
import type { Observer } from "../abi/observer.ts";
import type { KernelWait } from "../report/report.ts";
import { describeWaits, KernelWaits } from "./kernel-waits.ts";
import { LivelockWatch } from "./livelock.ts";

export class Standstill {
    /** The threads that waited when the run stood still; null when it did not. */
    waits: readonly KernelWait[] | null = null;
    readonly #waits: KernelWaits;
    readonly #livelock: LivelockWatch | undefined;
    readonly #bound: number;

    constructor(machine: Machine, config: Config, kernel: Image, layouts: readonly StructLayout[]) {
        const { hartsPerCluster, bankSize, quantum, timebaseDivider } = config.machine;
        const harts = new Map<number, Hart>();
        for (let hart = 0; hart < machine.hartCount; hart++) {
            if (hasHarts(config.machine, Math.floor(hart / hartsPerCluster))) harts.set(hart, machine.hart(hart));
        }
        const waits = new KernelWaits({ harts, hartsPerCluster, bankSize, ram: machine.ram() }, kernel, layouts);
        this.#waits = waits;
        this.#bound = config.kernel.livelockCycles;
        if (this.#bound === 0) return;
        const clock = () => machine.clock;
        const isPolling = (pc: number) => waits.isPolling(pc);
        this.#livelock = new LivelockWatch({ harts, clock, quantum, timebaseDivider, isPolling }, this.#bound);
    }

    observers(): readonly Observer[] {
        return this.#livelock === undefined ? [this.#waits] : [this.#waits, this.#livelock];
    }

    /** The machine may run so many rounds before `livelock` must be asked. */
    limits(): { maxRounds?: number } {
        return this.#livelock === undefined ? {} : { maxRounds: this.#livelock.rounds() };
    }

    /** Called between two rounds. The message of a livelock, if there is one. */
    livelock(): string | undefined {
        if (this.#livelock?.look() !== true) return undefined;
        const waits = this.#waits.list();
        this.waits = waits;
        const list = waits.length === 0 ? "" : `: ${describeWaits(waits)}`;
        return `livelock: for ${this.#bound} cycles harts only polled${list}`;
    }

    /** Called when the machine is in a deadlock. */
    deadlock(): void {
        this.waits = this.#waits.list();
    }
}
