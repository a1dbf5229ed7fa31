/** F and D against QEMU's results: every operation, mode and operand of cases.ts, values and flags. See README.md. */
import { describe, expect, it } from "vitest";
import { run } from "../engine/guest.ts";
import { CASES, caseProgram, type FloatCase, operandsOf, resultBytes } from "./cases.ts";
import { type Outcome, type Outcomes, outcomesOf, readVectors } from "./vectors.ts";

const NX = 1;
const MIB = 1048576;

function here(item: FloatCase, flags: number, dynamic: boolean): Outcomes {
    const operands = operandsOf(item);
    const bytes = new Uint8Array(BigUint64Array.from(operands.flat()).buffer);
    const source = `
        li t0, 0x2000
        csrs mstatus, t0
        ${caseProgram(item, operands.length, flags, dynamic)}
        finish
        .balign 8
    operands: .zero ${bytes.length}
    results: .zero ${operands.length * resultBytes(item)}`;
    const guest = run(source, { bankSize: 4 * MIB, held: true });
    guest.machine.writePhysical(Number(guest.address("operands")), bytes);
    expect(guest.machine.run({ maxInstructions: 1e7 }).kind).toBe("finisher");
    const size = operands.length * resultBytes(item);
    return outcomesOf(item, guest.machine.readPhysical(Number(guest.address("results")), size));
}

/** Results that differ, as text; the first few. */
function differences(item: FloatCase, ours: Outcomes, theirs: Outcomes): string[] {
    const hex = (value: bigint) => value.toString(16).padStart(16, "0");
    const text = ({ result, flags }: Outcome) => `${hex(result)} flags ${flags}`;
    return operandsOf(item)
        .flatMap((operands, tuple) =>
            (theirs[tuple] ?? []).flatMap((their, mode) => {
                const our = ours[tuple]?.[mode] as Outcome;
                if (our.result === their.result && our.flags === their.flags) return [];
                return [
                    `${item.name} mode ${mode} of ${operands.map(hex).join(" ")}: ${text(our)}, not ${text(their)}`,
                ];
            }),
        )
        .slice(0, 5);
}

describe("agrees with QEMU on values and flags", () => {
    it.each(CASES)("$name, the mode in the instruction", (item) => {
        expect(differences(item, here(item, 0, false), readVectors(item))).toEqual([]);
    });

    // with NX raised before, Wasm's own arithmetic does what it can
    it.each(CASES)("$name, the mode in frm and NX raised before", (item) => {
        const theirs = readVectors(item).map((row) => row.map(({ result, flags }) => ({ result, flags: flags | NX })));
        expect(differences(item, here(item, NX, true), theirs)).toEqual([]);
    });
});
