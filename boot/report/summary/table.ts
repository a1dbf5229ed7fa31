/** Plain text tables: right-aligned figures, left-aligned words, a header line repeated in long ones. */

export interface Column<Row> {
    readonly title: string;
    readonly align: "left" | "right";
    cell(row: Row): string;
}

/** How text is to look where it is shown. */
export interface Look {
    /** Columns that a line may have. */
    readonly width: number;
    /** Clusters that a table has at most. */
    readonly mostClusters: number;
    bold(line: string): string;
}

/** For a file: as wide as it comes. */
export const PLAIN_LOOK: Look = {
    width: Number.POSITIVE_INFINITY,
    mostClusters: Number.POSITIVE_INFINITY,
    bold: (line) => line,
};

export interface TableOptions {
    /** Spaces before each line. */
    readonly indent?: number;
    /** The number of rows after which the header is repeated. */
    readonly repeatHeader?: number;
    readonly look?: Look;
}

/**
 * The table's lines. Titles may have two lines ("frames\nCODE"). A table that is too wide is cut into several, one below the other, each of which
 * begins with the first column; a column that alone is too wide is cut off.
 */
export function renderTable<Row>(
    columns: readonly Column<Row>[],
    rows: readonly Row[],
    options: TableOptions = {},
): string[] {
    const width = (options.look?.width ?? Number.POSITIVE_INFINITY) - (options.indent ?? 0);
    const [first, ...rest] = columns;
    if (first === undefined) return [];
    const room = width - widthOf(first, rows);
    const parts: Column<Row>[][] = [];
    let left = Number.NEGATIVE_INFINITY;
    for (const column of rest) {
        const needed = widthOf(column, rows) + GAP;
        if (needed > left) {
            parts.push([]);
            left = room;
        }
        parts.at(-1)?.push(column);
        left -= needed;
    }
    const lines = (parts.length === 0 ? [[]] : parts).map((part) => wholeTable([first, ...part], rows, options));
    return lines.flatMap((part, i) => (i === 0 ? part : ["", ...part]));
}

/** Spaces between two columns. */
const GAP = 2;

function widthOf<Row>(column: Column<Row>, rows: readonly Row[]): number {
    return Math.max(
        ...column.title.split("\n").map(({ length }) => length),
        ...rows.map((row) => column.cell(row).length),
    );
}

function cutOff(line: string, width: number): string {
    return line.length > width ? `${line.slice(0, width - 1)}\u2026` : line;
}

function wholeTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], options: TableOptions): string[] {
    const width = options.look?.width ?? Number.POSITIVE_INFINITY;
    const titles = columns.map(({ title }) => title.split("\n"));
    const height = Math.max(...titles.map((lines) => lines.length));
    const cells = rows.map((row) => columns.map((column) => column.cell(row)));
    const widths = columns.map((_, index) => {
        const texts = [...(titles[index] ?? []), ...cells.map((line) => line[index] ?? "")];
        return Math.max(...texts.map((text) => text.length));
    });
    const join = (texts: readonly string[]): string => {
        const padded = texts.map((text, index) => {
            const width = widths[index] ?? 0;
            return columns[index]?.align === "left" ? text.padEnd(width) : text.padStart(width);
        });
        return cutOff(`${" ".repeat(options.indent ?? 0)}${padded.join(" ".repeat(GAP))}`.trimEnd(), width);
    };
    const style = options.look?.bold ?? PLAIN_LOOK.bold;
    const header = Array.from({ length: height }, (_, line) => {
        const texts = titles.map((lines) => lines[line - height + lines.length] ?? "");
        return style(join(texts));
    });
    const every = options.repeatHeader ?? Number.POSITIVE_INFINITY;
    return cells.flatMap((line, index) => (index % every === 0 ? [...header, join(line)] : [join(line)]));
}

/** The line, broken between words where it is too wide; what follows is indented. A line with colours has none that is. */
export function folded(line: string, width: number): string[] {
    if (line.length <= width || line.includes("\u001b")) return [line];
    const indent = " ".repeat(line.length - line.trimStart().length + 4);
    const at = line.lastIndexOf(" ", width);
    if (at < 0 || line.slice(0, at).trim() === "") return [line];
    return [line.slice(0, at), ...folded(`${indent}${line.slice(at + 1)}`, width)];
}

/** Writes 1234567 as "1,234,567". */
export function grouped(value: number): string {
    return Math.round(value)
        .toString()
        .replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** Writes at most four digits and a scale: 1234 as "1234", 12345678 as "12.3M". */
export function scaled(value: number): string {
    if (value < 10_000) return String(Math.round(value));
    for (const [scale, unit] of [
        [1e12, "T"],
        [1e9, "G"],
        [1e6, "M"],
        [1e3, "k"],
    ] as const) {
        if (value < scale) continue;
        const amount = value / scale;
        return `${amount < 100 ? amount.toFixed(1) : amount.toFixed(0)}${unit}`;
    }
    return String(value);
}
