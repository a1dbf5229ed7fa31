// The expressions of experiment files, as a tree:
//
//     /machine/cycles                                  JSON pointer from the root; a figure stands for its value
//     sum(/clusters/*/rpcs/sent)                       * is every element; sum mean min max count make one value of them
//     max(sum(/traffic/*/count by home))               a list: one sum for each value of the elements' home
//     figure(/programs/0/output, "munmap")             the number (with unit) of a program's line "munmap: 5891 cycles"
//     /traffic/*[source == home]/count                 only elements that meet a condition; a bare name is a field of it
//     sum(/traffic/*[...]/count) ?? 0                  instead of null
//     100 * a / b, (a + b), !a, a == "x" && b > 1      as in C; a division has spaces around its /

export const FUNCTIONS = ["sum", "mean", "min", "max", "count"] as const;
export type FunctionName = (typeof FUNCTIONS)[number];
/** Of a text, not of a list. */
const FIGURE = "figure";
export type BinaryOperator = "??" | "||" | "&&" | "==" | "!=" | "<=" | ">=" | "<" | ">" | "+" | "-" | "*" | "/";
export type Scalar = number | string | boolean | null;

export type Step =
    | { readonly kind: "key"; readonly key: string }
    | { readonly kind: "each"; readonly where: Expression | undefined };

export type Expression =
    | { readonly kind: "literal"; readonly value: Scalar }
    /** `fromRoot` false: from the element that a condition looks at. `text` is how it was written. */
    | { readonly kind: "path"; readonly fromRoot: boolean; readonly steps: readonly Step[]; readonly text: string }
    | { readonly kind: "not" | "negate"; readonly of: Expression }
    | {
          readonly kind: "binary";
          readonly operator: BinaryOperator;
          readonly left: Expression;
          readonly right: Expression;
      }
    /** With `by`: one value for each group of the list's elements that have the same `by`. */
    | {
          readonly kind: "call";
          readonly name: FunctionName;
          readonly of: Expression;
          readonly by: Expression | undefined;
      }
    | { readonly kind: "figure"; readonly of: Expression; readonly label: string };

/** Why an expression cannot be read or computed; `column` counts from 1 and is 0 when it has no place in the text. */
export class ExpressionError extends Error {
    readonly column: number;

    constructor(message: string, column = 0) {
        super(message);
        this.column = column;
    }
}

/** Deeper nesting and longer expressions are refused, so that no file can exhaust the host's stack: a tree is as deep as it has terms. */
const MAX_DEPTH = 64;
const MAX_TERMS = 1000;
/** Binding strength grows downwards. */
const LEVELS: readonly (readonly BinaryOperator[])[] = [
    ["??"],
    ["||"],
    ["&&"],
    ["==", "!=", "<=", ">=", "<", ">"],
    ["+", "-"],
    ["*", "/"],
];
const WORDS: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
    ["true", true],
    ["false", false],
    ["null", null],
]);

/** The tree of `text`. Throws ExpressionError. */
export function parseExpression(text: string): Expression {
    const parser = new Parser(text);
    const result = parser.binary(0);
    parser.end();
    return result;
}

class Parser {
    readonly #text: string;
    #offset = 0;
    #depth = 0;
    /** Operands, and steps of paths. */
    #terms = 0;

    constructor(text: string) {
        this.#text = text;
    }

    end(): void {
        if (this.#skip() < this.#text.length) throw this.#error("expected an operator or the end");
    }

    binary(level: number): Expression {
        const operators = LEVELS[level];
        if (operators === undefined) return this.#unary();
        let left = this.binary(level + 1);
        for (;;) {
            const operator = operators.find((candidate) => this.#take(candidate));
            if (operator === undefined) return left;
            left = { kind: "binary", operator, left, right: this.binary(level + 1) };
        }
    }

    #unary(): Expression {
        if (++this.#depth > MAX_DEPTH) throw this.#error(`nested deeper than ${MAX_DEPTH} levels`);
        this.#term();
        const result = this.#operand();
        this.#depth--;
        return result;
    }

    #operand(): Expression {
        if (this.#take("!")) return { kind: "not", of: this.#unary() };
        if (this.#take("-")) return { kind: "negate", of: this.#unary() };
        if (this.#take("(")) return this.#closing(this.binary(0), ")");
        const start = this.#skip();
        if (this.#text[start] === "/") return this.#path(start, true, []);
        const number = this.#match(/[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y);
        if (number !== undefined) return { kind: "literal", value: Number(number) };
        const string = this.#string();
        if (string !== undefined) return { kind: "literal", value: string };
        const name = this.#match(/[A-Za-z_]\w*/y);
        if (name === undefined) throw this.#error("expected a value");
        return this.#named(name, start);
    }

    #named(name: string, start: number): Expression {
        const word = WORDS.get(name);
        if (word !== undefined) return { kind: "literal", value: word };
        if (!this.#take("(")) return this.#path(start, false, [{ kind: "key", key: name }]);
        if (name === FIGURE) return this.#figure();
        const known = FUNCTIONS.find((candidate) => candidate === name);
        if (known === undefined) {
            const all = [...FUNCTIONS, FIGURE].join(", ");
            throw new ExpressionError(`no function ${name}; there are ${all}`, start + 1);
        }
        const of = this.binary(0);
        const by = this.#match(/by\b/y) === undefined ? undefined : this.binary(0);
        return this.#closing({ kind: "call", name: known, of, by }, ")");
    }

    #figure(): Expression {
        const of = this.binary(0);
        if (!this.#take(",")) throw this.#error('expected ", " and the label in quotes');
        const label = this.#string();
        if (label === undefined) throw this.#error("expected the label in quotes");
        return this.#closing({ kind: "figure", of, label }, ")");
    }

    #string(): string | undefined {
        return this.#match(/"[^"]*"|'[^']*'/y)?.slice(1, -1);
    }

    #path(start: number, fromRoot: boolean, first: readonly Step[]): Expression {
        const steps = [...first];
        for (;;) {
            const step = this.#match(/\/(?:\w+|\*)/y, false)?.slice(1);
            if (step === undefined) break;
            this.#term();
            if (step !== "*") steps.push({ kind: "key", key: step });
            else {
                const where = this.#take("[") ? this.#closing(this.binary(0), "]") : undefined;
                steps.push({ kind: "each", where });
            }
        }
        if (steps.length === 0) throw this.#error('expected a pointer such as "/machine/cycles"');
        return { kind: "path", fromRoot, steps, text: this.#text.slice(start, this.#offset) };
    }

    #term(): void {
        if (++this.#terms > MAX_TERMS) throw this.#error(`longer than ${MAX_TERMS} terms`);
    }

    #closing(inner: Expression, bracket: string): Expression {
        if (!this.#take(bracket)) throw this.#error(`expected "${bracket}"`);
        return inner;
    }

    #take(token: string): boolean {
        const at = this.#skip();
        if (!this.#text.startsWith(token, at)) return false;
        // "!" is no part of "!=".
        if (token === "!" && this.#text[at + 1] === "=") return false;
        this.#offset = at + token.length;
        return true;
    }

    #match(pattern: RegExp, skipSpace = true): string | undefined {
        if (skipSpace) this.#skip();
        pattern.lastIndex = this.#offset;
        const found = pattern.exec(this.#text)?.[0];
        this.#offset += found?.length ?? 0;
        return found;
    }

    #skip(): number {
        while (this.#text[this.#offset] === " ") this.#offset++;
        return this.#offset;
    }

    #error(message: string): ExpressionError {
        const found = this.#text[this.#skip()];
        const what = found === undefined ? "the end" : JSON.stringify(found);
        return new ExpressionError(`${message}, found ${what}`, this.#offset + 1);
    }
}
