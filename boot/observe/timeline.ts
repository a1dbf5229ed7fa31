/**
 * How often things happened over a run, by cluster: counts in equal parts of its cycles. The parts are doubled as the run grows, so that there
 * are never more than MOST_BINS, however long it is.
 */

import type { Handlers, Observer } from "../abi/observer.ts";
import type { TimelineReport } from "../report/report.ts";
import { DSM_FIELDS } from "./dsm-counts.ts";
import { vsegTypeOf } from "./vseg-names.ts";

const MOST_BINS = 256;
const FIRST_BIN = 256;

interface Row {
    readonly cxy: number;
    readonly event: TimelineReport["rows"][number]["event"];
    readonly what: string;
    readonly counts: number[];
}

export class Timeline implements Observer {
    readonly on: Handlers;
    readonly #cycle: (hart: number) => number;
    readonly #hartsPerCluster: number;
    readonly #rows = new Map<string, Row>();
    /** The cycles of a part. */
    readonly #now = { binCycles: FIRST_BIN };

    /** `cycle` is the clock of a hart. */
    constructor(hartsPerCluster: number, cycle: (hart: number) => number) {
        this.#hartsPerCluster = hartsPerCluster;
        this.#cycle = cycle;
        this.on = {
            fault: ({ type }, hart) => this.#count("fault", vsegTypeOf(type) ?? "OTHER", hart),
            rpcServed: ({ level }, hart) => this.#count("rpcServed", `level ${level}`, hart),
            dsm: ({ action }, hart) => {
                const field = DSM_FIELDS[action];
                if (field !== undefined) this.#count("dsm", field, hart);
            },
        };
    }

    get gathered() {
        return { name: "timeline", containers: { rows: this.#rows, now: this.#now } };
    }

    /** The rows by event, what, and cluster. */
    report(): TimelineReport {
        const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
        const rows = [...this.#rows.values()].sort(
            (a, b) => order(a.event, b.event) || order(a.what, b.what) || a.cxy - b.cxy,
        );
        return {
            binCycles: this.#now.binCycles,
            rows: rows.map(({ cxy, event, what, counts }) => {
                const bins = [...counts.keys()].filter((bin) => (counts[bin] ?? 0) > 0);
                return { cxy, event, what, bins, counts: bins.map((bin) => counts[bin] ?? 0) };
            }),
        };
    }

    #count(event: Row["event"], what: string, hart: number): void {
        const cxy = Math.floor(hart / this.#hartsPerCluster);
        const cycle = this.#cycle(hart);
        while (cycle >= MOST_BINS * this.#now.binCycles) this.#widen();
        const key = `${event} ${what} ${cxy}`;
        const row = this.#rows.get(key) ?? { cxy, event, what, counts: new Array<number>(MOST_BINS).fill(0) };
        this.#rows.set(key, row);
        const bin = Math.floor(cycle / this.#now.binCycles);
        row.counts[bin] = (row.counts[bin] ?? 0) + 1;
    }

    #widen(): void {
        this.#now.binCycles *= 2;
        for (const { counts } of this.#rows.values()) {
            for (let bin = 0; bin < MOST_BINS; bin++) {
                counts[bin] = 2 * bin < MOST_BINS ? (counts[2 * bin] ?? 0) + (counts[2 * bin + 1] ?? 0) : 0;
            }
        }
    }
}
