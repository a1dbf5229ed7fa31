import { describe, expect, it } from "vitest";
import { compress } from "../../../emu/isa/compress.ts";
import { encode } from "../../../emu/isa/encode.ts";
import { rowOf } from "../../../emu/isa/table.ts";
import { machine, RAM, random } from "./guest.ts";
import { compute, IMMEDIATE_NAMES, REGISTER_NAMES, UNARY_NAMES } from "./integer-oracle.ts";

const EDGES = [
    0n,
    1n,
    2n,
    31n,
    32n,
    63n,
    64n,
    0x7fff_ffffn,
    0x8000_0000n,
    0xffff_ffffn,
    0x1_0000_0000n,
    0x7fff_ffff_ffff_ffffn,
    0x8000_0000_0000_0000n,
    0xffff_ffff_8000_0000n,
    0xffff_ffff_ffff_ffffn,
    0xffff_ffff_ffff_fffen,
];
const EDGE_IMMEDIATES = [0, 1, 2, -1, -2, 31, -32, 2047, -2048];
const RESULT = 12;
const LEFT = 10;
const RIGHT = 11;

const bare = machine();
const hart = bare.hart(0);

/** Executes the words at the start of RAM, then ends the run; x5 and x6 are used for that. */
function execute(words: readonly number[]): void {
    const end = [
        encode("lui", { rd: 5, imm: 0x5000 }),
        encode("addi", { rd: 5, rs1: 5, imm: 0x555 }),
        encode("lui", { rd: 6, imm: 0x100000 }),
        encode("sw", { rs1: 6, rs2: 5, imm: 0 }),
    ];
    const bytes = new Uint8Array(4 * (words.length + end.length));
    const view = new DataView(bytes.buffer);
    let at = 0;
    for (const word of [...words, ...end]) {
        if ((word & 3) === 3) view.setUint32(at, word, true);
        else view.setUint16(at, word, true);
        at += (word & 3) === 3 ? 4 : 2;
    }
    bare.writePhysical(RAM, bytes.subarray(0, at));
    hart.pc = BigInt(RAM);
    expect(bare.run({ maxInstructions: 1000 }).kind).toBe("finisher");
}

/** The greatest shift amount of an instruction that has one, else 0. */
function mostShift(name: string): number {
    const { format } = rowOf(name);
    return format === "SHIFT6" ? 63 : format === "SHIFT5" ? 31 : 0;
}

function values(next: () => number): bigint[] {
    const drawn = Array.from({ length: 8 }, () => (BigInt(next()) << 32n) | BigInt(next()));
    return [...EDGES, ...drawn];
}

describe("integer instructions agree with the oracle", () => {
    it.each(REGISTER_NAMES)("%s", (name) => {
        const word = encode(name, { rd: RESULT, rs1: LEFT, rs2: RIGHT });
        const all = values(random(name.length * 7919));
        for (const a of all) {
            for (const b of all) {
                hart.setX(LEFT, a);
                hart.setX(RIGHT, b);
                execute([word]);
                expect(hart.x(RESULT), `${name} ${a} ${b}`).toBe(compute(name, a, b));
            }
        }
    });

    it.each(IMMEDIATE_NAMES)("%s", (name) => {
        const next = random(name.length * 104729);
        const isShift = mostShift(name) > 0;
        const shifts = [0, 1, 15, 31, 32, 63].filter((shift) => shift <= mostShift(name));
        const immediates = isShift ? shifts : [...EDGE_IMMEDIATES, (next() & 0xfff) - 2048];
        for (const a of values(next)) {
            for (const imm of immediates) {
                hart.setX(LEFT, a);
                execute([encode(name, { rd: RESULT, rs1: LEFT, imm })]);
                expect(hart.x(RESULT), `${name} ${a} ${imm}`).toBe(compute(name, a, BigInt(imm)));
            }
        }
    });

    it.each(UNARY_NAMES)("%s", (name) => {
        const next = random(name.length * 15485863);
        const shifted = Array.from({ length: 64 }, (_, i) => 1n << BigInt(i));
        for (const a of [...values(next), ...shifted, ...shifted.map((bit) => bit - 1n)]) {
            hart.setX(LEFT, a);
            execute([encode(name, { rd: RESULT, rs1: LEFT })]);
            expect(hart.x(RESULT), `${name} ${a}`).toBe(compute(name, a, 0n));
        }
    });

    it("lui and auipc sign-extend", () => {
        execute([encode("lui", { rd: RESULT, imm: -2147483648 }), encode("auipc", { rd: 13, imm: -4096 })]);
        expect(hart.x(RESULT)).toBe(0xffff_ffff_8000_0000n);
        expect(hart.x(13)).toBe(BigInt(RAM + 4 - 4096));
    });

    it("x0 stays zero", () => {
        hart.setX(LEFT, 5n);
        execute([encode("add", { rd: 0, rs1: LEFT, rs2: LEFT }), encode("add", { rd: RESULT, rs1: 0, rs2: 0 })]);
        expect(hart.x(RESULT)).toBe(0n);
    });
});

describe("random straight lines of instructions", () => {
    const names = [...REGISTER_NAMES, ...IMMEDIATE_NAMES, ...UNARY_NAMES];

    /** A random instruction on x8 to x15, and its effect on the oracle's registers. */
    function draw(next: () => number, registers: bigint[]): number {
        const name = names[next() % names.length] as string;
        const rd = 8 + (next() & 7);
        const rs1 = next() % 3 === 0 ? rd : 8 + (next() & 7);
        const rs2 = 8 + (next() & 7);
        const immediate = IMMEDIATE_NAMES.includes(name);
        const limit = mostShift(name);
        const imm = limit ? next() % (limit + 1) : ((next() & 0xff) - 128) >> (next() & 7);
        const b = immediate ? BigInt(imm) : (registers[rs2] as bigint);
        registers[rd] = compute(name, registers[rs1] as bigint, b);
        return encode(name, immediate ? { rd, rs1, imm } : UNARY_NAMES.includes(name) ? { rd, rs1 } : { rd, rs1, rs2 });
    }

    it.each([1, 2, 3, 4, 5, 6, 7, 8])("seed %i, in full and compressed form", (seed) => {
        const next = random(seed * 2654435761);
        const registers = Array.from({ length: 32 }, () => (BigInt(next()) << 32n) | BigInt(next()));
        const start = [...registers];
        const words = Array.from({ length: 400 }, () => draw(next, registers));
        for (const program of [words, words.map((word) => compress(word) ?? word)]) {
            for (let i = 8; i < 16; i++) hart.setX(i, start[i] as bigint);
            execute(program);
            for (let i = 8; i < 16; i++) expect(hart.x(i), `x${i}`).toBe(registers[i]);
        }
    });
});
