/** The instructions of a page of code as the JIT sees them: what each does to the flow of control, and which registers it has. */
import { type Decoded, decode, isLong } from "../../isa/decode.ts";
import { executed } from "../../isa/hints.ts";
import { FORMATS, type Format, type InstructionRow, isFloatField } from "../../isa/row.ts";
import type { Generator, Width } from "../../isa/semantics.ts";
import { NO_REGISTERS, type RegisterSet, registers } from "./register-set.ts";

/**
 * `plain` goes on with the next instruction; so does `access`, unless its page is not in L0, and `slow`, unless its slow path says
 * otherwise. `leave` is left to the interpreter.
 */
export type Kind = "plain" | "access" | "slow" | "branch" | "jump" | "jumpRegister" | "leave";

export interface Instruction extends Decoded {
    /** Byte offset in its page. */
    readonly offset: number;
    readonly kind: Kind;
    readonly isFloat: boolean;
    /** Of an access: its bytes, else 0; and whether it stores. */
    readonly width: Width | 0;
    readonly isStore: boolean;
    /** Fields that are numbers of f registers. */
    readonly floats: Readonly<Record<Field, boolean>>;
    readonly reads: RegisterSet;
    readonly writes: RegisterSet;
}

type Field = "rd" | "rs1" | "rs2" | "rs3";

const PAGE_BYTES = 4096;

/** The instruction at `offset` of a page with that content; undefined for an illegal one and for one that ends in the next page. */
export function instructionAt(content: DataView, offset: number): Instruction | undefined {
    const halfword = content.getUint16(offset, true);
    const long = isLong(halfword);
    if (long && offset === PAGE_BYTES - 2) return undefined;
    const found = decode(long ? content.getUint32(offset, true) : halfword);
    if (found === undefined) return undefined;
    const decoded = executed(found);
    const { row } = decoded;
    const { kind, isFloat, width, isStore, floats } = rowFacts(row);
    const format: Format = FORMATS[row.format];
    const set = (field: Field) => registers(decoded[field], floats[field]);
    let reads = format.rs1 ? set("rs1") : NO_REGISTERS;
    if (format.rs2) reads = reads.or(set("rs2"));
    if (format.rs3) reads = reads.or(set("rs3"));
    const writes = format.rd ? set("rd") : NO_REGISTERS;
    return { ...decoded, offset, kind, isFloat, width, isStore, floats, reads, writes };
}

/** A JAL or JALR that leaves the address behind it in a link register (unprivileged ISA, table of return-address hints). */
export function isCall({ kind, rd }: Instruction): boolean {
    return (kind === "jump" || kind === "jumpRegister") && isLink(rd);
}

/** A JALR to a link register's address. */
export function isReturn({ kind, rd, rs1, imm }: Instruction): boolean {
    return kind === "jumpRegister" && rd === 0 && isLink(rs1) && imm === 0;
}

function isLink(register: number): boolean {
    return register === 1 || register === 5;
}

type RowFacts = Pick<Instruction, "kind" | "isFloat" | "width" | "isStore" | "floats">;

const facts = new Map<InstructionRow, RowFacts>();

function rowFacts(row: InstructionRow): RowFacts {
    const known = facts.get(row);
    if (known !== undefined) return known;
    const is = (field: Field) => isFloatField(row, field);
    const floats = { rd: is("rd"), rs1: is("rs1"), rs2: is("rs2"), rs3: is("rs3") };
    const isFloat = row.extension === "F" || row.extension === "D";
    const found = { ...recordKind(row), isFloat, floats };
    facts.set(row, found);
    return found;
}

/** Runs the row's semantics over a generator that only notes how it ends. */
function recordKind(row: InstructionRow): Pick<RowFacts, "kind" | "width" | "isStore"> {
    let kind: Kind = "leave";
    let width: Width | 0 = 0;
    let isStore = false;
    const note = (found: Kind) => () => {
        kind = found;
    };
    const noteAccess = (bytes: Width, stores: boolean) => {
        [kind, width, isStore] = ["access", bytes, stores];
    };
    const value = () => undefined;
    const recorder: Generator<undefined, undefined> = {
        ...{ rs1: undefined, rs2: undefined, rs3: undefined, imm: undefined, pc: undefined },
        ...{ add: value, sub: value, mul: value, and: value, or: value, xor: value, sext32: value },
        ...{ shl: value, shrS: value, shrU: value, shl32: value, shrS32: value, shrU32: value },
        ...{ rotl: value, rotr: value, rotl32: value, rotr32: value, clz: value, ctz: value, popcnt: value },
        ...{ constant: value, select: value },
        ...{ helper: value, float: value, box: value, bool: value },
        ...{ eq: value, ne: value, ltS: value, geS: value, ltU: value, geU: value },
        ...{ set: note("plain"), load: (bytes: Width) => noteAccess(bytes, false) },
        ...{ loadBoxed: () => noteAccess(4, false), store: (bytes: Width) => noteAccess(bytes, true) },
        ...{ branch: note("branch"), jump: note("jump"), jumpRegister: note("jumpRegister") },
        ...{ loadReserved: note("slow"), storeConditional: note("slow"), amo: note("slow"), zeroBlock: note("slow") },
        csr: note("leave"),
        system: (operation) => {
            kind = operation === "fence" || operation === "fence.i" ? "plain" : "leave";
        },
    };
    row.semantics(recorder);
    return { kind, width, isStore };
}
