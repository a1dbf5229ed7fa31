// The TLB model tells which page walks are counted and timed (docs/machine.md, "L0 and the TLB model"). Translation never takes an address
// from it.
//
// It sees the same sequence whatever L0 holds, because L0 is a part of it. The L0 entries of a translated page die with its TLB entry, and
// a write entry is filled only when the TLB entry is dirty. Replacement takes an empty way, else the ways in turn, and does not look at
// hits. A fetch TLB changes by fetches alone, so that a look-up per change of page is as good as one per instruction. With two sets or
// more, an instruction that crosses a page keeps both entries.
import { SATP, TLB } from "../../state/hart-layout";
import { TLB_BYTES, TLB_SETS, TLB_WAYS } from "../../state/machine-layout";
import { TLB_DIRTY, TLB_ENTRY, TLB_SATP, TLB_VALID } from "../../state/tlb-layout";
import { forgetData, forgetFetch } from "../l0";

const PAGE_MASK: u64 = ~(<u64>4095);
const ASID_SHIFT: u64 = 44;
const ASID_MASK: u64 = 0xffff;

function tlbOf(h: usize, isFetch: bool): usize {
    return <usize>load<u32>(h, TLB) + (isFetch ? 0 : <usize>load<u32>(TLB_BYTES));
}

function setOf(vaddr: u64): usize {
    return <usize>(vaddr >> 12) & (<usize>load<u32>(TLB_SETS) - 1);
}

/** Returns true when the access needs no walk. */
export function tlbHolds(h: usize, vaddr: u64, isFetch: bool, isWrite: bool): bool {
    const entry = find(h, vaddr, isFetch);
    return entry != 0 && (!isWrite || (load<u64>(entry) & TLB_DIRTY) != 0);
}

/** Notes that a walk for the page has succeeded. `dirty` is the D bit of its entry. */
export function tlbFill(h: usize, vaddr: u64, isFetch: bool, dirty: bool): void {
    let entry = find(h, vaddr, isFetch);
    if (!entry) entry = replace(h, vaddr, isFetch);
    store<u64>(entry, (vaddr & PAGE_MASK) | TLB_VALID | (dirty ? TLB_DIRTY : 0));
    store<u64>(entry, load<u64>(h, SATP), TLB_SATP);
}

function find(h: usize, vaddr: u64, isFetch: bool): usize {
    const wanted = (vaddr & PAGE_MASK) | TLB_VALID;
    const satp = load<u64>(h, SATP);
    const ways = <usize>load<u32>(TLB_WAYS);
    let entry = tlbOf(h, isFetch) + setOf(vaddr) * ways * TLB_ENTRY;
    for (const end = entry + ways * TLB_ENTRY; entry < end; entry += TLB_ENTRY) {
        if ((load<u64>(entry) & ~(<u64>TLB_DIRTY)) == wanted && load<u64>(entry, TLB_SATP) == satp) return entry;
    }
    return 0;
}

/** Returns an empty entry of the set, else the one that is next in turn. The page that it held goes from L0, too. */
function replace(h: usize, vaddr: u64, isFetch: bool): usize {
    const ways = <usize>load<u32>(TLB_WAYS);
    const tlb = tlbOf(h, isFetch);
    const set = setOf(vaddr);
    for (let way: usize = 0; way < ways; way++) {
        const empty = tlb + (set * ways + way) * TLB_ENTRY;
        if (!(load<u64>(empty) & TLB_VALID)) return empty;
    }
    const turn = tlb + <usize>load<u32>(TLB_SETS) * ways * TLB_ENTRY + set;
    const way = <usize>load<u8>(turn);
    store<u8>(turn, <u8>(way + 1 == ways ? 0 : way + 1));
    const entry = tlb + (set * ways + way) * TLB_ENTRY;
    const old = load<u64>(entry) & PAGE_MASK;
    if (isFetch) forgetFetch(h, old);
    else forgetData(h, old);
    return entry;
}

/** sfence.vma: drops all entries, or those of one page, or of one ASID (global pages too), or of both. */
export function tlbFlush(h: usize, onePage: bool, vaddr: u64, oneAsid: bool, asid: u64): void {
    const bytes = <usize>load<u32>(TLB_SETS) * <usize>load<u32>(TLB_WAYS) * TLB_ENTRY;
    for (let which = 0; which < 2; which++) {
        const tlb = tlbOf(h, which == 0);
        for (let entry = tlb; entry < tlb + bytes; entry += TLB_ENTRY) {
            if (onePage && (load<u64>(entry) ^ vaddr) & PAGE_MASK) continue;
            if (oneAsid && ((load<u64>(entry, TLB_SATP) >> ASID_SHIFT) ^ asid) & ASID_MASK) continue;
            store<u64>(entry, 0);
        }
    }
}
