/**
 * A reference interpreter for RV64IMAFDC, machine mode only, written from the specification with BigInt for the differential
 * tests of the backend. It shares no code with emu/ and is meant to be obvious, not fast.
 */
import { executeFloat } from "./rv64-oracle-float.ts";

const s64 = (x: bigint) => BigInt.asIntN(64, x);
const u64 = (x: bigint) => BigInt.asUintN(64, x);
const s32 = (x: bigint) => BigInt.asIntN(32, x);
const u32 = (x: bigint) => BigInt.asUintN(32, x);
const PAGE = 65536;
const ARGUMENT_REGISTERS = 8;
/** What travels in an integer register or on the stack, above an f32: the convention leaves it open. */
const ABOVE_SINGLE = 0x5eedf00dn << 32n;

/** An integer, or the contents of an f register. */
export type Argument = bigint | { readonly float: bigint };

/** Sparse memory of 64 KiB pages. */
export class OracleMemory {
    readonly pages = new Map<number, Uint8Array>();

    #page(address: number): Uint8Array {
        const key = Math.floor(address / PAGE);
        let page = this.pages.get(key);
        if (page === undefined) {
            page = new Uint8Array(PAGE);
            this.pages.set(key, page);
        }
        return page;
    }

    read(address: number, bytes: number): bigint {
        if (!(address >= 0 && address < 2 ** 32)) throw new Error(`load from 0x${address.toString(16)}`);
        let value = 0n;
        for (let i = bytes - 1; i >= 0; i--)
            value = (value << 8n) | BigInt(this.#page(address + i)[(address + i) % PAGE] as number);
        return value;
    }

    write(address: number, bytes: number, value: bigint): void {
        if (!(address >= 0 && address < 2 ** 32)) throw new Error(`store to 0x${address.toString(16)}`);
        for (let i = 0; i < bytes; i++)
            this.#page(address + i)[(address + i) % PAGE] = Number((value >> BigInt(8 * i)) & 255n);
    }

    load(address: number, bytes: Uint8Array): void {
        for (let i = 0; i < bytes.length; i++) this.write(address + i, 1, BigInt(bytes[i] as number));
    }
}

export class Oracle {
    readonly x = new Array<bigint>(32).fill(0n);
    readonly f = new Array<bigint>(32).fill(0n);
    readonly csr = new Map<number, bigint>();
    pc = 0;
    instructions = 0;
    reservation = -1n;
    /** Called before each instruction of call(). */
    onStep: () => void = () => {};
    /** Answers ecall: returns the new a0. */
    onEcall: (x: readonly bigint[]) => bigint = () => 0n;
    readonly memory: OracleMemory;

    constructor(memory = new OracleMemory()) {
        this.memory = memory;
    }

    /** Calls the function at `entry` until it returns to `stop`; gives a0. */
    call(entry: number, args: readonly Argument[], stackTop: number, most = 20_000_000): bigint {
        const stop = 0xfff0;
        this.x.fill(0n);
        for (let i = 1; i < 32; i++) this.x[i] = BigInt(0x1234567 * i);
        for (let i = 0; i < 32; i++) this.f[i] = BigInt(0x7654321 * i) << 20n;
        this.x[1] = BigInt(stop);
        this.x[2] = BigInt(stackTop);
        this.#place(args);
        const before = this.x.slice();
        const floatsBefore = this.f.slice();
        this.pc = entry;
        for (let i = 0; this.pc !== stop; i++) {
            if (i > most) throw new Error("the program does not end");
            this.onStep();
            this.step();
        }
        for (const r of [2, 3, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27]) {
            if (this.x[r] !== before[r]) throw new Error(`x${r} not preserved`);
        }
        for (const r of [8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27]) {
            if (this.f[r] !== floatsBefore[r]) throw new Error(`f${r} not preserved`);
        }
        return this.x[10] as bigint;
    }

    /** As lp64d has it: floats in f registers, else like integers, which are in x registers, else on the stack. */
    #place(args: readonly Argument[]): void {
        const integers: bigint[] = [];
        let floats = 0;
        for (const arg of args) {
            if (typeof arg === "bigint") integers.push(arg);
            else if (floats < ARGUMENT_REGISTERS) this.f[10 + floats++] = arg.float;
            else integers.push(arg.float >> 32n === 0xffffffffn ? ABOVE_SINGLE | u32(arg.float) : arg.float);
        }
        integers.slice(0, ARGUMENT_REGISTERS).forEach((value, i) => {
            this.x[10 + i] = s64(value);
        });
        const extra = integers.slice(ARGUMENT_REGISTERS);
        const sp = Number(this.x[2]) - ((extra.length * 8 + 15) & ~15);
        this.x[2] = BigInt(sp);
        for (let i = 0; i < extra.length; i++) this.memory.write(sp + 8 * i, 8, u64(extra[i] as bigint));
    }

    step(): void {
        this.instructions++;
        const half = Number(this.memory.read(this.pc, 2));
        if ((half & 3) === 3) this.#execute(Number(this.memory.read(this.pc, 4)), 4);
        else this.#execute(expand(half), 2);
        this.x[0] = 0n;
    }

    #execute(word: number, length: number): void {
        const opcode = word & 127;
        const rd = (word >>> 7) & 31;
        const f3 = (word >>> 12) & 7;
        const rs1 = (word >>> 15) & 31;
        const rs2 = (word >>> 20) & 31;
        const f7 = word >>> 25;
        const a = this.x[rs1] as bigint;
        const b = this.x[rs2] as bigint;
        const immI = BigInt(word >> 20);
        const immS = BigInt(((word >> 25) << 5) | rd);
        let next = this.pc + length;
        const set = (value: bigint) => {
            this.x[rd] = s64(value);
        };
        switch (opcode) {
            case 0x37:
                set(BigInt(word & ~4095));
                break;
            case 0x17:
                set(BigInt(this.pc) + BigInt(word & ~4095));
                break;
            case 0x6f: {
                const imm =
                    ((word >> 31) << 20) |
                    (((word >> 12) & 255) << 12) |
                    (((word >> 20) & 1) << 11) |
                    (((word >> 21) & 1023) << 1);
                set(BigInt(next));
                next = this.pc + imm;
                break;
            }
            case 0x67: {
                const target = Number(u64(a + immI) & ~1n);
                set(BigInt(next));
                next = target;
                break;
            }
            case 0x63: {
                const imm =
                    ((word >> 31) << 12) |
                    (((word >> 7) & 1) << 11) |
                    (((word >> 25) & 63) << 5) |
                    (((word >> 8) & 15) << 1);
                const taken = [a === b, a !== b, false, false, a < b, a >= b, u64(a) < u64(b), u64(a) >= u64(b)][f3];
                if (taken) next = this.pc + imm;
                break;
            }
            case 0x03: {
                const address = Number(u64(a + immI));
                const size = 1 << (f3 & 3);
                const raw = this.memory.read(address, size);
                set(f3 < 4 ? BigInt.asIntN(8 * size, raw) : raw);
                break;
            }
            case 0x23:
                this.memory.write(Number(u64(a + immS)), 1 << f3, u64(b));
                break;
            case 0x07:
                this.#loadFloat(rd, Number(u64(a + immI)), 1 << f3);
                break;
            case 0x27:
                this.memory.write(Number(u64(a + immS)), 1 << f3, this.f[rs2] as bigint);
                break;
            case 0x53:
                set(executeFloat(word, this.f, this.x) ?? (this.x[rd] as bigint));
                break;
            case 0x13:
                set(
                    alu(
                        f3,
                        a,
                        f3 === 1 || f3 === 5 ? BigInt((word >>> 20) & 63) : immI,
                        f3 === 5 && (word >>> 30) & 1 ? 0x20 : 0,
                    ),
                );
                break;
            case 0x1b:
                set(
                    aluWord(f3, a, f3 === 1 || f3 === 5 ? BigInt(rs2) : immI, f3 === 5 && (word >>> 30) & 1 ? 0x20 : 0),
                );
                break;
            case 0x33:
                set(f7 === 1 ? multiply(f3, a, b) : alu(f3, a, b, f7));
                break;
            case 0x3b:
                set(f7 === 1 ? multiplyWord(f3, a, b) : aluWord(f3, a, b, f7));
                break;
            case 0x0f:
                break;
            case 0x2f:
                this.#atomic(f7 >> 2, f3 === 2 ? 4 : 8, Number(u64(a)), b, set);
                break;
            case 0x73:
                if (word === 0x73) this.x[10] = s64(this.onEcall(this.x));
                else if (f3 !== 0) this.#system(f3, word >>> 20, rs1, a, set);
                else if (word === 0x100073) throw new Error("ebreak");
                break;
            default:
                throw new Error(`illegal instruction 0x${word.toString(16)} at 0x${this.pc.toString(16)}`);
        }
        this.pc = next;
    }

    #loadFloat(rd: number, address: number, size: number): void {
        const raw = this.memory.read(address, size);
        this.f[rd] = size === 4 ? (0xffffffffn << 32n) | raw : raw;
    }

    #system(f3: number, number: number, rs1: number, a: bigint, set: (value: bigint) => void): void {
        const old = this.csr.get(number) ?? 0n;
        const operand = f3 >= 4 ? BigInt(rs1) : a;
        const now = [old, operand, old | operand, old & ~operand][f3 & 3] as bigint;
        this.csr.set(number, s64(now));
        set(old);
    }

    #atomic(op: number, size: 4 | 8, address: number, b: bigint, set: (value: bigint) => void): void {
        if (address % size !== 0) throw new Error(`misaligned atomic at 0x${address.toString(16)}`);
        const raw = this.memory.read(address, size);
        const old = BigInt.asIntN(8 * size, raw);
        const value = BigInt.asIntN(8 * size, b);
        if (op === 3) {
            const holds = this.reservation === BigInt(address);
            if (holds) this.memory.write(address, size, u64(b));
            this.reservation = -1n;
            set(holds ? 0n : 1n);
            return;
        }
        if (op === 2) this.reservation = BigInt(address);
        const result: Record<number, bigint> = {
            0: old + value,
            1: value,
            4: old ^ value,
            8: old | value,
            12: old & value,
        };
        const now = result[op];
        if (op !== 2) {
            if (now === undefined) throw new Error(`atomic operation ${op}`);
            this.memory.write(address, size, u64(now));
        }
        set(old);
    }
}

function alu(f3: number, a: bigint, b: bigint, f7: number): bigint {
    switch (f3) {
        case 0:
            return f7 === 0x20 ? a - b : a + b;
        case 1:
            return a << (b & 63n);
        case 2:
            return a < b ? 1n : 0n;
        case 3:
            return u64(a) < u64(b) ? 1n : 0n;
        case 4:
            return a ^ b;
        case 5:
            return f7 === 0x20 ? a >> (b & 63n) : u64(a) >> (b & 63n);
        case 6:
            return a | b;
        default:
            return a & b;
    }
}

function aluWord(f3: number, a: bigint, b: bigint, f7: number): bigint {
    switch (f3) {
        case 0:
            return s32(f7 === 0x20 ? a - b : a + b);
        case 1:
            return s32(a << (b & 31n));
        case 5:
            return s32(f7 === 0x20 ? s32(a) >> (b & 31n) : u32(a) >> (b & 31n));
    }
    throw new Error(`illegal word operation ${f3}`);
}

function multiply(f3: number, a: bigint, b: bigint): bigint {
    switch (f3) {
        case 0:
            return a * b;
        case 1:
            return (a * b) >> 64n;
        case 2:
            return (a * u64(b)) >> 64n;
        case 3:
            return (u64(a) * u64(b)) >> 64n;
        case 4:
            return b === 0n ? -1n : a / b;
        case 5:
            return b === 0n ? -1n : u64(a) / u64(b);
        case 6:
            return b === 0n ? a : a % b;
        default:
            return b === 0n ? a : u64(a) % u64(b);
    }
}

function multiplyWord(f3: number, a: bigint, b: bigint): bigint {
    const [x, y, ux, uy] = [s32(a), s32(b), u32(a), u32(b)];
    switch (f3) {
        case 0:
            return s32(x * y);
        case 4:
            return y === 0n ? -1n : s32(x / y);
        case 5:
            return y === 0n ? -1n : s32(ux / uy);
        case 6:
            return y === 0n ? x : s32(x % y);
        case 7:
            return y === 0n ? x : s32(ux % uy);
    }
    throw new Error(`illegal word operation ${f3}`);
}

// ---- compressed instructions (RISC-V unprivileged ISA, chapter "C")

const bits = (word: number, high: number, low: number) => (word >>> low) & ((1 << (high - low + 1)) - 1);
const signed = (value: number, width: number) => (value << (32 - width)) >> (32 - width);
const iType = (op: number, f3: number, rd: number, rs1: number, imm: number) =>
    ((imm << 20) | (rs1 << 15) | (f3 << 12) | (rd << 7) | op) >>> 0;
const rType = (op: number, f3: number, f7: number, rd: number, rs1: number, rs2: number) =>
    ((f7 << 25) | (rs2 << 20) | (rs1 << 15) | (f3 << 12) | (rd << 7) | op) >>> 0;
const sType = (f3: number, rs1: number, rs2: number, imm: number, op = 0x23) =>
    ((((imm >> 5) & 127) << 25) | (rs2 << 20) | (rs1 << 15) | (f3 << 12) | ((imm & 31) << 7) | op) >>> 0;
const bType = (f3: number, rs1: number, imm: number) =>
    ((((imm >> 12) & 1) << 31) |
        (((imm >> 5) & 63) << 25) |
        (rs1 << 15) |
        (f3 << 12) |
        (((imm >> 1) & 15) << 8) |
        (((imm >> 11) & 1) << 7) |
        0x63) >>>
    0;
const jType = (imm: number) =>
    ((((imm >> 20) & 1) << 31) |
        (((imm >> 1) & 1023) << 21) |
        (((imm >> 11) & 1) << 20) |
        (((imm >> 12) & 255) << 12) |
        0x6f) >>>
    0;

function expand(h: number): number {
    const quadrant = h & 3;
    const f3 = h >> 13;
    const rdShort = bits(h, 4, 2) + 8;
    const rs1Short = bits(h, 9, 7) + 8;
    const rd = bits(h, 11, 7);
    const rs2 = bits(h, 6, 2);
    const imm6 = signed((bits(h, 12, 12) << 5) | rs2, 6);
    if (quadrant === 0) {
        const word = (bits(h, 12, 10) << 3) | (bits(h, 6, 6) << 2) | (bits(h, 5, 5) << 6);
        const double = (bits(h, 12, 10) << 3) | (bits(h, 6, 5) << 6);
        if (f3 === 0) {
            const imm = (bits(h, 12, 11) << 4) | (bits(h, 10, 7) << 6) | (bits(h, 6, 6) << 2) | (bits(h, 5, 5) << 3);
            if (imm !== 0) return iType(0x13, 0, rdShort, 2, imm);
        }
        if (f3 === 2) return iType(0x03, 2, rdShort, rs1Short, word);
        if (f3 === 1) return iType(0x07, 3, rdShort, rs1Short, double);
        if (f3 === 3) return iType(0x03, 3, rdShort, rs1Short, double);
        if (f3 === 5) return sType(3, rs1Short, rdShort, double, 0x27);
        if (f3 === 6) return sType(2, rs1Short, rdShort, word);
        if (f3 === 7) return sType(3, rs1Short, rdShort, double);
    }
    if (quadrant === 1) {
        if (f3 === 0) return iType(0x13, 0, rd, rd, imm6);
        if (f3 === 1) return iType(0x1b, 0, rd, rd, imm6);
        if (f3 === 2) return iType(0x13, 0, rd, 0, imm6);
        if (f3 === 3 && rd === 2) {
            const imm =
                (bits(h, 12, 12) << 9) |
                (bits(h, 6, 6) << 4) |
                (bits(h, 5, 5) << 6) |
                (bits(h, 4, 3) << 7) |
                (bits(h, 2, 2) << 5);
            return iType(0x13, 0, 2, 2, signed(imm, 10));
        }
        if (f3 === 3) return ((imm6 << 12) | (rd << 7) | 0x37) >>> 0;
        if (f3 === 4) {
            const kind = bits(h, 11, 10);
            const shamt = (bits(h, 12, 12) << 5) | rs2;
            if (kind === 0) return iType(0x13, 5, rs1Short, rs1Short, shamt);
            if (kind === 1) return iType(0x13, 5, rs1Short, rs1Short, shamt | 0x400);
            if (kind === 2) return iType(0x13, 7, rs1Short, rs1Short, imm6);
            const choice = bits(h, 12, 12) * 4 + bits(h, 6, 5);
            const [op = 0, funct3 = 0, funct7 = 0] =
                [
                    [0x33, 0, 0x20],
                    [0x33, 4, 0],
                    [0x33, 6, 0],
                    [0x33, 7, 0],
                    [0x3b, 0, 0x20],
                    [0x3b, 0, 0],
                ][choice] ?? [];
            return rType(op, funct3, funct7, rs1Short, rs1Short, rdShort);
        }
        if (f3 === 5) {
            const imm =
                (bits(h, 12, 12) << 11) |
                (bits(h, 11, 11) << 4) |
                (bits(h, 10, 9) << 8) |
                (bits(h, 8, 8) << 10) |
                (bits(h, 7, 7) << 6) |
                (bits(h, 6, 6) << 7) |
                (bits(h, 5, 3) << 1) |
                (bits(h, 2, 2) << 5);
            return jType(signed(imm, 12));
        }
        const imm =
            (bits(h, 12, 12) << 8) |
            (bits(h, 11, 10) << 3) |
            (bits(h, 6, 5) << 6) |
            (bits(h, 4, 3) << 1) |
            (bits(h, 2, 2) << 5);
        return bType(f3 - 6, rs1Short, signed(imm, 9));
    }
    if (quadrant === 2) {
        const shamt = (bits(h, 12, 12) << 5) | rs2;
        if (f3 === 0) return iType(0x13, 1, rd, rd, shamt);
        if (f3 === 2)
            return iType(0x03, 2, rd, 2, (bits(h, 12, 12) << 5) | (bits(h, 6, 4) << 2) | (bits(h, 3, 2) << 6));
        const double = (bits(h, 12, 12) << 5) | (bits(h, 6, 5) << 3) | (bits(h, 4, 2) << 6);
        if (f3 === 1) return iType(0x07, 3, rd, 2, double);
        if (f3 === 3) return iType(0x03, 3, rd, 2, double);
        if (f3 === 4) {
            if (bits(h, 12, 12) === 0) return rs2 === 0 ? iType(0x67, 0, 0, rd, 0) : rType(0x33, 0, 0, rd, 0, rs2);
            if (rs2 === 0 && rd === 0) return 0x100073;
            return rs2 === 0 ? iType(0x67, 0, 1, rd, 0) : rType(0x33, 0, 0, rd, rd, rs2);
        }
        if (f3 === 6) return sType(2, 2, rs2, (bits(h, 12, 9) << 2) | (bits(h, 8, 7) << 6));
        const storedDouble = (bits(h, 12, 10) << 3) | (bits(h, 9, 7) << 6);
        if (f3 === 5) return sType(3, 2, rs2, storedDouble, 0x27);
        if (f3 === 7) return sType(3, 2, rs2, storedDouble);
    }
    throw new Error(`illegal compressed instruction 0x${h.toString(16)}`);
}
