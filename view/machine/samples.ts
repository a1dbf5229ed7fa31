/**
 * Who has used which bank up to some clocks of the run: samples of the machine's accounts (docs/machine.md, "Accesses, counted and timed"). What
 * happened between two of them is their difference.
 */

import type { Traffic } from "../../emu/host/accounts.ts";
import type { Machine } from "../../emu/machine.ts";
import { TRAFFIC_PARTS, type TrafficPart } from "../questions.ts";

/** Rounds from one sample to the next, while the run is short. */
const FIRST_ROUNDS = 4;
/** At so many, every second one is dropped and the distance doubles. Samples share the rows of clusters that did nothing. */
const MOST = 192;
/** Clusters from which on a sample costs so much that there are fewer. */
const MANY = 64;

/** Whose accesses a row of the accounts has. */
export type PartOf = (cell: Traffic) => "programs" | "kernel";

export interface Sample {
    readonly clock: number;
    /** By source cluster: counts of each part, bank by bank, from the begin of the run. */
    readonly rows: readonly Float64Array[];
}

export class Samples {
    readonly #machine: Machine;
    readonly #clusters: number;
    readonly #hartsPerCluster: number;
    readonly #most: number;
    readonly #partOf: PartOf;
    #distance: number;
    #samples: readonly Sample[];
    /** By cluster: what its harts had executed at the last sample. */
    #executed: readonly number[];

    constructor(machine: Machine, hartsPerCluster: number, partOf: PartOf) {
        this.#partOf = partOf;
        this.#machine = machine;
        this.#hartsPerCluster = hartsPerCluster;
        this.#clusters = machine.clusterCount;
        const isMany = this.#clusters > MANY;
        this.#most = isMany ? MOST / 8 : MOST;
        this.#distance = (isMany ? 64 : 1) * FIRST_ROUNDS * machine.quantum;
        const nothing = new Float64Array(TRAFFIC_PARTS.length * this.#clusters);
        this.#samples = [{ clock: 0, rows: Array.from({ length: this.#clusters }, () => nothing) }];
        this.#executed = new Array<number>(this.#clusters).fill(0);
    }

    /** The clock at which the next sample is due. */
    get due(): number {
        return (this.#samples.at(-1)?.clock ?? 0) + this.#distance;
    }

    get all(): readonly Sample[] {
        return this.#samples;
    }

    /** Takes one, between two turns. */
    take(clock: number): void {
        const last = this.#samples.at(-1);
        const executed = Array.from({ length: this.#clusters }, (_, cxy) => this.#executedBy(cxy));
        const rows = executed.map((count, source) => {
            const before = last?.rows[source];
            return before !== undefined && count === this.#executed[source] ? before : this.#row(source);
        });
        this.#executed = executed;
        this.#samples = [...this.#samples, { clock, rows }];
        if (this.#samples.length <= this.#most) return;
        this.#distance *= 2;
        this.#samples = this.#samples.filter((_, i) => i % 2 === 0);
    }

    /** Those behind the clock are of a future that the run does not have any more. */
    forget(clock: number): void {
        this.#samples = this.#samples.filter((sample) => sample.clock <= clock);
        this.#executed = this.#executed.map(() => -1);
    }

    #executedBy(cxy: number): number {
        let sum = 0;
        for (let lid = 0; lid < this.#hartsPerCluster; lid++)
            sum += this.#machine.hart(cxy * this.#hartsPerCluster + lid).executed;
        return sum;
    }

    #row(source: number): Float64Array {
        const row = new Float64Array(TRAFFIC_PARTS.length * this.#clusters);
        for (const cell of this.#machine.traffic(source)) {
            if (cell.home === null) continue;
            const at = TRAFFIC_PARTS.indexOf(trafficPart(cell, this.#partOf(cell))) * this.#clusters + cell.home;
            row[at] = (row[at] ?? 0) + cell.count;
        }
        return row;
    }
}

function trafficPart({ operation }: Traffic, who: ReturnType<PartOf>): TrafficPart {
    return operation === "ifetch" ? `${who}: instructions` : `${who}: data`;
}
