/** Litmus tests: small programs of loads and stores by several harts, all their sequentially consistent outcomes, and those seen. */

import { type GuestOptions, run } from "../engine/guest.ts";

/** `store`: variable = 1. `load`: the hart's next result. */
type Access = readonly ["store" | "load", variable: number];

export interface Litmus {
    readonly name: string;
    /** Accesses of each hart in program order. */
    readonly harts: readonly (readonly Access[])[];
}

export const LITMUS: readonly Litmus[] = [
    {
        name: "SB",
        harts: [
            [
                ["store", 0],
                ["load", 1],
            ],
            [
                ["store", 1],
                ["load", 0],
            ],
        ],
    },
    {
        name: "WRC",
        harts: [
            [["store", 0]],
            [
                ["load", 0],
                ["store", 1],
            ],
            [
                ["load", 1],
                ["load", 0],
            ],
        ],
    },
    {
        name: "IRIW",
        harts: [
            [["store", 0]],
            [["store", 1]],
            [
                ["load", 0],
                ["load", 1],
            ],
            [
                ["load", 1],
                ["load", 0],
            ],
        ],
    },
];

/** Every outcome that some order of all accesses gives: the results, hart after hart, as a text of 0 and 1. */
export function consistentOutcomes({ harts }: Litmus): Set<string> {
    const outcomes = new Set<string>();
    const step = (next: readonly number[], memory: readonly number[], results: readonly string[]): void => {
        let ended = true;
        for (const [hart, accesses] of harts.entries()) {
            const access = accesses[next[hart] ?? 0];
            if (access === undefined) continue;
            ended = false;
            const [kind, variable] = access;
            const after = next.map((n, h) => (h === hart ? n + 1 : n));
            if (kind === "store") {
                step(after, Object.assign([...memory], { [variable]: 1 }), results);
            } else {
                const seen = String(memory[variable] ?? 0);
                step(
                    after,
                    memory,
                    results.map((text, h) => (h === hart ? text + seen : text)),
                );
            }
        }
        if (ended) outcomes.add(results.join(""));
    };
    step(
        harts.map(() => 0),
        [],
        harts.map(() => ""),
    );
    return outcomes;
}

const CELL_BYTES = 32;
const RESULT_OFFSET = 16;
/** Instructions between the accesses of a hart: a window that an extension of any octave but the longest can end in. */
const BETWEEN = "addi t6, t6, 1\n".repeat(12);

/** Runs the accesses `trials` times, each on variables of its own, all harts from a barrier and a delay of their own. */
export function observedOutcomes(litmus: Litmus, trials: number, options: GuestOptions): Set<string> {
    const { harts } = litmus;
    const bits = harts.map((accesses) => accesses.filter(([kind]) => kind === "load").length);
    const guest = run(program(litmus, bits, trials), {
        hartsPerCluster: harts.length,
        bankSize: 4 * 2 ** 20,
        ...options,
    });
    if (guest.stop.kind !== "finisher") throw new Error(`litmus: ${guest.stop.kind}`);
    const bytes = guest.machine.readPhysical(Number(guest.address("cells")), trials * CELL_BYTES);
    const view = new DataView(bytes.buffer);
    const outcomes = new Set<string>();
    const count = bits.reduce((sum, n) => sum + n, 0);
    for (let trial = 0; trial < trials; trial++) {
        const word = view.getUint32(trial * CELL_BYTES + RESULT_OFFSET, true);
        outcomes.add(Array.from({ length: count }, (_, i) => (word >>> i) & 1).join(""));
    }
    return outcomes;
}

function program({ harts }: Litmus, bits: readonly number[], trials: number): string {
    const bodies = harts.map((accesses, hart) => {
        let bit = bits.slice(0, hart).reduce((sum, n) => sum + n, 0);
        const lines = accesses.map(([kind, variable]) => {
            if (kind === "store") return `sd s5, ${8 * variable}(s1)`;
            return `ld t1, ${8 * variable}(s1)\n slli t1, t1, ${bit++}\n or t0, t0, t1`;
        });
        return `body${hart}:\n li t0, 0\n ${lines.join(`\n${BETWEEN}`)}\n j done`;
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
        amoor.w x0, t0, (t1)
        addi s1, s1, ${CELL_BYTES}
        addi s3, s3, -1
        bnez s3, trial
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
