/**
 * Reads AssemblyScript sources as far as calls need it: functions, their statements as a tree, and the calls in each, with the tokens of
 * their arguments. What stands within a statement is not parsed, so casts and generics do not matter.
 */

export interface Call {
    readonly name: string;
    /** Tokens of each argument. */
    readonly args: readonly (readonly string[])[];
    readonly line: number;
}

export type Statement =
    | {
          readonly kind: "plain";
          readonly calls: readonly Call[];
          /** What does not come to the next statement. */
          readonly leaves: "return" | "break" | "continue" | undefined;
      }
    | {
          readonly kind: "branch";
          readonly calls: readonly Call[];
          /** Tokens of the condition; of a switch none. */
          readonly condition: readonly string[];
          readonly ways: readonly (readonly Statement[])[];
      }
    | {
          readonly kind: "loop";
          readonly calls: readonly Call[];
          readonly endless: boolean;
          readonly body: readonly Statement[];
      };

export interface SourceFunction {
    /** "mm/vmm.ts vmm_wait". */
    readonly key: string;
    readonly file: string;
    readonly name: string;
    readonly parameters: readonly string[];
    readonly body: readonly Statement[];
}

export interface FunctionValue {
    readonly name: string;
    readonly parameter: string;
    readonly function: string;
}

export interface SourceFile {
    readonly file: string;
    /** Where an imported name comes from: a file's path. */
    readonly imports: ReadonlyMap<string, string>;
    readonly functions: readonly SourceFunction[];
    /** `const NAME: (PARAMETER: TYPE) => void = FUNCTION`: a function that is handed on as a value. */
    readonly values: readonly FunctionValue[];
    /** Functions of more than one argument that are made values: those of pagers (kernel/mm/pager.ts). */
    readonly pagers: readonly string[];
    /** Numbers of `const NAME: u32 = 1 | 2` and `const NAME = OTHER | ANOTHER`. */
    readonly numbers: ReadonlyMap<string, number>;
}

interface Token {
    readonly text: string;
    readonly line: number;
}

/** `file` is the path from the folder of all sources, with forward slashes. */
export function readSource(file: string, text: string): SourceFile {
    const tokens = tokenize(text);
    const values = [...text.matchAll(/\bconst (\w+): \((\w+): \w+\) => void = (\w+);/g)].map(
        ([, name = "", parameter = "", called = ""]) => ({ name, parameter, function: called }),
    );
    const numbers = new Map<string, number>();
    for (const [, name = "", value = ""] of text.matchAll(/\bconst ([A-Z]\w*)(?:: u32)? =\s+([\w |]+);/g)) {
        const parts = value.split("|").map((each) => each.trim());
        numbers.set(
            name,
            parts.reduce((sum, each) => sum | (numbers.get(each) ?? Number(each)), 0),
        );
    }
    const pagers = [...text.matchAll(/\bconst \w+: \(\w+: \w+, [^)]*\) => \w+ = (\w+);/g)].map(([, name = ""]) => name);
    return { file, imports: importsOf(file, text), functions: functionsOf(file, tokens), values, pagers, numbers };
}

function importsOf(file: string, text: string): Map<string, string> {
    const found = new Map<string, string>();
    for (const [, names = "", from = ""] of text.matchAll(/\bimport \{([^}]*)\} from "([^"]+)"/g)) {
        const path = joinPath(file, from);
        for (const name of names.split(",")) if (name.trim() !== "") found.set(name.trim(), `${path}.ts`);
    }
    return found;
}

function joinPath(file: string, to: string): string {
    const parts = file.split("/").slice(0, -1);
    for (const part of to.split("/")) {
        if (part === "..") parts.pop();
        else if (part !== ".") parts.push(part);
    }
    return parts.join("/");
}

function tokenize(text: string): Token[] {
    const tokens: Token[] = [];
    let line = 1;
    for (const [token] of text.matchAll(/\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"|'[^']*'|\w+|\n|=>|[^\s\w]/g)) {
        if (!token.startsWith("//") && !token.startsWith("/*") && token !== "\n") tokens.push({ text: token, line });
        line += token.split("\n").length - 1;
    }
    return tokens;
}

/** Functions of the file itself; a member of a class has no name of its own and is none. */
function functionsOf(file: string, tokens: readonly Token[]): SourceFunction[] {
    const found: SourceFunction[] = [];
    for (let i = 0, depth = 0; i < tokens.length; i++) {
        const text = tokens[i]?.text;
        if (text === "{") depth++;
        if (text === "}") depth--;
        if (text !== "function" || depth !== 0 || tokens[i - 1]?.text === "declare") continue;
        const name = tokens[i + 1]?.text ?? "";
        const reader = new Reader(tokens, i + 2);
        const parameters = reader.list().map((each) => each.find(({ text: word }) => /^\w+$/.test(word))?.text ?? "");
        // A return type stands between; `declare` has no body.
        while (reader.text !== "{" && reader.text !== ";") reader.skip();
        if (reader.text === ";") continue;
        const body = reader.block();
        found.push({ key: `${file} ${name}`, file, name, parameters, body });
        i = reader.at - 1;
    }
    return found;
}

class Reader {
    readonly #tokens: readonly Token[];
    at: number;

    constructor(tokens: readonly Token[], at: number) {
        this.#tokens = tokens;
        this.at = at;
    }

    get text(): string {
        return this.#tokens[this.at]?.text ?? "";
    }

    skip(): void {
        if (++this.at > this.#tokens.length) throw new Error("a source ends within a function");
    }

    /** What stands between the bracket here and its partner, without them. */
    #enclosed(): Token[] {
        const inside: Token[] = [];
        for (let depth = 0; ; this.skip()) {
            const token = this.#tokens[this.at];
            if (token === undefined) throw new Error("a bracket is never closed");
            if ("([{".includes(token.text)) depth++;
            if (")]}".includes(token.text) && --depth === 0) break;
            inside.push(token);
        }
        this.skip();
        return inside.slice(1);
    }

    /** The list in brackets here, split at its commas. */
    list(): Token[][] {
        return split(this.#enclosed());
    }

    /** The statements of the block here. */
    block(): Statement[] {
        this.skip();
        const body: Statement[] = [];
        while (this.text !== "}") body.push(...this.#statement());
        this.skip();
        return body;
    }

    #statement(): Statement[] {
        switch (this.text) {
            case "{":
                return this.block();
            case "if":
                return [this.#branch()];
            case "while":
            case "for":
                return [this.#loop()];
            case "do":
                return [this.#doLoop()];
            case "switch":
                return [this.#cases()];
            default:
                return [this.#plain()];
        }
    }

    #branch(): Statement {
        this.skip();
        const condition = this.#enclosed();
        const then = this.#statement();
        let otherwise: Statement[] = [];
        if (this.text === "else") {
            this.skip();
            otherwise = this.#statement();
        }
        const words = condition.map(({ text }) => text);
        return { kind: "branch", calls: callsIn(condition), condition: words, ways: [then, otherwise] };
    }

    #loop(): Statement {
        this.skip();
        const head = this.#enclosed();
        const words = head.map(({ text }) => text).join("");
        if (this.text === ";") {
            this.skip();
            return { kind: "loop", calls: callsIn(head), endless: false, body: [] };
        }
        return {
            kind: "loop",
            calls: callsIn(head),
            endless: words === "true" || words.includes(";;"),
            body: this.#statement(),
        };
    }

    #doLoop(): Statement {
        this.skip();
        const body = this.#statement();
        this.skip();
        const head = this.#enclosed();
        this.skip();
        return { kind: "loop", calls: callsIn(head), endless: false, body };
    }

    #cases(): Statement {
        this.skip();
        const head = this.#enclosed();
        this.skip();
        const ways: Statement[][] = [];
        let way: Statement[] = [];
        while (this.text !== "}") {
            if (this.text !== "case" && this.text !== "default") {
                // A break ends the case, not a loop around it.
                way.push(...this.#statement().filter((each) => each.kind !== "plain" || each.leaves !== "break"));
                continue;
            }
            this.#label();
            way = [];
            ways.push(way);
        }
        this.skip();
        return { kind: "branch", calls: callsIn(head), condition: [], ways: [...ways, []] };
    }

    #label(): void {
        while (this.text !== ":") this.skip();
        this.skip();
    }

    #plain(): Statement {
        const words: Token[] = [];
        const leaves = (["return", "break", "continue"] as const).find((word) => word === this.text);
        for (let depth = 0; depth > 0 || this.text !== ";"; this.skip()) {
            const token = this.#tokens[this.at];
            if (token === undefined) throw new Error("a statement never ends");
            if ("([{".includes(token.text)) depth++;
            if (")]}".includes(token.text)) depth--;
            words.push(token);
        }
        this.skip();
        return { kind: "plain", calls: callsIn(words), leaves };
    }
}

function split(tokens: readonly Token[]): Token[][] {
    const parts: Token[][] = [];
    let depth = 0;
    let part: Token[] = [];
    for (const token of tokens) {
        if ("([{".includes(token.text)) depth++;
        if (")]}".includes(token.text)) depth--;
        if (token.text === "," && depth === 0) {
            parts.push(part);
            part = [];
        } else part.push(token);
    }
    if (part.length > 0) parts.push(part);
    return parts;
}

/** Every call in an expression, inner ones too: a name that no dot stands before, with an open bracket behind it or behind its `<TYPE>`. */
function callsIn(tokens: readonly Token[]): Call[] {
    const calls: Call[] = [];
    for (const [i, { text, line }] of tokens.entries()) {
        const generic = tokens[i + 1]?.text === "<" && tokens[i + 3]?.text === ">";
        const open = generic ? i + 4 : i + 1;
        if (!/^[a-z_]\w*$/i.test(text) || tokens[open]?.text !== "(" || tokens[i - 1]?.text === ".") continue;
        const args = new Reader(tokens, open).list();
        calls.push({ name: text, line, args: args.map((each) => each.map((token) => token.text)) });
    }
    return calls;
}

/** Calls of a body in the order of the source; `ways` says which ways of a branch count, all if it says nothing. */
export function* callsOf(
    body: readonly Statement[],
    ways: (condition: readonly string[]) => number | undefined = () => undefined,
): Generator<Call> {
    for (const statement of body) {
        yield* statement.calls;
        if (statement.kind === "loop") yield* callsOf(statement.body, ways);
        if (statement.kind !== "branch") continue;
        const only = ways(statement.condition);
        for (const [i, way] of statement.ways.entries())
            if (only === undefined || i === only) yield* callsOf(way, ways);
    }
}
