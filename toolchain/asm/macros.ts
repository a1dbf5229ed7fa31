/**
 * Text-level expansion: .macro, .rept, .irp, .include and conditionals. The result is plain statements, in order, so that a condition sees
 * the constants set before it (as manual, "Macro", "Rept", "Irp", "If").
 */

import { type Diagnostics, type Location, StatementError } from "./diagnostics.ts";
import { parseStatement, type Statement, splitOperands } from "./statements.ts";

interface Parameter {
    readonly name: string;
    readonly defaultText: string | undefined;
    readonly vararg: boolean;
}

interface Macro {
    readonly name: string;
    readonly parameters: readonly Parameter[];
    readonly body: readonly Statement[];
}

export interface ExpanderHooks {
    /** The constant that an expression has at this point. Throws a StatementError when it has none. */
    constant(text: string): bigint;
    /** True when .ifdef is true for the name at this point. */
    defined(name: string): boolean;
    /** The statements of a file that .include names. Throws a StatementError when there is none. */
    included(operands: string): readonly Statement[];
    /** Receives each plain statement. */
    statement(location: Location, text: string): void;
}

/** A macro that expands to itself would never end. */
const MAX_DEPTH = 64;
/** A .rept count above this is a mistake, not a program. */
const MAX_REPEAT = 1_000_000;

const BLOCK_ENDS: Readonly<Record<string, string>> = { ".macro": ".endm", ".rept": ".endr", ".irp": ".endr" };
const CONDITIONS = [".if", ".ifdef", ".ifndef", ".ifeq", ".ifne"];
const ALIASES: Readonly<Record<string, string>> = { ".endmacro": ".endm" };

export class Expander {
    readonly #hooks: ExpanderHooks;
    readonly #diagnostics: Diagnostics;
    readonly #macros = new Map<string, Macro>();
    /** The number of macros expanded, which \@ stands for. */
    #expansions = 0;

    constructor(hooks: ExpanderHooks, diagnostics: Diagnostics) {
        this.#hooks = hooks;
        this.#diagnostics = diagnostics;
    }

    run(statements: readonly Statement[], depth = 0): void {
        for (let index = 0; index < statements.length; ) {
            const statement = statements[index];
            if (statement === undefined) return;
            let next = index + 1;
            this.#diagnostics.guard(statement.location, () => {
                if (depth > MAX_DEPTH)
                    throw new StatementError(
                        "macros nest too deep; does one, or an included file, use itself without end?",
                    );
                next = this.#block(statements, index, depth);
            });
            index = next;
        }
    }

    /** Handles the statement at `index` with the block that it opens. Returns the index to go on at. */
    #block(statements: readonly Statement[], index: number, depth: number): number {
        const statement = statements[index] as Statement;
        const { labels, name, operands } = parseStatement(statement.text);
        const end = BLOCK_ENDS[name];
        if (name === ".include") {
            for (const label of labels) this.#hooks.statement(statement.location, `${label}:`);
            this.run(this.#hooks.included(operands), depth + 1);
            return index + 1;
        }
        const isBlock = end !== undefined || CONDITIONS.includes(name);
        const macro = this.#macros.get(name);
        if (!isBlock && macro === undefined) {
            this.#plain(statement, name);
            return index + 1;
        }
        for (const label of labels) this.#hooks.statement(statement.location, `${label}:`);
        if (macro !== undefined) {
            this.run(this.#expandMacro(macro, operands, statement.location), depth + 1);
            return index + 1;
        }
        if (end === undefined) return this.#conditional(statements, index, depth);
        const close = findEnd(statements, index, name, end);
        const body = statements.slice(index + 1, close);
        if (name === ".macro") this.#define(operands, body);
        else for (const copy of this.#repetitions(name, operands, body)) this.run(copy, depth + 1);
        return close + 1;
    }

    #plain(statement: Statement, name: string): void {
        const stray = [".endm", ".endmacro", ".endr", ".else", ".elseif", ".endif"];
        if (stray.includes(name)) throw new StatementError(`${name} without its beginning; remove it`);
        this.#hooks.statement(statement.location, statement.text);
    }

    #define(operands: string, body: readonly Statement[]): void {
        const match = /^([A-Za-z_.$][\w.$]*)[\s,]*([\s\S]*)$/.exec(operands);
        if (match === null) throw new StatementError(".macro needs a name; write .macro NAME ARGUMENT, ...");
        const [, name = "", list = ""] = match;
        const parameters = list
            .split(/[\s,]+/)
            .filter((text) => text !== "")
            .map(parseParameter);
        this.#macros.set(name, { name, parameters, body });
    }

    #expandMacro(macro: Macro, operands: string, location: Location): Statement[] {
        const values = bindArguments(macro, splitArguments(operands));
        values.set("@", String(this.#expansions++));
        return substitute(macro.body, values, (statement) => ({
            ...location,
            inside: location.inside ?? `macro ${macro.name}, line ${statement.location.line}`,
        }));
    }

    *#repetitions(name: string, operands: string, body: readonly Statement[]): Generator<Statement[]> {
        if (name === ".rept") {
            const count = this.#hooks.constant(operands);
            if (count < 0n || count > MAX_REPEAT)
                throw new StatementError(`.rept count is ${count}; must be 0..${MAX_REPEAT}`);
            for (let round = 0; round < count; round++) yield [...body];
            return;
        }
        const [variable = "", ...values] = splitArguments(operands);
        for (const value of values) yield substitute(body, new Map([[variable, value]]), ({ location }) => location);
    }

    /** Runs the first branch whose condition holds. Returns the index after .endif. */
    #conditional(statements: readonly Statement[], index: number, depth: number): number {
        const branches = splitBranches(statements, index);
        for (const branch of branches.list) {
            if (!this.#holds(branch.name, branch.operands)) continue;
            this.run(branch.body, depth);
            break;
        }
        return branches.end + 1;
    }

    #holds(name: string, operands: string): boolean {
        if (name === ".else") return true;
        if (name === ".ifdef") return this.#hooks.defined(operands);
        if (name === ".ifndef") return !this.#hooks.defined(operands);
        const value = this.#hooks.constant(operands);
        return name === ".ifeq" ? value === 0n : value !== 0n;
    }
}

interface Branch {
    readonly name: string;
    readonly operands: string;
    readonly body: Statement[];
}

function splitBranches(statements: readonly Statement[], index: number): { list: Branch[]; end: number } {
    const list: Branch[] = [];
    let depth = 0;
    for (let position = index; position < statements.length; position++) {
        const statement = statements[position] as Statement;
        const { name, operands } = parseStatement(statement.text);
        if (CONDITIONS.includes(name)) depth++;
        if (name === ".endif" && --depth === 0) return { list, end: position };
        const opens = position === index || (depth === 1 && (name === ".else" || name === ".elseif"));
        if (opens) list.push({ name, operands, body: [] });
        else list.at(-1)?.body.push(statement);
    }
    throw new StatementError(".if without .endif; add it");
}

/** The index of the statement that ends the block opened at `index`. */
function findEnd(statements: readonly Statement[], index: number, open: string, end: string): number {
    let depth = 0;
    for (let position = index; position < statements.length; position++) {
        const { name: written } = parseStatement((statements[position] as Statement).text);
        const name = ALIASES[written] ?? written;
        if (BLOCK_ENDS[name] === end) depth++;
        if (name === end && --depth === 0) return position;
    }
    throw new StatementError(`${open} without ${end}; add it`);
}

function parseParameter(text: string): Parameter {
    const [declared = "", defaultText] = text.split("=", 2);
    const [name = "", qualifier] = declared.split(":", 2);
    if (qualifier !== undefined && qualifier !== "req" && qualifier !== "vararg") {
        throw new StatementError(`:${qualifier} is no qualifier of a macro argument; use :req or :vararg`);
    }
    return { name, defaultText: qualifier === "req" ? undefined : (defaultText ?? ""), vararg: qualifier === "vararg" };
}

/** Splits at commas, or at spaces when there are none, as GNU as allows. */
function splitArguments(text: string): string[] {
    const byComma = splitOperands(text);
    if (byComma.length > 1 || /["'()]/.test(text)) return byComma;
    return text.split(/\s+/).filter((part) => part !== "");
}

function bindArguments(macro: Macro, given: readonly string[]): Map<string, string> {
    const values = new Map<string, string>();
    let position = 0;
    for (const text of given) {
        const named = /^(\w+)=(?!=)(.*)$/s.exec(text);
        if (named !== null && macro.parameters.some(({ name }) => name === named[1])) {
            values.set(named[1] ?? "", named[2] ?? "");
            continue;
        }
        const parameter = macro.parameters[position];
        if (parameter === undefined) {
            throw new StatementError(
                `macro ${macro.name} takes ${macro.parameters.length} arguments; ${given.length} given`,
            );
        }
        if (parameter.vararg) {
            const before = values.get(parameter.name);
            values.set(parameter.name, before === undefined ? text : `${before}, ${text}`);
        } else {
            values.set(parameter.name, text);
            position++;
        }
    }
    for (const { name, defaultText } of macro.parameters) {
        if ((values.get(name) ?? "") !== "") continue;
        if (defaultText === undefined) throw new StatementError(`macro ${macro.name} needs its argument ${name}`);
        values.set(name, defaultText);
    }
    return values;
}

/** Replaces \name and \@. \() stands for nothing: it separates a name from the text that follows. */
function substitute(
    body: readonly Statement[],
    values: ReadonlyMap<string, string>,
    place: (statement: Statement) => Location,
): Statement[] {
    const result: Statement[] = [];
    for (const statement of body) {
        const text = statement.text
            .replace(/\\(\w+|@)/g, (whole, name: string) => values.get(name) ?? whole)
            .replaceAll("\\()", "")
            .trim();
        if (text !== "") result.push({ location: place(statement), text });
    }
    return result;
}
