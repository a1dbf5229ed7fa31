// Sv39 page tables in memory: map, walk, unmap (as kernel/mm's GPT). Table pages come from a bump pointer.
const BASE: usize = 0x40200000;
const VALID: u64 = 1;

let next: usize = 0;

function new_table(): usize {
    const table = next;
    next += 4096;
    for (let p = table; p < table + 4096; p += 32) {
        store<u64>(p, 0);
        store<u64>(p, 0, 8);
        store<u64>(p, 0, 16);
        store<u64>(p, 0, 24);
    }
    return table;
}

/** Address of the leaf entry of `vaddr`, or 0. */
function walk(root: usize, vaddr: u64, make: bool): usize {
    let table = root;
    for (let level: u32 = 2; level > 0; level--) {
        const entry = table + ((<usize>(vaddr >> (12 + 9 * level)) & 511) << 3);
        const pte = load<u64>(entry);
        if (pte & VALID) {
            table = (<usize>(pte >> 10)) << 12;
        } else {
            if (!make) return 0;
            table = new_table();
            store<u64>(entry, ((<u64>(table >> 12)) << 10) | VALID);
        }
    }
    return table + ((<usize>(vaddr >> 12) & 511) << 3);
}

function map(root: usize, vaddr: u64, ppn: u64, flags: u64): void {
    const entry = walk(root, vaddr, true);
    store<u64>(entry, (ppn << 10) | flags | VALID);
}

function unmap(root: usize, vaddr: u64): u64 {
    const entry = walk(root, vaddr, false);
    if (!entry) return 0;
    const pte = load<u64>(entry);
    if (!(pte & VALID)) return 0;
    store<u64>(entry, 0);
    return pte >> 10;
}

export function run(scale: u32): u64 {
    let hash: u64 = 0;
    let x: u32 = 3;
    for (let round: u32 = 0; round < scale; round++) {
        next = BASE;
        const root = new_table();
        for (let i: u32 = 0; i < 400; i++) {
            x = x * 1664525 + 1013904223;
            map(root, (<u64>(x >> 9)) << 8, i, 0xd6);
        }
        for (let i: u32 = 0; i < 800; i++) {
            x = x * 1664525 + 1013904223;
            hash = hash * 31 + unmap(root, (<u64>(x >> 9)) << 8);
        }
        for (let page: u64 = 0; page < 512; page++) map(root, 0x12345000 + (page << 12), page, 0xcf);
        for (let page: u64 = 0; page < 512; page++) hash += unmap(root, 0x12345000 + (page << 12));
    }
    return hash ^ <u64>next;
}
