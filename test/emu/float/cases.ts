/** What the float vectors cover: each instruction, its operands, and the program that runs it over all of them. */
import { random } from "../engine/guest.ts";
import { type OperandKind, type Tuple, tuples } from "./operands.ts";

export const MODES = ["rne", "rtz", "rdn", "rup", "rmm"] as const;

export interface FloatCase {
    readonly name: string;
    readonly operands: readonly OperandKind[];
    readonly result: "f" | "x";
    /** Has a rounding mode; others run once. */
    readonly rounds: boolean;
}

const PRECISIONS = ["s", "d"] as const;

export const CASES: readonly FloatCase[] = PRECISIONS.flatMap((p): FloatCase[] => [
    ...["fadd", "fsub", "fmul", "fdiv"].map((stem) => made(`${stem}.${p}`, [p, p], "f", true)),
    made(`fsqrt.${p}`, [p], "f", true),
    ...["fmadd", "fmsub", "fnmsub", "fnmadd"].map((stem) => made(`${stem}.${p}`, [p, p, p], "f", true)),
    ...["fmin", "fmax", "fsgnj", "fsgnjn", "fsgnjx"].map((stem) => made(`${stem}.${p}`, [p, p], "f", false)),
    ...["feq", "flt", "fle"].map((stem) => made(`${stem}.${p}`, [p, p], "x", false)),
    ...["w", "wu", "l", "lu"].map((integer) => made(`fcvt.${integer}.${p}`, [p], "x", true)),
    ...["w", "wu", "l", "lu"].map((integer) =>
        made(`fcvt.${p}.${integer}`, ["x"], "f", p === "s" || integer.startsWith("l")),
    ),
    made(`fclass.${p}`, [p], "x", false),
    made(p === "s" ? "fmv.x.w" : "fmv.x.d", [p], "x", false),
    made(p === "s" ? "fmv.w.x" : "fmv.d.x", ["x"], "f", false),
    made(p === "s" ? "fcvt.s.d" : "fcvt.d.s", [p === "s" ? "d" : "s"], "f", p === "s"),
]);

function made(name: string, operands: readonly OperandKind[], result: "f" | "x", rounds: boolean): FloatCase {
    return { name, operands, result, rounds };
}

/** The same on both sides. */
export function operandsOf(item: FloatCase): Tuple[] {
    const seed = [...item.operands.join("")].reduce((sum, letter) => 31 * sum + letter.charCodeAt(0), 7);
    const all = tuples(item.operands, random(seed)());
    // three of the four fused operations differ by signs: a part of the operands will do
    return item.operands.length === 3 && !item.name.startsWith("fmadd") ? all.filter((_, i) => i % 4 === 0) : all;
}

export function modesOf(item: FloatCase): readonly string[] {
    return item.rounds ? MODES : [""];
}

/** Bytes of results for one tuple: a doubleword, and one for its flags, for each mode. */
export function resultBytes(item: FloatCase): number {
    return 16 * modesOf(item).length;
}

/**
 * Assembly that runs the case over the operands at symbol `operands` (`count` tuples) and stores results at `results`. Flags
 * are set to `flags` before each; with `dynamic` the mode is in frm. FS must be on. GNU as and ours both take it.
 */
export function caseProgram(item: FloatCase, count: number, flags: number, dynamic: boolean): string {
    const arity = item.operands.length;
    const loads = item.operands.map((kind, i) =>
        kind === "x" ? `ld a${i + 1}, ${8 * i}(s0)` : `fld fa${i + 1}, ${8 * i}(s0)`,
    );
    const sources = item.operands.map((kind, i) => (kind === "x" ? `a${i + 1}` : `fa${i + 1}`)).join(", ");
    const target = item.result === "f" ? "fa0" : "a0";
    const steps = modesOf(item).map((mode, i) => {
        const [set, written] = dynamic && mode !== "" ? [`fsrmi ${i}`, ""] : ["", mode === "" ? "" : `, ${mode}`];
        return `
            ${set}
            fsflagsi ${flags}
            ${item.name} ${target}, ${sources}${written}
            frflags t0
            ${item.result === "f" ? "fsd fa0" : "sd a0"}, ${16 * i}(s1)
            sd t0, ${16 * i + 8}(s1)`;
    });
    return `
        la s0, operands
        la s1, results
        li s2, ${count}
    1:  ${loads.join("\n")}
        ${steps.join("\n")}
        addi s0, s0, ${8 * arity}
        addi s1, s1, ${resultBytes(item)}
        addi s2, s2, -1
        bnez s2, 1b`;
}
