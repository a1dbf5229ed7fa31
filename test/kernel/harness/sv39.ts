/**
 * An Sv39 walker written from the privileged specification (4.4), over the banks of a Machine; it shares nothing with
 * the kernel.
 */

import type { Machine } from "./machine.ts";

export interface Translation {
    readonly paddr: number;
    readonly read: boolean;
    readonly write: boolean;
    readonly execute: boolean;
    readonly user: boolean;
    readonly accessed: boolean;
    readonly dirty: boolean;
    readonly pte: bigint;
    /** Page numbers of the tables passed, root first. */
    readonly tables: readonly number[];
}

const LEVELS = 3;
const VPN_BITS = 9;
const PAGE_BITS = 12;

/** Translates under `satp`; undefined where the hardware would raise a page fault for every access. */
export function translate(machine: Machine, satp: bigint, vaddr: number): Translation | undefined {
    if (satp >> 60n !== 8n) throw new Error(`satp ${satp.toString(16)} is not Sv39`);
    let table = Number(satp & ((1n << 44n) - 1n));
    const tables: number[] = [];
    for (let level = LEVELS - 1; level >= 0; level--) {
        tables.push(table);
        const index = Math.floor(vaddr / 2 ** (PAGE_BITS + VPN_BITS * level)) % 2 ** VPN_BITS;
        const { view, offset } = machine.bank(table * 2 ** PAGE_BITS + index * 8);
        const pte = view.getBigUint64(offset, true);
        const bit = (n: number) => ((pte >> BigInt(n)) & 1n) === 1n;
        if (!bit(0)) return undefined;
        if (!bit(1) && bit(2)) throw new Error(`reserved encoding: W without R in ${pte.toString(16)}`);
        // Svpbmt's type NC, of a leaf.
        if ((pte & ~(bit(1) || bit(3) ? 1n << 61n : 0n)) >> 54n !== 0n)
            throw new Error(`reserved bits set in ${pte.toString(16)}`);
        const ppn = Number((pte >> 10n) & ((1n << 44n) - 1n));
        if (bit(1) || bit(3)) return level === 0 ? leaf(pte, ppn, vaddr, tables) : superpage(pte, level);
        if (bit(4) || bit(6) || bit(7)) throw new Error(`U, A or D set in the non-leaf ${pte.toString(16)}`);
        table = ppn;
    }
    throw new Error(`pointer to a table at level 0 for ${vaddr.toString(16)}`);
}

function leaf(pte: bigint, ppn: number, vaddr: number, tables: readonly number[]): Translation {
    const bit = (n: number) => ((pte >> BigInt(n)) & 1n) === 1n;
    return {
        paddr: ppn * 2 ** PAGE_BITS + (vaddr % 2 ** PAGE_BITS),
        read: bit(1),
        write: bit(2),
        execute: bit(3),
        user: bit(4),
        accessed: bit(6),
        dirty: bit(7),
        pte,
        tables,
    };
}

function superpage(pte: bigint, level: number): never {
    throw new Error(`the kernel makes no superpages: ${pte.toString(16)} at level ${level}`);
}

/** Every page that the tables under `satp` map for user mode, by VPN. */
export function userMappings(machine: Machine, satp: bigint, pages: number): Map<number, Translation> {
    const found = new Map<number, Translation>();
    const LEAF_PAGES = 2 ** VPN_BITS;
    const root = Number(satp & ((1n << 44n) - 1n));
    for (let first = 0; first < pages; first += LEAF_PAGES) {
        if (!hasMiddleTable(machine, root, first)) {
            first += LEAF_PAGES ** 2 - LEAF_PAGES;
            continue;
        }
        if (!hasLeafTable(machine, root, first)) continue;
        for (let vpn = first; vpn < first + LEAF_PAGES; vpn++) {
            const mapping = translate(machine, satp, vpn * 2 ** PAGE_BITS);
            if (mapping?.user === true) found.set(vpn, mapping);
        }
    }
    return found;
}

function hasMiddleTable(machine: Machine, root: number, vpn: number): boolean {
    return entry(machine, root, Math.floor(vpn / 2 ** (2 * VPN_BITS))).valid;
}

function hasLeafTable(machine: Machine, root: number, vpn: number): boolean {
    const middle = entry(machine, root, Math.floor(vpn / 2 ** (2 * VPN_BITS)));
    return middle.valid && entry(machine, middle.ppn, Math.floor(vpn / 2 ** VPN_BITS) % 2 ** VPN_BITS).valid;
}

function entry(machine: Machine, table: number, index: number): { valid: boolean; ppn: number } {
    const { view, offset } = machine.bank(table * 2 ** PAGE_BITS + index * 8);
    const pte = view.getBigUint64(offset, true);
    return { valid: (pte & 1n) === 1n, ppn: Number((pte >> 10n) & ((1n << 44n) - 1n)) };
}
