/**
 * A text assembler for the instructions of emu/isa's table, with GNU as's syntax (docs/compiler.md, "The way"). Statements are expanded,
 * collected into sections, laid out, and encoded. A value that the source does not decide becomes a relocation of link/object.ts.
 */

import type { ObjectFile } from "../link/object.ts";
import { Diagnostics, type Location, StatementError } from "./diagnostics.ts";
import { type AssemblyState, enterSection, runDirective } from "./directives.ts";
import { emitSection, settle } from "./emit.ts";
import { constantOf, evaluate, parseExpression } from "./expression.ts";
import { findSyntax, parseInstruction } from "./instruction.ts";
import { loadConstant } from "./load-constant.ts";
import { Expander } from "./macros.ts";
import { matchOperands, substituteBindings } from "./operands.ts";
import { PSEUDO, type PseudoRow } from "./pseudo.ts";
import { SectionBuilder } from "./section.ts";
import { parseStatement, splitOperands, splitStatements, stringBytes } from "./statements.ts";
import { Symbols } from "./symbols.ts";

export interface AssembleOptions {
    /** Starts with `.option rvc`: compresses where possible. Off by default. */
    readonly rvc?: boolean;
    /** Constants as if set by `.equ` in a line before the source, for example the numbers of kernel/abi. */
    readonly defines?: Readonly<Record<string, number | bigint>>;
    /** The text of a file that .include names; undefined when there is no such file. */
    readonly include?: (file: string) => string | undefined;
}

/** Assembles one source. `file` names it in messages and line entries. Throws AssemblyError with every problem found. */
export function assemble(source: string, file: string, options: AssembleOptions = {}): ObjectFile {
    const diagnostics = new Diagnostics();
    const state = initialState(options);
    const expander = new Expander(
        {
            constant: (text) => constantHere(state, text, { file, line: 0 }),
            included: (operands) => {
                const name = includedFile(operands);
                const text = options.include?.(name);
                if (text === undefined) throw new StatementError(`.include: there is no file ${name}`);
                return splitStatements(text, name, diagnostics);
            },
            defined: (name) => state.symbols.isDefined(name.trim()),
            statement: (location, text) => diagnostics.guard(location, () => runStatement(state, text, location)),
        },
        diagnostics,
    );
    expander.run(splitStatements(source, file, diagnostics));
    for (const { label, location } of state.symbols.unresolvedLocals()) {
        diagnostics.add(location, `no label ${label}: after this; define it or use ${label}b`);
    }
    diagnostics.throwIfAny();
    settle(state.sections.values(), state.symbols, diagnostics);
    const used = [...state.sections.values()].filter((section) => section.items.length > 0);
    const sections = used.map((section) => emitSection(section, state.symbols, diagnostics));
    diagnostics.throwIfAny();
    const referenced = new Set(sections.flatMap(({ relocations }) => relocations.map(({ symbol }) => symbol)));
    const present = new Set(sections.map(({ name }) => name));
    const symbols = state.symbols
        .toObject(referenced)
        .filter(({ section }) => section === "*ABS*" || present.has(section));
    return { name: file, sections, symbols };
}

function initialState(options: AssembleOptions): AssemblyState {
    const section = new SectionBuilder(".text", "text");
    const state: AssemblyState = {
        symbols: new Symbols(),
        sections: new Map(),
        section,
        rvc: options.rvc ?? false,
        rvcStack: [],
        sectionStack: [],
    };
    enterSection(state, ".text", "text");
    for (const [name, value] of Object.entries(options.defines ?? {})) {
        state.symbols.defineConstant(name, { kind: "number", value: BigInt(value) }, true);
    }
    return state;
}

function includedFile(operands: string): string {
    return new TextDecoder().decode(Uint8Array.from(stringBytes(operands)));
}

/** Runs labels, then a directive or an instruction. */
function runStatement(state: AssemblyState, text: string, location: Location): void {
    const { labels, name, operands } = parseStatement(text);
    for (const label of labels) state.symbols.defineLabel(label, state.section);
    if (name === "") return;
    if (name.startsWith(".")) runDirective(state, name, operands, location);
    else runInstruction(state, name, splitOperands(operands), location);
}

const PSEUDO_BY_NAME = new Map<string, PseudoRow[]>();
for (const row of PSEUDO) PSEUDO_BY_NAME.set(row.name, [...(PSEUDO_BY_NAME.get(row.name) ?? []), row]);

/** Runs the machine instruction with these operands, or the pseudo-instruction whose pattern they have. */
function runInstruction(state: AssemblyState, name: string, operands: readonly string[], location: Location): void {
    const { section, symbols, rvc } = state;
    if (name === "li") {
        const [rd = "", value = "", ...rest] = operands;
        if (value === "" || rest.length > 0) throw new StatementError("li takes rd, constant");
        const steps = loadConstant(rd, constantHere(state, value, location));
        for (const step of steps) runExpansion(state, step, location);
        return;
    }
    const syntax = findSyntax(name);
    const names = symbols.names(section, location);
    const item = syntax && parseInstruction(syntax, operands, names, location, rvc);
    if (item !== undefined) {
        if (rvc) section.alignment = Math.max(section.alignment, 2);
        section.add(item);
        return;
    }
    const rows = PSEUDO_BY_NAME.get(name) ?? [];
    for (const row of rows) {
        const bindings = matchOperands(row.operands, operands);
        if (bindings === undefined) continue;
        const here = row.expansion.some((step) => step.includes("$here")) ? symbols.anonymous(section) : "";
        for (const step of row.expansion) {
            runExpansion(state, substituteBindings(step, bindings).replaceAll("$here", here), location);
        }
        return;
    }
    throw new StatementError(
        explain(name, operands, [...(syntax ? [syntax.row.operands] : []), ...rows.map((row) => row.operands)]),
    );
}

/** An expansion uses only table rows, or the derived forms of them. */
function runExpansion(state: AssemblyState, text: string, location: Location): void {
    const { name, operands } = parseStatement(text);
    runInstruction(state, name, splitOperands(operands), location);
}

function explain(name: string, operands: readonly string[], patterns: readonly string[]): string {
    if (patterns.length === 0) return `${name} is no instruction, directive or macro; check its spelling`;
    const forms = [...new Set(patterns)].map((pattern) => `${name} ${pattern}`.trim());
    return `${name} does not take "${operands.join(", ")}"; write ${forms.join(" or ")}`;
}

function constantHere(state: AssemblyState, text: string, location: Location): bigint {
    return constantOf(evaluate(parseExpression(text, state.symbols.names(state.section, location)), state.symbols));
}
