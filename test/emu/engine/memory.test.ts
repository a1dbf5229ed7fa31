import { describe, expect, it } from "vitest";
import { random, run } from "./guest.ts";

const WIDTHS: Readonly<Record<string, number>> = { b: 1, h: 2, w: 4, d: 8 };
const DATA_BYTES = 3 * 4096;

/** Little-endian value, sign-extended unless the name says unsigned: the oracle of a load. */
function expected(memory: Uint8Array, offset: number, name: string): bigint {
    const width = WIDTHS[name[1] as string] as number;
    let value = 0n;
    for (let i = width - 1; i >= 0; i--) value = (value << 8n) | BigInt(memory[offset + i] as number);
    return BigInt.asUintN(64, name.endsWith("u") ? value : BigInt.asIntN(8 * width, value));
}

/** Offsets at the start, inside, and around both page boundaries, misaligned ones included. */
const OFFSETS = [0, 1, 3, 7, 100, ...Array.from({ length: 20 }, (_, i) => 4096 - 10 + i), 8185, 8190, 8191];

const DATA = `
    .balign 4096
data: .zero ${DATA_BYTES}
results: .zero 1024
`;

describe("loads", () => {
    it.each(["lb", "lh", "lw", "ld", "lbu", "lhu", "lwu"])("%s at any alignment, across pages too", (name) => {
        const content = Uint8Array.from({ length: DATA_BYTES }, (_, i) => (i * 167 + (i >> 5)) & 0xff);
        // each twice: the first misses L0, the second may hit
        const body = OFFSETS.map((offset, i) => {
            const access = `li t1, ${offset}\n add t1, t1, s0\n ${name} t2, 0(t1)\n ${name} t2, 0(t1)\n`;
            return `${access} sd t2, ${8 * i}(s1)\n`;
        });
        const source = `la s0, data\n la s1, results\n ${body.join("")} finish\n ${DATA}`;
        const probe = run(source, { held: true });
        probe.machine.writePhysical(Number(probe.address("data")), content);
        expect(probe.machine.run().kind).toBe("finisher");
        OFFSETS.forEach((offset, i) => {
            expect(probe.memory64("results", i), `${name} at ${offset}`).toBe(expected(content, offset, name));
        });
    });
});

describe("stores", () => {
    it.each([1, 2, 3, 4])("random widths and addresses leave the bytes the oracle leaves (seed %i)", (seed) => {
        const next = random(seed * 40503);
        const oracle = new Uint8Array(DATA_BYTES);
        const lines: string[] = [];
        for (let i = 0; i < 300; i++) {
            const name = ["sb", "sh", "sw", "sd"][next() & 3] as string;
            const width = WIDTHS[name[1] as string] as number;
            const near = next() % 3 === 0 ? 4096 - 8 + (next() & 15) : next() % (DATA_BYTES - 8);
            const value = next();
            lines.push(
                `li t0, ${near}\n add t0, t0, s0\n li t1, ${value}\n slli t2, t1, 29\n xor t1, t1, t2\n ${name} t1, 0(t0)\n`,
            );
            const stored = BigInt.asUintN(64, BigInt(value) ^ (BigInt(value) << 29n));
            for (let k = 0; k < width; k++) oracle[near + k] = Number((stored >> BigInt(8 * k)) & 0xffn);
        }
        const guest = run(`la s0, data\n ${lines.join("")} finish\n ${DATA}`);
        expect(guest.stop.kind).toBe("finisher");
        const bytes = guest.machine.readPhysical(Number(guest.address("data")), DATA_BYTES);
        expect(bytes).toEqual(oracle);
    });

    it("into ROM are access faults, loads from it work", () => {
        const guest = run(
            `
            la t0, handler
            csrw mtvec, t0
            li s0, 0x1000
            lw s1, 0(s0)
        bad: sw s1, 0(s0)
            finish
            .balign 4
        handler:
            csrr s2, mcause
            csrr s3, mepc
            csrr s4, mtval
            finish
        `,
            { prepare: (machine) => machine.writePhysical(0x1000, Uint8Array.of(1, 2, 3, 4)) },
        );
        expect([guest.x("s1"), guest.x("s2"), guest.x("s3"), guest.x("s4")]).toEqual([
            0x04030201n,
            7n,
            guest.address("bad"),
            0x1000n,
        ]);
    });
});
