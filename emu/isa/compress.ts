/** From a 32-bit instruction to its compressed form, where there is one. */
import { COMPRESSED, type CompressedRow } from "./compressed.ts";
import { type Decoded, decode, isLong } from "./decode.ts";
import { encodeBase, encodeCompressed, type Fields } from "./encode.ts";
import { isFloatField } from "./row.ts";

const byBase = new Map<string, CompressedRow[]>();
for (const row of COMPRESSED) byBase.set(row.base, [...(byBase.get(row.base) ?? []), row]);

/** Operations for which rs1 and rs2 may change places. */
const COMMUTATIVE: ReadonlySet<string> = new Set(["add", "addw", "and", "or", "xor"]);

/** The RVC form of a 32-bit instruction with the same effect, or undefined. */
export function compress(word: number): number | undefined {
    if (!isLong(word)) return undefined;
    const decoded = decode(word);
    if (decoded === undefined) return undefined;
    const direct = find(decoded.row.name, decoded);
    if (direct !== undefined) return direct;
    const { rd, rs1, rs2, imm } = decoded;
    if (COMMUTATIVE.has(decoded.row.name)) return find(decoded.row.name, { rd, rs1: rs2, rs2: rs1, imm });
    // mv is addi rd, rs1, 0 in full form but add rd, x0, rs2 in short form
    if (decoded.row.name === "addi" && imm === 0 && rd !== 0 && rs1 !== 0) return find("add", { rd, rs1: 0, rs2: rs1 });
    return undefined;
}

/** The 32-bit word a compressed instruction stands for; undefined if it is illegal. */
export function expand(halfword: number): number | undefined {
    const decoded: Decoded | undefined = isLong(halfword) ? undefined : decode(halfword);
    return decoded && encodeBase(decoded.row, decoded);
}

function find(base: string, fields: Fields): number | undefined {
    for (const row of byBase.get(base) ?? []) {
        const halfword = encodeCompressed(row, { rd: fields.rd, rs1: fields.rs1, rs2: fields.rs2, imm: fields.imm });
        if (halfword !== undefined && !isHint(row, fields)) return halfword;
    }
    return undefined;
}

/** Forms with rd = x0 are hints in RVC; only nop itself is worth having. */
function isHint(row: CompressedRow, fields: Fields): boolean {
    if (row.name === "c.nop") return fields.imm !== 0;
    if (row.name === "c.srli" || row.name === "c.srai" || row.name === "c.slli")
        return fields.imm === 0 || fields.rd === 0;
    return row.rd === "rd" && fields.rd === 0 && !isFloatField(row, "rd");
}
