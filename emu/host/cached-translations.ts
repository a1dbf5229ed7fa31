/**
 * The translations of user mode that a hart holds in its L0 set (docs/machine.md, "L0 and the TLB model"). The set is its TLB, as far as
 * anything can tell.
 */

import * as hart from "../state/hart-layout.ts";
import * as l0 from "../state/l0-layout.ts";
import { PAGE_BYTES } from "../state/plan.ts";
import type { SharedMemory } from "../state/shared-memory.ts";
import { LINE_SHIFT } from "../state/timing-layout.ts";
import type { Hart } from "./hart.ts";
import type { PhysicalMemory } from "./physical-memory.ts";

export interface CachedTranslation {
    readonly vaddr: number;
    /** The global physical address of the page. */
    readonly paddr: number;
    readonly access: "read" | "write" | "fetch";
}

const MXR_MARK = 1n << 62n;
const TABLES = [
    { access: "read", offset: l0.SET_READ, entries: l0.L0_DATA_ENTRIES },
    { access: "write", offset: l0.SET_WRITE, entries: l0.L0_DATA_ENTRIES },
    { access: "fetch", offset: l0.SET_FETCH, entries: l0.L0_FETCH_ENTRIES },
] as const;

/** All entries of the user regime's set, or only those of the page of `vaddr`. They are valid for `satp`. */
export function userTranslations(
    shared: SharedMemory,
    memory: PhysicalMemory,
    { base, index }: Hart,
    vaddr?: number,
): { satp: bigint; entries: CachedTranslation[] } {
    const satp = shared.u64(base + hart.L0_CONTEXT + 8 * l0.REGIME_USER) & ~MXR_MARK;
    const entries: CachedTranslation[] = [];
    if ((shared.u32(base + hart.L0_READY) & (1 << l0.REGIME_USER)) === 0) return { satp: 0n, entries };
    const set = shared.plan.l0 + index * l0.L0_STRIDE + l0.REGIME_USER * l0.SET_STRIDE;
    const lineBytes = shared.plan.timing === undefined ? PAGE_BYTES : 1 << shared.u32(LINE_SHIFT);
    for (const { access, offset, entries: count } of TABLES) {
        // An entry for data is of a page, or of a line (docs/spec/timing.md 3.3).
        const bytes = access === "fetch" ? PAGE_BYTES : lineBytes;
        const isFolded = access !== "fetch" && bytes === PAGE_BYTES;
        const indexOf = (item: number) => (item ^ (isFolded ? Math.floor(item / count) : 0)) % count;
        const indices =
            vaddr === undefined
                ? Array.from({ length: count }, (_, i) => i)
                : Array.from({ length: PAGE_BYTES / bytes }, (_, i) => indexOf(vaddr / bytes + i));
        const seen = new Set<string>();
        for (const i of indices) {
            const entry = set + offset + i * l0.L0_ENTRY;
            const tag = shared.u32(entry);
            // An invalid tag names a page that has another index.
            if (shared.u32(entry + 4) !== 0 || indexOf(tag / bytes) !== i) continue;
            const page = tag - (tag % PAGE_BYTES);
            const value = shared.u32(entry + l0.L0_OFFSET);
            const key = `${page} ${value}`;
            if (tag === 0 || seen.has(key) || (vaddr !== undefined && page !== vaddr)) continue;
            seen.add(key);
            const host = access === "fetch" ? shared.plan.frames + value * PAGE_BYTES : (page + value) % 2 ** 32;
            entries.push({ vaddr: page, paddr: memory.globalAddress(host), access });
        }
    }
    return { satp, entries };
}
