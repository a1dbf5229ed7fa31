/** JSON with positions: what JSON.parse accepts, but an error says line and column, and a key given twice is an error. */

export class JsonSyntaxError extends Error {
    readonly line: number;
    readonly column: number;

    constructor(text: string, offset: number, message: string) {
        super(message);
        const before = text.slice(0, offset).split("\n");
        this.line = before.length;
        this.column = (before.at(-1) ?? "").length + 1;
    }
}

/** Deeper nesting is refused, so that no file can exhaust the host's stack. */
const MAX_DEPTH = 64;

/** The value of the JSON text. Throws JsonSyntaxError. */
export function parseJson(text: string): unknown {
    const scanner = new Scanner(text);
    const value = scanner.value(0);
    scanner.end();
    return value;
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const STRING = /"(?:[^"\\]|\\[\s\S])*"/y;
const WORDS: readonly (readonly [string, unknown])[] = [
    ["true", true],
    ["false", false],
    ["null", null],
];

class Scanner {
    readonly #text: string;
    #offset = 0;

    constructor(text: string) {
        this.#text = text;
    }

    value(depth: number): unknown {
        const next = this.#peek();
        if (depth > MAX_DEPTH) throw this.#error(`nested deeper than ${MAX_DEPTH} levels`);
        if (next === "{") return this.#object(depth);
        if (next === "[") return this.#array(depth);
        if (next === '"') return this.#string();
        for (const [word, value] of WORDS) if (this.#take(word)) return value;
        const number = this.#match(NUMBER);
        if (number === undefined) throw this.#error(`expected a value, found ${this.#found()}`);
        return Number(number);
    }

    end(): void {
        if (this.#peek() !== "") throw this.#error(`expected the end of the file, found ${this.#found()}`);
    }

    #object(depth: number): object {
        const result = {};
        this.#take("{");
        if (this.#take("}")) return result;
        do {
            if (this.#peek() !== '"') throw this.#error(`expected a key in double quotes, found ${this.#found()}`);
            const start = this.#offset;
            const key = this.#string();
            if (Object.hasOwn(result, key)) throw new JsonSyntaxError(this.#text, start, `key "${key}" appears twice`);
            if (!this.#take(":")) throw this.#error(`expected ":" after key "${key}", found ${this.#found()}`);
            // Not an assignment: a key "__proto__" must be a key like any other.
            const value = this.value(depth + 1);
            Object.defineProperty(result, key, { value, enumerable: true, writable: true, configurable: true });
        } while (this.#take(","));
        if (!this.#take("}")) throw this.#error(`expected "," or "}", found ${this.#found()}`);
        return result;
    }

    #array(depth: number): unknown[] {
        const result: unknown[] = [];
        this.#take("[");
        if (this.#take("]")) return result;
        do result.push(this.value(depth + 1));
        while (this.#take(","));
        if (!this.#take("]")) throw this.#error(`expected "," or "]", found ${this.#found()}`);
        return result;
    }

    #string(): string {
        const start = this.#offset;
        const raw = this.#match(STRING);
        if (raw === undefined) throw this.#error('string without its closing "');
        try {
            return JSON.parse(raw) as string;
        } catch {
            throw new JsonSyntaxError(
                this.#text,
                start,
                "string with a line break, control character or unknown escape",
            );
        }
    }

    /** The next character that is not white space; "" at the end. */
    #peek(): string {
        while (" \t\r\n".includes(this.#text.charAt(this.#offset)) && this.#offset < this.#text.length) this.#offset++;
        return this.#text.charAt(this.#offset);
    }

    #take(word: string): boolean {
        this.#peek();
        if (!this.#text.startsWith(word, this.#offset)) return false;
        this.#offset += word.length;
        return true;
    }

    #match(pattern: RegExp): string | undefined {
        pattern.lastIndex = this.#offset;
        const found = pattern.exec(this.#text)?.[0];
        if (found !== undefined) this.#offset += found.length;
        return found;
    }

    #found(): string {
        const next = this.#text.charAt(this.#offset);
        return next === "" ? "the end of the file" : JSON.stringify(next);
    }

    #error(message: string): JsonSyntaxError {
        return new JsonSyntaxError(this.#text, this.#offset, message);
    }
}
