/**
 * Layouts as tables: fields in order, each with its width and, where its name does not say it all, a sentence. Offsets follow from the
 * order, so that a field more renumbers nothing by hand. boot/dev/generate.ts writes the constants that TypeScript, AssemblyScript and
 * assembly use.
 */

export interface Field {
    readonly type: "u16" | "u32" | "i32" | "u64" | "bytes";
    /** Bytes of one element. */
    readonly bytes: number;
    /** Elements, one behind the other. */
    readonly count: number;
    /** The offset is a multiple of this. */
    readonly align: number;
    /** Holds for the fields without a text that follow, too. */
    readonly text?: string;
}

/** By name, in order. */
export type Fields = Readonly<Record<string, Field>>;

export interface Layout<Name extends string = string> {
    readonly offsets: Readonly<Record<Name, number>>;
    /** From offset 0 to the end of the last field. */
    readonly size: number;
}

/** A constant that belongs to a layout: what a field may hold. */
export interface Value {
    readonly value: number;
    readonly text?: string;
}

export type Values = Readonly<Record<string, Value>>;

interface FieldOptions {
    readonly count?: number;
    readonly align?: number;
}

export const u16 = (text?: string, options?: FieldOptions): Field => field("u16", 2, text, options);
export const u32 = (text?: string, options?: FieldOptions): Field => field("u32", 4, text, options);
export const i32 = (text?: string, options?: FieldOptions): Field => field("i32", 4, text, options);
export const u64 = (text?: string, options?: FieldOptions): Field => field("u64", 8, text, options);

/** A block with a layout of its own. */
export function block(bytes: number, text?: string, options?: FieldOptions): Field {
    return field("bytes", bytes, text, { align: 1, ...options });
}

export function value(number: number, text?: string): Value {
    return { value: number, ...(text === undefined ? {} : { text }) };
}

function field(
    type: Field["type"],
    bytes: number,
    text?: string,
    { count = 1, align = bytes }: FieldOptions = {},
): Field {
    return { type, bytes, count, align, ...(text === undefined ? {} : { text }) };
}

/** Offsets from `start` on, each field at the next multiple of its alignment. */
export function layOut<F extends Fields>(fields: F, start = 0): Layout<keyof F & string> {
    const offsets: Record<string, number> = {};
    let next = start;
    for (const [name, { bytes, count, align }] of Object.entries(fields)) {
        const offset = roundUp(next, align);
        offsets[name] = offset;
        next = offset + bytes * count;
    }
    return { offsets: offsets as Record<keyof F & string, number>, size: next };
}

/** The least multiple of `unit` that is not below `bytes`. */
export function roundUp(bytes: number, unit: number): number {
    return Math.ceil(bytes / unit) * unit;
}
