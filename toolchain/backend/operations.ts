/**
 * The operations of the IR, a row each. An operation that is an RV64 instruction has its name. The others (forms `parameter`, `compare`,
 * `extend` and `stack`) are gone before code is encoded. Every fact that a pass needs about an operation stands here and nowhere else.
 */
import { divide, type Fold, flag, onWords, remainder, signed, unsigned, unsignedWord, word } from "./arithmetic.ts";

/**
 * The part of an operand that an operation reads: 64 bits, the low 32 (`word`), 16 (`half`), 8 (`byte`) or 6 (`amount` of a shift), or an f
 * register.
 */
export type OperandClass = "integer" | "word" | "amount" | "byte" | "half" | "float";

/** `flag` is 0 or 1. `word` is sign-extended from 32 bits. `any` says nothing about the result. */
export type ResultClass = "integer" | "word" | "flag" | "float" | "any" | "none";

/**
 * An operation with `none` may be merged, moved and removed. `other` stays as it is and, as stores and calls do, ends the knowledge of
 * memory.
 */
export type Effect = "none" | "load" | "store" | "call" | "other";

/** The form decides how an operation is selected and encoded. */
export type Form =
    | "amo"
    | "arithmetic"
    | "call"
    | "compare"
    | "constant"
    | "copy"
    | "csr"
    | "extend"
    | "frame"
    | "load"
    | "parameter"
    | "retry"
    | "stack"
    | "store"
    | "system"
    | "systemCall"
    | "upper";

export interface OperationRow {
    readonly form: Form;
    /** The number of operands is fixed unless this is "any". */
    readonly operands: readonly OperandClass[] | "any";
    readonly result: ResultClass;
    readonly effect: Effect;
    /** The operands may change places. */
    readonly commutes?: true;
    /** The result on constants. */
    readonly fold?: Fold;
    /** The result when both operands are the same value. */
    readonly same?: bigint;
    /** The operation with a 12-bit immediate (an amount for shifts) as second operand. */
    readonly immediate?: Operation;
    /** The operation whose result is this operation's low word, sign-extended. */
    readonly narrow?: Operation;
    /** The opposite of a compare, and the branch that does the same. */
    readonly inverse?: Compare;
    readonly branch?: Branch;
    /** Bytes in memory. */
    readonly width?: 1 | 2 | 4 | 8;
    /** The number of bits that an extension keeps. */
    readonly bits?: 8 | 16 | 32;
    /** Set for loads and extensions that fill the rest with zeros. */
    readonly zeroExtends?: true;
    /** The load that gives a stored value back. After a store of 4 bytes it does so only for a value that is a word. */
    readonly reload?: Operation;
    /** The access that an operation on the frame becomes, and the area that `imm` counts from. */
    readonly access?: Operation;
    readonly area?: "slot" | "out" | "in";
    /** The instruction of a CSR operation. */
    readonly csr?: "csrrs" | "csrrw" | "csrrc";
    /** The operation by which an LR/SC loop makes the new value; `narrowed` when it works on a part of a word only. */
    readonly combine?: "add" | "and" | "or" | "xor" | "swap" | "cas";
    readonly narrowed?: true;
    /** Facts of the result are stated where it is made. */
    readonly given?: true;
}

/** An OperationRow before the names of operations are known. */
type Shape = Omit<OperationRow, "immediate" | "narrow" | "inverse" | "branch" | "reload" | "access"> &
    Readonly<Partial<Record<"immediate" | "narrow" | "inverse" | "branch" | "reload" | "access", string>>>;

const II = ["integer", "integer"] as const;
const WW = ["word", "word"] as const;
const PURE = { form: "arithmetic", effect: "none" } as const;
const OTHER = { effect: "other" } as const;

/** An operation on two 64-bit values. */
function pair<const M extends Partial<Shape>>(fold: Fold, more: M) {
    return { ...PURE, operands: II, result: "integer", fold, ...more } as const;
}

/** An operation on the low words of two values. */
function words<const M extends Partial<Shape>>(fold: Fold, more: M) {
    return { ...PURE, operands: WW, result: "word", fold: onWords(fold), ...more } as const;
}

function shift<const N extends string>(fold: Fold, immediate: N) {
    return { ...PURE, operands: ["integer", "amount"], result: "integer", fold, immediate } as const;
}

function compare<const M extends Shape["same"], const N extends string, const B extends string>(
    holds: (a: bigint, b: bigint) => boolean,
    same: M,
    inverse: N,
    branch: B,
) {
    const fold: Fold = (a, b) => flag(holds(a, b));
    return { ...PURE, form: "compare", operands: II, result: "flag", fold, same, inverse, branch } as const;
}

function extend<const C extends OperandClass, const B extends Shape["bits"], const M extends Partial<Shape>>(
    operand: C,
    bits: B,
    fold: Fold,
    more: M,
) {
    return { ...PURE, form: "extend", operands: [operand], bits, result: "word", fold, ...more } as const;
}

/** An operation that select makes. */
const IMMEDIATE = { ...PURE, operands: ["integer"], result: "integer" } as const;
const IMMEDIATE_WORD = { ...PURE, operands: ["word"], result: "word" } as const;

function load<const R extends ResultClass, const W extends Shape["width"]>(result: R, width: W) {
    return { form: "load", operands: ["integer"], result, effect: "load", width } as const;
}

function store<const C extends OperandClass, const W extends Shape["width"]>(value: C, width: W) {
    return { form: "store", operands: ["integer", value], result: "none", effect: "store", width } as const;
}

function stackLoad<const A extends string, const R extends Shape["area"]>(access: A, area: R, result: ResultClass) {
    return { form: "stack", operands: ["integer"], result, ...OTHER, access, area } as const;
}

function stackStore<const A extends string, const R extends Shape["area"]>(access: A, area: R, value: OperandClass) {
    return { form: "stack", operands: ["integer", value], result: "none", ...OTHER, access, area } as const;
}

const FLOAT_1 = { ...PURE, operands: ["float"], result: "float" } as const;
const FLOAT_2 = { ...PURE, operands: ["float", "float"], result: "float" } as const;
const FLOAT_COMPARE = { ...PURE, operands: ["float", "float"], result: "integer" } as const;
const TO_FLOAT = { ...PURE, operands: ["integer"], result: "float" } as const;
const FROM_FLOAT = { ...PURE, operands: ["float"], result: "integer" } as const;
const WORD_FROM_FLOAT = { ...FROM_FLOAT, result: "word" } as const;
const AMO_WORD = { form: "amo", operands: ["integer", "integer"], result: "word", ...OTHER, width: 4 } as const;
const AMO = { form: "amo", operands: ["integer", "integer"], result: "integer", ...OTHER, width: 8 } as const;
/** The operands are address, mask and value, placed in the word. */
const NARROW = {
    form: "retry",
    operands: ["integer", "integer", "integer"],
    result: "word",
    ...OTHER,
    width: 4,
    narrowed: true,
} as const;
const CAS = { form: "retry", operands: ["integer", "integer", "integer"], ...OTHER, combine: "cas" } as const;
const CSR_WRITE = { form: "csr", operands: ["integer"], result: "none", ...OTHER } as const;
const SYSTEM = { form: "system", operands: [], result: "none", ...OTHER } as const;

const TABLE = {
    // ---- values from elsewhere
    li: { form: "constant", operands: [], result: "integer", effect: "none" },
    mv: { form: "copy", operands: "any", result: "any", effect: "none", given: true },
    param: { form: "parameter", operands: [], result: "any", effect: "none", given: true },
    lui: { form: "upper", operands: [], result: "word", effect: "none", given: true },

    // ---- integers
    add: pair((a, b) => signed(a + b), { commutes: true, immediate: "addi", narrow: "addw" }),
    addw: words((a, b) => a + b, { commutes: true, immediate: "addiw" }),
    sub: pair((a, b) => signed(a - b), { same: 0n, narrow: "subw" }),
    subw: words((a, b) => a - b, { same: 0n }),
    mul: pair((a, b) => signed(a * b), { commutes: true, narrow: "mulw" }),
    mulw: words((a, b) => a * b, { commutes: true }),
    div: pair((a, b) => signed(divide(a, b)), {}),
    divu: pair((a, b) => signed(divide(unsigned(a), unsigned(b))), {}),
    divw: words(divide, {}),
    divuw: words((a, b) => divide(unsignedWord(a), unsignedWord(b)), {}),
    rem: pair((a, b) => signed(remainder(a, b)), {}),
    remu: pair((a, b) => signed(remainder(unsigned(a), unsigned(b))), {}),
    remw: words(remainder, {}),
    remuw: words((a, b) => remainder(unsignedWord(a), unsignedWord(b)), {}),
    and: pair((a, b) => a & b, { commutes: true, immediate: "andi" }),
    or: pair((a, b) => a | b, { commutes: true, immediate: "ori" }),
    xor: pair((a, b) => a ^ b, { commutes: true, immediate: "xori", same: 0n }),
    sll: shift((a, b) => signed(a << (b & 63n)), "slli"),
    sllw: words((a, b) => a << (b & 31n), { immediate: "slliw" }),
    srl: shift((a, b) => signed(unsigned(a) >> (b & 63n)), "srli"),
    srlw: words((a, b) => unsignedWord(a) >> (b & 31n), { immediate: "srliw" }),
    sra: shift((a, b) => a >> (b & 63n), "srai"),
    sraw: words((a, b) => a >> (b & 31n), { immediate: "sraiw" }),
    eq: { ...compare((a, b) => a === b, 1n, "ne", "beq"), commutes: true },
    ne: { ...compare((a, b) => a !== b, 0n, "eq", "bne"), commutes: true },
    lt: compare((a, b) => a < b, 0n, "ge", "blt"),
    ge: compare((a, b) => a >= b, 1n, "lt", "bge"),
    ltu: compare((a, b) => unsigned(a) < unsigned(b), 0n, "geu", "bltu"),
    geu: compare((a, b) => unsigned(a) >= unsigned(b), 1n, "ltu", "bgeu"),
    sextw: extend("word", 32, word, {}),
    zextw: extend("word", 32, unsignedWord, { result: "integer", zeroExtends: true }),
    sextb: extend("byte", 8, (a) => BigInt.asIntN(8, a), {}),
    sexth: extend("half", 16, (a) => BigInt.asIntN(16, a), {}),

    // ---- integer operations that select makes
    addi: { ...IMMEDIATE, given: true },
    andi: IMMEDIATE,
    ori: IMMEDIATE,
    xori: IMMEDIATE,
    slti: IMMEDIATE,
    sltiu: IMMEDIATE,
    slli: IMMEDIATE,
    srli: IMMEDIATE,
    srai: IMMEDIATE,
    addiw: IMMEDIATE_WORD,
    slliw: IMMEDIATE_WORD,
    srliw: IMMEDIATE_WORD,
    sraiw: IMMEDIATE_WORD,
    slt: { ...PURE, operands: II, result: "integer" },
    sltu: { ...PURE, operands: II, result: "integer" },

    // ---- floats; an f32 is kept boxed, and Wasm does not use the flags
    "fadd.s": FLOAT_2,
    "fadd.d": FLOAT_2,
    "fsub.s": FLOAT_2,
    "fsub.d": FLOAT_2,
    "fmul.s": FLOAT_2,
    "fmul.d": FLOAT_2,
    "fdiv.s": FLOAT_2,
    "fdiv.d": FLOAT_2,
    "fsqrt.s": FLOAT_1,
    "fsqrt.d": FLOAT_1,
    "fsgnj.s": FLOAT_2,
    "fsgnj.d": FLOAT_2,
    "fsgnjn.s": FLOAT_2,
    "fsgnjn.d": FLOAT_2,
    "fsgnjx.s": FLOAT_2,
    "fsgnjx.d": FLOAT_2,
    "feq.s": FLOAT_COMPARE,
    "feq.d": FLOAT_COMPARE,
    "flt.s": FLOAT_COMPARE,
    "flt.d": FLOAT_COMPARE,
    "fle.s": FLOAT_COMPARE,
    "fle.d": FLOAT_COMPARE,
    "fmv.w.x": TO_FLOAT,
    "fmv.d.x": TO_FLOAT,
    "fmv.x.w": WORD_FROM_FLOAT,
    "fmv.x.d": FROM_FLOAT,
    "fcvt.w.s": WORD_FROM_FLOAT,
    "fcvt.w.d": WORD_FROM_FLOAT,
    "fcvt.wu.s": WORD_FROM_FLOAT,
    "fcvt.wu.d": WORD_FROM_FLOAT,
    "fcvt.l.s": FROM_FLOAT,
    "fcvt.l.d": FROM_FLOAT,
    "fcvt.lu.s": FROM_FLOAT,
    "fcvt.lu.d": FROM_FLOAT,
    "fcvt.s.w": TO_FLOAT,
    "fcvt.d.w": TO_FLOAT,
    "fcvt.s.wu": TO_FLOAT,
    "fcvt.d.wu": TO_FLOAT,
    "fcvt.s.l": TO_FLOAT,
    "fcvt.d.l": TO_FLOAT,
    "fcvt.s.lu": TO_FLOAT,
    "fcvt.d.lu": TO_FLOAT,
    "fcvt.s.d": FLOAT_1,
    "fcvt.d.s": FLOAT_1,

    // ---- memory: `lX args=[address]`, `sX args=[address, value]`, both with `imm`, and a relocation when `symbol` is set
    lb: load("word", 1),
    lbu: { ...load("integer", 1), zeroExtends: true },
    lh: load("word", 2),
    lhu: { ...load("integer", 2), zeroExtends: true },
    lw: load("word", 4),
    lwu: { ...load("integer", 4), zeroExtends: true },
    ld: load("integer", 8),
    flw: load("float", 4),
    fld: load("float", 8),
    sb: store("byte", 1),
    sh: store("half", 2),
    sw: { ...store("word", 4), reload: "lw" },
    sd: { ...store("integer", 8), reload: "ld" },
    fsw: store("float", 4),
    fsd: store("float", 8),
    "ld.slot": stackLoad("ld", "slot", "integer"),
    "fld.slot": stackLoad("fld", "slot", "float"),
    "ld.in": stackLoad("ld", "in", "integer"),
    "sd.slot": stackStore("sd", "slot", "integer"),
    "fsd.slot": stackStore("fsd", "slot", "float"),
    "sd.out": stackStore("sd", "out", "integer"),

    // ---- atomics; the LR/SC loops have scratch values besides
    "amoadd.w": AMO_WORD,
    "amoadd.d": AMO,
    "amoand.w": AMO_WORD,
    "amoand.d": AMO,
    "amoor.w": AMO_WORD,
    "amoor.d": AMO,
    "amoxor.w": AMO_WORD,
    "amoxor.d": AMO,
    "amoswap.w": AMO_WORD,
    "amoswap.d": AMO,
    "cas.w": { ...CAS, result: "word", width: 4 },
    "cas.d": { ...CAS, result: "integer", width: 8 },
    "narrow.add": { ...NARROW, combine: "add" },
    "narrow.and": { ...NARROW, combine: "and" },
    "narrow.or": { ...NARROW, combine: "or" },
    "narrow.xor": { ...NARROW, combine: "xor" },
    "narrow.swap": { ...NARROW, combine: "swap" },
    "narrow.cas": { ...NARROW, operands: ["integer", "integer", "integer", "integer"], combine: "cas" },

    // ---- calls: of a symbol, of an address (the first operand), of the system (its number is the first operand)
    call: { form: "call", operands: "any", result: "any", effect: "call" },
    callr: { form: "call", operands: "any", result: "any", effect: "call" },
    ecall: { form: "systemCall", operands: "any", result: "integer", effect: "call" },

    // ---- the hart
    csrr: { form: "csr", operands: [], result: "integer", ...OTHER, csr: "csrrs" },
    csrw: { ...CSR_WRITE, csr: "csrrw" },
    csrs: { ...CSR_WRITE, csr: "csrrs" },
    csrc: { ...CSR_WRITE, csr: "csrrc" },
    fence: SYSTEM,
    "fence.i": SYSTEM,
    "cbo.zero": { ...SYSTEM, operands: ["integer"] },
    "sfence.vma": { ...SYSTEM, operands: II },
    pause: SYSTEM,
    wfi: SYSTEM,

    /** Says to the unwinder where the frame's state changes: imm is its size, the operand the place of ra. */
    ".frame": { form: "frame", operands: "any", result: "none", ...OTHER },
} as const satisfies Readonly<Record<string, Shape>>;

export type Operation = keyof typeof TABLE;
/** The operations of a form. */
export type OfForm<F extends Form> = { [O in Operation]: (typeof TABLE)[O]["form"] extends F ? O : never }[Operation];
export type Compare = OfForm<"compare">;
export type Branch = (typeof TABLE)[Compare]["branch"];

export const OPERATIONS: Readonly<Record<Operation, OperationRow>> = TABLE;

const COMPARES = Object.entries(OPERATIONS).filter(([, row]) => row.form === "compare") as [Compare, OperationRow][];

/** The compare that a branch does, and its opposite, by branch. */
export const BRANCHES = Object.fromEntries(
    COMPARES.map(([name, { branch, inverse }]) => [
        branch,
        { compare: name, inverse: TABLE[inverse as Compare].branch },
    ]),
) as Readonly<Record<Branch, { readonly compare: Compare; readonly inverse: Branch }>>;

export function isPure(op: Operation): boolean {
    return OPERATIONS[op].effect === "none";
}

/** The result as a sign-extended 64-bit number; undefined when `op` does not fold. Without `b`, `op` must be an operation on one value. */
export function evaluate(op: Operation, a: bigint, b: bigint | undefined): bigint | undefined {
    const { fold, operands } = OPERATIONS[op];
    if (fold === undefined || operands.length !== (b === undefined ? 1 : 2)) return undefined;
    return fold(a, b ?? 0n);
}
