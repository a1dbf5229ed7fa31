/**
 * Regions of interest (interface.md 4, "regions"): what the machine did while threads were between the marks of a region. A mark is the hint
 * `slti x0, x0, n`: n names a region in the section .archipel.roi of the program's ELF file, and 0 ends the one that the thread began last. A
 * region is open while any thread is in it, and its figures are the whole machine's while it is open.
 */

import type { Observer } from "../abi/observer.ts";
import type { RegionReport, RegionSums } from "../report/region-report.ts";
import { type ClusterReport, PHASES } from "../report/report.ts";

/** What Regions asks of the machine within a mark. */
export interface MarkedMachine {
    sums(): RegionSums;
    /** Of the hart's thread: a text that no other thread has. */
    thread(hart: number): string;
    /** The index in the config of the program that the hart runs in U; undefined for the kernel's own marks. */
    program(hart: number): number | undefined;
    /** The name that a program has for n. */
    nameOf(program: number, n: number): string;
}

interface Region {
    readonly program: number;
    readonly name: string;
    entered: number;
    /** Threads that are in it. */
    inside: number;
    /** What the machine had done when it was opened. */
    since: RegionSums | undefined;
    /** Of the times that it was open before. */
    sums: RegionSums | undefined;
}

/** The bits of n: it is an offset in a section of at most so many bytes. */
const PLACE_MASK = 0xfff;

export class Regions implements Observer {
    readonly on = {};
    readonly #machine: MarkedMachine;
    readonly #regions = new Map<string, Region>();
    /** The regions that a thread is in, the innermost last. */
    readonly #stacks = new Map<string, Region[]>();

    constructor(machine: MarkedMachine) {
        this.#machine = machine;
    }

    get gathered() {
        return { name: "regions", containers: { regions: this.#regions, stacks: this.#stacks } };
    }

    mark(hart: number, n: number): void {
        const program = this.#machine.program(hart);
        if (program === undefined) return;
        const thread = this.#machine.thread(hart);
        const stack = this.#stacks.get(thread) ?? [];
        this.#stacks.set(thread, stack);
        if (n === 0) {
            const region = stack.pop();
            if (region !== undefined && --region.inside === 0) this.#close(region);
            return;
        }
        const region = this.#regionOf(program, n & PLACE_MASK);
        stack.push(region);
        region.entered++;
        if (region.inside++ === 0) region.since = this.#machine.sums();
    }

    /** By program and name. A region that is still open counts up to now. */
    report(): RegionReport[] {
        const open = [...this.#regions.values()].filter(({ since }) => since !== undefined);
        const now = open.length === 0 ? undefined : this.#machine.sums();
        return [...this.#regions.values()]
            .map(({ program, name, entered, sums, since }): RegionReport => {
                const more = since === undefined || now === undefined ? undefined : combined(now, since, -1);
                const all = sums === undefined ? more : more === undefined ? sums : combined(sums, more, 1);
                if (all === undefined) throw new Error("a region that was never open");
                return { program, name, entered, ...all };
            })
            .sort((a, b) => a.program - b.program || (a.name < b.name ? -1 : 1));
    }

    #regionOf(program: number, n: number): Region {
        const name = this.#machine.nameOf(program, n);
        const key = `${program} ${name}`;
        const known = this.#regions.get(key);
        if (known !== undefined) return known;
        const region: Region = { program, name, entered: 0, inside: 0, since: undefined, sums: undefined };
        this.#regions.set(key, region);
        return region;
    }

    #close(region: Region): void {
        if (region.since === undefined) return;
        const gone = combined(this.#machine.sums(), region.since, -1);
        region.sums = region.sums === undefined ? gone : combined(region.sums, gone, 1);
        region.since = undefined;
    }
}

/** a + sign * b, count by count. What is no count (frames free) is a's. */
function combined(a: RegionSums, b: RegionSums, sign: 1 | -1): RegionSums {
    const traffic = a.traffic && new Map(a.traffic);
    for (const [key, row] of b.traffic ?? []) {
        traffic?.set(key, { ...row, count: (a.traffic?.get(key)?.count ?? 0) + sign * row.count });
    }
    const faultCost = new Map(a.faultCost);
    for (const [key, row] of b.faultCost) {
        const own = a.faultCost.get(key);
        const phases = PHASES.map((phase) => [phase, (own?.phases[phase] ?? 0) + sign * row.phases[phase]]);
        faultCost.set(key, {
            ...row,
            count: (own?.count ?? 0) + sign * row.count,
            cycles: (own?.cycles ?? 0) + sign * row.cycles,
            phases: Object.fromEntries(phases) as typeof row.phases,
        });
    }
    return {
        instructions: a.instructions + sign * b.instructions,
        cycles: a.cycles + sign * b.cycles,
        clusters: a.clusters.map((cluster, i) => combinedCluster(cluster, b.clusters[i] ?? cluster, sign)),
        traffic,
        faultCost,
    };
}

function combinedCluster(a: ClusterReport, b: ClusterReport, sign: 1 | -1): ClusterReport {
    const { cxy, harts, freeFrames } = a;
    return { ...(added(a, b, sign) as ClusterReport), cxy, harts, freeFrames };
}

/** Objects of numbers, and of such objects. */
function added(a: object, b: object, sign: 1 | -1): object {
    const other = new Map(Object.entries(b));
    return Object.fromEntries(
        Object.entries(a).map(([key, value]) => {
            const beside = other.get(key);
            return [key, typeof value === "number" ? value + sign * beside : added(value, beside, sign)];
        }),
    );
}
