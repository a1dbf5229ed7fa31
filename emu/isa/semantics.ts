/**
 * What an instruction does, said once: a function over an abstract generator (docs/machine.md, "One table, any engine").
 *
 * A generator over the fields of a micro-op turns a row into an arm of the interpreter; one over constants turns it into
 * JIT code. `V` is a 64-bit value and `C` a condition in whatever form the generator likes.
 */

/** Bytes of a memory access. */
export type Width = 1 | 2 | 4 | 8;

/** Of a cache block, as Zicboz has it; aligned to its size. */
export const BLOCK_BYTES = 64;

/** Two-operand operations that have no short Wasm form; slow paths of emu/core. */
export type Helper =
    | "mulh"
    | "mulhsu"
    | "mulhu"
    | "div"
    | "divu"
    | "rem"
    | "remu"
    | "divw"
    | "divuw"
    | "remw"
    | "remuw"
    | `fsgnj${"" | "n" | "x"}_${Precision}`;

/** f32 or f64. */
export type Precision = "s" | "d";

type IntegerName = "w" | "wu" | "l" | "lu";

/** Operations of F and D with flags; operands and results are raw contents of registers. Slow paths of emu/core. */
export type FloatOperation =
    | `f${"add" | "sub" | "mul" | "div" | "sqrt" | "min" | "max" | "eq" | "lt" | "le" | "class"}_${Precision}`
    | `f${"madd" | "msub" | "nmsub" | "nmadd"}_${Precision}`
    | `fcvt_${IntegerName}_${Precision}`
    | `fcvt_${Precision}_${IntegerName}`
    | "fcvt_s_d"
    | "fcvt_d_s";

export type AmoOperation = "swap" | "add" | "xor" | "and" | "or" | "min" | "max" | "minu" | "maxu";

/** Write replaces, set and clear take a mask; with the x0 (or 0) operand the latter two do not write. */
export type CsrOperation = "write" | "set" | "clear";

/** Instructions that act on the hart as a whole. */
export type SystemOperation =
    | "ecall"
    | "ebreak"
    | "mret"
    | "sret"
    | "wfi"
    | "sfence.vma"
    | "sfence.inval"
    | "mark"
    | "fence"
    | "fence.i"
    | "pause";

export interface Generator<V, C> {
    readonly rs1: V;
    readonly rs2: V;
    readonly rs3: V;
    /** The immediate, sign-extended. */
    readonly imm: V;
    /** Address of this instruction. */
    readonly pc: V;

    add(a: V, b: V): V;
    sub(a: V, b: V): V;
    mul(a: V, b: V): V;
    and(a: V, b: V): V;
    or(a: V, b: V): V;
    xor(a: V, b: V): V;
    /** Shifts by b mod 64. */
    shl(a: V, b: V): V;
    shrS(a: V, b: V): V;
    shrU(a: V, b: V): V;
    /** Shifts of the low 32 bits by b mod 32, result sign-extended. */
    shl32(a: V, b: V): V;
    shrS32(a: V, b: V): V;
    shrU32(a: V, b: V): V;
    /** Rotations by b mod 64. */
    rotl(a: V, b: V): V;
    rotr(a: V, b: V): V;
    /** Rotations of the low 32 bits by b mod 32, result sign-extended. */
    rotl32(a: V, b: V): V;
    rotr32(a: V, b: V): V;
    /** Zeros above the highest one, zeros below the lowest, ones. */
    clz(a: V): V;
    ctz(a: V): V;
    popcnt(a: V): V;
    /** Low 32 bits, sign-extended. */
    sext32(a: V): V;
    helper(name: Helper, a: V, b: V): V;
    /** Rounds as the instruction says, where it has a rounding mode, and raises flags. */
    float(operation: FloatOperation, operands: readonly V[]): V;
    /** The low 32 bits as an f32 in an f register: the upper ones are set (NaN boxing). */
    box(a: V): V;

    eq(a: V, b: V): C;
    ne(a: V, b: V): C;
    ltS(a: V, b: V): C;
    geS(a: V, b: V): C;
    ltU(a: V, b: V): C;
    geU(a: V, b: V): C;
    constant(value: bigint): V;
    /** a if the condition holds, else b; both are evaluated. */
    select(c: C, a: V, b: V): V;
    /** 1 or 0. */
    bool(c: C): V;

    /** rd = value. */
    set(value: V): void;
    /** rd = memory[address]; may trap. */
    load(width: Width, signed: boolean, address: V): void;
    /** rd = the f32 at memory[address], boxed; may trap. */
    loadBoxed(address: V): void;
    /** memory[address] = value; may trap. */
    store(width: Width, address: V, value: V): void;
    /** The block of BLOCK_BYTES that holds the address becomes zero; may trap. */
    zeroBlock(address: V): void;
    /** To pc + imm if the condition holds. */
    branch(condition: C): void;
    /** rd = address of the next instruction; to pc + imm. */
    jump(): void;
    /** rd = address of the next instruction; to target with bit 0 cleared. */
    jumpRegister(target: V): void;

    loadReserved(width: 4 | 8, address: V): void;
    storeConditional(width: 4 | 8, address: V, value: V): void;
    amo(operation: AmoOperation, width: 4 | 8, address: V, value: V): void;

    /** rd = CSR imm, which then changes by the operand: rs1 or, as `immediate`, the number in rs1's field. */
    csr(operation: CsrOperation, operand: "rs1" | "immediate"): void;
    system(operation: SystemOperation): void;
}

export type Semantics = <V, C>(g: Generator<V, C>) => void;
