/**
 * numastat of a run: per cluster, as Linux counts per node (Documentation/admin-guide/numastat.rst), the frames that the kernel gave to
 * pages of vsegs, freed ones included. The cluster that a page's rule names (vmm-policy 2.3, 9) stands for the node that a process prefers.
 * Pages of FILE are not counted: they belong to the file cache, which no thread's policy places.
 *
 * - numa_hit: frames of this bank for pages whose rule names this cluster;
 * - numa_miss: frames of this bank for pages whose rule names another cluster, which was full (a spill, 5.7);
 * - numa_foreign: pages whose rule names this cluster, with a frame elsewhere; each is a numa_miss there;
 * - interleave_hit: numa_hit of types whose rule spreads pages over the clusters (lsb, skew, prime, xor);
 * - local_node: frames of this bank for a thread of this cluster; other_node: for a thread of another cluster. So numa_hit + numa_miss =
 *   local_node + other_node.
 */

import type { Config } from "../../configs/schema/config.ts";
import { BANK_BASE, PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import type { EventOf } from "../abi/events.ts";
import type { Handlers, Observer } from "../abi/observer.ts";
import type { NumaStat } from "../report/report.ts";
import { isInterleaved } from "./home-policy.ts";
import { vsegTypeOf } from "./vseg-names.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The cluster whose bank holds a frame. */
export function bankOf(ppn: number, bankSize: number): number {
    return Math.floor((ppn * PAGE_SIZE - BANK_BASE) / bankSize);
}

export class NumaStats implements Observer {
    readonly on: Handlers = { alloc: (event) => this.#alloc(event) };
    readonly rows: readonly Mutable<NumaStat>[];
    readonly #config: Config;

    constructor(config: Config, clusters: number) {
        this.#config = config;
        const none = { numa_hit: 0, numa_miss: 0, numa_foreign: 0, interleave_hit: 0, local_node: 0, other_node: 0 };
        this.rows = Array.from({ length: clusters }, (_, node) => ({ node, ...none }));
    }

    get gathered() {
        return { name: "numa-stat", containers: { rows: this.rows } };
    }

    #alloc({ kind, home, ppn, toucher }: EventOf<"alloc">): void {
        const type = vsegTypeOf(kind);
        const wanted = this.rows[home];
        const given = this.rows[bankOf(ppn, this.#config.machine.bankSize)];
        if (type === undefined || wanted === undefined || given === undefined) return;
        if (given === wanted) {
            given.numa_hit++;
            if (isInterleaved(this.#config, type)) given.interleave_hit++;
        } else {
            given.numa_miss++;
            wanted.numa_foreign++;
        }
        if (toucher === given.node) given.local_node++;
        else given.other_node++;
    }
}
