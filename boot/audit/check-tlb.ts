/**
 * TLBs (I10, I7, MRSW): the translations that harts in user mode could still use. A hart in the kernel translates nothing, and empties its
 * TLB on the way out when rights were lost meanwhile. So only harts in user mode, or about to enter it, are checked.
 */

import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { broken, hex } from "../report/violation.ts";
import { holders, isDsm } from "./check-dsm.ts";
import { describeEntry, isKentry, isValid, PTE_W, ppnOf, rightsOf } from "./kernel-facts.ts";
import type { Replica } from "./replica.ts";
import type { World } from "./world.ts";

export interface CachedEntry {
    readonly vaddr: number;
    readonly paddr: number;
    readonly access: "read" | "write" | "fetch";
}

/** The machine's harts, as far as TLBs go. */
export interface Tlbs {
    readonly hartsPerCluster: number;
    readonly hartCount: number;
    inUserMode(hart: number): boolean;
    /** The entries of the hart's TLB for user mode (of one page), and the satp they are for. */
    entries(hart: number, vaddr?: number): { satp: bigint; entries: readonly CachedEntry[] };
}

/** The hart that is about to enter user mode of process `pid`. */
export interface Leaving {
    readonly hart: number;
    readonly pid: number;
}

const SATP_PPN = (1n << 44n) - 1n;

export class TlbCheck {
    readonly #world: World;
    readonly #tlbs: Tlbs;
    /** The replica that was last compared whole, and its count of losses then, by hart. */
    readonly #compared = new Map<number, { replica: Replica; losses: number }>();

    constructor(world: World, tlbs: Tlbs) {
        this.#world = world;
        this.#tlbs = tlbs;
    }

    /** I10: a frame that is freed now is in no TLB. */
    frameFreed(ppn: number, pid: number): void {
        for (let hart = 0; hart < this.#tlbs.hartCount; hart++) {
            if (!this.#tlbs.inUserMode(hart)) continue;
            const found = this.#tlbs.entries(hart).entries.find(({ paddr }) => paddr === ppn * PAGE_SIZE);
            if (found === undefined) continue;
            const where = { pid, page: found.vaddr / PAGE_SIZE, clusters: this.#clusters(hart) };
            broken("I10", where, `frame ${hex(ppn)} is freed, the TLB of hart ${hart} has it to ${found.access}`);
        }
    }

    /** MRSW: no other node's TLB contradicts a node's grant. */
    granted(pid: number, vpn: number, leaving: Leaving): void {
        const all = holders(this.#world, pid, vpn);
        const [writer] = all.filter(({ entry }) => (rightsOf(entry) & PTE_W) !== 0);
        for (let hart = 0; hart < this.#tlbs.hartCount; hart++) {
            if (hart !== leaving.hart && !this.#tlbs.inUserMode(hart)) continue;
            const { satp, entries } = this.#tlbs.entries(hart, vpn * PAGE_SIZE);
            if (entries.length === 0) continue;
            const owner = this.#replicaOf(hart, satp);
            // The leaving hart empties its entries of another process when its satp changes.
            if (owner === undefined || (hart === leaving.hart && owner.pid !== leaving.pid)) continue;
            if (!this.#world.groupOf(pid).includes(owner.pid)) continue;
            const others = writer === undefined ? all : [writer];
            const other = others.find(({ replica }) => replica.pid !== owner.pid);
            const stale = entries.find(({ access }) => writer !== undefined || access === "write");
            if (other === undefined || stale === undefined) continue;
            const where = { pid: owner.pid, page: vpn, clusters: [owner.cxy, other.replica.cxy] };
            const text =
                `the TLB of hart ${hart} (node ${owner.fields.node}) has the page to ${stale.access}, node ` +
                `${other.replica.fields.node} has ${describeEntry(other.entry)}`;
            broken("MRSW", where, text);
        }
    }

    /** At rest: no TLB of P says more than the tables. False when a hart in the kernel must be checked later. */
    atRest(pid: number, leaving: Leaving): boolean {
        let complete = true;
        for (const replica of this.#world.replicas(pid)) {
            const first = replica.cxy * this.#tlbs.hartsPerCluster;
            for (let hart = first; hart < first + this.#tlbs.hartsPerCluster; hart++) {
                const last = this.#compared.get(hart);
                if (last?.replica === replica && last.losses === replica.losses) continue;
                const holds = this.#serves(hart, replica);
                const runs = this.#tlbs.inUserMode(hart) || (hart === leaving.hart && pid === leaving.pid);
                if (holds && !runs) {
                    complete = false;
                    continue;
                }
                // A set for another satp is emptied before it serves this one.
                if (holds) this.#compare(hart, replica, this.#tlbs.entries(hart).entries);
                this.#compared.set(hart, { replica, losses: replica.losses });
            }
        }
        return complete;
    }

    #compare(hart: number, replica: Replica, entries: readonly CachedEntry[]): void {
        for (const { vaddr, paddr, access } of entries) {
            const vpn = vaddr / PAGE_SIZE;
            if (isKentry(vpn)) continue;
            const entry = replica.entries.get(vpn) ?? 0;
            const good = isValid(entry) && ppnOf(entry) * PAGE_SIZE === paddr;
            if (good && (access !== "write" || (rightsOf(entry) & PTE_W) !== 0)) continue;
            const name = isDsm(this.#world, replica.pid, vpn) ? "MRSW" : good ? "I7" : "I10";
            const text =
                `the TLB of hart ${hart} has frame ${hex(paddr / PAGE_SIZE)} to ${access}, ` +
                `GPT(P,${replica.cxy}) has ${describeEntry(entry)}`;
            broken(name, { pid: replica.pid, page: vpn, clusters: [replica.cxy] }, text);
        }
    }

    /** True when the hart's entries come from the replica's tables. */
    #serves(hart: number, replica: Replica): boolean {
        // One page is enough to learn the satp. Reading all entries costs too much.
        return this.#replicaOf(hart, this.#tlbs.entries(hart, 0).satp) === replica;
    }

    /** The replica whose tables a hart's satp names. */
    #replicaOf(hart: number, satp: bigint): Replica | undefined {
        const cxy = Math.floor(hart / this.#tlbs.hartsPerCluster);
        const root = Number(satp & SATP_PPN);
        for (const replicas of this.#world.processes.values()) {
            const replica = replicas.get(cxy);
            if (replica !== undefined && replica.fields.root !== 0 && replica.rootFrame() === root) return replica;
        }
        return undefined;
    }

    #clusters(hart: number): number[] {
        return [Math.floor(hart / this.#tlbs.hartsPerCluster)];
    }
}
