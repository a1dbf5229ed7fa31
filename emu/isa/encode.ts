/** Fields to instruction words, by the tables. */
import { COMPRESSED, type CompressedRow, type RegisterSource } from "./compressed.ts";
import { fits, insert } from "./immediate.ts";
import { FORMATS, type Format, type InstructionRow } from "./row.ts";
import { INSTRUCTIONS } from "./table.ts";

export interface Fields {
    readonly rd?: number | undefined;
    /** For csrr?i the 5-bit immediate stands here. */
    readonly rs1?: number | undefined;
    readonly rs2?: number | undefined;
    readonly rs3?: number | undefined;
    /** The value the instruction adds: a byte offset for branches and jumps, a multiple of 4096 for lui and auipc; or a rounding mode. */
    readonly imm?: number | undefined;
    readonly csr?: number | undefined;
    readonly aq?: boolean | undefined;
    readonly rl?: boolean | undefined;
}

const base = new Map(INSTRUCTIONS.map((row) => [row.name, row]));
const compressed = new Map(COMPRESSED.map((row) => [row.name, row]));

/** The 32-bit word, or halfword for c.*; throws for an unknown name or a field that does not fit. */
export function encode(name: string, fields: Fields = {}): number {
    const row = base.get(name);
    if (row !== undefined) return encodeBase(row, fields);
    const shortRow = compressed.get(name);
    if (shortRow === undefined) throw new Error(`no instruction is called ${name}`);
    const halfword = encodeCompressed(shortRow, fields);
    if (halfword === undefined) throw new Error(`${name}: fields do not fit: ${JSON.stringify(fields)}`);
    return halfword;
}

/** Encodes a row of the base table. */
export function encodeBase(row: InstructionRow, fields: Fields): number {
    const format: Format = FORMATS[row.format];
    let word = row.match;
    if (format.rd) word |= register(row.name, fields.rd) << 7;
    if (format.rs1) word |= register(row.name, fields.rs1) << 15;
    if (format.rs2) word |= register(row.name, fields.rs2) << 20;
    if (format.rs3) word |= register(row.name, fields.rs3) << 27;
    if (format.ordering) word |= (fields.aq ? 1 << 26 : 0) | (fields.rl ? 1 << 25 : 0);
    if (format.immediate !== undefined) {
        const value = (format.csr ? (fields.csr ?? fields.imm) : fields.imm) ?? 0;
        if (!fits(format.immediate, value)) throw new Error(`${row.name}: immediate ${value} does not fit`);
        word |= insert(format.immediate, value);
    }
    return word >>> 0;
}

/** Encodes a compressed row from the fields its base instruction would have; undefined if they do not fit. */
export function encodeCompressed(row: CompressedRow, fields: Fields): number | undefined {
    let halfword = row.match;
    const place: Place = { rd: undefined, rs2: undefined };
    if (!placeRegister(place, row.rd, fields.rd)) return undefined;
    if (!placeRegister(place, row.rs1, fields.rs1)) return undefined;
    if (!placeRegister(place, row.rs2, fields.rs2)) return undefined;
    if (place.rd !== undefined) halfword |= place.rd << 7;
    if (place.rs2 !== undefined) halfword |= place.rs2 << 2;
    const value = fields.imm ?? 0;
    if (row.immediate === undefined ? value !== 0 : !fits(row.immediate, value)) return undefined;
    if (row.immediate !== undefined) halfword |= insert(row.immediate, value);
    return allowed(row, halfword, value) ? halfword : undefined;
}

/** Does the row own this halfword, or do its exclusions give it to another row? */
export function allowed(row: CompressedRow, halfword: number, imm: number): boolean {
    if (row.not?.rd?.includes((halfword >> 7) & 31)) return false;
    if (row.not?.rs2?.includes((halfword >> 2) & 31)) return false;
    return !row.not?.imm?.includes(imm);
}

interface Place {
    rd: number | undefined;
    rs2: number | undefined;
}

function placeRegister(place: Place, source: RegisterSource, number: number | undefined): boolean {
    if (typeof source === "number") return number === undefined || number === source;
    if (number === undefined) return place[source.startsWith("rd") ? "rd" : "rs2"] !== undefined;
    const prime = source.endsWith("'");
    if (prime && (number < 8 || number > 15)) return false;
    const field = source.startsWith("rd") ? "rd" : "rs2";
    const value = prime ? number - 8 : number;
    if (place[field] !== undefined && place[field] !== value) return false;
    place[field] = value;
    return true;
}

function register(name: string, value = 0): number {
    if (!Number.isInteger(value) || value < 0 || value > 31) throw new Error(`${name}: no register ${value}`);
    return value;
}
