/** Rows of the F and D extensions (RISC-V unprivileged ISA, chapters 20 and 21). f registers are f32 NaN-boxed, or f64. */
import type { FormatName, InstructionRow } from "./row.ts";
import type { FloatOperation, Precision, Semantics } from "./semantics.ts";

const OPCODE = { load: 0x07, store: 0x27, madd: 0x43, msub: 0x47, nmsub: 0x4b, nmadd: 0x4f, operation: 0x53 } as const;
const MASK_FUNCT3 = 0x707f;
const MASK_FUSED = 0x0600007f;
const MASK_FUNCT7 = 0xfe00007f;
const MASK_RS2 = 0x01f00000;
/** In the order of their numbers in the rs2 field. */
const INTEGERS = ["w", "wu", "l", "lu"] as const;

export const FLOAT: readonly InstructionRow[] = (["s", "d"] as const).flatMap((p) => [
    ...memory(p),
    fused(p, "fmadd", OPCODE.madd),
    fused(p, "fmsub", OPCODE.msub),
    fused(p, "fnmsub", OPCODE.nmsub),
    fused(p, "fnmadd", OPCODE.nmadd),
    binary(p, "fadd", 0x00),
    binary(p, "fsub", 0x04),
    binary(p, "fmul", 0x08),
    binary(p, "fdiv", 0x0c),
    unary(p, `fsqrt.${p}`, 0x2c, 0, "frd, frs1, rm", (g) => g.set(g.float(`fsqrt_${p}`, [g.rs1]))),
    pair(p, "fsgnj", 0x10, 0, (g) => g.set(g.helper(`fsgnj_${p}`, g.rs1, g.rs2))),
    pair(p, "fsgnjn", 0x10, 1, (g) => g.set(g.helper(`fsgnjn_${p}`, g.rs1, g.rs2))),
    pair(p, "fsgnjx", 0x10, 2, (g) => g.set(g.helper(`fsgnjx_${p}`, g.rs1, g.rs2))),
    pair(p, "fmin", 0x14, 0, (g) => g.set(g.float(`fmin_${p}`, [g.rs1, g.rs2]))),
    pair(p, "fmax", 0x14, 1, (g) => g.set(g.float(`fmax_${p}`, [g.rs1, g.rs2]))),
    pair(p, "feq", 0x50, 2, (g) => g.set(g.float(`feq_${p}`, [g.rs1, g.rs2]))),
    pair(p, "flt", 0x50, 1, (g) => g.set(g.float(`flt_${p}`, [g.rs1, g.rs2]))),
    pair(p, "fle", 0x50, 0, (g) => g.set(g.float(`fle_${p}`, [g.rs1, g.rs2]))),
    fixed(p, `fclass.${p}`, 0x70, 1, "rd, frs1", (g) => g.set(g.float(`fclass_${p}`, [g.rs1]))),
    ...moves(p),
    ...INTEGERS.flatMap((integer, number) => conversions(p, integer, number)),
    between(p),
]);

/** In bits 26:25, or the low bits of funct7. */
function fmt(p: Precision): number {
    return p === "s" ? 0 : 1;
}

function row(
    p: Precision,
    name: string,
    format: FormatName,
    [match, mask]: readonly [number, number],
    operands: string,
    semantics: Semantics,
): InstructionRow {
    return { name, format, match: match >>> 0, mask, extension: p === "s" ? "F" : "D", operands, semantics };
}

/** match and mask of an operation by funct7, and what else is fixed. */
function operation(p: Precision, funct7: number, match = 0, mask = 0): readonly [number, number] {
    return [((funct7 | fmt(p)) << 25) | match | OPCODE.operation, (MASK_FUNCT7 | mask) >>> 0];
}

function memory(p: Precision): InstructionRow[] {
    const [suffix, width, funct3] = p === "s" ? (["w", 4, 2] as const) : (["d", 8, 3] as const);
    const match = (opcode: number) => [opcode | (funct3 << 12), MASK_FUNCT3] as const;
    return [
        row(p, `fl${suffix}`, "I", match(OPCODE.load), "frd, imm(rs1)", (g) => {
            if (width === 4) g.loadBoxed(g.add(g.rs1, g.imm));
            else g.load(8, false, g.add(g.rs1, g.imm));
        }),
        row(p, `fs${suffix}`, "S", match(OPCODE.store), "frs2, imm(rs1)", (g) =>
            g.store(width, g.add(g.rs1, g.imm), g.rs2),
        ),
    ];
}

function fused(p: Precision, stem: "fmadd" | "fmsub" | "fnmsub" | "fnmadd", opcode: number): InstructionRow {
    return row(p, `${stem}.${p}`, "R4", [(fmt(p) << 25) | opcode, MASK_FUSED], "frd, frs1, frs2, frs3, rm", (g) =>
        g.set(g.float(`${stem}_${p}`, [g.rs1, g.rs2, g.rs3])),
    );
}

function binary(p: Precision, stem: "fadd" | "fsub" | "fmul" | "fdiv", funct7: number): InstructionRow {
    return row(p, `${stem}.${p}`, "ROUNDED", operation(p, funct7), "frd, frs1, frs2, rm", (g) =>
        g.set(g.float(`${stem}_${p}`, [g.rs1, g.rs2])),
    );
}

/** One operand and a rounding mode; the rs2 field is part of the opcode. */
function unary(
    p: Precision,
    name: string,
    funct7: number,
    rs2: number,
    operands: string,
    semantics: Semantics,
): InstructionRow {
    return row(p, name, "ROUNDED1", operation(p, funct7, rs2 << 20, MASK_RS2), operands, semantics);
}

/** Two operands, no rounding. */
function pair(p: Precision, stem: string, funct7: number, funct3: number, semantics: Semantics): InstructionRow {
    const to = funct7 === 0x50 ? "rd" : "frd";
    return row(p, `${stem}.${p}`, "R", operation(p, funct7, funct3 << 12, MASK_FUNCT3), `${to}, frs1, frs2`, semantics);
}

/** One operand, no rounding. */
function fixed(
    p: Precision,
    name: string,
    funct7: number,
    funct3: number,
    operands: string,
    semantics: Semantics,
): InstructionRow {
    return row(p, name, "R1", operation(p, funct7, funct3 << 12, MASK_FUNCT3 | MASK_RS2), operands, semantics);
}

/** Bits as they are; the low half of a register that is no boxed f32 too. */
function moves(p: Precision): InstructionRow[] {
    const suffix = p === "s" ? "w" : "d";
    return [
        fixed(p, `fmv.x.${suffix}`, 0x70, 0, "rd, frs1", (g) => g.set(p === "s" ? g.sext32(g.rs1) : g.rs1)),
        fixed(p, `fmv.${suffix}.x`, 0x78, 0, "frd, rs1", (g) => g.set(p === "s" ? g.box(g.rs1) : g.rs1)),
    ];
}

/** To and from an integer. GNU as has no mode for those that never round. */
function conversions(p: Precision, integer: (typeof INTEGERS)[number], number: number): InstructionRow[] {
    const exact = p === "d" && number < 2;
    return [
        unary(p, `fcvt.${integer}.${p}`, 0x60, number, "rd, frs1, rm", (g) =>
            g.set(g.float(`fcvt_${integer}_${p}`, [g.rs1])),
        ),
        unary(p, `fcvt.${p}.${integer}`, 0x68, number, exact ? "frd, rs1" : "frd, rs1, rm", (g) =>
            g.set(g.float(`fcvt_${p}_${integer}`, [g.rs1])),
        ),
    ];
}

/** To this precision from the other. */
function between(p: Precision): InstructionRow {
    const [from, name]: [number, FloatOperation] = p === "s" ? [1, "fcvt_s_d"] : [0, "fcvt_d_s"];
    const text = p === "s" ? "frd, frs1, rm" : "frd, frs1";
    const made = unary(p, name.replaceAll("_", "."), 0x20, from, text, (g) => g.set(g.float(name, [g.rs1])));
    return { ...made, extension: "D" };
}
