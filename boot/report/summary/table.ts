/** Plain text tables: right-aligned figures, left-aligned words, a header line repeated in long ones. */

export interface Column<Row> {
    readonly title: string;
    readonly align: "left" | "right";
    cell(row: Row): string;
}

export interface TableOptions {
    /** Spaces before each line. */
    readonly indent?: number;
    /** The number of rows after which the header is repeated. */
    readonly repeatHeader?: number;
    readonly header?: (line: string) => string;
}

/** The table's lines. Titles may have two lines ("frames\nCODE"). */
export function renderTable<Row>(
    columns: readonly Column<Row>[],
    rows: readonly Row[],
    options: TableOptions = {},
): string[] {
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
        return `${" ".repeat(options.indent ?? 0)}${padded.join("  ")}`.trimEnd();
    };
    const style = options.header ?? ((line: string) => line);
    const header = Array.from({ length: height }, (_, line) => {
        const texts = titles.map((lines) => lines[line - height + lines.length] ?? "");
        return style(join(texts));
    });
    const every = options.repeatHeader ?? Number.POSITIVE_INFINITY;
    return cells.flatMap((line, index) => (index % every === 0 ? [...header, join(line)] : [join(line)]));
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
