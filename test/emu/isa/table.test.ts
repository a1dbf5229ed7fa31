import { describe, expect, it } from "vitest";
import { compress, expand } from "../../../emu/isa/compress.ts";
import { COMPRESSED } from "../../../emu/isa/compressed.ts";
import { compressedRowOf, decode } from "../../../emu/isa/decode.ts";
import { encode, encodeBase } from "../../../emu/isa/encode.ts";
import { FORMATS, type Format, type InstructionRow } from "../../../emu/isa/row.ts";
import { INSTRUCTIONS, refines } from "../../../emu/isa/table.ts";

/** Small deterministic generator (xorshift), so that a failure repeats. */
function random(seed: number): () => number {
    let state = seed;
    return () => {
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        return state >>> 0;
    };
}

function randomFields(row: InstructionRow, next: () => number) {
    const format: Format = FORMATS[row.format];
    const layout = format.immediate;
    let imm = 0;
    if (format.rounding) imm = [0, 1, 2, 3, 4, 7][next() % 6] as number;
    else if (layout !== undefined) {
        const unused = 32 - layout.width;
        imm = layout.signed ? (next() << unused) >> unused : (next() << unused) >>> unused;
        imm = layout.scale === 12 ? imm & ~0xfff : imm & ~((1 << layout.scale) - 1);
    }
    const register = (used: boolean) => (used ? next() & 31 : 0);
    return {
        rd: register(format.rd),
        rs1: register(format.rs1),
        rs2: register(format.rs2),
        rs3: register(format.rs3 === true),
        imm,
    };
}

describe("the instruction table", () => {
    it("has unique names, and match lies inside mask", () => {
        expect(new Set(INSTRUCTIONS.map((row) => row.name)).size).toBe(INSTRUCTIONS.length);
        for (const row of INSTRUCTIONS) expect((row.match & row.mask) >>> 0, row.name).toBe(row.match);
    });

    it("has no two rows for one word, special cases before general ones excepted", () => {
        INSTRUCTIONS.forEach((a, i) => {
            for (const b of INSTRUCTIONS.slice(i + 1)) {
                const common = a.mask & b.mask;
                const overlap = (a.match & common) === (b.match & common);
                if (overlap) expect(refines(a, b), `${a.name} and ${b.name}`).toBe(true);
            }
        });
    });

    it("gives every compressed halfword at most one row", () => {
        for (let halfword = 0; halfword < 0x10000; halfword++) {
            if ((halfword & 3) === 3) continue;
            const first = compressedRowOf(halfword);
            const decoded = decode(halfword);
            expect(decoded === undefined).toBe(first === undefined);
        }
    });

    it("decodes what it encodes", () => {
        const next = random(1);
        for (const row of INSTRUCTIONS) {
            for (let i = 0; i < 50; i++) {
                const fields = randomFields(row, next);
                const word = encode(row.name, fields);
                const decoded = decode(word);
                if (decoded?.row !== row) {
                    expect(refines(decoded?.row as InstructionRow, row), row.name).toBe(true);
                    continue;
                }
                expect({ ...decoded, row: 0 }).toEqual({ ...fields, row: 0, length: 4 });
            }
        }
    });

    it("refuses immediates that do not fit", () => {
        expect(() => encode("addi", { imm: 2048 })).toThrow("does not fit");
        expect(() => encode("beq", { imm: 3 })).toThrow("does not fit");
        expect(() => encode("lui", { imm: 4095 })).toThrow("does not fit");
        expect(() => encode("nonsense")).toThrow("no instruction");
    });
});

describe("compressed forms", () => {
    it("re-encode to the same halfword from the fields they decode to", () => {
        for (let halfword = 0; halfword < 0x10000; halfword++) {
            const row = (halfword & 3) === 3 ? undefined : compressedRowOf(halfword);
            const decoded = row && decode(halfword);
            if (row && decoded) expect(encode(row.name, decoded), row.name).toBe(halfword);
        }
    });

    it("compress undoes expand, hints excepted", () => {
        const seen = new Set<string>();
        for (let halfword = 0; halfword < 0x10000; halfword++) {
            const word = (halfword & 3) === 3 ? undefined : expand(halfword);
            const short = word === undefined ? undefined : compress(word);
            if (short === undefined) continue;
            expect(expand(short)).toBe(word);
            seen.add(compressedRowOf(short)?.name ?? "");
        }
        expect([...seen].sort()).toEqual(COMPRESSED.map((row) => row.name).sort());
    });

    it("of commutative operations and of mv are found too", () => {
        expect(compress(encode("add", { rd: 10, rs1: 11, rs2: 10 }))).toBe(encode("c.add", { rd: 10, rs2: 11 }));
        expect(compress(encode("addi", { rd: 10, rs1: 11, imm: 0 }))).toBe(encode("c.mv", { rd: 10, rs2: 11 }));
        expect(compress(encode("add", { rd: 10, rs1: 11, rs2: 12 }))).toBeUndefined();
    });

    it("a reserved rounding mode is illegal", () => {
        for (const imm of [5, 6]) expect(decode(encode("fadd.d", { imm }))).toBeUndefined();
    });

    it("all zeros and the reserved encodings are illegal", () => {
        for (const halfword of [0x0000, 0x2001, 0x6101, 0x4002, 0x6002, 0x8002, 0x9c41]) {
            expect(decode(halfword), halfword.toString(16)).toBeUndefined();
        }
    });
});

describe("known encodings (from the manual and GNU as)", () => {
    it.each([
        ["addi", { rd: 1, rs1: 2, imm: -1 }, 0xfff10093],
        ["lui", { rd: 5, imm: -4096 }, 0xfffff2b7],
        ["jal", { rd: 1, imm: -4 }, 0xffdff0ef],
        ["beq", { rs1: 10, rs2: 0, imm: 8 }, 0x00050463],
        ["sd", { rs1: 2, rs2: 8, imm: 16 }, 0x00813823],
        ["csrrw", { rd: 0, csr: 0x305, rs1: 5 }, 0x30529073],
        ["amoadd.d", { rd: 10, rs1: 12, rs2: 11, aq: true, rl: true }, 0x06b6352f],
        ["lr.w", { rd: 10, rs1: 11, aq: true }, 0x1405a52f],
        ["sraiw", { rd: 1, rs1: 1, imm: 31 }, 0x41f0d09b],
        ["fadd.d", { rd: 10, rs1: 11, rs2: 12, imm: 7 }, 0x02c5f553],
        ["fmadd.s", { rd: 10, rs1: 11, rs2: 12, rs3: 13, imm: 7 }, 0x68c5f543],
    ])("%s", (name, fields, word) => expect(encode(name, fields)).toBe(word));

    it("encodeBase keeps fence sets", () => {
        const row = INSTRUCTIONS.find((candidate) => candidate.name === "fence") as InstructionRow;
        expect(encodeBase(row, { imm: 0xff })).toBe(0x0ff0000f);
    });
});
