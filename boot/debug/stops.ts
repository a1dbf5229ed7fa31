/** Where a debugged run stops: breakpoints, watchpoints, steps, and a position to be reached. */

import type { Look, Touch } from "../../emu/host/looks.ts";
import type { Machine } from "../../emu/machine.ts";

export type WatchKind = "write" | "read" | "access";

export interface Stop {
    readonly hart: number;
    readonly reason: "break" | "step" | "reached" | WatchKind;
    /** Of a watchpoint: the address that it watches. */
    readonly address?: bigint;
}

interface Watchpoint {
    readonly cluster: number;
    readonly address: bigint;
    readonly bytes: number;
    readonly kind: WatchKind;
}

/** All harts' instructions together: a place of a run, as far as instructions go. */
export function positionOf(machine: Machine): number {
    let sum = 0;
    for (let hart = 0; hart < machine.hartCount; hart++) sum += machine.hart(hart).executed;
    return sum;
}

export class Stops implements Look {
    /** The stop that halted the run, until `resume`. */
    stop: Stop | undefined;
    /** Heard of breakpoints and watchpoints instead of stopping there, on the way to a position. */
    onPassed: ((stop: Stop) => void) | undefined;
    readonly #machine: Machine;
    readonly #breakpoints = new Map<string, number>();
    readonly #watchpoints: Watchpoint[] = [];
    /** By hart: the watchpoint that its present instruction touches. */
    readonly #touched = new Map<number, { readonly at: number; readonly stop: Stop }>();
    /** By hart: what it had executed when the run stopped there, so that it does not stop there again. */
    readonly #left = new Map<number, number>();
    #aim: { readonly hart: number; readonly executed: number } | undefined;
    #step: { readonly hart: number; readonly executed: number } | undefined;
    /** The position to be reached, the present one, and what each hart has executed of it. */
    #target: { readonly position: number; now: number; readonly executed: Map<number, number> } | undefined;

    constructor(machine: Machine) {
        this.#machine = machine;
        machine.looks.add(this);
    }

    remove(): void {
        for (const key of this.#breakpoints.keys())
            this.#machine.looks.lookForFetch(BigInt(key.split(" ")[1] ?? 0), false);
        for (const { address, bytes } of this.#watchpoints) this.#machine.looks.lookForAccess(address, bytes, false);
        this.#machine.looks.remove(this);
    }

    breakAt(cluster: number, address: bigint, on: boolean): void {
        const key = `${cluster} ${address}`;
        const count = this.#breakpoints.get(key) ?? 0;
        if (on === count > 0) return;
        if (on) this.#breakpoints.set(key, 1);
        else this.#breakpoints.delete(key);
        this.#machine.looks.lookForFetch(address, on);
    }

    watch(watchpoint: Watchpoint, on: boolean): void {
        const { cluster, address, bytes, kind } = watchpoint;
        const index = this.#watchpoints.findIndex(
            (each) =>
                each.cluster === cluster && each.address === address && each.bytes === bytes && each.kind === kind,
        );
        if (on === index >= 0) return;
        if (on) this.#watchpoints.push(watchpoint);
        else this.#watchpoints.splice(index, 1);
        this.#machine.looks.lookForAccess(address, bytes, on);
    }

    /** The run stands at a moment: it may stop at its first instruction. */
    begin(): void {
        this.resume();
        this.#left.clear();
    }

    /** The run is to stop before the hart's instruction behind `executed` others; undefined: it is not. */
    aimAtHart(hart: number | undefined, executed = 0): void {
        if (this.#aim !== undefined) this.#machine.looks.lookAt(this, this.#aim.hart, false);
        this.#aim = hart === undefined ? undefined : { hart, executed };
        if (hart !== undefined) this.#machine.looks.lookAt(this, hart, true);
    }

    /** The run goes on; with `step` until that hart has executed one instruction, or has taken a trap instead. */
    resume(step?: number): void {
        this.stop = undefined;
        this.#touched.clear();
        for (let hart = 0; hart < this.#machine.hartCount; hart++)
            this.#left.set(hart, this.#machine.hart(hart).executed);
        this.#lookAtStepped(false);
        this.#step = step === undefined ? undefined : { hart: step, executed: this.#machine.hart(step).executed };
        this.#lookAtStepped(true);
    }

    /** The run is to stop where all harts together have executed so many instructions; undefined: nowhere. */
    aimAt(position: number | undefined): void {
        this.#target = undefined;
        const { looks, hartCount } = this.#machine;
        for (let hart = 0; hart < hartCount; hart++) looks.lookAt(this, hart, position !== undefined);
        if (position === undefined) return;
        const executed = new Map<number, number>();
        for (let hart = 0; hart < hartCount; hart++) executed.set(hart, this.#machine.hart(hart).executed);
        this.#target = { position, now: positionOf(this.#machine), executed };
    }

    next(hart: number): boolean {
        const { executed } = this.#machine.hart(hart);
        const touched = this.#touchedBy(hart);
        if (this.#reaches(hart, executed)) return this.#stopWith({ hart, reason: "reached" });
        if (touched !== undefined && this.#meets(touched)) return true;
        if (this.#stepped(hart, executed)) return this.#stopWith({ hart, reason: "step" });
        if (this.#aim !== undefined) return false;
        if (this.#breakpoints.size === 0 || this.#left.get(hart) === executed) return false;
        const { pc } = this.#machine.hart(hart);
        if (!this.#breakpoints.has(`${this.#clusterOf(hart)} ${pc}`)) return false;
        this.#left.set(hart, executed);
        return this.#meets({ hart, reason: "break" });
    }

    turnEnded(hart: number): boolean {
        const { executed } = this.#machine.hart(hart);
        const touched = this.#touchedBy(hart);
        if (this.#reaches(hart, executed)) return this.#stopWith({ hart, reason: "reached" });
        if (touched !== undefined && this.#meets(touched)) return true;
        return this.#stepped(hart, executed) && this.#stopWith({ hart, reason: "step" });
    }

    touching(hart: number, { vaddr, bytes, kind }: Touch): void {
        const cluster = this.#clusterOf(hart);
        const [loads, stores] = [kind !== "store", kind !== "load"];
        const found = this.#watchpoints.find((each) => {
            const overlaps = vaddr < each.address + BigInt(each.bytes) && each.address < vaddr + BigInt(bytes);
            const matters = each.kind === "access" || (each.kind === "read" ? loads : stores);
            return each.cluster === cluster && overlaps && matters;
        });
        if (found === undefined) return;
        const stop: Stop = { hart, reason: found.kind, address: found.address };
        this.#touched.set(hart, { at: this.#machine.hart(hart).instructions, stop });
        this.#machine.looks.lookAt(this, hart, true);
    }

    /** The watchpoint that the hart's last instruction has touched, if it did not trap. */
    #touchedBy(hart: number): Stop | undefined {
        const touched = this.#touched.get(hart);
        if (touched === undefined) return undefined;
        this.#touched.delete(hart);
        if (this.#target === undefined && this.#step?.hart !== hart && this.#aim?.hart !== hart)
            this.#machine.looks.lookAt(this, hart, false);
        return this.#machine.hart(hart).instructions >= touched.at ? touched.stop : undefined;
    }

    #stepped(hart: number, executed: number): boolean {
        return this.#step !== undefined && this.#step.hart === hart && executed > this.#step.executed;
    }

    #reaches(hart: number, executed: number): boolean {
        if (this.#aim !== undefined) return this.#aim.hart === hart && executed >= this.#aim.executed;
        const target = this.#target;
        if (target === undefined) return false;
        target.now += executed - (target.executed.get(hart) ?? 0);
        target.executed.set(hart, executed);
        return target.now >= target.position;
    }

    #meets(stop: Stop): boolean {
        if (this.onPassed === undefined) return this.#stopWith(stop);
        this.onPassed(stop);
        return false;
    }

    #stopWith(stop: Stop): boolean {
        this.stop ??= stop;
        return true;
    }

    #lookAtStepped(on: boolean): void {
        if (this.#step !== undefined) this.#machine.looks.lookAt(this, this.#step.hart, on);
    }

    #clusterOf(hart: number): number {
        return Math.floor(hart / this.#machine.options.hartsPerCluster);
    }
}
