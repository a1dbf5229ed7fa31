/** Directives as a table: the effect of each on the state of the assembly (as manual, "Assembler Directives"). */

import type { Section } from "../link/object.ts";
import { type Location, StatementError } from "./diagnostics.ts";
import { constantOf, type Expression, evaluate, parseExpression } from "./expression.ts";
import { SectionBuilder } from "./section.ts";
import { splitOperands, stringBytes } from "./statements.ts";
import type { Symbols } from "./symbols.ts";

/** The state that statements act on. */
export interface AssemblyState {
    readonly symbols: Symbols;
    readonly sections: Map<string, SectionBuilder>;
    section: SectionBuilder;
    /** Compresses instructions where possible. */
    rvc: boolean;
    readonly rvcStack: boolean[];
    readonly sectionStack: SectionBuilder[];
}

interface Context {
    readonly state: AssemblyState;
    readonly location: Location;
    readonly operands: readonly string[];
    readonly name: string;
}

type Directive = (context: Context) => void;

const DIRECTIVES: ReadonlyMap<string, Directive> = new Map<string, Directive>([
    [".text", (context) => enter(context, ".text")],
    [".data", (context) => enter(context, ".data")],
    [".rodata", (context) => enter(context, ".rodata")],
    [".bss", (context) => enter(context, ".bss")],
    [".section", section],
    [".pushsection", pushSection],
    [".popsection", popSection],
    ...[".globl", ".global"].map((name) => [name, globals] as const),
    ...[".align", ".p2align"].map((name) => [name, (context: Context) => align(context, true)] as const),
    [".balign", (context) => align(context, false)],
    ...[".byte", ".1byte"].map((name) => [name, (context: Context) => values(context, 1)] as const),
    ...[".half", ".short", ".hword", ".2byte"].map((name) => [name, (context: Context) => values(context, 2)] as const),
    ...[".word", ".long", ".int", ".4byte"].map((name) => [name, (context: Context) => values(context, 4)] as const),
    ...[".dword", ".quad", ".8byte"].map((name) => [name, (context: Context) => values(context, 8)] as const),
    [".ascii", (context) => strings(context, false)],
    ...[".asciz", ".string"].map((name) => [name, (context: Context) => strings(context, true)] as const),
    ...[".zero", ".space", ".skip"].map((name) => [name, space] as const),
    [".fill", fill],
    ...[".set", ".equ"].map((name) => [name, (context: Context) => constant(context, true)] as const),
    [".equiv", (context) => constant(context, false)],
    [".type", type],
    [".size", size],
    [".option", option],
    [".error", (context) => fail(context.operands.join(", "))],
    // These inform tools that do not read our objects.
    ...[".file", ".ident", ".attribute", ".local"].map((name) => [name, () => {}] as const),
]);

/** Kinds of the well-known sections. Other sections state their kinds by flags. */
const KINDS: readonly (readonly [prefix: string, kind: Section["kind"]])[] = [
    [".text", "text"],
    [".rodata", "rodata"],
    [".srodata", "rodata"],
    [".data", "data"],
    [".sdata", "data"],
    [".bss", "bss"],
    [".sbss", "bss"],
];

/** Runs a directive. Throws a StatementError for a wrong one. */
export function runDirective(state: AssemblyState, name: string, text: string, location: Location): void {
    if (name.startsWith(".cfi_")) return;
    const directive = DIRECTIVES.get(name);
    if (directive === undefined)
        throw new StatementError(`${name} is no directive of this assembler; check its spelling`);
    directive({ state, location, operands: splitOperands(text), name });
}

/** Goes to a well-known section. */
export function enterSection(state: AssemblyState, name: string, kind: Section["kind"]): void {
    const existing = state.sections.get(name);
    if (existing !== undefined && existing.kind !== kind) {
        throw new StatementError(`section ${name} was ${existing.kind} before; keep its flags`);
    }
    const builder = existing ?? new SectionBuilder(name, kind);
    state.sections.set(name, builder);
    state.section = builder;
}

function enter(context: Context, name: string): void {
    enterSection(context.state, name, kindOf(name) ?? "data");
}

function kindOf(name: string): Section["kind"] | undefined {
    return KINDS.find(([prefix]) => name === prefix || name.startsWith(`${prefix}.`))?.[1];
}

/** .section NAME[,"flags"[,@type]]: x = text, w = data, @nobits = bss, otherwise rodata. */
function section({ state, operands }: Context): void {
    const [quoted = "", flags, typeText] = operands;
    const name = quoted.replaceAll('"', "");
    if (name === "") throw new StatementError('.section needs a name; write .section NAME, "flags"');
    const known = state.sections.get(name)?.kind ?? kindOf(name);
    const kind = flags === undefined ? known : kindOfFlags(flags, typeText ?? "");
    if (kind === undefined)
        throw new StatementError(`section ${name} needs flags; write .section ${name}, "ax" (or "a", "aw")`);
    enterSection(state, name, kind);
}

function kindOfFlags(flags: string, typeText: string): Section["kind"] {
    if (typeText.endsWith("nobits")) return "bss";
    if (flags.includes("x")) return "text";
    return flags.includes("w") ? "data" : "rodata";
}

function pushSection(context: Context): void {
    context.state.sectionStack.push(context.state.section);
    section(context);
}

function popSection({ state }: Context): void {
    const previous = state.sectionStack.pop();
    if (previous === undefined) throw new StatementError(".popsection without .pushsection; remove it");
    state.section = previous;
}

function globals({ state, operands }: Context): void {
    for (const name of operands) state.symbols.setGlobal(name);
}

function align(context: Context, isPower: boolean): void {
    const { state, location, operands } = context;
    const [amount = "", fillText, limitText] = operands;
    const value = Number(constantHere(context, amount));
    const alignment = isPower ? 2 ** value : value;
    if (alignment < 1 || alignment > 2 ** 30 || !Number.isInteger(Math.log2(alignment))) {
        throw new StatementError(
            `${context.name} ${amount} is no alignment; use ${isPower ? "0..30" : "a power of two"}`,
        );
    }
    const fillByte =
        fillText === undefined || fillText === "" ? undefined : Number(constantHere(context, fillText)) & 0xff;
    const limit = limitText === undefined ? alignment : Number(constantHere(context, limitText));
    state.section.add({
        kind: "align",
        location,
        size: 0,
        fixed: false,
        alignment,
        fill: fillByte,
        limit,
        compressed: state.rvc,
    });
}

function values(context: Context, width: number): void {
    const { state, location, operands } = context;
    if (operands.length === 0) throw new StatementError(`${context.name} needs values`);
    refuseBss(context);
    // The values go one by one, because `.` is the address of each value.
    for (const text of operands) {
        state.section.add({ kind: "value", location, size: width, fixed: true, expression: parse(context, text) });
    }
}

function strings(context: Context, terminate: boolean): void {
    refuseBss(context);
    for (const text of context.operands) {
        const bytes = [...stringBytes(text), ...(terminate ? [0] : [])];
        const { state, location } = context;
        state.section.add({ kind: "bytes", location, size: bytes.length, fixed: true, bytes });
    }
}

/** The count may depend on labels: `.space 4096 - (. - start)`. */
function space(context: Context): void {
    const [count = "", fillText] = context.operands;
    const fillByte = fillText === undefined ? 0 : Number(constantHere(context, fillText)) & 0xff;
    const { state, location } = context;
    state.section.add({ kind: "space", location, size: 0, fixed: false, count: parse(context, count), fill: fillByte });
}

/** .fill COUNT[, SIZE[, VALUE]] */
function fill(context: Context): void {
    refuseBss(context);
    const [count = "", sizeText = "1", valueText = "0"] = context.operands;
    const width = Number(constantHere(context, sizeText));
    const repeat = Number(constantHere(context, count));
    if (width < 1 || width > 8 || repeat < 0 || repeat * width > 2 ** 28)
        throw new StatementError(".fill is too large");
    const value = BigInt.asUintN(64, constantHere(context, valueText));
    const one = Array.from({ length: width }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn));
    const bytes = Array.from({ length: repeat * width }, (_, index) => one[index % width] ?? 0);
    const { state, location } = context;
    state.section.add({ kind: "bytes", location, size: bytes.length, fixed: true, bytes });
}

function constant(context: Context, mayChange: boolean): void {
    const [name = "", ...rest] = context.operands;
    if (!/^[A-Za-z_.$][\w.$]*$/.test(name) || rest.length !== 1) {
        throw new StatementError(`${context.name} needs a name and a value; write ${context.name} NAME, VALUE`);
    }
    context.state.symbols.defineConstant(name, parse(context, rest[0] ?? ""), mayChange);
}

function type({ state, operands }: Context): void {
    const [name = "", kind = ""] = operands;
    if (kind.endsWith("function")) state.symbols.setKind(name, "function");
    else if (kind.endsWith("object")) state.symbols.setKind(name, "object");
}

function size(context: Context): void {
    const [name = "", text = ""] = context.operands;
    context.state.symbols.setSize(name, parse(context, text));
}

function option({ state, operands }: Context): void {
    const [name = ""] = operands;
    if (name === "rvc") state.rvc = true;
    else if (name === "norvc") state.rvc = false;
    else if (name === "push") state.rvcStack.push(state.rvc);
    else if (name === "pop") {
        const before = state.rvcStack.pop();
        if (before === undefined) throw new StatementError(".option pop without .option push; remove it");
        state.rvc = before;
    } else if (!["relax", "norelax", "pic", "nopic"].includes(name)) {
        throw new StatementError(`.option ${name} is unknown; use rvc, norvc, push or pop`);
    }
}

function fail(message: string): never {
    throw new StatementError(message.replaceAll('"', ""));
}

function refuseBss(context: Context): void {
    if (context.state.section.kind !== "bss") return;
    throw new StatementError(`${context.name} puts bytes into ${context.state.section.name}; use .zero, or .data`);
}

function parse({ state, location }: Context, text: string): Expression {
    return parseExpression(text, state.symbols.names(state.section, location));
}

function constantHere(context: Context, text: string): bigint {
    return constantOf(evaluate(parse(context, text), context.state.symbols));
}
