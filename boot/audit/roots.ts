/** The places of one kernel instance's tables: kernel/trace/operation.ts's audit_roots_t, reported by a probe record at boot. */

import type { GuestMemory } from "../observe/guest-memory.ts";

const FIELDS = ["process_slots", "process_slot_count", "banks", "order_count", "harts", "hart_count"] as const;

export type Roots = Readonly<Record<(typeof FIELDS)[number], number>>;

export function rootsReader(memory: GuestMemory): (cxy: number, at: number) => Roots {
    return memory.reader("audit_roots_t", FIELDS);
}

/** One bank, as its manager instance keeps it (kernel/mm/ppm.ts bank_t). Addresses are of the manager's bank. */
export interface Bank {
    readonly cxy: number;
    readonly manager: number;
    /** The address of the page_t of frame 0. */
    readonly pages: number;
    readonly firstFrame: number;
    readonly frameCount: number;
    /** The address of the heads of the free lists, by order. */
    readonly freeLists: number;
    readonly orders: number;
}

export function readBanks(memory: GuestMemory, manager: number, roots: Roots): Bank[] {
    const read = memory.reader("bank_t", ["next", "cxy", "pages", "first_frame", "frame_count"]);
    const banks: Bank[] = [];
    for (let at = roots.banks; at !== 0 && banks.length < memory.clusters; ) {
        const { next, cxy, pages, first_frame, frame_count } = read(manager, at);
        const freeLists = at + memory.sizeOf("bank_t");
        banks.push({
            cxy,
            manager,
            pages,
            firstFrame: first_frame,
            frameCount: frame_count,
            freeLists,
            orders: roots.order_count,
        });
        at = next;
    }
    return banks;
}
