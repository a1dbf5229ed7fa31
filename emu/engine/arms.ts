/** The arms of the interpreter: each instruction in the lengths it has, branches also by the place they lead to. */
import { COMPRESSED } from "../isa/compressed.ts";
import type { Decoded } from "../isa/decode.ts";
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

/** Arm i has op FIRST_OP + i. */
export const ARMS: readonly Arm[] = INSTRUCTIONS.flatMap((row) =>
    lengthsOf(row).flatMap((length) => reachesOf(row).map((reach) => ({ row, length, reach }))),
);

const opOf = new Map(ARMS.map((arm, i) => [key(arm.row, arm.length, arm.reach), FIRST_OP + i]));

/** The op of a decoded instruction at byte `offset` of its page. */
export function armOf(decoded: Decoded, offset: number): { op: number; reach: Reach } {
    const reach = reachOf(decoded, offset);
    const op = opOf.get(key(decoded.row, decoded.length, reach));
    if (op === undefined) throw new Error(`no arm for ${decoded.row.name}, ${decoded.length} bytes, ${reach}`);
    return { op, reach };
}

function reachOf(decoded: Decoded, offset: number): Reach {
    if (reachesOf(decoded.row).length === 1) return "none";
    const target = offset + decoded.imm;
    if (offset + decoded.length > PAGE_BYTES || target < 0 || target >= PAGE_BYTES) return "far";
    return decoded.imm <= 0 ? "backward" : "forward";
}

function lengthsOf(row: InstructionRow): readonly (2 | 4)[] {
    return SHORT_BASES.has(row.name) ? [4, 2] : [4];
}

function reachesOf(row: InstructionRow): readonly Reach[] {
    return row.format === "B" || row.format === "J" ? ["forward", "backward", "far"] : ["none"];
}

function key(row: InstructionRow, length: number, reach: Reach): string {
    return `${row.name} ${length} ${reach}`;
}
