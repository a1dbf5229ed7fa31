/**
 * Locks of `--audit waits`: the order in which a hart takes one lock while it holds another is the order for all. A lock's class is its
 * place: static, or in objects allocated at the same place. So an order shows before two harts meet in it. Two locks of one class are told
 * apart. Also, a lock is not taken twice by a hart, given back by another, or held while the hart waits (vmm-policy 5.9).
 */

import { Broken, hex, nowhere, type Place } from "../report/violation.ts";
import type { Lifetimes } from "./lifetimes.ts";
import { type Site, type Sites, WAIT_HELPERS } from "./places.ts";

interface Taking {
    readonly address: number;
    readonly site: Site;
}

interface Edge {
    readonly held: Taking;
    readonly wanted: Taking;
}

export class LockOrder {
    readonly #sites: Sites;
    readonly #lifetimes: Lifetimes;
    /** The locks that a hart holds, first taken first, and the lock that it tries to take, by hart. */
    readonly #held = new Map<number, Taking[]>();
    readonly #wanted = new Map<number, Taking>();
    readonly #holders = new Map<number, number>();
    /** The classes that were taken while a class was held, by that class. */
    readonly #edges = new Map<string, Map<string, Edge>>();

    constructor(sites: Sites, lifetimes: Lifetimes) {
        this.#sites = sites;
        this.#lifetimes = lifetimes;
    }

    /** The hart tries to take the lock, perhaps again. */
    wants(hart: number, pc: number, address: number): void {
        if (this.#wanted.get(hart)?.address === address) {
            this.#checkCircle(hart);
            return;
        }
        const wanted = { address, site: this.#sites.capture(hart, pc) };
        this.#wanted.set(hart, wanted);
        for (const held of this.#heldBy(hart)) {
            if (held.address === address) this.#break("the hart holds it already", [{ held, wanted }]);
            this.#note(held, wanted);
        }
    }

    /** The hart has taken the lock. */
    takes(hart: number): void {
        const taken = this.#wanted.get(hart);
        if (taken === undefined) return;
        this.#wanted.delete(hart);
        this.#holders.set(taken.address, hart);
        this.#heldBy(hart).push(taken);
    }

    releases(hart: number, pc: number, address: number): void {
        const held = this.#heldBy(hart);
        const index = held.findIndex((each) => each.address === address);
        if (index < 0) {
            const site = this.#sites.capture(hart, pc);
            const text = `hart ${hart} gives back the lock at ${hex(address)}, which it does not hold: ${this.#tell(site)}`;
            this.#fail(text, [this.#sites.place("locked", site, WAIT_HELPERS)]);
        }
        held.splice(index, 1);
        this.#holders.delete(address);
    }

    /** The hart is about to wait, or to give itself to another thread. */
    waits(hart: number, pc: number): void {
        const [held] = this.#heldBy(hart);
        if (held === undefined) return;
        const site = this.#sites.capture(hart, pc);
        const text = `hart ${hart} waits with the lock at ${hex(held.address)}, taken by ${this.#tell(held.site)}: ${this.#tell(site)}`;
        this.#fail(text, [
            this.#sites.place("locked", held.site, WAIT_HELPERS),
            this.#sites.place("waits", site, WAIT_HELPERS),
        ]);
    }

    #heldBy(hart: number): Taking[] {
        let held = this.#held.get(hart);
        if (held === undefined) {
            held = [];
            this.#held.set(hart, held);
        }
        return held;
    }

    #note(held: Taking, wanted: Taking): void {
        let [from, to] = [this.#lifetimes.kindOf(held.address), this.#lifetimes.kindOf(wanted.address)];
        if (from === to) [from, to] = [this.#lifetimes.nameOf(held.address), this.#lifetimes.nameOf(wanted.address)];
        const known = this.#edges.get(from);
        if (known?.has(to) === true) return;
        const edge = { held, wanted };
        if (known === undefined) this.#edges.set(from, new Map([[to, edge]]));
        else known.set(to, edge);
        const back = this.#path(to, from);
        if (back !== undefined) this.#break("the order was once the other way round", [edge, ...back]);
    }

    /** The edges that lead from one class to another; undefined when there are none. */
    #path(from: string, to: string): Edge[] | undefined {
        const open: { at: string; path: Edge[] }[] = [{ at: from, path: [] }];
        const seen = new Set([from]);
        for (let next = open.shift(); next !== undefined; next = open.shift()) {
            if (next.at === to) return next.path;
            for (const [each, edge] of this.#edges.get(next.at) ?? []) {
                if (seen.has(each)) continue;
                seen.add(each);
                open.push({ at: each, path: [...next.path, edge] });
            }
        }
        return undefined;
    }

    /** The hart spins. Checks whether the holder, or the holder of the lock that it spins for, waits for this hart. */
    #checkCircle(hart: number): void {
        const circle: Edge[] = [];
        for (let at = hart; ; ) {
            const wanted = this.#wanted.get(at);
            const holder = wanted === undefined ? undefined : this.#holders.get(wanted.address);
            const held =
                holder === undefined
                    ? undefined
                    : this.#heldBy(holder).find((each) => each.address === wanted?.address);
            if (wanted === undefined || holder === undefined || held === undefined) return;
            circle.push({ held, wanted });
            if (holder === hart) this.#break("each waits for the next", circle);
            if (circle.length > this.#wanted.size) return;
            at = holder;
        }
    }

    #break(why: string, edges: readonly Edge[]): never {
        const chains = edges.map(
            ({ held, wanted }) =>
                `${hex(held.address)}, taken by ${this.#tell(held.site)}, is held while ${hex(wanted.address)} is taken by ${this.#tell(wanted.site)}`,
        );
        const places = edges.flatMap(({ held, wanted }) => [
            this.#sites.place("locked", held.site, WAIT_HELPERS),
            this.#sites.place("waits", wanted.site, WAIT_HELPERS),
        ]);
        this.#fail(`locks: ${why}: ${chains.join("; ")}`, places);
    }

    #fail(text: string, places: readonly Place[]): never {
        throw new Broken({ ...nowhere("waits"), text, places });
    }

    #tell(site: Site): string {
        return this.#sites.describe(site, WAIT_HELPERS);
    }
}
