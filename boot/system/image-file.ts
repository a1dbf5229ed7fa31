/**
 * Images as files: a tree of values, with its bytes as they are behind it, and lists of like rows as columns of differences, which compress to a
 * third and are read fast. It needs no host, so that a browser reads them, too.
 *
 *     u32, little-endian: the length of the JSON text | the text | bytes
 */

/** In the JSON text: bytes by place and length, and rows by their columns. */
interface Blob {
    readonly $bytes: readonly [offset: number, length: number];
}

interface Rows {
    readonly $rows: number;
    readonly columns: Readonly<Record<string, Column>>;
}

/** Numbers as differences; words as a list of them and differences of its indices; others as they are. */
type Column =
    | { readonly numbers: readonly number[] }
    | { readonly words: readonly string[]; readonly indices: readonly number[] }
    | { readonly values: readonly unknown[] };

type Row = Readonly<Record<string, unknown>>;

/** Fewer rows stay as they are. */
const FEWEST_ROWS = 16;
const LENGTH_BYTES = 4;

export const IMAGE_EXTENSION = ".image";

/** `value` is what JSON can say, and Uint8Arrays. */
export function imageBytes(value: unknown): Uint8Array {
    const blobs: Uint8Array[] = [];
    let length = 0;
    const encode = (inner: unknown): unknown => {
        if (inner instanceof Uint8Array) {
            blobs.push(inner);
            length += inner.length;
            return { $bytes: [length - inner.length, inner.length] } satisfies Blob;
        }
        if (Array.isArray(inner)) return rowsOf(inner) ?? inner.map(encode);
        if (typeof inner !== "object" || inner === null) return inner;
        return Object.fromEntries(Object.entries(inner).map(([name, each]) => [name, encode(each)]));
    };
    const text = new TextEncoder().encode(JSON.stringify(encode(value)));
    const bytes = new Uint8Array(LENGTH_BYTES + text.length + length);
    new DataView(bytes.buffer).setUint32(0, text.length, true);
    bytes.set(text, LENGTH_BYTES);
    let at = LENGTH_BYTES + text.length;
    for (const blob of blobs) {
        bytes.set(blob, at);
        at += blob.length;
    }
    return bytes;
}

/** What imageBytes was given. Throws a SyntaxError when the bytes are no image. */
export function imageOf(bytes: Uint8Array): unknown {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const length = bytes.length < LENGTH_BYTES ? Number.POSITIVE_INFINITY : view.getUint32(0, true);
    const blobs = LENGTH_BYTES + length;
    if (blobs > bytes.length) throw new SyntaxError("not an image");
    const decode = (inner: unknown): unknown => {
        if (Array.isArray(inner)) return inner.map(decode);
        if (typeof inner !== "object" || inner === null) return inner;
        if ("$bytes" in inner) {
            const [at, size] = (inner as Blob).$bytes;
            return bytes.slice(blobs + at, blobs + at + size);
        }
        if ("$rows" in inner) return fromRows(inner as Rows);
        return Object.fromEntries(Object.entries(inner).map(([name, each]) => [name, decode(each)]));
    };
    return decode(JSON.parse(new TextDecoder().decode(bytes.subarray(LENGTH_BYTES, blobs))));
}

/** Undefined when the list's elements are not rows with the same plain fields, or few. */
function rowsOf(list: readonly unknown[]): Rows | undefined {
    const [first] = list;
    if (list.length < FEWEST_ROWS || !isRow(first)) return undefined;
    const names = Object.keys(first);
    const isLike = (row: unknown) => isRow(row) && Object.keys(row).join() === names.join();
    if (!list.every(isLike)) return undefined;
    const rows = list as readonly Row[];
    const columns = names.map((name) => [name, columnOf(rows.map((row) => row[name]))] as const);
    return { $rows: rows.length, columns: Object.fromEntries(columns) };
}

/** An object whose fields are numbers, words and truths. */
function isRow(value: unknown): value is Row {
    if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Uint8Array)
        return false;
    return Object.values(value).every((field) => ["number", "string", "boolean"].includes(typeof field));
}

function columnOf(values: readonly unknown[]): Column {
    if (values.every((value) => Number.isSafeInteger(value)))
        return { numbers: differences(values as readonly number[]) };
    if (!values.every((value) => typeof value === "string")) return { values };
    const words = [...new Set(values as readonly string[])];
    const places = new Map(words.map((word, i) => [word, i]));
    return { words, indices: differences(values.map((word) => places.get(word as string) ?? 0)) };
}

function differences(numbers: readonly number[]): number[] {
    return numbers.map((number, i) => number - (numbers[i - 1] ?? 0));
}

function fromRows({ $rows: count, columns }: Rows): Record<string, unknown>[] {
    const all = Object.entries(columns).map(([name, column]) => [name, valuesOf(column)] as const);
    return Array.from({ length: count }, (_, i) => {
        const row: Record<string, unknown> = {};
        for (const [name, values] of all) row[name] = values[i];
        return row;
    });
}

function valuesOf(column: Column): readonly unknown[] {
    if ("values" in column) return column.values;
    if ("numbers" in column) return sums(column.numbers);
    return sums(column.indices).map((index) => column.words[index]);
}

function sums(numbers: readonly number[]): number[] {
    let sum = 0;
    return numbers.map((number) => {
        sum += number;
        return sum;
    });
}
