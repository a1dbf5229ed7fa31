/** A program on our machine beside the steps of another: it stops at the first that differs in what is no known difference. */

import type { Hart } from "../../../emu/host/hart.ts";
import { csrNumber } from "../../../emu/isa/csr.ts";
import { disassemble } from "../../../emu/isa/disassemble.ts";
import { registerName } from "../../../emu/isa/registers.ts";
import { type GuestOptions, machine, RAM } from "../engine/guest.ts";
import { EXCLUSIONS } from "./exclusions.ts";

/** CSRs that both machines tell and that do not depend on their clocks. */
export const COMPARED_CSRS: readonly string[] = [
    ...["mstatus", "mie", "mideleg", "medeleg", "mtvec", "stvec", "mepc", "sepc"],
    ...["mcause", "scause", "mtval", "stval", "mscratch", "sscratch", "satp"],
];

/** A hart before an instruction. */
export interface Step {
    readonly pc: bigint;
    readonly x: readonly bigint[];
    readonly f: readonly bigint[];
    /** In the order of COMPARED_CSRS. */
    readonly csrs: readonly bigint[];
}

export interface Comparison {
    /** Undefined when all are the same; else the instruction behind which they differ, and in what. */
    readonly difference: string | undefined;
    /** How many steps were compared. */
    readonly steps: number;
    /** How often each exclusion was met, by name. */
    readonly excluded: ReadonlyMap<string, number>;
}

/** Compares a run of `image` with `theirs`. A register that an exclusion lets differ gets their value, so that the rest can be compared. */
export function compare(image: Uint8Array, theirs: readonly Step[], options: GuestOptions = {}): Comparison {
    // One turn for all of it: where turns end, SCs fail that need not (turns.md 4.1).
    const whole = { quantum: 1_000_000, preemption: false, bankSize: 8 * 2 ** 20 };
    const made = machine({ pmpEntries: 16, ...whole, ...options });
    made.writePhysical(RAM, image);
    const hart = made.hart(0);
    hart.pc = BigInt(RAM);
    for (const [i, value] of (theirs[0]?.x ?? []).entries()) if (i > 0) hart.setX(i, value);
    const words = new DataView(image.buffer, image.byteOffset, image.byteLength);
    const excluded = new Map<string, number>();
    let steps = 0;
    let difference: string | undefined;
    const look = {
        next: () => {
            const their = theirs[steps];
            if (their === undefined) return true;
            const before = theirs[steps - 1]?.pc;
            const word = before === undefined ? 0 : wordAt(words, before);
            const left = differences(stepOf(hart), their).filter(({ name, ours, theirs: value }) => {
                const exclusion = EXCLUSIONS.find(({ allows }) => allows({ name, bits: ours ^ value, word }));
                if (exclusion === undefined) return true;
                excluded.set(exclusion.name, (excluded.get(exclusion.name) ?? 0) + 1);
                const register = their.x.findIndex((_, i) => registerName(i) === name);
                if (register > 0) hart.setX(register, value);
                else if (COMPARED_CSRS.includes(name)) hart.setCsr(name, value);
                return false;
            });
            if (left.length > 0) {
                const behind = before === undefined ? "the start" : `${hex(before)} ${disassemble(word)}`;
                const what = left.map((each) => `${each.name} is ${hex(each.ours)}, not ${hex(each.theirs)}`);
                difference = `after ${steps} instructions, behind ${behind}: ${what.join(", ")}`;
                return true;
            }
            steps++;
            return false;
        },
        turnEnded: () => false,
    };
    made.looks.add(look);
    made.looks.lookAt(look, 0, true);
    made.run({ maxInstructions: 2 * theirs.length });
    return { difference, steps, excluded };
}

/** A step of ours that `compare` can take for theirs. */
export function stepOf(hart: Hart): Step {
    const numbers = Array.from({ length: 32 }, (_, i) => i);
    return {
        pc: hart.pc,
        x: numbers.map((i) => hart.x(i)),
        f: numbers.map((i) => hart.f(i)),
        csrs: CSR_NUMBERS.map((number) => hart.csr(number)),
    };
}

const CSR_NUMBERS = COMPARED_CSRS.map((name) => csrNumber(name) ?? 0);

/** What differs between two steps, by name. */
export function differences(ours: Step, theirs: Step): { name: string; ours: bigint; theirs: bigint }[] {
    const pairs = (names: readonly string[], one: readonly bigint[], other: readonly bigint[]) =>
        names.map((name, i) => ({ name, ours: one[i] ?? 0n, theirs: other[i] ?? 0n }));
    return [
        { name: "pc", ours: ours.pc, theirs: theirs.pc },
        ...pairs(
            ours.x.map((_, i) => registerName(i)),
            ours.x,
            theirs.x,
        ),
        ...pairs(
            ours.f.map((_, i) => `f${i}`),
            ours.f,
            theirs.f,
        ),
        ...pairs(COMPARED_CSRS, ours.csrs, theirs.csrs),
    ].filter((pair) => pair.ours !== pair.theirs);
}

/** Code of the image alone; 0 elsewhere. */
function wordAt(words: DataView, pc: bigint): number {
    const at = Number(pc) - RAM;
    return at >= 0 && at + 4 <= words.byteLength ? words.getUint32(at, true) : 0;
}

function hex(value: bigint): string {
    return `0x${value.toString(16)}`;
}
