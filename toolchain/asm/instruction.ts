/** One machine instruction: fields, and an immediate that may need symbols, encoded through emu/isa's tables. */

import { compress } from "../../emu/isa/compress.ts";
import { COMPRESSED } from "../../emu/isa/compressed.ts";
import { csrNumber } from "../../emu/isa/csr.ts";
import { encode, type Fields } from "../../emu/isa/encode.ts";
import { floatRegisterNumber, registerNumber } from "../../emu/isa/registers.ts";
import { roundingNumber } from "../../emu/isa/rounding.ts";
import { FORMATS, type Format, type InstructionRow } from "../../emu/isa/row.ts";
import { INSTRUCTIONS } from "../../emu/isa/table.ts";
import type { RelocationType } from "../link/object.ts";
import { type Location, StatementError } from "./diagnostics.ts";
import {
    displayName,
    type Expression,
    type ExpressionNames,
    evaluate,
    type LinearValue,
    parseExpression,
} from "./expression.ts";
import { type Bindings, fenceBits, matchOperands, splitModifier } from "./operands.ts";
import type { SectionBuilder } from "./section.ts";
import { objectName, type Symbols } from "./symbols.ts";

/** The place of an immediate and the form of its text. */
type ImmediateRole = "imm" | "offset" | "uimm20" | "zimm" | "csr";

interface PendingImmediate {
    readonly role: ImmediateRole;
    readonly modifier: string;
    readonly expression: Expression;
    readonly text: string;
}

export interface InstructionItem {
    readonly kind: "instruction";
    readonly location: Location;
    /** 2 or 4 bytes. */
    size: number;
    /** False while the size may still grow from 2 to 4. */
    readonly fixed: boolean;
    readonly name: string;
    readonly fields: Fields;
    readonly pending: PendingImmediate | undefined;
    /** S-type immediates have relocations of their own. */
    readonly isStore: boolean;
    readonly mayCompress: boolean;
}

interface Encoded {
    readonly word: number;
    readonly size: number;
    readonly relocation?: { readonly type: RelocationType; readonly symbol: string; readonly addend: number };
}

interface SyntaxRow {
    readonly name: string;
    readonly operands: string;
    readonly base: InstructionRow;
    readonly size: 2 | 4;
}

const baseRows = new Map(INSTRUCTIONS.map((row) => [row.name, row]));

/** Every instruction that can be written, by name: the table's rows and the compressed ones. */
const SYNTAX: ReadonlyMap<string, SyntaxRow> = new Map<string, SyntaxRow>([
    ...INSTRUCTIONS.map((row) => [row.name, { name: row.name, operands: row.operands, base: row, size: 4 }] as const),
    ...COMPRESSED.flatMap((row) => {
        const base = baseRows.get(row.base);
        return base ? [[row.name, { name: row.name, operands: row.operands, base, size: 2 }] as const] : [];
    }),
]);

/** The row and ordering bits of a mnemonic, with `.aq`, `.rl`, `.aqrl` taken off. Undefined when there is none. */
export function findSyntax(mnemonic: string): { row: SyntaxRow; aq: boolean; rl: boolean } | undefined {
    const plain = SYNTAX.get(mnemonic);
    if (plain !== undefined) return { row: plain, aq: false, rl: false };
    const match = /^(.+)\.(aq|rl|aqrl)$/.exec(mnemonic);
    const row = SYNTAX.get(match?.[1] ?? "");
    if (match === null || row === undefined || (FORMATS[row.base.format] as Format).ordering !== true) return undefined;
    return { row, aq: match[2] !== "rl", rl: match[2] !== "aq" };
}

/** Parses the operands of a machine instruction; undefined when they have another shape. */
export function parseInstruction(
    syntax: NonNullable<ReturnType<typeof findSyntax>>,
    operands: readonly string[],
    names: ExpressionNames,
    location: Location,
    rvc: boolean,
): InstructionItem | undefined {
    const { row, aq, rl } = syntax;
    const bindings = matchOperands(row.operands, operands);
    if (bindings === undefined) return undefined;
    const pending = pendingImmediate(bindings, names);
    const mayCompress = rvc && row.size === 4;
    return {
        kind: "instruction",
        location,
        size: mayCompress ? 2 : row.size,
        fixed: !mayCompress,
        name: row.name,
        fields: { ...registerFields(bindings), ...constantFields(bindings, names), aq, rl },
        pending,
        isStore: row.base.format === "S",
        mayCompress,
    };
}

function registerFields(bindings: Bindings): Fields {
    const fields: { rd?: number; rs1?: number; rs2?: number; rs3?: number } = {};
    for (const name of ["rd", "rs1", "rs2", "rs3"] as const) {
        const number = registerNumber(bindings.get(name) ?? "") ?? floatRegisterNumber(bindings.get(`f${name}`) ?? "");
        if (number !== undefined) fields[name] = number;
    }
    return fields;
}

/** Fields whose value is known at once: fence sets, rounding modes, and CSRs by name, number or constant. */
function constantFields(bindings: Bindings, names: ExpressionNames): Fields {
    const predecessors = bindings.get("pred");
    const successors = bindings.get("succ");
    if (predecessors !== undefined && successors !== undefined) {
        return { imm: (fenceBits(predecessors) << 4) | fenceBits(successors) };
    }
    const rounding = bindings.get("rm");
    if (rounding !== undefined) return { imm: roundingNumber(rounding) };
    const csr = bindings.get("csr");
    if (csr === undefined) return {};
    const expression = parseExpression(csr, names);
    const number = csrNumber(csr) ?? (expression.kind === "number" ? Number(expression.value) : undefined);
    if (number === undefined) throw new StatementError(`${csr} is no CSR; use a name of emu/isa/csr.ts or a number`);
    if (number < 0 || number > 0xfff) throw new StatementError(`CSR number ${csr} is out of range; use 0..0xfff`);
    return { csr: number };
}

/** An instruction has at most one operand that is an expression. */
function pendingImmediate(bindings: Bindings, names: ExpressionNames): PendingImmediate | undefined {
    for (const [name, role] of [
        ["imm", "imm"],
        ["shamt", "imm"],
        ["offset", "offset"],
        ["uimm20", "uimm20"],
        ["zimm", "zimm"],
    ] as const) {
        const text = bindings.get(name);
        if (text === undefined) continue;
        const { modifier, expression } = splitModifier(text);
        return { role, modifier, expression: parseExpression(expression, names), text };
    }
    return undefined;
}

/** Encodes the item at its place in the last layout. */
export function encodeItem(item: InstructionItem, index: number, section: SectionBuilder, symbols: Symbols): Encoded {
    const { pending } = item;
    const resolved = pending === undefined ? {} : resolve(item, pending, index, section, symbols);
    const { relocation, coveredByPair, ...fields } = resolved;
    const word = encodeFields(item, { ...item.fields, ...fields });
    if (relocation !== undefined) {
        if (item.name.startsWith("c.")) throw new StatementError(`${item.name} has no relocation; use the long form`);
        return { word, size: 4, relocation };
    }
    const short = item.mayCompress && coveredByPair !== true ? compress(word) : undefined;
    return short === undefined ? { word, size: item.mayCompress ? 4 : item.size } : { word: short, size: 2 };
}

interface Resolved {
    readonly imm?: number;
    readonly rs1?: number;
    readonly relocation?: NonNullable<Encoded["relocation"]>;
    /** The linker fills this field through the relocation of the auipc before it, so it keeps its long form. */
    readonly coveredByPair?: boolean;
}

function resolve(
    item: InstructionItem,
    pending: PendingImmediate,
    index: number,
    section: SectionBuilder,
    symbols: Symbols,
): Resolved {
    const value = evaluate(pending.expression, symbols);
    switch (pending.modifier) {
        case "hi":
        case "lo":
            return absolute(pending.modifier, item, value);
        case "pcrel_hi":
        case "call_hi":
            return pcrelHigh(pending.modifier, item, value, index, section, symbols);
        case "pcrel_lo":
            return pcrelLow(item, value, section, symbols);
        case "call_lo": {
            const distance = distanceTo(value, index - 1, section, symbols);
            return distance === undefined ? { imm: 0, coveredByPair: true } : { imm: low12(distance) };
        }
        case "":
            break;
        default:
            throw new StatementError(`%${pending.modifier} is unknown; use %hi, %lo, %pcrel_hi or %pcrel_lo`);
    }
    if (pending.role === "offset") return relative(item, value, index, section, symbols);
    const constant = smallConstant(value, pending.text);
    if (pending.role === "uimm20") return { imm: upperImmediate(constant) };
    if (pending.role !== "zimm") return { imm: constant };
    if (constant < 0 || constant > 31) throw new StatementError(`${pending.text} is out of range; use 0..31`);
    return { rs1: constant };
}

/** Encodes branches and jumps. A plain number is the byte offset itself, as disassemblers without an address print it. */
function relative(
    item: InstructionItem,
    value: LinearValue,
    index: number,
    section: SectionBuilder,
    symbols: Symbols,
): Resolved {
    if (value.terms.length === 0) return { imm: Number(value.constant) };
    const distance = distanceTo(value, index, section, symbols);
    if (distance !== undefined) return { imm: distance };
    return { imm: 0, relocation: relocation(item.name === "jal" ? "jal" : "branch", value) };
}

function absolute(modifier: "hi" | "lo", item: InstructionItem, value: LinearValue): Resolved {
    if (value.terms.length === 0) {
        const constant = Number(BigInt.asIntN(32, value.constant));
        return { imm: modifier === "hi" ? (constant - low12(constant)) | 0 : low12(constant) };
    }
    const low = item.isStore ? "lo12_s" : "lo12_i";
    return { imm: 0, relocation: relocation(modifier === "hi" ? "hi20" : low, value) };
}

function pcrelHigh(
    modifier: "pcrel_hi" | "call_hi",
    item: InstructionItem,
    value: LinearValue,
    index: number,
    section: SectionBuilder,
    symbols: Symbols,
): Resolved {
    if (item.name !== "auipc") throw new StatementError(`%${modifier} belongs into auipc`);
    const distance = distanceTo(value, index, section, symbols);
    if (distance !== undefined) return { imm: high20(distance) };
    return { imm: 0, relocation: relocation(modifier === "call_hi" ? "call" : "pcrel_hi", value) };
}

/** The operand is the label of the auipc, whose own operand names the target. */
function pcrelLow(item: InstructionItem, value: LinearValue, section: SectionBuilder, symbols: Symbols): Resolved {
    const label = value.terms[0]?.symbol;
    const index = label === undefined ? undefined : symbols.itemAt(label);
    const high = index === undefined ? undefined : section.items[index];
    if (
        label === undefined ||
        index === undefined ||
        high?.kind !== "instruction" ||
        high.pending?.modifier !== "pcrel_hi"
    ) {
        throw new StatementError("%pcrel_lo needs the label of an auipc with %pcrel_hi in the same section");
    }
    const distance = distanceTo(evaluate(high.pending.expression, symbols), index, section, symbols);
    if (distance !== undefined) return { imm: low12(distance) };
    return {
        imm: 0,
        relocation: { type: item.isStore ? "pcrel_lo_s" : "pcrel_lo_i", symbol: objectName(label), addend: 0 },
    };
}

/** The bytes from the item to the target, when the target is in the same section. */
function distanceTo(value: LinearValue, index: number, section: SectionBuilder, symbols: Symbols): number | undefined {
    const [term] = value.terms;
    if (term === undefined) throw new StatementError("a PC-relative operand needs a symbol; a number has no place");
    const place = value.terms.length === 1 && term.sign === 1 ? symbols.locate(term.symbol) : undefined;
    if (place?.section !== section) return undefined;
    return place.offset + Number(value.constant) - section.offsetOf(index);
}

/** Makes a relocation of symbol + addend. Other sums have none. */
export function relocation(type: RelocationType, value: LinearValue): NonNullable<Encoded["relocation"]> {
    const [term] = value.terms;
    if (term === undefined || term.sign === -1 || value.terms.length > 1) {
        throw new StatementError("the linker knows only symbol + constant; simplify the expression");
    }
    return { type, symbol: objectName(term.symbol), addend: Number(value.constant) };
}

function encodeFields(item: InstructionItem, fields: Fields): number {
    try {
        return encode(item.name, fields);
    } catch (error) {
        const target =
            item.pending?.role === "offset" ? "the target is too far or odd; use call, tail or j" : "check its range";
        throw new StatementError(`${(error as Error).message}; ${target}`);
    }
}

function smallConstant(value: LinearValue, text: string): number {
    const symbol = value.terms[0]?.symbol;
    if (symbol === undefined) return Number(value.constant);
    const what = symbol === text ? text : `${text} (${displayName(symbol)})`;
    throw new StatementError(`${what} is not a constant; use la for addresses, or %lo(...)`);
}

/** lui and auipc take 20 bits, signed or unsigned. */
function upperImmediate(value: number): number {
    if (value < -0x8_0000 || value > 0xf_ffff) throw new StatementError(`${value} is out of range; use 0..0xfffff`);
    return (value << 12) | 0;
}

function low12(value: number): number {
    return (value << 20) >> 20;
}

/** The rest of a 32-bit distance without its low part, as lui and auipc add it. */
function high20(value: number): number {
    if (value < -0x8000_0800 || value >= 0x7fff_f800) throw new StatementError("the target is more than 2 GiB away");
    return (value - low12(value)) | 0;
}
