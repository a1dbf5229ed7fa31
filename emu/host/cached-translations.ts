/**
 * The translations of user mode that a hart holds in its L0 set (docs/machine.md, "L0 and the TLB model"). The set is its TLB, as far as
 * anything can tell.
 */

import * as hart from "../state/hart-layout.ts";
import * as l0 from "../state/l0-layout.ts";
import { PAGE_BYTES } from "../state/plan.ts";
import type { SharedMemory } from "../state/shared-memory.ts";
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
    for (const { access, offset, entries: count } of TABLES) {
        const indexOf = (page: number) => (page ^ (access === "fetch" ? 0 : Math.floor(page / count))) % count;
        const only = vaddr === undefined ? undefined : indexOf(vaddr / PAGE_BYTES);
        for (let i = only ?? 0; i < (only === undefined ? count : only + 1); i++) {
            const entry = set + offset + i * l0.L0_ENTRY;
            const tag = shared.u32(entry);
            // An invalid tag names a page that has another index.
            if (shared.u32(entry + 4) !== 0 || indexOf(tag / PAGE_BYTES) !== i) continue;
            if (tag === 0 || (vaddr !== undefined && tag !== vaddr)) continue;
            const value = shared.u32(entry + l0.L0_OFFSET);
            const host = access === "fetch" ? shared.plan.frames + value * PAGE_BYTES : (tag + value) % 2 ** 32;
            entries.push({ vaddr: tag, paddr: memory.globalAddress(host), access });
        }
    }
    return { satp, entries };
}
