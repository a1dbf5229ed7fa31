/** Litmus tests: small programs of several harts, and what their loads and the memory behind them come to. */

import { type GuestOptions, run } from "../engine/guest.ts";
import { type Access, parse } from "./litmus-notation.ts";

export interface Litmus {
    readonly name: string;
    /** Of each hart, in program order; litmus-notation.ts tells how. */
    readonly harts: readonly string[];
}

export const LITMUS: readonly Litmus[] = [
    { name: "SB", harts: ["Wx1 Ry", "Wy1 Rx"] },
    { name: "MP", harts: ["Wx1 Wy1", "Ry Rx"] },
    { name: "LB", harts: ["Rx Wy1", "Ry Wx1"] },
    { name: "S", harts: ["Wx2 Wy1", "Ry Wx1"] },
    { name: "R", harts: ["Wx1 Wy1", "Wy2 Rx"] },
    { name: "2+2W", harts: ["Wx1 Wy2", "Wy1 Wx2"] },
    { name: "WRC", harts: ["Wx1", "Rx Wy1", "Ry Rx"] },
    { name: "WWC", harts: ["Wx2", "Rx Wy1", "Ry Wx1"] },
    { name: "RWC", harts: ["Wx1", "Rx Ry", "Wy1 Rx"] },
    { name: "WRW+2W", harts: ["Wx1", "Rx Wy1", "Wy2 Wx2"] },
    { name: "WRR+2W", harts: ["Wx1", "Rx Ry", "Wy1 Wx2"] },
    { name: "W+RWC", harts: ["Wx1 Wy1", "Ry Rz", "Wz1 Rx"] },
    { name: "IRIW", harts: ["Wx1", "Wy1", "Rx Ry", "Ry Rx"] },
    { name: "ISA2", harts: ["Wx1 Wy1", "Ry Wz1", "Rz Rx"] },
    { name: "3.SB", harts: ["Wx1 Ry", "Wy1 Rz", "Wz1 Rx"] },
    { name: "3.LB", harts: ["Rx Wy1", "Ry Wz1", "Rz Wx1"] },
    { name: "3.2W", harts: ["Wx2 Wy1", "Wy2 Wz1", "Wz2 Wx1"] },
    { name: "Z6.0", harts: ["Wx1 Wy1", "Ry Wz1", "Wz2 Rx"] },
    { name: "Z6.1", harts: ["Wx2 Wy1", "Wy2 Wz1", "Rz Wx1"] },
    { name: "Z6.3", harts: ["Wx1 Wy1", "Wy2 Wz1", "Rz Rx"] },
    { name: "CoRR", harts: ["Wx1", "Rx Rx"] },
    { name: "CoWW", harts: ["Wx1 Wx2", "Rx Rx"] },
    { name: "CoWR", harts: ["Wx1 Rx", "Wx2"] },
    { name: "CoRW", harts: ["Rx Wx1", "Wx2"] },
    { name: "SB+own", harts: ["Wx1 Rx Ry", "Wy1 Ry Rx"] },
    { name: "n6", harts: ["Wx1 Rx Ry", "Wy1 Wx2"] },
    { name: "SB+swap", harts: ["Wx1 Az1 Ry", "Wy1 Ax2 Rx"] },
    { name: "MP+swap", harts: ["Wx1 Ay1", "Ry Rx"] },
];

const HARTS = 4;
const VARIABLES = 3;
/** Of a trial: its variables, and a word with 4 bits of each load. */
const CELL_BYTES = 64;
const RESULT_OFFSET = 32;
const RESULT_BITS = 4;

export interface Trials extends GuestOptions {
    readonly trials: number;
    /** Instructions between the accesses of a hart: a window that turns can end in. */
    readonly between?: number;
}

/** Runs the accesses `trials` times, each on variables of its own, all harts from a barrier and a delay of their own. */
export function observedOutcomes(litmus: Litmus, { trials, between = 12, ...options }: Trials): Set<string> {
    const harts = litmus.harts.map(parse);
    const guest = run(program(harts, trials, between), {
        hartsPerCluster: harts.length,
        bankSize: 16 * 2 ** 20,
        maxInstructions: 20_000 * trials * HARTS,
        ...options,
    });
    if (guest.stop.kind !== "finisher") throw new Error(`litmus: ${guest.stop.kind}`);
    const bytes = guest.machine.readPhysical(Number(guest.address("cells")), trials * CELL_BYTES);
    const view = new DataView(bytes.buffer);
    const loads = harts.flat().filter(({ reads }) => reads).length;
    const used = variablesOf(harts);
    const outcomes = new Set<string>();
    for (let trial = 0; trial < trials; trial++) {
        const at = trial * CELL_BYTES;
        const word = view.getBigUint64(at + RESULT_OFFSET, true);
        const results = Array.from({ length: loads }, (_, i) => (word >> BigInt(RESULT_BITS * i)) & 15n);
        const memory = used.map((variable) => view.getBigUint64(at + 8 * variable, true));
        outcomes.add(`${results.join("")}/${memory.join("")}`);
    }
    return outcomes;
}

/** The variables that some hart accesses, ascending. */
export function variablesOf(harts: readonly (readonly Access[])[]): number[] {
    const used = new Set(harts.flat().flatMap(({ variable }) => (variable === undefined ? [] : [variable])));
    return Array.from({ length: VARIABLES }, (_, i) => i).filter((i) => used.has(i));
}

function program(harts: readonly (readonly Access[])[], trials: number, between: number): string {
    let load = 0;
    const window = "addi t6, t6, 1\n".repeat(between);
    const bodies = harts.map((accesses, hart) => {
        const lines = accesses.map(({ asm, reads }) =>
            reads ? `${asm}\n slli t1, t1, ${RESULT_BITS * load++}\n or t0, t0, t1` : asm,
        );
        return `body${hart}:\n li t0, 0\n ${lines.join(`\n${window}`)}\n j done`;
    });
    const jumps = harts.map((_, hart) => `li t1, ${hart}\n beq s0, t1, body${hart}`);
    return `
        csrr s0, mhartid
        la s1, cells
        la s2, arrived
        li s3, ${trials}
        li s4, 0
        li s5, 1
        addi s6, s0, 77
    trial:
        amoadd.w x0, s5, (s2)
        addi s4, s4, ${harts.length}
    1:  lw t1, 0(s2)
        blt t1, s4, 1b
        slli t1, s6, 13
        xor s6, s6, t1
        srli t1, s6, 7
        xor s6, s6, t1
        slli t1, s6, 17
        xor s6, s6, t1
        andi t1, s6, 31
    2:  addi t1, t1, -1
        bgez t1, 2b
        ${jumps.join("\n")}
    ${bodies.join("\n")}
    done:
        addi t1, s1, ${RESULT_OFFSET}
        amoor.d x0, t0, (t1)
        addi s1, s1, ${CELL_BYTES}
        addi s3, s3, -1
        bnez s3, trial
        fence
        amoadd.w x0, s5, (s2)
        addi s4, s4, ${harts.length}
    3:  lw t1, 0(s2)
        blt t1, s4, 3b
        finish
        .balign 64
    arrived: .dword 0
        .balign 64
    cells: .zero ${trials * CELL_BYTES}`;
}
