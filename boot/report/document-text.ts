/** JSON for people and for programs: what fits on a line is a line. */

const MOST_COLUMNS = 140;

/** The document as text, with the line end. A value stands on one line where that has room, else each of its parts begins one. */
export function documentText(document: object): string {
    return `${lines(document, 0)}\n`;
}

function lines(value: unknown, indent: number): string {
    const text = JSON.stringify(value);
    if (value === null || typeof value !== "object" || text.length + indent <= MOST_COLUMNS) return text;
    const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
    const inside = indent + 1;
    const parts = Array.isArray(value)
        ? value.map((part) => lines(part, inside))
        : Object.entries(value)
              .filter(([, part]) => part !== undefined)
              .map(([key, part]) => `${JSON.stringify(key)}: ${lines(part, inside)}`);
    return `${open}\n${parts.map((part) => `${" ".repeat(inside)}${part}`).join(",\n")}\n${" ".repeat(indent)}${close}`;
}
