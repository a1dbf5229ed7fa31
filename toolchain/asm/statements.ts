/** Splits source text into statements. Comments are removed, `;` and line ends separate, quoted text stays whole. */

import { type Diagnostics, type Location, StatementError } from "./diagnostics.ts";

export interface Statement {
    readonly location: Location;
    /** Trimmed, not empty. */
    readonly text: string;
}

export interface ParsedStatement {
    /** The labels as written: names, or numbers for local labels. */
    readonly labels: readonly string[];
    /** A directive, macro or mnemonic; "" when there are only labels. */
    readonly name: string;
    /** The rest of the statement, trimmed. */
    readonly operands: string;
}

/** One alternative for each thing whose inside must not be looked at, then separators. Their order matters. */
const SCANNER = /"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])'|\/\*[\s\S]*?\*\/|\/\/[^\n]*|#[^\n]*|[;\n]|"|'|\/\*/g;

export function splitStatements(source: string, file: string, diagnostics: Diagnostics): Statement[] {
    const statements: Statement[] = [];
    let line = 1;
    let startLine = 1;
    let text = "";
    let position = 0;
    const finish = () => {
        const trimmed = text.trim();
        if (trimmed !== "") statements.push({ location: { file, line: startLine }, text: trimmed });
        text = "";
    };
    for (const match of source.matchAll(SCANNER)) {
        const token = match[0];
        text += source.slice(position, match.index);
        position = match.index + token.length;
        if (text.trim() === "") startLine = line;
        if (token === ";" || token === "\n") finish();
        else if (token === '"' || token === "'")
            diagnostics.add({ file, line }, `${token} is not closed; close it on the same line`);
        else if (token === "/*") diagnostics.add({ file, line }, "comment is not closed; end it with */");
        else if (token.startsWith("/*")) text += " ";
        else if (token.startsWith('"') || token.startsWith("'")) text += token;
        line += newlines(token);
        if (text.trim() === "") startLine = line;
    }
    text += source.slice(position);
    finish();
    return statements;
}

function newlines(text: string): number {
    return text.split("\n").length - 1;
}

const LABEL = /^([A-Za-z_.$][\w.$]*|\d+)\s*:(?!=)\s*/;
const ASSIGNMENT = /^([A-Za-z_.$][\w.$]*)\s*=(?!=)\s*(.*)$/s;
const NAME = /^\S+/;

/** `name = value` is taken as `.set name, value`. */
export function parseStatement(text: string): ParsedStatement {
    const labels: string[] = [];
    let rest = text;
    for (let match = LABEL.exec(rest); match !== null; match = LABEL.exec(rest)) {
        labels.push(match[1] ?? "");
        rest = rest.slice(match[0].length);
    }
    const assignment = ASSIGNMENT.exec(rest);
    if (assignment !== null) return { labels, name: ".set", operands: `${assignment[1]}, ${assignment[2]}` };
    const name = NAME.exec(rest)?.[0] ?? "";
    return { labels, name, operands: rest.slice(name.length).trim() };
}

/** Splits at commas outside parentheses and quotes. "" has no operands. Parts are trimmed. */
export function splitOperands(text: string): string[] {
    if (text.trim() === "") return [];
    const parts: string[] = [];
    let depth = 0;
    let start = 0;
    let quote = "";
    for (let index = 0; index < text.length; index++) {
        const character = text.charAt(index);
        if (quote !== "") {
            if (character === "\\") index++;
            else if (character === quote) quote = "";
        } else if (character === '"' || character === "'") quote = character;
        else if (character === "(") depth++;
        else if (character === ")") depth--;
        else if (character === "," && depth === 0) {
            parts.push(text.slice(start, index).trim());
            start = index + 1;
        }
    }
    parts.push(text.slice(start).trim());
    return parts;
}

const ESCAPES: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, b: 8, f: 12, "\\": 92, '"': 34, "'": 39 };
const utf8 = new TextEncoder();

/** The bytes of a quoted string with C escapes: \n \t \r \b \f \\ \" \' \0 and other octal, \xNN. The rest is UTF-8. */
export function stringBytes(quoted: string): number[] {
    if (quoted.length < 2 || !quoted.startsWith('"') || !quoted.endsWith('"')) {
        throw new StatementError(`${quoted} is not a string; write it in double quotes`);
    }
    const bytes: number[] = [];
    for (const match of quoted.slice(1, -1).matchAll(/\\x([0-9a-fA-F]{1,2})|\\([0-7]{1,3})|\\([\s\S])|[^\\]+/g)) {
        const [whole, hex, octal, letter] = match;
        if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
        else if (octal !== undefined) bytes.push(Number.parseInt(octal, 8) & 0xff);
        else if (letter === undefined) bytes.push(...utf8.encode(whole));
        else {
            const byte = ESCAPES[letter];
            if (byte === undefined)
                throw new StatementError(`\\${letter} is no escape; known are \\n \\t \\r \\b \\f \\0 \\xNN`);
            bytes.push(byte);
        }
    }
    return bytes;
}
