/** The file of a lens (docs/lens.md): which structures a kernel that is not ours has, and what is shown of them. */

import { parseDocument } from "../../../configs/check.ts";
import { type SchemaNode, schemaCheck } from "../../../configs/schema-check.ts";
import { ConfigError, describeViolation, type Violation } from "../../../configs/violation.ts";
import { type Place, parsePlace } from "./place.ts";

export const NUMBER_TYPES = ["u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64"] as const;
export type NumberType = (typeof NUMBER_TYPES)[number];
/** Of a field, beside the names of enums: a number, an address, a list's link, text of `size` bytes. */
const TYPES = [...NUMBER_TYPES, "pointer", "link", "text"] as const;

export interface LensField {
    /** Bytes from the structure's begin. */
    readonly at: number;
    readonly type: string;
    /** Bytes of a text. */
    readonly size?: number;
    /** Of a pointer: the field of what it points to that is shown instead of the address, as `proc.pid`. */
    readonly show?: string;
    /** Numbers are shown in hexadecimal. */
    readonly hex?: boolean;
}

export interface LensStruct {
    /** Bytes; of elements of arrays. */
    readonly size?: number;
    readonly fields: Readonly<Record<string, LensField>>;
}

interface Condition {
    readonly field: string;
    readonly is?: string | number;
    readonly not?: string | number;
}

export interface LensView {
    readonly title: string;
    readonly struct?: string;
    /** Elements one behind the other. */
    readonly array?: { readonly from: string; readonly count: number };
    /** Elements linked by a pointer, or by a link that lies in them. */
    readonly list?: { readonly from: string; readonly next: string };
    readonly where?: Condition;
    readonly columns?: readonly string[];
    /** Only how many elements there are. */
    readonly count?: boolean;
    /** A table for Sv39 to Sv57: at a place, or that of each element of another view. */
    readonly pageTable?: { readonly from?: string; readonly each?: string; readonly field?: string };
}

export interface LensFile {
    readonly name: string;
    readonly addresses: "virtual" | "physical";
    readonly symbols: Readonly<Record<string, string>>;
    readonly enums: Readonly<Record<string, readonly string[]>>;
    readonly structs: Readonly<Record<string, LensStruct>>;
    readonly views: readonly LensView[];
}

const text = (description: string, example: string) =>
    ({ type: "string", minLength: 1, description, rule: "a text that is not empty", examples: [example] }) as const;
const count = (description: string, minimum: number, maximum: number, example: number) =>
    ({
        type: "integer",
        minimum,
        maximum,
        description,
        rule: `an integer from ${minimum} to ${maximum}`,
        examples: [example],
    }) as const;
const truth = (description: string) =>
    ({ type: "boolean", description, rule: "true or false", examples: [true] }) as const;
const named = (description: string, of: object, example: object, rule: string) =>
    ({ type: "object", description, additionalProperties: of, default: {}, rule, examples: [example] }) as const;

const MOST_BYTES = 2 ** 20;
const FROM = text("A place: a symbol, with + or - bytes, and a * for each pointer that is followed.", "*kmem+24");

const FIELD = {
    type: "object",
    additionalProperties: false,
    required: ["at", "type"],
    rule: 'an object with "at" and "type"',
    examples: [{ at: 48, type: "i32" }],
    properties: {
        at: count("Bytes from the structure's begin.", 0, MOST_BYTES, 48),
        type: text(`One of ${TYPES.join(", ")}, or an enum's name.`, "i32"),
        size: count("Bytes of a text.", 1, 4096, 16),
        show: text("Of a pointer: STRUCT.FIELD of what it points to.", "proc.pid"),
        hex: truth("Shown in hexadecimal."),
    },
} as const;

const VIEW = {
    type: "object",
    additionalProperties: false,
    required: ["title"],
    rule: 'an object with "title", and "struct" or "pageTable"',
    examples: [{ title: "Processes", struct: "proc", array: { from: "proc", count: 64 }, columns: ["pid"] }],
    properties: {
        title: text("Its heading.", "Processes"),
        struct: text("What its elements are.", "proc"),
        array: {
            type: "object",
            additionalProperties: false,
            required: ["from", "count"],
            rule: 'an object with "from" and "count"',
            examples: [{ from: "proc", count: 64 }],
            properties: { from: FROM, count: count("Elements.", 1, 1_000_000, 64) },
        },
        list: {
            type: "object",
            additionalProperties: false,
            required: ["from", "next"],
            rule: 'an object with "from" and "next"',
            examples: [{ from: "*kmem+24", next: "next" }],
            properties: { from: FROM, next: text("The field that leads to the next: a pointer or a link.", "next") },
        },
        where: {
            type: "object",
            additionalProperties: false,
            required: ["field"],
            rule: 'an object with "field", and "is" or "not"',
            examples: [{ field: "state", not: "UNUSED" }],
            properties: {
                field: text("A field of the structure.", "state"),
                is: { type: ["string", "number"], rule: "a text or a number", examples: ["RUNNING"] },
                not: { type: ["string", "number"], rule: "a text or a number", examples: ["UNUSED"] },
            },
        },
        columns: {
            type: "array",
            items: text("A field.", "pid"),
            rule: "an array of fields; @ is the element's address",
            examples: [["pid", "state"]],
        },
        count: truth("Only how many there are."),
        pageTable: {
            type: "object",
            additionalProperties: false,
            rule: 'an object with "from", or with "each" and "field"',
            examples: [{ each: "Processes", field: "pagetable" }],
            properties: {
                from: FROM,
                each: text("The title of another view.", "Processes"),
                field: text("The field of its elements that has the root's address.", "pagetable"),
            },
        },
    },
} as const;

const SCHEMA = {
    type: "object",
    additionalProperties: false,
    required: ["lens", "name", "views"],
    rule: "an object",
    examples: [{ lens: 1, name: "xv6", views: [] }],
    properties: {
        $schema: { type: "string", rule: "a text", examples: ["lens.schema.json"] },
        lens: { const: 1, rule: "1, the version of the format", examples: [1] },
        name: text("The kernel's name.", "xv6"),
        addresses: {
            enum: ["virtual", "physical"],
            default: "virtual",
            rule: '"virtual" (by the page table of the hart that is looked at) or "physical"',
            examples: ["virtual"],
        },
        symbols: named(
            "Addresses of names that the ELF file does not have.",
            {
                type: "string",
                pattern: "^0x[0-9a-fA-F]{1,16}$",
                rule: "0x and hexadecimal digits",
                examples: ["0x80010000"],
            },
            { init_task: "0xffffffff81a0b2c0" },
            "an object of addresses",
        ),
        enums: named(
            "Names of a u32's values from 0 on.",
            { type: "array", items: { type: "string" }, rule: "an array of texts", examples: [["UNUSED", "USED"]] },
            { procstate: ["UNUSED", "USED"] },
            "an object of arrays",
        ),
        structs: named(
            "Structures by name.",
            {
                type: "object",
                additionalProperties: false,
                required: ["fields"],
                rule: 'an object with "fields"',
                examples: [{ size: 360, fields: { pid: { at: 48, type: "i32" } } }],
                properties: {
                    size: count("Bytes, of elements of arrays.", 1, MOST_BYTES, 360),
                    fields: {
                        type: "object",
                        additionalProperties: FIELD,
                        rule: "an object of fields",
                        examples: [{}],
                    },
                },
            },
            { proc: { fields: {} } },
            "an object of structures",
        ),
        views: { type: "array", items: VIEW, rule: "an array of views", examples: [[]] },
    },
} as const;

const check = schemaCheck(SCHEMA as unknown as SchemaNode);

/** Checks the lens in `content`; `file` only names it. Throws ConfigError with all that is wrong. */
export function parseLens(content: string, file: string): LensFile {
    const document = parseDocument(content, file);
    const violations = check(document);
    const lens = document as LensFile;
    if (violations.length === 0) violations.push(...crossViolations(lens));
    if (violations.length > 0) throw new ConfigError(violations.map((violation) => describeViolation(file, violation)));
    return lens;
}

function crossViolations(lens: LensFile): Violation[] {
    const violations: Violation[] = [];
    const known: readonly string[] = [...TYPES, ...Object.keys(lens.enums)];
    for (const [name, { fields }] of Object.entries(lens.structs)) {
        for (const [field, { type, size, show }] of Object.entries(fields)) {
            const pointer = `/structs/${name}/fields/${field}`;
            if (!known.includes(type))
                violations.push({
                    pointer: `${pointer}/type`,
                    value: type,
                    must: `must be one of ${known.join(", ")}`,
                });
            if (type === "text" && size === undefined)
                violations.push({
                    pointer: `${pointer}/size`,
                    value: size,
                    must: "must be there for a text",
                    example: 16,
                });
            const [struct = "", shown = ""] = show?.split(".") ?? [];
            if (show !== undefined && (type !== "pointer" || lens.structs[struct]?.fields[shown] === undefined))
                violations.push({
                    pointer: `${pointer}/show`,
                    value: show,
                    must: "must be STRUCT.FIELD, of a pointer",
                });
        }
    }
    for (const [i, view] of lens.views.entries()) violations.push(...viewViolations(lens, view, `/views/${i}`));
    return violations;
}

function viewViolations(lens: LensFile, view: LensView, pointer: string): Violation[] {
    const { struct, array, list, where, columns = [], pageTable } = view;
    if (pageTable !== undefined) return pageTableViolations(lens, view, pointer);
    const known = lens.structs[struct ?? ""];
    if (struct === undefined || known === undefined)
        return [
            {
                pointer: `${pointer}/struct`,
                value: struct,
                must: `must be one of ${Object.keys(lens.structs).join(", ")}`,
            },
        ];
    const violations: Violation[] = [];
    if ((array === undefined) === (list === undefined))
        violations.push({ pointer, value: view.title, must: 'must have one of "array" and "list"' });
    if (array !== undefined && known.size === undefined)
        violations.push({
            pointer: `/structs/${struct}/size`,
            value: undefined,
            must: "must be there for an array",
            example: 64,
        });
    violations.push(...placeViolations(array?.from ?? list?.from, pointer));
    const fields = Object.keys(known.fields);
    for (const name of [...columns.filter((column) => column !== "@"), where?.field, list?.next]) {
        if (name !== undefined && !fields.includes(name))
            violations.push({ pointer, value: name, must: `must be a field of ${struct}: ${fields.join(", ")}` });
    }
    return violations;
}

function pageTableViolations(lens: LensFile, { pageTable }: LensView, pointer: string): Violation[] {
    const { from, each, field } = pageTable ?? {};
    if (from !== undefined) return placeViolations(from, `${pointer}/pageTable`);
    const other = lens.views.find(({ title, struct }) => title === each && struct !== undefined);
    const fields = Object.keys(lens.structs[other?.struct ?? ""]?.fields ?? {});
    if (other !== undefined && field !== undefined && fields.includes(field)) return [];
    const must = 'must have "from", or "each" with the title of a view and "field" with one of its fields';
    return [{ pointer: `${pointer}/pageTable`, value: each, must }];
}

function placeViolations(from: string | undefined, pointer: string): Violation[] {
    const place: Place | undefined = from === undefined ? undefined : parsePlace(from);
    if (from === undefined || place !== undefined) return [];
    return [
        {
            pointer: `${pointer}/from`,
            value: from,
            must: "must be a symbol with + or - bytes behind it and * before it",
            example: "*kmem+24",
        },
    ];
}
