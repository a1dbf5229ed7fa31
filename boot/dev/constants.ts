/** How `npm run generate` writes constants that derive from a table: for TypeScript and AssemblyScript alike, and as .equ for assembly. */

import type { Field, Fields, Layout, Values } from "../../emu/state/layout.ts";

/** A constant: its name, its value as written, and a sentence. */
export interface Constant {
    readonly name: string;
    readonly value: string;
    readonly text?: string;
}

/** A file for TypeScript and AssemblyScript: a head of sentences, then groups of constants with a blank line between. */
export function constantsFile(
    table: string,
    head: string,
    groups: readonly (readonly Constant[])[],
    type = "",
): string {
    const lines = groups.map((group) =>
        group.flatMap(({ name, value, text }) => [
            ...(text === undefined ? [] : [`/** ${text} */`]),
            `export const ${name}${type === "" ? "" : `: ${type}`} = ${value};`,
        ]),
    );
    const top = `// ${head}\n// Generated from ${table} by \`npm run generate\`.\n`;
    return [top, ...lines.map((each) => `${each.join("\n")}\n`)].join("\n");
}

/** A file that assembly includes: the same as .equ. */
export function equatesFile(table: string, head: string, groups: readonly (readonly Constant[])[]): string {
    const lines = groups.map((group) => group.map(({ name, value }) => `    .equ ${name}, ${value}\n`).join(""));
    return [`# ${head}\n# Generated from ${table} by \`npm run generate\`.\n`, ...lines].join("\n");
}

/** The offsets of a layout, with what is told of their fields. */
export function fieldConstants(fields: Fields, { offsets }: Layout, prefix = ""): Constant[] {
    const names = Object.keys(fields);
    return names.map((name, i) => {
        const text = textOf(fields[name] as Field, fields[names[i + 1] ?? ""]);
        return { name: prefix + name, value: String(offsets[name]), ...(text === undefined ? {} : { text }) };
    });
}

export function valueConstants(values: Values, prefix = ""): Constant[] {
    return Object.entries(values).map(([name, { value, text }]) => ({
        name: prefix + name,
        value: String(value),
        ...(text === undefined ? {} : { text }),
    }));
}

/** Width and sentence, which the fields without a text behind it share. */
function textOf({ type, count, text }: Field, next: Field | undefined): string | undefined {
    if (text === undefined) return undefined;
    if (type === "bytes") return text;
    const each = next !== undefined && next.text === undefined ? " each" : "";
    return `${count > 1 ? `${count} ` : ""}${type}${each}. ${text}`;
}

/** 0x8000000000000000, and small numbers in decimal. */
export function hex(value: bigint | number): string {
    return `0x${value.toString(16)}`;
}
