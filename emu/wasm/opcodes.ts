/** The instructions of Wasm: names, opcodes and what follows them (WebAssembly core specification 5.4; threads proposal). */

/**
 * What follows an opcode: `access` an alignment and an offset, `labels` those of br_table with the default last, `indexes` two numbers,
 * `types` a list of value types, `i32` and so on a constant.
 */
export type Immediate =
    | "access"
    | "blockType"
    | "f32"
    | "f64"
    | "i32"
    | "i64"
    | "index"
    | "indexes"
    | "labels"
    | "none"
    | "types";

/** Names are those of the text format with a capital for each dot and underscore. An opcode behind a prefix is prefix times 256 plus it. */
const TABLE = {
    unreachable: [0x00],
    nop: [0x01],
    block: [0x02, "blockType"],
    loop: [0x03, "blockType"],
    if: [0x04, "blockType"],
    else: [0x05],
    end: [0x0b],
    br: [0x0c, "index"],
    brIf: [0x0d, "index"],
    brTable: [0x0e, "labels"],
    return: [0x0f],
    call: [0x10, "index"],
    callIndirect: [0x11, "indexes"],
    returnCall: [0x12, "index"],
    returnCallIndirect: [0x13, "indexes"],
    drop: [0x1a],
    select: [0x1b],
    selectTyped: [0x1c, "types"],
    localGet: [0x20, "index"],
    localSet: [0x21, "index"],
    localTee: [0x22, "index"],
    globalGet: [0x23, "index"],
    globalSet: [0x24, "index"],
    tableGet: [0x25, "index"],
    tableSet: [0x26, "index"],
    i32Load: [0x28, "access"],
    i64Load: [0x29, "access"],
    f32Load: [0x2a, "access"],
    f64Load: [0x2b, "access"],
    i32Load8S: [0x2c, "access"],
    i32Load8U: [0x2d, "access"],
    i32Load16S: [0x2e, "access"],
    i32Load16U: [0x2f, "access"],
    i64Load8S: [0x30, "access"],
    i64Load8U: [0x31, "access"],
    i64Load16S: [0x32, "access"],
    i64Load16U: [0x33, "access"],
    i64Load32S: [0x34, "access"],
    i64Load32U: [0x35, "access"],
    i32Store: [0x36, "access"],
    i64Store: [0x37, "access"],
    f32Store: [0x38, "access"],
    f64Store: [0x39, "access"],
    i32Store8: [0x3a, "access"],
    i32Store16: [0x3b, "access"],
    i64Store8: [0x3c, "access"],
    i64Store16: [0x3d, "access"],
    i64Store32: [0x3e, "access"],
    memorySize: [0x3f, "index"],
    memoryGrow: [0x40, "index"],
    i32Const: [0x41, "i32"],
    i64Const: [0x42, "i64"],
    f32Const: [0x43, "f32"],
    f64Const: [0x44, "f64"],
    i32Eqz: [0x45],
    i32Eq: [0x46],
    i32Ne: [0x47],
    i32LtS: [0x48],
    i32LtU: [0x49],
    i32GtS: [0x4a],
    i32GtU: [0x4b],
    i32LeS: [0x4c],
    i32LeU: [0x4d],
    i32GeS: [0x4e],
    i32GeU: [0x4f],
    i64Eqz: [0x50],
    i64Eq: [0x51],
    i64Ne: [0x52],
    i64LtS: [0x53],
    i64LtU: [0x54],
    i64GtS: [0x55],
    i64GtU: [0x56],
    i64LeS: [0x57],
    i64LeU: [0x58],
    i64GeS: [0x59],
    i64GeU: [0x5a],
    f32Eq: [0x5b],
    f32Ne: [0x5c],
    f32Lt: [0x5d],
    f32Gt: [0x5e],
    f32Le: [0x5f],
    f32Ge: [0x60],
    f64Eq: [0x61],
    f64Ne: [0x62],
    f64Lt: [0x63],
    f64Gt: [0x64],
    f64Le: [0x65],
    f64Ge: [0x66],
    i32Clz: [0x67],
    i32Ctz: [0x68],
    i32Popcnt: [0x69],
    i32Add: [0x6a],
    i32Sub: [0x6b],
    i32Mul: [0x6c],
    i32DivS: [0x6d],
    i32DivU: [0x6e],
    i32RemS: [0x6f],
    i32RemU: [0x70],
    i32And: [0x71],
    i32Or: [0x72],
    i32Xor: [0x73],
    i32Shl: [0x74],
    i32ShrS: [0x75],
    i32ShrU: [0x76],
    i32Rotl: [0x77],
    i32Rotr: [0x78],
    i64Clz: [0x79],
    i64Ctz: [0x7a],
    i64Popcnt: [0x7b],
    i64Add: [0x7c],
    i64Sub: [0x7d],
    i64Mul: [0x7e],
    i64DivS: [0x7f],
    i64DivU: [0x80],
    i64RemS: [0x81],
    i64RemU: [0x82],
    i64And: [0x83],
    i64Or: [0x84],
    i64Xor: [0x85],
    i64Shl: [0x86],
    i64ShrS: [0x87],
    i64ShrU: [0x88],
    i64Rotl: [0x89],
    i64Rotr: [0x8a],
    f32Abs: [0x8b],
    f32Neg: [0x8c],
    f32Ceil: [0x8d],
    f32Floor: [0x8e],
    f32Trunc: [0x8f],
    f32Nearest: [0x90],
    f32Sqrt: [0x91],
    f32Add: [0x92],
    f32Sub: [0x93],
    f32Mul: [0x94],
    f32Div: [0x95],
    f32Min: [0x96],
    f32Max: [0x97],
    f32Copysign: [0x98],
    f64Abs: [0x99],
    f64Neg: [0x9a],
    f64Ceil: [0x9b],
    f64Floor: [0x9c],
    f64Trunc: [0x9d],
    f64Nearest: [0x9e],
    f64Sqrt: [0x9f],
    f64Add: [0xa0],
    f64Sub: [0xa1],
    f64Mul: [0xa2],
    f64Div: [0xa3],
    f64Min: [0xa4],
    f64Max: [0xa5],
    f64Copysign: [0xa6],
    i32WrapI64: [0xa7],
    i32TruncF32S: [0xa8],
    i32TruncF32U: [0xa9],
    i32TruncF64S: [0xaa],
    i32TruncF64U: [0xab],
    i64ExtendI32S: [0xac],
    i64ExtendI32U: [0xad],
    i64TruncF32S: [0xae],
    i64TruncF32U: [0xaf],
    i64TruncF64S: [0xb0],
    i64TruncF64U: [0xb1],
    f32ConvertI32S: [0xb2],
    f32ConvertI32U: [0xb3],
    f32ConvertI64S: [0xb4],
    f32ConvertI64U: [0xb5],
    f32DemoteF64: [0xb6],
    f64ConvertI32S: [0xb7],
    f64ConvertI32U: [0xb8],
    f64ConvertI64S: [0xb9],
    f64ConvertI64U: [0xba],
    f64PromoteF32: [0xbb],
    i32ReinterpretF32: [0xbc],
    i64ReinterpretF64: [0xbd],
    f32ReinterpretI32: [0xbe],
    f64ReinterpretI64: [0xbf],
    i32Extend8S: [0xc0],
    i32Extend16S: [0xc1],
    i64Extend8S: [0xc2],
    i64Extend16S: [0xc3],
    i64Extend32S: [0xc4],
    refNull: [0xd0, "index"],
    refIsNull: [0xd1],
    refFunc: [0xd2, "index"],
    i32TruncSatF32S: [0xfc00],
    i32TruncSatF32U: [0xfc01],
    i32TruncSatF64S: [0xfc02],
    i32TruncSatF64U: [0xfc03],
    i64TruncSatF32S: [0xfc04],
    i64TruncSatF32U: [0xfc05],
    i64TruncSatF64S: [0xfc06],
    i64TruncSatF64U: [0xfc07],
    memoryInit: [0xfc08, "indexes"],
    dataDrop: [0xfc09, "index"],
    memoryCopy: [0xfc0a, "indexes"],
    memoryFill: [0xfc0b, "index"],
    tableInit: [0xfc0c, "indexes"],
    elemDrop: [0xfc0d, "index"],
    tableCopy: [0xfc0e, "indexes"],
    tableGrow: [0xfc0f, "index"],
    tableSize: [0xfc10, "index"],
    tableFill: [0xfc11, "index"],
    memoryAtomicNotify: [0xfe00, "access"],
    memoryAtomicWait32: [0xfe01, "access"],
    memoryAtomicWait64: [0xfe02, "access"],
    atomicFence: [0xfe03, "index"],
    i32AtomicLoad: [0xfe10, "access"],
    i64AtomicLoad: [0xfe11, "access"],
    i32AtomicLoad8U: [0xfe12, "access"],
    i32AtomicLoad16U: [0xfe13, "access"],
    i64AtomicLoad8U: [0xfe14, "access"],
    i64AtomicLoad16U: [0xfe15, "access"],
    i64AtomicLoad32U: [0xfe16, "access"],
    i32AtomicStore: [0xfe17, "access"],
    i64AtomicStore: [0xfe18, "access"],
    i32AtomicStore8: [0xfe19, "access"],
    i32AtomicStore16: [0xfe1a, "access"],
    i64AtomicStore8: [0xfe1b, "access"],
    i64AtomicStore16: [0xfe1c, "access"],
    i64AtomicStore32: [0xfe1d, "access"],
    i32AtomicRmwAdd: [0xfe1e, "access"],
    i64AtomicRmwAdd: [0xfe1f, "access"],
    i32AtomicRmw8AddU: [0xfe20, "access"],
    i32AtomicRmw16AddU: [0xfe21, "access"],
    i64AtomicRmw8AddU: [0xfe22, "access"],
    i64AtomicRmw16AddU: [0xfe23, "access"],
    i64AtomicRmw32AddU: [0xfe24, "access"],
    i32AtomicRmwSub: [0xfe25, "access"],
    i64AtomicRmwSub: [0xfe26, "access"],
    i32AtomicRmw8SubU: [0xfe27, "access"],
    i32AtomicRmw16SubU: [0xfe28, "access"],
    i64AtomicRmw8SubU: [0xfe29, "access"],
    i64AtomicRmw16SubU: [0xfe2a, "access"],
    i64AtomicRmw32SubU: [0xfe2b, "access"],
    i32AtomicRmwAnd: [0xfe2c, "access"],
    i64AtomicRmwAnd: [0xfe2d, "access"],
    i32AtomicRmw8AndU: [0xfe2e, "access"],
    i32AtomicRmw16AndU: [0xfe2f, "access"],
    i64AtomicRmw8AndU: [0xfe30, "access"],
    i64AtomicRmw16AndU: [0xfe31, "access"],
    i64AtomicRmw32AndU: [0xfe32, "access"],
    i32AtomicRmwOr: [0xfe33, "access"],
    i64AtomicRmwOr: [0xfe34, "access"],
    i32AtomicRmw8OrU: [0xfe35, "access"],
    i32AtomicRmw16OrU: [0xfe36, "access"],
    i64AtomicRmw8OrU: [0xfe37, "access"],
    i64AtomicRmw16OrU: [0xfe38, "access"],
    i64AtomicRmw32OrU: [0xfe39, "access"],
    i32AtomicRmwXor: [0xfe3a, "access"],
    i64AtomicRmwXor: [0xfe3b, "access"],
    i32AtomicRmw8XorU: [0xfe3c, "access"],
    i32AtomicRmw16XorU: [0xfe3d, "access"],
    i64AtomicRmw8XorU: [0xfe3e, "access"],
    i64AtomicRmw16XorU: [0xfe3f, "access"],
    i64AtomicRmw32XorU: [0xfe40, "access"],
    i32AtomicRmwXchg: [0xfe41, "access"],
    i64AtomicRmwXchg: [0xfe42, "access"],
    i32AtomicRmw8XchgU: [0xfe43, "access"],
    i32AtomicRmw16XchgU: [0xfe44, "access"],
    i64AtomicRmw8XchgU: [0xfe45, "access"],
    i64AtomicRmw16XchgU: [0xfe46, "access"],
    i64AtomicRmw32XchgU: [0xfe47, "access"],
    i32AtomicRmwCmpxchg: [0xfe48, "access"],
    i64AtomicRmwCmpxchg: [0xfe49, "access"],
    i32AtomicRmw8CmpxchgU: [0xfe4a, "access"],
    i32AtomicRmw16CmpxchgU: [0xfe4b, "access"],
    i64AtomicRmw8CmpxchgU: [0xfe4c, "access"],
    i64AtomicRmw16CmpxchgU: [0xfe4d, "access"],
    i64AtomicRmw32CmpxchgU: [0xfe4e, "access"],
} as const satisfies Readonly<Record<string, readonly [code: number, immediate?: Immediate]>>;

export type OpcodeName = keyof typeof TABLE;

export const OPCODES: Readonly<Record<OpcodeName, readonly [code: number, immediate?: Immediate]>> = TABLE;

/** The opcode of each name. */
export const OP = Object.fromEntries(Object.entries(TABLE).map(([name, [code]]) => [name, code])) as {
    readonly [N in OpcodeName]: (typeof TABLE)[N][0];
};

/** Opcodes that nothing follows, and those of memory accesses: what may be emitted so. */
export type PlainOpcode = { [N in OpcodeName]: (typeof TABLE)[N] extends readonly [infer C] ? C : never }[OpcodeName];
export type AccessOpcode = {
    [N in OpcodeName]: (typeof TABLE)[N] extends readonly [infer C, "access"] ? C : never;
}[OpcodeName];

const NAMES: ReadonlyMap<number, OpcodeName> = new Map(
    Object.entries(TABLE).map(([name, [code]]) => [code, name as OpcodeName]),
);

/** Of an opcode with its prefix; undefined when Wasm, or this table, has none. */
export function opcodeName(code: number): OpcodeName | undefined {
    return NAMES.get(code);
}

/** Does the byte announce an opcode (of LEB128 form) behind it? */
export function isPrefix(byte: number): boolean {
    return byte >= 0xfb && byte <= 0xfe;
}

const NAMESPACE = /^(i32|i64|f32|f64|local|global|table|memory|data|elem|ref|atomic)(?=[A-Z])/;

/** The name in the text format, for messages: i64AtomicRmw8AddU is i64.atomic.rmw8.add_u. */
export function opcodeText(name: OpcodeName): string {
    const [space = ""] = NAMESPACE.exec(name) ?? [];
    const rest = name.slice(space.length).replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const words = rest
        .replace(/^_/, "")
        .replace(/^atomic_(?:(rmw\d*)_)?/, (_, rmw) => (rmw ? `atomic.${rmw}.` : "atomic."));
    return space === "" ? words : `${space}.${words}`;
}

/** For messages: the text and the number, the number alone where there is no name. */
export function describeOpcode(code: number): string {
    const name = opcodeName(code);
    const number = `opcode 0x${code.toString(16)}`;
    return name === undefined ? number : `${opcodeText(name)} (${number})`;
}
