import { describe, expect, it } from "vitest";
import { run } from "./guest.ts";

const EDGES = [
    0n,
    1n,
    0x7fff_ffffn,
    0x8000_0000n,
    0xffff_ffffn,
    0x7fff_ffff_ffff_ffffn,
    0x8000_0000_0000_0000n,
    0xffff_ffff_ffff_ffffn,
];

/** New memory value of an AMO on operands of `bits` bits: the oracle. */
function combined(name: string, old: bigint, operand: bigint, bits: number): bigint {
    const signed = (v: bigint) => BigInt.asIntN(bits, v);
    const less = name.endsWith("u") ? old < operand : signed(old) < signed(operand);
    const results: Readonly<Record<string, bigint>> = {
        swap: operand,
        add: old + operand,
        xor: old ^ operand,
        and: old & operand,
        or: old | operand,
        min: less ? old : operand,
        minu: less ? old : operand,
        max: less ? operand : old,
        maxu: less ? operand : old,
    };
    return BigInt.asUintN(bits, results[name] as bigint);
}

describe("AMOs", () => {
    const names = ["swap", "add", "xor", "and", "or", "min", "max", "minu", "maxu"];
    it.each(names.flatMap((name) => [[name, "w"] as const, [name, "d"] as const]))("amo%s.%s", (name, suffix) => {
        const bits = suffix === "w" ? 32 : 64;
        const pairs = EDGES.flatMap((a) => EDGES.map((b) => [a, b] as const));
        const guest = run(
            `
            la s0, table
            li s1, ${pairs.length}
        loop:
            ld t1, 8(s0)
            amo${name}.${suffix} t2, t1, (s0)
            sd t2, 16(s0)
            addi s0, s0, 24
            addi s1, s1, -1
            bnez s1, loop
            finish
            .balign 8
        table: .quad ${pairs.map(([a, b]) => `${a}, ${b}, 0`).join(", ")}`,
        );
        pairs.forEach(([a, b], i) => {
            const old = BigInt.asUintN(bits, a);
            const operand = BigInt.asUintN(bits, b);
            const kept = bits === 32 ? a & ~0xffff_ffffn : 0n;
            expect(guest.memory64("table", 3 * i), `${a} ${b}`).toBe(kept | combined(name, old, operand, bits));
            expect(guest.memory64("table", 3 * i + 2)).toBe(BigInt.asUintN(64, BigInt.asIntN(bits, old)));
        });
    });
});

describe("LR and SC", () => {
    it("succeed together, and a second SC fails", () => {
        const guest = run(`
            la s0, word
            li t1, 7
            lr.d s1, (s0)
            sc.d s2, t1, (s0)
            sc.d s3, t1, (s0)
            finish
            .balign 8
        word: .quad 5`);
        expect([guest.x("s1"), guest.x("s2"), guest.x("s3"), guest.memory64("word")]).toEqual([5n, 0n, 1n, 7n]);
    });

    it("at different addresses fail, and store nothing", () => {
        const guest = run(`
            la s0, word
            addi s4, s0, 8
            li t1, 7
            lr.w s1, (s0)
            sc.w s2, t1, (s4)
            finish
            .balign 8
        word: .quad 5, 6`);
        expect([guest.x("s2"), guest.memory64("word", 1)]).toEqual([1n, 6n]);
    });

    it("fail across a trap and an xRET", () => {
        const guest = run(`
            la t0, handler
            csrw mtvec, t0
            la s0, word
            lr.d t1, (s0)
            ecall
            sc.d s2, t1, (s0)
            finish
            .balign 4
        handler:
            csrr t0, mepc
            addi t0, t0, 4
            csrw mepc, t0
            lr.d t1, (s0)
            mret
            .balign 8
        word: .quad 5`);
        expect(guest.x("s2")).toBe(1n);
    });

    it.each(["rounds", "instruction"] as const)("count exactly with 4 harts, scheduler %s", (scheduler) => {
        for (const seed of [1, 2, 3]) {
            const guest = run(
                `
                la s0, count
                la s1, ended
                li s2, 500
            loop:
                lr.d t1, (s0)
                addi t1, t1, 1
                sc.d t2, t1, (s0)
                bnez t2, loop
                addi s2, s2, -1
                bnez s2, loop
                li t1, 1
                amoadd.d t2, t1, (s1)
            wait: .word 0x0100000f
                ld t2, 0(s1)
                li t1, 4
                bne t1, t2, wait
                finish
                .balign 4096
            count: .quad 0
            ended: .quad 0`,
                { hartsPerCluster: 4, scheduler, seed, quantum: 7 },
            );
            expect(guest.stop.kind).toBe("finisher");
            expect(guest.memory64("count")).toBe(2000n);
        }
    });
});
