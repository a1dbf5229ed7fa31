/** Comma-separated values as RFC 4180 says. */

/** The lines, a header among them, each ended by CR LF. */
export function csvLines(lines: readonly (readonly unknown[])[]): string {
    return lines.map((fields) => `${fields.map(csvField).join(",")}\r\n`).join("");
}

/** Quoted only where it must be. Null and undefined are an empty field, arrays and objects are JSON. */
export function csvField(value: unknown): string {
    if (value === null || value === undefined) return "";
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
