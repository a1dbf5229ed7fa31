/** Where one kernel instance keeps its tables: kernel/audit.ts's audit_roots_t, told by a probe record at boot. */

import type { GuestMemory } from "./guest-memory.ts";

const FIELDS = [
    "process_slots",
    "process_slot_count",
    "pages",
    "first_frame",
    "frame_count",
    "free_lists",
    "order_count",
    "harts",
    "hart_count",
] as const;

export type Roots = Readonly<Record<(typeof FIELDS)[number], number>>;

export function rootsReader(memory: GuestMemory): (cxy: number, at: number) => Roots {
    return memory.reader("audit_roots_t", FIELDS);
}
