/** Store buffers (docs/spec/memory-model.md, sections 1 to 3): what a hart sees of its own stores, and memory of them. */

import { describe, expect, it } from "vitest";
import { type Guest, type GuestOptions, random, run } from "../engine/guest.ts";

const WEAK = ["tso", "pso"] as const;
const SPIN = "9: j 9b\n .balign 4096\nwords: .zero 8192";

/** The first words at `words` when the first turn of a single hart is over, for each of the seeds. */
function afterTurn(body: string, words: number, options: GuestOptions, seeds = 80): string[] {
    return Array.from({ length: seeds }, (_, seed) => {
        const guest = run(`la s1, words\n li t1, 1\n li t2, 2\n ${body}\n ${SPIN}`, {
            seed,
            held: true,
            bankSize: 65536,
            ...options,
        });
        guest.machine.run({ maxRounds: 1 });
        return Array.from({ length: words }, (_, i) => guest.memory64("words", i)).join("");
    });
}

const sorted = (texts: readonly string[]) => [...new Set(texts)].sort();
const STORES = "sd t1, 0(s1)\n sd t1, 8(s1)\n sd t1, 16(s1)";

describe("what memory has seen at the end of a turn", () => {
    it("1.2, 2.1, 2.2, 2.3 is any number of the first stores under tso, any of the stores under pso, and under sc all", () => {
        expect(sorted(afterTurn(STORES, 3, {}))).toEqual(["111"]);
        expect(sorted(afterTurn(STORES, 3, { memoryModel: "tso" }))).toEqual(["000", "100", "110", "111"]);
        const all = ["000", "001", "010", "011", "100", "101", "110", "111"];
        expect(sorted(afterTurn(STORES, 3, { memoryModel: "pso" }))).toEqual(all);
    });

    it("2.2 is nothing in a quarter of the turns and a part more, and everything as often", () => {
        const seen = afterTurn(STORES, 3, { memoryModel: "tso" }, 1000);
        const share = (text: string) => seen.filter((other) => other === text).length / seen.length;
        // nothing: 1/4 + 1/4 * 1/4; one store: 1/4 + 1/16; all: 1/4 + 1/16
        for (const [text, expected] of [
            ["000", 5 / 16],
            ["100", 5 / 16],
            ["110", 1 / 16],
            ["111", 5 / 16],
        ] as const)
            expect(Math.abs(share(text) - expected)).toBeLessThan(0.05);
    });

    it("2.1 a full buffer makes room for one, and how much it holds is an option", () => {
        const first = (storeBuffer: number) => sorted(afterTurn(STORES, 3, { memoryModel: "tso", storeBuffer }))[0];
        expect([first(1), first(2), first(3), first(64)]).toEqual(["110", "100", "000", "000"]);
        const many = Array.from({ length: 9 }, (_, i) => `sd t1, ${8 * i}(s1)`).join("\n");
        expect(sorted(afterTurn(many, 2, { memoryModel: "tso" }))[0]).toBe("10");
    });

    it("2.3 keeps stores in order that overlap in a byte", () => {
        const body = "sd t1, 0(s1)\n sb t2, 0(s1)\n sd t1, 8(s1)";
        expect(sorted(afterTurn(body, 2, { memoryModel: "pso" }))).toEqual(["00", "01", "10", "11", "20", "21"]);
    });

    it("3.2 keeps those apart that a fence w,w is between, and drains nothing", () => {
        const body = "sd t1, 0(s1)\n fence w,w\n sd t1, 8(s1)\n sd t1, 16(s1)";
        expect(sorted(afterTurn(body, 3, { memoryModel: "pso" }))).toEqual(["000", "100", "101", "110", "111"]);
        expect(sorted(afterTurn(body, 3, { memoryModel: "tso" }))).toEqual(["000", "100", "110", "111"]);
    });

    it.each([
        ["fence w,r", "1"],
        ["fence rw,rw", "1"],
        ["fence w,o", "1"],
        ["fence w,i", "1"],
        ["fence w,w", "0"],
        ["fence r,rw", "0"],
        ["fence io,iorw", "0"],
        [".word 0x8330000f", "0"],
        [".word 0x0100000f", "0"],
    ])("3.1, 3.3: of %s at least %s store", (fence, least) => {
        for (const memoryModel of WEAK)
            expect(sorted(afterTurn(`sd t1, 0(s1)\n ${fence}`, 1, { memoryModel }))[0]).toBe(least);
    });

    it("3.3, 3.4: an AMO goes before other stores under pso, unless it releases, a fence is between, or they overlap", () => {
        const amo = (suffix: string, between = "", width = "d") =>
            sorted(
                afterTurn(`addi t3, s1, 8\n sd t1, 0(s1)\n ${between}\n amoadd.${width}${suffix} x0, t1, (t3)`, 2, {
                    memoryModel: "pso",
                }),
            );
        expect([amo(""), amo(".aq")]).toEqual([
            ["01", "11"],
            ["01", "11"],
        ]);
        expect([amo(".rl"), amo(".aqrl"), amo("", "fence w,w")]).toEqual([["11"], ["11"], ["11"]]);
        expect(amo("", "sd t1, 8(s1)")).toEqual(["02", "12"]);
        expect(amo("", "sb t1, 11(s1)", "w")).toEqual(["016777217", "116777217"]);
        const tso = "addi t3, s1, 8\n sd t1, 0(s1)\n amoadd.d x0, t1, (t3)";
        expect(sorted(afterTurn(tso, 2, { memoryModel: "tso" }))).toEqual(["11"]);
    });

    it("3.3: what an overlapping store waits for drains with it", () => {
        const body = "addi t3, s1, 8\n sd t1, 0(s1)\n fence w,w\n sd t1, 8(s1)\n sd t1, 16(s1)\n lr.d t4, (t3)";
        expect(sorted(afterTurn(body, 3, { memoryModel: "pso" }))).toEqual(["110", "111"]);
        const tso = "addi t3, s1, 8\n sd t1, 0(s1)\n sd t1, 8(s1)\n sd t1, 16(s1)\n lr.d t4, (t3)";
        expect(sorted(afterTurn(tso, 3, { memoryModel: "tso" }))).toEqual(["110", "111"]);
    });

    it("3.5: an SC orders, whether it fails or not", () => {
        const body = "addi t3, s1, 8\n sd t1, 0(s1)\n sc.d.rl t4, t1, (t3)";
        for (const memoryModel of WEAK) expect(sorted(afterTurn(body, 2, { memoryModel }))).toEqual(["10"]);
        const plain = "addi t3, s1, 8\n sd t1, 0(s1)\n lr.d t4, (t3)\n sc.d t4, t1, (t3)";
        expect(sorted(afterTurn(plain, 2, { memoryModel: "pso" }))).toEqual(["01", "11"]);
    });

    it("2.5 of a block that became zero each word, of a store over two pages each part, and of any other all or nothing", () => {
        const prepared = (body: string) => `li t5, -1\n sd t5, 0(s1)\n sd t5, 8(s1)\n fence w,r\n ${body}`;
        const seen = (body: string, memoryModel: "tso" | "pso") =>
            sorted(afterTurn(prepared(body), 2, { memoryModel }, 300)).map((text) =>
                text.replaceAll(String(2n ** 64n - 1n), "F"),
            );
        expect(seen("cbo.zero (s1)", "tso")).toEqual(["00", "0F", "FF"]);
        expect(seen("cbo.zero (s1)", "pso")).toEqual(["00", "0F", "F0", "FF"]);
        const half = `${2n ** 32n - 1n}${(2n ** 32n - 1n) << 32n}`;
        expect(seen("sd x0, 4(s1)", "pso")).toEqual(["FF", half]);
        const across = (guest: Guest) => [511, 512].map((i) => guest.memory64("words", i)).join(" ");
        const parts = Array.from({ length: 100 }, (_, seed) => {
            const body = `la s1, words\n li t0, 4096\n add s1, s1, t0\n li t5, -1\n sw t5, -2(s1)\n ${SPIN}`;
            const guest = run(body, { seed, held: true, bankSize: 65536, memoryModel: "pso" });
            guest.machine.run({ maxRounds: 1 });
            return across(guest);
        });
        expect(sorted(parts)).toEqual(["0 0", "0 65535", `${0xffffn << 48n} 0`, `${0xffffn << 48n} 65535`].sort());
    });
});

it.each(WEAK)("1.3 a store that cannot be done traps at once under %s", (memoryModel) => {
    const guest = run(
        `la t0, trap\n csrw mtvec, t0\n li a0, 0\n sd x0, 0(a0)\n li a1, 1\n finish
         .balign 4\n trap: csrr a2, mcause\n csrr a3, mepc\n li a4, 2\n finish`,
        { memoryModel },
    );
    expect([guest.x("a1"), guest.x("a2"), guest.x("a4")]).toEqual([0n, 7n, 2n]);
});

/** Loads and stores of all widths, at any address of a few words around the edge of two pages; a0 is what the loads came to. */
function randomAccesses(seed: number): string {
    const next = random(seed);
    const one = () => {
        const offset = (next() % 48) - 24;
        const width = "bhwd"[next() % 4] as string;
        const aligned = offset & -8;
        switch (next() % 8) {
            case 0:
                return `addi t3, s1, ${aligned}\n amoadd.${next() % 2 ? "d" : "w"} t2, t0, (t3)\n add a0, a0, t2`;
            case 1:
                return `addi t3, s1, ${aligned}\n lr.d t2, (t3)\n add a0, a0, t2\n sc.d t2, t0, (t3)\n add a0, a0, t2`;
            case 2:
                return next() % 4 ? "fence w,w" : `addi t3, s1, ${offset}\n cbo.zero (t3)`;
            case 3:
            case 4:
                return `l${width}${next() % 2 && width !== "d" ? "u" : ""} t2, ${offset}(s1)\n slli a0, a0, 1\n add a0, a0, t2`;
            default:
                return `addi t0, t0, ${next() % 1000}\n slli t4, t0, 11\n xor t0, t0, t4\n s${width} t0, ${offset}(s1)`;
        }
    };
    const lines = Array.from({ length: 300 }, one).join("\n");
    return `la s1, words\n li t1, 4096\n add s1, s1, t1\n li a0, 0\n li t0, 77\n ${lines}\n fence\n finish\n .balign 4096\nwords: .zero 8192`;
}

it("2.4, 2.5, 3.3: a hart alone sees no difference", () => {
    for (let seed = 1; seed <= 20; seed++) {
        const source = randomAccesses(seed);
        const outcome = (options: GuestOptions) => {
            const guest = run(source, { seed, quantum: 50, rvc: true, ...options });
            const memory = guest.machine.readPhysical(Number(guest.address("words")), 8192);
            return [guest.x("a0"), guest.x("t0"), Buffer.from(memory).toString("hex")];
        };
        const plain = outcome({});
        for (const memoryModel of WEAK) {
            for (const storeBuffer of [1, 3, 8, 64])
                expect(outcome({ memoryModel, storeBuffer }), `seed ${seed}`).toEqual(plain);
            expect(outcome({ memoryModel, accounting: "accesses" }), `seed ${seed}, counted`).toEqual(plain);
        }
    }
});
