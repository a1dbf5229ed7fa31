/** Accesses of guests by line (docs/spec/timing.md, sections 3 and 4): crossings, code that changes, walks, atomics, ROM, devices, aliases. */
import { describe, expect, it } from "vitest";
import { mapRow } from "../../../emu/mem/map.ts";
import { type Guest, type GuestOptions, RAM, run } from "../engine/guest.ts";
import { A, D, PageTables, R, V, W, X } from "../engine/page-tables.ts";
import { LOCAL_HIT, LOCAL_MISS, MIB, measure, REST, TIMING, timed } from "./figures.ts";

const ROM = mapRow("resetRom").base;
const CLINT = mapRow("clint").base;
const WINDOW = mapRow("localWindow").base;
const UNMAPPED = 0x7f000000;

const misses = ({ machine }: Guest, hart = 0) => timed(machine, hart).misses;

describe("3.3 a hit", () => {
    it("3.3 of L1 and the TLB costs its cycle, whether L0 knows the line or not", () => {
        const prepare = "li s0, 0x80080000\n ld t0, 0(s0)\n li s1, 0x80090000\n ld t0, 0(s1)";
        // Both lines have the same index of L0, and so miss it in turn.
        expect(measure(prepare, "ld t0, 0(s0)\n ld t0, 0(s1)\n ld t0, 8(s0)\n sd t0, 8(s1)").cycles).toBe(4);
    });
});

describe("3.4 an access over two lines", () => {
    it.each([
        ["ld t0, 60(s0)", 2],
        ["sd t0, 60(s0)", 2],
        ["lhu t0, 63(s0)", 2],
        ["ld t0, 56(s0)", 1],
        ["lw t0, 60(s0)", 1],
        ["ld t0, 124(s0)", 2],
    ])("3.4 brings all of them: %s", (access, lines) => {
        const { cycles, guest } = measure("li s0, 0x80080000", access);
        expect(cycles).toBe(1 + lines * LOCAL_MISS);
        expect(misses(guest).l1d).toBe(lines + 1);
    });

    it("3.4 over two pages, too, and the lower line is first", () => {
        const { cycles } = measure("li s0, 0x80080000\n ld t0, 0(s0)", "sd t0, -4(s0)");
        // The second line is in E and becomes M without a word.
        expect(cycles).toBe(1 + LOCAL_MISS);
    });

    it("3.4 writes no byte when the second page traps", () => {
        const { guest } = measure(
            `la t0, 3f
            csrw mtvec, t0
            li s0, 0x800ffffc
            li t1, -1`,
            "sd t1, 0(s0)",
        );
        expect(guest.machine.readPhysical(0x800ffff8, 8)).toEqual(new Uint8Array(8));
        expect(Number(guest.machine.hart(0).instructions)).toBeGreaterThan(0);
    });
});

describe("3.5 lines of code", () => {
    /** Misses of `count` instructions in a row from a line's start. */
    const straight = (count: number, options: GuestOptions = {}) => {
        const text = "nop\n".repeat(count);
        return misses(run(`j 1f\n .balign 128\n 1: ${text} finish`, { ...TIMING, ...options }));
    };

    it.each([32, 64, 128])("3.5 miss once a line of %i bytes that straight code enters", (lineSize) => {
        const more = straight(64 + 4 * lineSize, { lineSize }).l1i - straight(64, { lineSize }).l1i;
        expect(more).toBe(4 * 4);
    });

    it("3.5 an instruction in two lines needs both, one of two bytes at the end of a line only its own", () => {
        const at = (text: string) =>
            misses(
                run(`j 1f\n .balign 128\n 1: ${"c.nop\n".repeat(31)} ${text}\n .balign 64\n ${REST}`, {
                    ...TIMING,
                    rvc: true,
                }),
            );
        const jump = ".option norvc\n j 9f\n .option rvc\n .balign 64\n nop\n .balign 64";
        const short = "c.j 9f\n .balign 64\n nop\n .balign 64";
        expect(at(jump).l1i - at(short).l1i).toBe(1);
    });

    it("3.5 a loop in lines that L1I has misses no more", () => {
        const loop = (n: number) => misses(run(`li s0, ${n}\n 1: addi s0, s0, -1\n bnez s0, 1b\n finish`, TIMING)).l1i;
        expect(loop(10_000)).toBe(loop(2));
    });

    it("3.5 loops longer than L1I miss each line each time", () => {
        const body = "nop\n".repeat(1000);
        const loop = (n: number) =>
            misses(
                run(`li s0, ${n}\n .balign 64\n 1: ${body} addi s0, s0, -1\n bnez s0, 1b\n finish`, {
                    ...TIMING,
                    l1iSize: 1024,
                }),
            );
        expect(loop(20).l1i - loop(10).l1i).toBe(10 * 63);
    });
});

describe("3.6 code that is written to", () => {
    const options = { ...TIMING, hartsPerCluster: 2 } as const;

    it("3.6 is seen by the hart that wrote it and by others, and counts an invalidation", () => {
        const guest = run(
            `
            csrr s0, mhartid
            li s1, 0x80040000
            la s2, patched
            bnez s0, 2f
            call patched
            mv s3, a0
        1:  ld t0, 0(s1)
            beqz t0, 1b
            fence.i
            call patched
            ${REST}
        2:  li t0, 4000
        3:  addi t0, t0, -1
            bnez t0, 3b
            lw t1, 8(s2)
            sw t1, 0(s2)
            li t0, 1
            sd t0, 0(s1)
            call patched
            j 9b
            .balign 64
        patched:
            li a0, 1
            ret
            li a0, 2`,
            { ...options },
        );
        expect([guest.x("s3"), guest.x("a0"), guest.x("a0", 1)]).toEqual([1n, 2n, 2n]);
        // The line was in L1I of hart 0 in E; the read shares it, and the store invalidates it.
        expect(timed(guest.machine, 1).counts.forwards).toBeGreaterThanOrEqual(1);
        expect(timed(guest.machine, 1).counts.invalidations).toBeGreaterThanOrEqual(1);
    });

    it.each([0, 1, 500])("3.6 fence.i costs fenceICycles (%i) and invalidates nothing", (fenceICycles) => {
        const { cycles, guest } = measure("", "fence.i\n fence.i", { fenceICycles });
        expect(cycles).toBe(2 + 2 * fenceICycles);
        expect(timed(guest.machine).fence).toBe(2 * fenceICycles);
    });
});

describe("3.7 a store", () => {
    it("3.7 costs what a load costs, of lines that memory or L2 has", () => {
        const both = (access: string) =>
            [
                measure("li s0, 0x80080000", access).cycles,
                measure("li s0, 0x80080000\n lw t0, 0(s0)\n li s1, 0x80081000\n lw t0, 0(s1)", access, {
                    l1dSize: 1024,
                    l1dWays: 1,
                }).cycles,
            ] as const;
        expect(both("sd t0, 0(s0)")).toEqual(both("ld t0, 0(s0)"));
        expect(both("sd t0, 0(s0)")).toEqual([1 + LOCAL_MISS, 1 + LOCAL_HIT]);
    });
});

describe("4.6 a page walk", () => {
    /** Cycles of an access with MPRV set, and the hart's misses of walks; `flags` are those of the page, or of what `level` maps. */
    const walk = (measured: string, flags: number, prepare = "", level = 0, options: GuestOptions = {}) => {
        const source = `
            ld t0, satpValue
            csrw satp, t0
            li t0, 0x20800
            csrs mstatus, t0
            li s0, 0x12345000
            ${prepare}
            j 1f
            .balign 64
        1:  csrr s10, mcycle
            ${measured}
            csrr s11, mcycle
            sub a0, s11, s10
            csrc mstatus, t0
            finish
            .balign 64
        satpValue: .dword 0`;
        const guest = run(source, { ...TIMING, ...options, held: true });
        const tables = new PageTables(guest.machine, 0x80060000);
        const slot =
            level === 0 ? tables.map(0x12345000, 0x80081000, flags) : tables.map(0x12200000, RAM, flags, level);
        if (level === 0) tables.map(0x12346000, 0x80082000, flags);
        const satp = new Uint8Array(new BigUint64Array([tables.satp()]).buffer);
        guest.machine.writePhysical(Number(guest.address("satpValue")), satp);
        expect(guest.machine.run({ maxInstructions: 1000 }).kind).toBe("finisher");
        return { cycles: Number(guest.x("a0")) - 1, walks: misses(guest).walk, entry: tables.read(slot) };
    };
    const READY = V | R | W | X | A | D;

    it("4.6 costs its three reads, which go through L1D; a hit of the TLB costs nothing", () => {
        expect(walk("ld t1, 0(s0)", READY)).toMatchObject({ cycles: 1 + 4 * LOCAL_MISS, walks: 3 });
        expect(walk("ld t1, 64(s0)", READY, "ld t1, 0(s0)").cycles).toBe(1 + LOCAL_MISS);
        // The next page's entry is in the same line of the page table.
        const next = "li s1, 0x12346000\n ld t1, 0(s0)";
        expect(walk("ld t1, 0(s1)", READY, next)).toMatchObject({ cycles: 1 + LOCAL_MISS, walks: 3 });
    });

    it("4.6 of a superpage has one read less", () => {
        expect(walk("ld t1, 0(s0)", READY, "", 1, { bankSize: 2 * MIB })).toMatchObject({
            cycles: 1 + 3 * LOCAL_MISS,
            walks: 2,
        });
    });

    it("4.6 that sets A or D writes the entry's line, which is in E after its read", () => {
        const set = walk("sd t1, 0(s0)", V | R | W);
        expect(set).toMatchObject({ cycles: 1 + 4 * LOCAL_MISS, walks: 3 });
        expect(Number(set.entry) & (A | D)).toBe(A | D);
    });

    it("4.6 sfence.vma costs its cycle, and the walk behind it those reads that L1D has lost: none", () => {
        expect(walk("sfence.vma\n ld t1, 0(s0)", READY, "ld t1, 0(s0)").cycles).toBe(2);
    });

    it.each([0, 0x40000])("3.3, 4.6 a line that goes leaves the entries of each regime (mstatus.SUM %i)", (sum) => {
        // The second page's line, of another index of L0, takes the place of the first's in a direct-mapped L1D.
        const prepare = `li t2, ${sum}\n csrs mstatus, t2\n ld t1, 0(s0)\n li s1, 0x12346000\n ld t1, 0(s1)`;
        const direct = { l1dSize: 1024, l1dWays: 1 } as const;
        expect(walk("ld t1, 0(s0)", READY, prepare, 0, direct).cycles).toBe(1 + LOCAL_HIT);
    });

    it("4.6 a fault costs its walk, too", () => {
        const tvec = "la t1, 5f\n csrw mtvec, t1";
        const found = walk("sd t1, 0(s0)\n .balign 4\n 5: nop", V | R | A, tvec);
        expect(found).toMatchObject({ cycles: 2 + 3 * LOCAL_MISS, walks: 3 });
    });
});

describe("4.7 memory that is no bank's own", () => {
    it("4.7 ROM costs what L2 of the own cluster costs, then nothing", () => {
        const rom = `li s0, ${ROM}`;
        expect(measure(rom, "ld t0, 0(s0)").cycles).toBe(1 + LOCAL_HIT);
        expect(measure(`${rom}\n ld t0, 0(s0)`, "ld t0, 8(s0)").cycles).toBe(1);
        expect(timed(measure(rom, "ld t0, 0(s0)").guest.machine).counts.memoryReads).toBe(
            timed(measure(rom, "nop").guest.machine).counts.memoryReads,
        );
    });

    it("4.7 LR reads ROM as a load does: its line cannot be had in M", () => {
        expect(measure(`li s0, ${ROM}\n ld t0, 0(s0)`, "lr.d t0, (s0)\n lr.d t0, (s0)").cycles).toBe(2);
        expect(measure(`li s0, ${ROM}`, "lr.d t0, (s0)\n ld t0, (s0)").cycles).toBe(2 + LOCAL_HIT);
    });

    it.each([20, 333])(
        "4.7 a device costs deviceLatency (%i) and the way to cluster 0 and back",
        (deviceLatencyCycles) => {
            const far = { meshX: 3, meshY: 2, deviceLatencyCycles, hopCycles: 7 } as const;
            const device = `li s0, ${CLINT}`;
            expect(measure(device, "lw t0, 0(s0)", far).cycles).toBe(1 + deviceLatencyCycles);
            const { machine } = run(`${device}\n lw t0, 0(s0)\n sw zero, 0(s0)\n ${REST}`, { ...TIMING, ...far });
            const [near, last] = [timed(machine).device, timed(machine, 5).device];
            expect([near, last]).toEqual([2 * deviceLatencyCycles, 2 * (deviceLatencyCycles + 2 * 3 * 7)]);
            expect(measure(`li s0, ${UNMAPPED}\n la t0, 3f\n csrw mtvec, t0`, "nop").cycles).toBe(1);
        },
    );

    it("4.7 the probe costs nothing", () => {
        const { cycles } = measure("li s0, 0x10200000", "sd zero, 8(s0)\n sd zero, 0(s0)", { localWindow: true });
        expect(cycles).toBe(2);
    });

    it("4.7 the window shows the lines of the own bank", () => {
        const prepare = `li s0, 0x80080000\n li s1, ${WINDOW + 0x80000}\n ld t0, 0(s0)`;
        expect(measure(prepare, "ld t0, 0(s1)\n sd t0, 8(s1)", { localWindow: true }).cycles).toBe(2);
    });

    it("4.7 a shared part of the window shows every hart the lines of bank 0", () => {
        const shared = { sharedWindow: [{ offset: 0x80000, sizeBytes: 4096 }], localWindow: true } as const;
        const source = `
            csrr t0, mhartid
            beqz t0, 9f
            li s0, ${WINDOW + 0x80000}
            j 1f
            .balign 64
        1:  csrr s10, mcycle
            ld t0, 0(s0)
            csrr s11, mcycle
            sub a0, s11, s10
            ${REST}`;
        const cost = (options: GuestOptions) => Number(run(source, { ...TIMING, meshX: 2, ...options }).x("a0", 1)) - 2;
        expect(cost({ localWindow: true })).toBe(LOCAL_MISS);
        // To the other cluster and back: injection, a hop, ejection each in place of the way within.
        expect(cost(shared)).toBe(LOCAL_MISS + 2 * (2 + 2) - 2 * 2);
    });

    it("4.7 what the host writes leaves the caches", () => {
        const { machine } = run(
            `li s0, 0x80080000
            ld t0, 0(s0)
        1:  ld t0, 0(s0)
            beqz t0, 1b
            ${REST}`,
            { ...TIMING, maxInstructions: 5000 },
        );
        const before = timed(machine).misses.l1d;
        expect(before).toBe(1);
        machine.writePhysical(0x80080000, new Uint8Array([1]));
        expect(machine.run().kind).toBe("deadlock");
        expect(timed(machine).misses.l1d).toBe(2);
        expect(timed(machine).counts.memoryReads - 2).toBeGreaterThan(0);
    });
});

describe("5.5 without linkContention", () => {
    const source = `
        csrr t0, mhartid
        bnez t0, 9f
        li s0, 0x80080000
        li s1, ${MIB}
        li s2, 40
    1:  li s3, 4
        mv s4, s0
    2:  ld t0, 0(s4)
        sd t0, 8(s4)
        add s4, s4, s1
        addi s3, s3, -1
        bnez s3, 2b
        addi s0, s0, 64
        addi s2, s2, -1
        bnez s2, 1b
        ${REST}`;
    const cycles = (linkContention: boolean, options: GuestOptions) =>
        run(source, { ...TIMING, meshX: 2, meshY: 2, ...options, linkContention }).machine.hart(0).cycles;

    it("5.5 one hart that replaces no dirty line of another bank takes the same cycles", () => {
        expect(cycles(false, {})).toBe(cycles(true, {}));
    });

    it("5.5 its own dirty victims are in the way of its next request", () => {
        const small = { l1dSize: 1024, l1dWays: 1, flitBytes: 8 };
        expect(cycles(false, small)).toBeLessThan(cycles(true, small));
    });
});
