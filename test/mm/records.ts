/**
 * What the order of steps of test/mm/model.ts lets an observer of the kernel's records see (boot/abi/events.ts): registrations, changes, faults,
 * frames and requests of all processes, in the order of their commits. A run whose records break it has made a step out of order.
 */

import {
    PROBE_ALLOC,
    PROBE_BEGIN,
    PROBE_END,
    PROBE_EXIT,
    PROBE_FAULT,
    PROBE_FRAME,
    PROBE_RPC_SENT,
    PROBE_RPC_SERVED,
    PROBE_SPILL,
    PROBE_VSEG,
} from "../../kernel/abi/event.ts";
import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { OPERATION_FAULT, OPERATION_STRUCTURE } from "../../kernel/abi/operation.ts";
import { VSEG_CODE, VSEG_DSM, VSEG_STACK } from "../../kernel/abi/vseg-type.ts";

export type Seen =
    | {
          readonly what: "vseg";
          readonly pid: number;
          readonly cxy: number;
          /** A STACK: its cluster's own, which Z knows nothing of. */
          readonly isPrivate: boolean;
          readonly first: number;
          readonly end: number;
          readonly registered: boolean;
      }
    | {
          readonly what: "begin" | "end";
          readonly pid: number;
          readonly cxy: number;
          readonly operation: number;
          readonly vpn: number;
      }
    | { readonly what: "fault"; readonly pid: number; readonly cxy: number; readonly vpn: number }
    | {
          readonly what: "frame";
          /** Of whose bank. */
          readonly home: number;
          readonly ppn: number;
          readonly frames: number;
          readonly allocated: boolean;
      }
    /** The bank of its rule is full (5.7). */
    | { readonly what: "spilled"; readonly ppn: number }
    /** Cluster `cxy` has got a frame for a page whose rule names `home`; of STACK or CODE: `isPrivate`. */
    | {
          readonly what: "placed";
          readonly cxy: number;
          readonly home: number;
          readonly ppn: number;
          readonly isPrivate: boolean;
      }
    | {
          readonly what: "sent" | "served";
          readonly level: number;
          readonly op: number;
          readonly client: number;
          readonly server: number;
      }
    /** Nothing of the process is left. */
    | { readonly what: "exit"; readonly pid: number };

/** A probe record as this check sees it; undefined: it does not. `cxy` is the cluster of the hart that committed it. */
export function seenOf(cxy: number, words: readonly number[]): Seen | undefined {
    const [event = 0, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = words;
    switch (event) {
        case PROBE_VSEG:
            // What a node has of the region is sm-dsm's.
            if (b === VSEG_DSM) return undefined;
            return { what: "vseg", pid: a, isPrivate: b === VSEG_STACK, first: c, end: d, cxy: e, registered: f === 1 };
        case PROBE_BEGIN:
            return { what: "begin", pid: a, cxy, operation: b, vpn: Math.floor(c / PAGE_SIZE) };
        case PROBE_END:
            return { what: "end", pid: a, cxy, operation: b, vpn: 0 };
        case PROBE_FAULT:
            if (b === VSEG_DSM) return undefined;
            return { what: "fault", pid: a, cxy, vpn: Math.floor(c / PAGE_SIZE) };
        case PROBE_FRAME:
            return { what: "frame", home: a, ppn: b, frames: 2 ** (c >>> 8), allocated: e === 1 };
        case PROBE_SPILL:
            return { what: "spilled", ppn: e };
        case PROBE_ALLOC:
            return { what: "placed", cxy, home: b, ppn: c, isPrivate: a === VSEG_STACK || a === VSEG_CODE };
        case PROBE_RPC_SENT:
            return { what: "sent", level: a, op: b, client: cxy, server: c };
        case PROBE_RPC_SERVED:
            return { what: "served", level: a, op: b, client: c, server: cxy };
        case PROBE_EXIT:
            return { what: "exit", pid: a };
        default:
            return undefined;
    }
}
interface Range {
    readonly first: number;
    readonly end: number;
}

interface Process {
    /** VSL(P,K) by cluster, but for its STACKs; and those. */
    readonly lists: Map<number, Range[]>;
    readonly stacks: Map<number, Range[]>;
    /** Ranges that Z has taken off its list in its last records in a row: cut vsegs come again in parts. */
    leaving: Range[];
    /** Clusters in whose VSL a change is under way. */
    readonly changing: Set<number>;
    /** How many faults of each cluster have begun and not ended, by page; and what was registered there meanwhile. */
    readonly faults: Map<string, number>;
    /** Ranges that a cluster has lost while some fault of its was under way. */
    readonly lost: Map<number, Range[]>;
}

export class Records {
    readonly #processes = new Map<number, Process>();
    /** First frames of the blocks that are allocated, with their sizes. */
    readonly #blocks = new Map<number, number>();
    /** The bank in which each frame lies, and frames that lie in another one than their rule's. */
    readonly #homes = new Map<number, number>();
    readonly #spilled = new Set<number>();
    readonly #requests = new Map<string, number>();
    readonly #levels: ReadonlyMap<number, number> | undefined;

    /** `levels`: that of each operation, as docs/waits.md has them; without it requests may be of any. */
    constructor(levels?: ReadonlyMap<number, number>) {
        this.#levels = levels;
    }

    /** The rule that the record breaks, told; or undefined. */
    add(seen: Seen): string | undefined {
        const process = "pid" in seen ? this.#processOf(seen.pid) : undefined;
        const before =
            process !== undefined && "pid" in seen && seen.what !== "vseg" ? this.#left(seen.pid, process) : undefined;
        return before ?? this.#one(seen, process);
    }

    /** At the end of a run: every request has been answered. */
    atEnd(): string | undefined {
        const open = [...this.#requests].find(([, count]) => count !== 0);
        return open === undefined ? undefined : `5.9: request ${open[0]} was never answered`;
    }

    #one(seen: Seen, process: Process | undefined): string | undefined {
        switch (seen.what) {
            case "vseg":
                return process && vseg(seen, process);
            case "begin":
            case "end":
                return process && operation(seen, process);
            case "fault":
                return process && fault(seen, process);
            case "frame":
                return this.#frame(seen);
            case "spilled":
                this.#spilled.add(seen.ppn);
                return undefined;
            case "placed":
                return this.#placed(seen);
            case "exit":
                this.#processes.delete(seen.pid);
                return undefined;
            default:
                return this.#request(seen);
        }
    }

    #processOf(pid: number): Process {
        let process = this.#processes.get(pid);
        if (process === undefined) {
            process = {
                lists: new Map(),
                stacks: new Map(),
                leaving: [],
                changing: new Set(),
                faults: new Map(),
                lost: new Map(),
            };
            this.#processes.set(pid, process);
        }
        return process;
    }

    /** What Z took off its list stays away: nobody may have it any more (I9). */
    #left(pid: number, process: Process): string | undefined {
        const z = reference(pid);
        for (const range of process.leaving) {
            for (const [cxy, list] of process.lists) {
                if (cxy === z) continue;
                const kept = list.find((each) => overlaps(each, range) && !covered(each, process.lists.get(z) ?? []));
                if (kept !== undefined)
                    return `I9: Z has forgotten ${told(range)} of process ${pid}, cluster ${cxy} has not`;
            }
        }
        process.leaving = [];
        return undefined;
    }

    /** The frame of a private page lies in the bank of the cluster that has asked for it (I12), but when that is full. */
    #placed({ cxy, home, ppn, isPrivate }: Extract<Seen, { what: "placed" }>): string | undefined {
        const spilled = this.#spilled.delete(ppn);
        if (!isPrivate) return undefined;
        if (home !== cxy) return `I12: cluster ${cxy} makes a private page for cluster ${home}`;
        const lies = this.#homes.get(ppn) ?? home;
        return spilled || lies === home ? undefined : `I12: frame ${ppn} of a private page of ${home} lies in ${lies}`;
    }

    #frame({ home, ppn, frames, allocated }: Extract<Seen, { what: "frame" }>): string | undefined {
        if (allocated) {
            this.#homes.set(ppn, home);
            if (this.#blocks.has(ppn)) return `I10: frame ${ppn} is allocated twice`;
            this.#blocks.set(ppn, frames);
            return undefined;
        }
        const size = this.#blocks.get(ppn);
        this.#blocks.delete(ppn);
        if (size === undefined) return `I10: frame ${ppn} is freed, and was not allocated`;
        return size === frames ? undefined : `I10: of ${size} frames at ${ppn} ${frames} are freed`;
    }

    #request({ what, level, op, client, server }: Extract<Seen, { what: "sent" | "served" }>): string | undefined {
        if (this.#levels !== undefined && this.#levels.get(op) !== level)
            return `5.9: operation ${op} is sent at level ${level}`;
        const key = `${op} (level ${level}) from ${client} to ${server}`;
        const open = (this.#requests.get(key) ?? 0) + (what === "sent" ? 1 : -1);
        this.#requests.set(key, open);
        return open < 0 ? `5.9: request ${key} is answered, and was not sent` : undefined;
    }
}

function reference(pid: number): number {
    return Math.floor(pid / 65536);
}

function overlaps(a: Range, b: Range): boolean {
    return a.first < b.end && b.first < a.end;
}

/** Every page of the range is in one of the list, which may be cut. */
function covered(range: Range, list: readonly Range[]): boolean {
    let at = range.first;
    for (const each of [...list].sort((a, b) => a.first - b.first))
        if (each.first <= at && each.end > at) at = each.end;
    return at >= range.end;
}

function told({ first, end }: Range): string {
    return `pages 0x${first.toString(16)} to 0x${end.toString(16)}`;
}

function vseg(seen: Extract<Seen, { what: "vseg" }>, process: Process): string | undefined {
    const z = reference(seen.pid);
    const list = process.lists.get(seen.cxy) ?? [];
    process.lists.set(seen.cxy, list);
    const where = `${told(seen)} of process ${seen.pid} in cluster ${seen.cxy}`;
    const stacks = process.stacks.get(seen.cxy) ?? [];
    process.stacks.set(seen.cxy, stacks);
    if (!seen.registered) return removed(seen, process, seen.isPrivate ? stacks : list, where);
    if ([...list, ...stacks].some((each) => overlaps(each, seen)))
        return `I8: ${where} overlap what is registered there`;
    (seen.isPrivate ? stacks : list).push({ first: seen.first, end: seen.end });
    if (seen.isPrivate) return undefined;
    const known = [...(process.lists.get(z) ?? []), ...process.leaving];
    return covered(seen, known) ? undefined : `I9: ${where} are registered, Z has no such vseg`;
}

function removed(
    seen: Extract<Seen, { what: "vseg" }>,
    process: Process,
    list: Range[],
    where: string,
): string | undefined {
    const at = list.findIndex(({ first, end }) => first === seen.first && end === seen.end);
    if (at < 0) return `5.9: ${where} are forgotten, and were not registered`;
    list.splice(at, 1);
    if (seen.isPrivate && !process.changing.has(seen.cxy))
        return `5.9.2: STACK ${where} is forgotten, and no change is under way`;
    if (!seen.isPrivate && seen.cxy === reference(seen.pid)) process.leaving.push(seen);
    const lost = process.lost.get(seen.cxy) ?? [];
    if ([...process.faults.keys()].some((key) => key.startsWith(`${seen.cxy} `)))
        process.lost.set(seen.cxy, [...lost, seen]);
    return undefined;
}

/** Changes of one VSL come one after the other; every operation that ends has begun. */
function operation(seen: Extract<Seen, { what: "begin" | "end" }>, process: Process): string | undefined {
    const begins = seen.what === "begin";
    const { pid, cxy } = seen;
    if (seen.operation === OPERATION_STRUCTURE) {
        if (begins === process.changing.has(cxy))
            return `5.9.2: a change of process ${pid} in cluster ${cxy} ${begins ? "begins beside another" : "ends, and none was begun"}`;
        if (begins) process.changing.add(cxy);
        else process.changing.delete(cxy);
    }
    if (seen.operation === OPERATION_FAULT) countFault(seen, process);
    return undefined;
}

/** An end does not say of which page: only when none is left in the cluster they are known to be over. */
function countFault({ what, cxy, vpn }: Extract<Seen, { what: "begin" | "end" }>, process: Process): void {
    const all = `${cxy} all`;
    const under = (process.faults.get(all) ?? 0) + (what === "begin" ? 1 : -1);
    process.faults.set(all, under);
    if (what === "begin") process.faults.set(`${cxy} ${vpn}`, 1);
    if (under > 0) return;
    for (const key of [...process.faults.keys()]) if (key.startsWith(`${cxy} `)) process.faults.delete(key);
    process.lost.delete(cxy);
}

/** A page is installed only after its fault began, and where its vseg is registered, or was while the fault was under way (5.1, 5.9.2). */
function fault({ pid, cxy, vpn }: Extract<Seen, { what: "fault" }>, process: Process): string | undefined {
    if (!process.faults.has(`${cxy} ${vpn}`))
        return `5.0: page 0x${vpn.toString(16)} of process ${pid} is resolved without a fault in cluster ${cxy}`;
    const lists = [process.lists, process.stacks, process.lost];
    const had = lists.flatMap((each) => each.get(cxy) ?? []);
    if (had.some((each) => each.first <= vpn && vpn < each.end)) return undefined;
    return `5.1: page 0x${vpn.toString(16)} of process ${pid} is resolved in cluster ${cxy}, which has not registered its vseg`;
}
