/**
 * What a snapshot holds of the shared memory (docs/machine.md, "Snapshots"). A field is held unless it is named here: host addresses, what
 * the options say, and what is a copy for speed only. So a field that comes later is held by itself, and a table that comes later does
 * not compile until somebody says whether it is held.
 */

import { HART, HART_FIELDS, HART_VALUES } from "../state/hart-table.ts";
import type { Fields, Layout } from "../state/layout.ts";
import { MACHINE_FIELDS, MACHINE_STATE } from "../state/machine-table.ts";
import type { MemoryPlan } from "../state/plan.ts";
import type { SharedMemory } from "../state/shared-memory.ts";
import type { TimingPlan } from "../state/timing-plan.ts";
import { TIMING_FIELDS, TIMING_STATE } from "../state/timing-table.ts";

/** A stretch of the shared memory. */
export interface Stretch {
    readonly name: string;
    readonly from: number;
    readonly bytes: number;
}

/** Fields that a snapshot does not hold. */
const MACHINE_OMITTED: readonly (keyof typeof MACHINE_FIELDS)[] = [
    ...(["HARTS_BASE", "L0_BASE", "RUNNABLE_BASE", "CODE_BASE", "OWNER_BASE", "DECODED_BASE", "CHAINS_BASE"] as const),
    ...([
        "FRAMES_BASE",
        "STORES_BASE",
        "HTIF_WORD",
        "CELL_OF_FRAME",
        "MARKS_ORIGIN",
        "NOTES_ORIGIN",
        "STORE_BUFFERS",
    ] as const),
    ...(["PROBE_PORTS", "ENGINE_INDEX", "STEPPER_INDEX", "DECODED_COUNT", "DECODED_NEXT_FRESH"] as const),
    ...(["DECODED_FREE", "RANGES", "JIT_THRESHOLD", "JIT_WAITING", "STOP", "LIMIT", "ROUND_LIMIT"] as const),
    ...([
        "GUARDED_PAGE",
        "CELLS_OF_USER",
        "LOOKS_BASE",
        "HALT",
        "HALTED",
        "PHASE",
        "EXECUTED_BEFORE",
        "EXTENSION_END",
    ] as const),
];
const TIMING_OMITTED: readonly (keyof typeof TIMING_FIELDS)[] = [
    ...(["L2_TAGS", "L2_DIRECTORY", "L2_BUSY", "L2_NEXT", "TIMED_HARTS", "LINKS", "PORTS", "CHANNELS"] as const),
    ...(["MAPS", "FETCH_LINES", "HEAP", "CURRENT"] as const),
];
const HART_OMITTED: readonly (keyof typeof HART_FIELDS)[] = [
    ...(["L0_READ", "L0_WRITE", "L0_FETCH", "L0_READY", "L0_SUPERPAGES", "L0_CONTEXT", "L0_LINES"] as const),
    ...([
        "RANGES_ON",
        "RESERVATION",
        "CROSS_WORD",
        "CROSS_SLOT",
        "CROSS_END",
        "CELLS",
        "CELLS_BASE",
        "STALL_ROW",
        "TLB",
    ] as const),
    ...(["L1I", "L1D", "TIMED", "LOOKED_AT"] as const),
];

/** Tables are held or made anew. Harts and frames are held by themselves. The rest are sizes. */
type Held = "held" | "anew" | "size";

const TABLES: Readonly<Record<Exclude<keyof MemoryPlan, "timing">, Held>> = {
    harts: "anew",
    l0: "anew",
    runnable: "held",
    code: "anew",
    owner: "anew",
    stores: "anew",
    looks: "anew",
    probe: "held",
    tlb: "held",
    tlbBytes: "size",
    tlbTotal: "size",
    cellOfFrame: "held",
    cells: "held",
    cellsRow: "size",
    stalls: "anew",
    stallsRow: "size",
    marks: "anew",
    notes: "held",
    storeBuffers: "held",
    chains: "anew",
    decoded: "anew",
    decodedCount: "size",
    frames: "anew",
    frameCount: "size",
    bytes: "size",
};

/** The heap of harts is made anew of their places in it. */
const TIMING_TABLES: Readonly<Record<keyof TimingPlan, Held>> = {
    clusters: "size",
    heap: "anew",
    harts: "held",
    l1i: "held",
    l1iBytes: "size",
    l1d: "held",
    l1dBytes: "size",
    fetchLines: "anew",
    l2Tags: "held",
    l2Directory: "held",
    l2Busy: "held",
    l2Next: "held",
    maps: "held",
    mapBytes: "size",
    mapCount: "size",
    links: "held",
    linkCount: "size",
    ports: "held",
    channels: "held",
    bytes: "size",
};

/** The tables that a snapshot holds, in the order of their addresses. A table ends where the next begins. */
export function heldTables(plan: MemoryPlan): Stretch[] {
    const { timing, ...tables } = plan;
    const rows = [
        ...rowsOf("", TABLES, tables),
        ...(timing === undefined ? [] : rowsOf("timing/", TIMING_TABLES, timing)),
    ];
    const starts = [...rows.map(({ from }) => from), plan.bytes].sort((a, b) => a - b);
    const endOf = (from: number) => starts.find((start) => start > from) ?? plan.bytes;
    return rows
        .filter(({ held }) => held === "held")
        .sort((a, b) => a.from - b.from)
        .map(({ name, from }) => ({ name, from, bytes: endOf(from) - from }));
}

/** Without those that the machine has not: their address is 0. */
function rowsOf<K extends string>(
    prefix: string,
    kinds: Readonly<Record<K, Held>>,
    plan: Readonly<Record<K, number>>,
): { name: string; held: Held; from: number }[] {
    return (Object.entries(kinds) as [K, Held][])
        .map(([name, held]) => ({ name: `${prefix}${name}`, held, from: plan[name] }))
        .filter(({ held, from }) => held !== "size" && from !== 0);
}

/** The fields that a snapshot holds, neighbours as one stretch: of the machine, of its model of time, of each hart. */
export function heldFields({ plan }: SharedMemory, harts: number): Stretch[] {
    const [machine, timing, hart] = FIELDS;
    const stretches = [...shifted(machine, 0, ""), ...shifted(timing, 0, "")];
    for (let index = 0; index < harts; index++)
        stretches.push(...shifted(hart, plan.harts + index * HART_VALUES.HART_STRIDE.value, `hart/${index}/`));
    return stretches;
}

const FIELDS = [
    stretchesOf("machine", MACHINE_FIELDS, MACHINE_STATE, MACHINE_OMITTED),
    stretchesOf("timing", TIMING_FIELDS, TIMING_STATE, TIMING_OMITTED),
    stretchesOf("fields", HART_FIELDS, HART, HART_OMITTED),
] as const;

/** Names and places of all fields that are held: other ones are another format. */
export const FIELD_LIST = FIELDS.flat()
    .map(({ name, from, bytes }) => `${name} ${from} ${bytes}`)
    .join("\n");

function shifted(stretches: readonly Stretch[], by: number, prefix: string): Stretch[] {
    return stretches.map(({ name, from, bytes }) => ({ name: `${prefix}${name}`, from: from + by, bytes }));
}

/** A stretch has the name of its first field. */
function stretchesOf<F extends Fields>(
    table: string,
    fields: F,
    { offsets }: Layout<keyof F & string>,
    omitted: readonly (keyof F)[],
): Stretch[] {
    const stretches: { name: string; from: number; bytes: number }[] = [];
    for (const [name, { bytes, count }] of Object.entries(fields)) {
        if (omitted.includes(name)) continue;
        const from = offsets[name as keyof F & string];
        const last = stretches.at(-1);
        if (last !== undefined && last.from + last.bytes === from) last.bytes += bytes * count;
        else stretches.push({ name: `${table}/${name}`, from, bytes: bytes * count });
    }
    return stretches;
}
