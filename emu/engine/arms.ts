/** The arms of the interpreter: each instruction in the lengths it has, branches also by the place they lead to. */
import { COMPRESSED } from "../isa/compressed.ts";
import type { Decoded } from "../isa/decode.ts";
import { MARK } from "../isa/hints.ts";
import type { InstructionRow } from "../isa/row.ts";
import { INSTRUCTIONS } from "../isa/table.ts";
import { FIRST_OP } from "../state/code-layout.ts";

/**
 * The place that a branch or jump leads to: forward or backward within the page of its instruction (a distance in slots, known when it is
 * decoded), or anywhere. "none" is for other instructions.
 */
export type Reach = "none" | "forward" | "backward" | "far";

export interface Arm {
    readonly row: InstructionRow;
    readonly length: 2 | 4;
    readonly reach: Reach;
}

const SHORT_BASES: ReadonlySet<string> = new Set(COMPRESSED.map((row) => row.base));
const PAGE_BYTES = 4096;
const REACHES: readonly Reach[] = ["none", "forward", "backward", "far"];

const ROWS: readonly InstructionRow[] = [...INSTRUCTIONS, MARK];

/** Arm i has op FIRST_OP + i. */
export const ARMS: readonly Arm[] = ROWS.flatMap((row) =>
    lengthsOf(row).flatMap((length) => reachesOf(row).map((reach) => ({ row, length, reach }))),
);

/** Of each row the ops of its arms, by length and reach. */
const opsOf = new Map<InstructionRow, ReadonlyMap<number, number>>(
    ROWS.map((row) => [
        row,
        new Map(
            ARMS.flatMap((arm, i) => (arm.row === row ? [[keyOf(arm.length, arm.reach), FIRST_OP + i] as const] : [])),
        ),
    ]),
);

/** The op of a decoded instruction with that reach. */
export function opOf({ row, length }: Decoded, reach: Reach): number {
    const op = opsOf.get(row)?.get(keyOf(length, reach));
    if (op === undefined) throw new Error(`no arm for ${row.name}, ${length} bytes, ${reach}`);
    return op;
}

/** The reach of a decoded instruction at byte `offset` of its page. */
export function reachOf(decoded: Decoded, offset: number): Reach {
    const { format } = decoded.row;
    if (format !== "B" && format !== "J") return "none";
    const target = offset + decoded.imm;
    if (offset + decoded.length > PAGE_BYTES || target < 0 || target >= PAGE_BYTES) return "far";
    return decoded.imm <= 0 ? "backward" : "forward";
}

function lengthsOf(row: InstructionRow): readonly (2 | 4)[] {
    return SHORT_BASES.has(row.name) && row !== MARK ? [4, 2] : [4];
}

function reachesOf(row: InstructionRow): readonly Reach[] {
    return row.format === "B" || row.format === "J" ? ["forward", "backward", "far"] : ["none"];
}

function keyOf(length: number, reach: Reach): number {
    return 8 * length + REACHES.indexOf(reach);
}
