/** Builds Sv39 page tables in a machine's RAM for tests. */
import { SATP_FIELDS, shiftOf } from "../../../emu/isa/fields.ts";
import type { Machine } from "../../../emu/machine.ts";

export const V = 1;
export const R = 2;
export const W = 4;
export const X = 8;
export const U = 16;
export const G = 32;
export const A = 64;
export const D = 128;

const PAGE = 4096;
const SV39 = 8n;

export class PageTables {
    readonly #machine: Machine;
    readonly root: number;
    #free: number;

    /** Takes pages from `root` upwards. */
    constructor(machine: Machine, root: number) {
        this.#machine = machine;
        this.root = root;
        this.#free = root + PAGE;
    }

    /** Value of satp for these tables. */
    satp(asid = 0): bigint {
        return (
            (SV39 << shiftOf(SATP_FIELDS, "MODE")) |
            (BigInt(asid) << shiftOf(SATP_FIELDS, "ASID")) |
            BigInt(this.root / PAGE)
        );
    }

    /** Sets the leaf entry of vaddr at a level: 0 for 4 KiB, 1 for 2 MiB, 2 for 1 GiB. Gives the entry's address. */
    map(vaddr: number, paddr: number, flags: number, level = 0): number {
        let table = this.root;
        for (let l = 2; l > level; l--) {
            const slot = table + 8 * index(vaddr, l);
            let entry = this.read(slot);
            if ((entry & 1n) === 0n) {
                entry = pte(this.#free, V);
                this.#free += PAGE;
                this.write(slot, entry);
            }
            table = Number(entry >> 10n) * PAGE;
        }
        const slot = table + 8 * index(vaddr, level);
        this.write(slot, pte(paddr, flags));
        return slot;
    }

    read(slot: number): bigint {
        return new DataView(this.#machine.readPhysical(slot, 8).buffer).getBigUint64(0, true);
    }

    write(slot: number, entry: bigint): void {
        this.#machine.writePhysical(slot, new Uint8Array(BigUint64Array.of(entry).buffer));
    }
}

function index(vaddr: number, level: number): number {
    return Math.floor(vaddr / 2 ** (12 + 9 * level)) % 512;
}

function pte(paddr: number, flags: number): bigint {
    return (BigInt(Math.floor(paddr / PAGE)) << 10n) | BigInt(flags);
}
