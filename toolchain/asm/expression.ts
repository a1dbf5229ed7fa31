/**
 * Expressions over 64-bit constants and symbols. Operators and their precedence are those of GNU as, not of C. From tightest they are `* /
 * % << >>`, then `| & ^`, then `+ -`, then comparisons (true is -1), then `&&`, `||` (as manual, "Infix Operators").
 */

import { StatementError } from "./diagnostics.ts";

export type Expression =
    | { readonly kind: "number"; readonly value: bigint }
    | { readonly kind: "symbol"; readonly name: string }
    | { readonly kind: "unary"; readonly operator: string; readonly operand: Expression }
    | { readonly kind: "binary"; readonly operator: string; readonly left: Expression; readonly right: Expression };

/** A sum of a constant and symbols with signs. Relocations can hold one symbol with a plus. */
export interface LinearValue {
    readonly constant: bigint;
    readonly terms: readonly { readonly symbol: string; readonly sign: 1 | -1 }[];
}

/** The meaning of names at the place of an expression. */
export interface ExpressionNames {
    /** The symbol that a name stands for, or the value that a redefinable constant has here. */
    symbol(name: string): Expression;
    /** Names the symbol that `.` or a local label reference such as `1f` stands for. */
    here(): string;
    local(number: string, direction: "b" | "f"): string;
}

const TOKEN =
    /\s*(?:(0[xX][0-9a-fA-F]+|0[bB][01]+(?![\w.$]))|(\d+)([bf])(?![\w.$])|(\d+)|'(\\[\s\S]|[^'\\])'|([A-Za-z_.$\uE000][\w.$\uE000]*)|(<<|>>|&&|\|\||==|!=|<>|<=|>=|[-+*/%&|^~!()<>]))/y;

/** Binary operators by precedence, tightest last. */
const LEVELS: readonly (readonly string[])[] = [
    ["||"],
    ["&&"],
    ["==", "!=", "<>", "<", ">", "<=", ">="],
    ["+", "-"],
    ["|", "&", "^"],
    ["*", "/", "%", "<<", ">>"],
];

type Token = { readonly operand: Expression } | { readonly operator: string };

export function parseExpression(text: string, names: ExpressionNames): Expression {
    const parser = new Parser(tokens(text, names), text);
    const expression = parser.binary(0);
    parser.end();
    return expression;
}

function tokens(text: string, names: ExpressionNames): Token[] {
    const found: Token[] = [];
    const trimmed = text.trimEnd();
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < trimmed.length) {
        const start = TOKEN.lastIndex;
        const match = TOKEN.exec(trimmed);
        if (match === null) throw new StatementError(`"${trimmed.slice(start).trim()}" is not an expression`);
        found.push(token(match, names));
    }
    return found;
}

function token(match: RegExpExecArray, names: ExpressionNames): Token {
    const [, prefixed, local, direction, digits, character, name, operator] = match;
    if (prefixed !== undefined) return { operand: { kind: "number", value: BigInt(prefixed.toLowerCase()) } };
    if (local !== undefined) {
        return { operand: { kind: "symbol", name: names.local(local, direction === "b" ? "b" : "f") } };
    }
    if (digits !== undefined) return { operand: { kind: "number", value: decimalOrOctal(digits) } };
    if (character !== undefined) return { operand: { kind: "number", value: characterCode(character) } };
    if (name === ".") return { operand: { kind: "symbol", name: names.here() } };
    if (name !== undefined) return { operand: names.symbol(name) };
    return { operator: operator ?? "" };
}

/** A leading 0 means octal, as in C and GNU as. */
function decimalOrOctal(digits: string): bigint {
    if (digits.length === 1 || !digits.startsWith("0")) return BigInt(digits);
    if (/[89]/.test(digits)) throw new StatementError(`${digits} is not octal; remove the leading 0 for decimal`);
    return BigInt(`0o${digits.slice(1)}`);
}

const CHARACTER_ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", "0": "\0" };

function characterCode(character: string): bigint {
    if (!character.startsWith("\\")) return BigInt(character.charCodeAt(0));
    const escaped = character.slice(1);
    return BigInt((CHARACTER_ESCAPES[escaped] ?? escaped).charCodeAt(0));
}

class Parser {
    readonly #tokens: readonly Token[];
    readonly #text: string;
    #position = 0;

    constructor(list: readonly Token[], text: string) {
        this.#tokens = list;
        this.#text = text;
    }

    binary(level: number): Expression {
        const operators = LEVELS[level];
        if (operators === undefined) return this.#unary();
        let left = this.binary(level + 1);
        for (let operator = this.#operator(operators); operator !== undefined; operator = this.#operator(operators)) {
            left = { kind: "binary", operator, left, right: this.binary(level + 1) };
        }
        return left;
    }

    end(): void {
        if (this.#position < this.#tokens.length) throw this.#error();
    }

    #unary(): Expression {
        const operator = this.#operator(["-", "+", "~", "!"]);
        if (operator !== undefined) return { kind: "unary", operator, operand: this.#unary() };
        const next = this.#tokens[this.#position++];
        if (next === undefined) throw this.#error();
        if ("operand" in next) return next.operand;
        if (next.operator !== "(") throw this.#error();
        const inner = this.binary(0);
        if (this.#operator([")"]) === undefined) throw this.#error();
        return inner;
    }

    #operator(operators: readonly string[]): string | undefined {
        const next = this.#tokens[this.#position];
        if (next === undefined || !("operator" in next) || !operators.includes(next.operator)) return undefined;
        this.#position++;
        return next.operator;
    }

    #error(): StatementError {
        return new StatementError(`"${this.#text.trim()}" is not an expression; check operators and parentheses`);
    }
}

/** The values of symbols that evaluation may know. */
export interface SymbolValues {
    /** The value of a constant symbol; undefined for labels and unknown names. */
    constantOf(name: string): LinearValue | undefined;
    /** Byte distance a - b of two labels of one section, when it is known. */
    distance(a: string, b: string): bigint | undefined;
}

/** Evaluates as far as symbols are known. Throws a StatementError when an operator needs constants and has none. */
export function evaluate(expression: Expression, symbols: SymbolValues): LinearValue {
    if (expression.kind === "number") return { constant: expression.value, terms: [] };
    if (expression.kind === "symbol") {
        const known = symbols.constantOf(expression.name);
        return known ?? { constant: 0n, terms: [{ symbol: expression.name, sign: 1 }] };
    }
    if (expression.kind === "unary") return unary(expression.operator, evaluate(expression.operand, symbols));
    const left = evaluate(expression.left, symbols);
    const right = evaluate(expression.right, symbols);
    if (expression.operator === "+") return reduce(add(left, right), symbols);
    if (expression.operator === "-") return reduce(add(left, unary("-", right)), symbols);
    const difference = isComparison(expression.operator) ? reduce(add(left, unary("-", right)), symbols) : undefined;
    if (difference?.terms.length === 0) return constantValue(infix(expression.operator, difference.constant, 0n));
    return constantValue(infix(expression.operator, constantOf(left), constantOf(right)));
}

/** The constant of a value without symbols. */
export function constantOf(value: LinearValue): bigint {
    const first = value.terms[0];
    if (first === undefined) return BigInt.asIntN(64, value.constant);
    throw new StatementError(
        `${displayName(first.symbol)} is not constant here; use a number or a symbol defined before`,
    );
}

/** Internal names of `.` and local labels start with \uE000 (see Symbols). */
export function displayName(symbol: string): string {
    return symbol.startsWith("\uE000") ? "a label" : symbol;
}

function constantValue(constant: bigint): LinearValue {
    return { constant: BigInt.asIntN(64, constant), terms: [] };
}

function unary(operator: string, value: LinearValue): LinearValue {
    if (operator === "+") return value;
    if (operator === "-") {
        const terms = value.terms.map(({ symbol, sign }) => ({
            symbol,
            sign: sign === 1 ? (-1 as const) : (1 as const),
        }));
        return { constant: BigInt.asIntN(64, -value.constant), terms };
    }
    const constant = constantOf(value);
    return constantValue(operator === "~" ? ~constant : constant === 0n ? 1n : 0n);
}

function add(left: LinearValue, right: LinearValue): LinearValue {
    return { constant: BigInt.asIntN(64, left.constant + right.constant), terms: [...left.terms, ...right.terms] };
}

/** Replaces each pair a - b of known distance by that distance. */
function reduce(value: LinearValue, symbols: SymbolValues): LinearValue {
    const terms = [...value.terms];
    let constant = value.constant;
    for (let index = 0; index < terms.length; index++) {
        const term = terms[index];
        if (term === undefined || term.sign === -1) continue;
        for (const [otherIndex, other] of terms.entries()) {
            if (other.sign === 1) continue;
            const distance = term.symbol === other.symbol ? 0n : symbols.distance(term.symbol, other.symbol);
            if (distance === undefined) continue;
            constant += distance;
            terms.splice(Math.max(index, otherIndex), 1);
            terms.splice(Math.min(index, otherIndex), 1);
            index = -1;
            break;
        }
    }
    return { constant: BigInt.asIntN(64, constant), terms };
}

function isComparison(operator: string): boolean {
    return LEVELS[2]?.includes(operator) ?? false;
}

function infix(operator: string, left: bigint, right: bigint): bigint {
    const truth = (value: boolean) => (value ? -1n : 0n);
    switch (operator) {
        case "*":
            return left * right;
        case "/":
        case "%":
            if (right === 0n) throw new StatementError("division by zero");
            return operator === "/" ? left / right : left % right;
        case "<<":
            return left << BigInt.asUintN(6, right);
        case ">>":
            return BigInt.asUintN(64, left) >> BigInt.asUintN(6, right);
        case "&":
            return left & right;
        case "|":
            return left | right;
        case "^":
            return left ^ right;
        case "==":
            return truth(left === right);
        case "!=":
        case "<>":
            return truth(left !== right);
        case "<":
            return truth(left < right);
        case ">":
            return truth(left > right);
        case "<=":
            return truth(left <= right);
        case ">=":
            return truth(left >= right);
        case "&&":
            return left !== 0n && right !== 0n ? 1n : 0n;
        default:
            return left !== 0n || right !== 0n ? 1n : 0n;
    }
}
