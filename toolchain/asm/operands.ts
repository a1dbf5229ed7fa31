/** Matches operand texts against the patterns of the instruction table and of the pseudo-instructions. */

import { floatRegisterNumber, registerNumber } from "../../emu/isa/registers.ts";
import { roundingNumber } from "../../emu/isa/rounding.ts";
import { splitOperands } from "./statements.ts";

/** Operand names of a pattern with the texts found for them. */
export type Bindings = ReadonlyMap<string, string>;

/** Pattern names that stand for a register. */
const REGISTERS: ReadonlySet<string> = new Set(["rd", "rs", "rt", "rs1", "rs2"]);
const FLOAT_REGISTERS: ReadonlySet<string> = new Set(["frd", "frs", "frt", "frs1", "frs2", "frs3"]);
const FENCE_SETS: ReadonlySet<string> = new Set(["pred", "succ"]);
/** The text before the base register, and the register. */
const MEMORY = /^([\s\S]*)\(\s*([\w.]+)\s*\)$/;

/** The bindings when the operands have the pattern's shape; else undefined. Values are not checked. */
export function matchOperands(pattern: string, operands: readonly string[]): Bindings | undefined {
    const parts = splitOperands(pattern);
    if (parts.length !== operands.length) return undefined;
    const bindings = new Map<string, string>();
    for (const [index, part] of parts.entries()) {
        if (!matchOperand(part, operands[index] ?? "", bindings)) return undefined;
    }
    return bindings;
}

function matchOperand(part: string, text: string, bindings: Map<string, string>): boolean {
    const memory = MEMORY.exec(part);
    if (memory === null) return matchSimple(part, text, bindings);
    const given = MEMORY.exec(text);
    if (given === null || !matchSimple(memory[2] ?? "", given[2] ?? "", bindings)) return false;
    const offsetName = (memory[1] ?? "").trim();
    const offset = (given[1] ?? "").trim();
    if (offsetName === "") return offset === "" || offset === "0";
    bindings.set(offsetName, offset === "" ? "0" : offset);
    return true;
}

function matchSimple(name: string, text: string, bindings: Map<string, string>): boolean {
    const register = registerNumber(text);
    if (REGISTERS.has(name)) {
        if (register === undefined) return false;
    } else if (FLOAT_REGISTERS.has(name)) {
        if (floatRegisterNumber(text) === undefined) return false;
    } else if (name === "rm") {
        if (roundingNumber(text) === undefined) return false;
    } else if (name === "sp") {
        if (register !== registerNumber("sp")) return false;
    } else if (FENCE_SETS.has(name)) {
        if (!/^(?:i?o?r?w?|0)$/.test(text) || text === "") return false;
    } else if (register !== undefined || floatRegisterNumber(text) !== undefined || text === "" || isMemory(text))
        return false;
    bindings.set(name, text);
    return true;
}

/** True for an operand such as `8(sp)`, which is no expression. */
function isMemory(text: string): boolean {
    const match = MEMORY.exec(text);
    return match !== null && registerNumber(match[2] ?? "") !== undefined;
}

/** Replaces the pattern's names in an expansion. Only whole words are replaced. */
export function substituteBindings(expansion: string, bindings: Bindings): string {
    return expansion.replace(/(?<![%\w.$])[a-z][\w.]*/g, (word) => bindings.get(word) ?? word);
}

/** The letters i, o, r, w as bits 3..0. */
export function fenceBits(text: string): number {
    return [..."iorw"].reduce((bits, letter, index) => bits | (text.includes(letter) ? 8 >> index : 0), 0);
}

/** Splits a relocation function from its operand: `%lo(symbol + 4)`. */
export function splitModifier(text: string): { modifier: string; expression: string } {
    const match = /^%(\w+)\s*\(([\s\S]*)\)$/.exec(text.trim());
    if (match === null) return { modifier: "", expression: text };
    return { modifier: match[1] ?? "", expression: match[2] ?? "" };
}
