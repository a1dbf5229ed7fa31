/** Access counts (docs/machine.md, "Accesses, counted and timed") against programs counted by hand and against the single-stepping oracle. */
import { describe, expect, it } from "vitest";
import { Accounts, KIND_DEVICE, KIND_ROM, modelOf } from "../../../emu/host/accounts.ts";
import type { Machine } from "../../../emu/machine.ts";
import { Geometry } from "../../../emu/mem/geometry.ts";
import { mapRow } from "../../../emu/mem/map.ts";
import * as hartLayout from "../../../emu/state/hart-layout.ts";
import { PAGE_BYTES } from "../../../emu/state/plan.ts";
import { SharedMemory } from "../../../emu/state/shared-memory.ts";
import { AccessOracle, type Counts } from "../engine/access-oracle.ts";
import { type GuestOptions, machine, RAM, random, run } from "../engine/guest.ts";
import { A, D, PageTables, R, V, W, X } from "../engine/page-tables.ts";

const MIB = 1048576;
const FOUR = { meshX: 2, meshY: 2, bankSize: MIB, accounting: "accesses" } as const;

function countsOf(made: Machine): Counts {
    const rows = made.traffic().map(({ source, mode, home, kind, operation, count }): [string, number] => {
        return [`${source} ${home} ${kind} ${operation}${mode === "user" ? " user" : ""}`, count];
    });
    return new Map(rows);
}

function table(counts: Counts): string[] {
    return [...counts].map(([key, count]) => `${key} ${count}`).sort();
}

/** Every hart ends in wfi, so that nothing depends on who comes first. */
const REST = "9: wfi\n j 9b\n";

describe("counts of a bare program", () => {
    it("are those counted by hand", () => {
        const guest = run(
            `
            csrr t0, mhartid
            bnez t0, 2f
            li s0, 0x80300000
            li t1, 10
        1:  ld t2, 0(s0)
            sw t2, 8(s0)
            addi t1, t1, -1
            bnez t1, 1b
            amoadd.d x0, t2, (s0)
            lr.w t3, (s0)
            sc.w t4, t2, (s0)
            sc.w t4, t2, (s0)
            cbo.zero (s0)
            li s1, 0x10000000
            lbu t2, 5(s1)
            li s1, 0x1000
            lw t2, 0(s1)
        2:  ${REST}`,
            FOUR,
        );
        expect(guest.stop.kind).toBe("deadlock");
        // hart 0: csrr, bnez, li (3: lui, addi, slli), li, 10 * 4, amo, lr, 2 sc, cbo, li, lbu, li, lw, wfi; the others csrr, bnez, wfi
        const instructions = guest.machine.counters().map((hart) => hart.instructions);
        expect(table(countsOf(guest.machine))).toEqual(
            [
                `0 0 0 ifetch ${instructions[0]}`,
                "0 3 0 load 10",
                "0 3 0 store 11",
                "0 3 0 amo 4",
                `0 null ${KIND_DEVICE} load 1`,
                `0 null ${KIND_ROM} load 1`,
                "1 0 0 ifetch 3",
                "2 0 0 ifetch 3",
                "3 0 0 ifetch 3",
            ].sort(),
        );
        expect(guest.machine.checkAccounts()).toEqual([]);
    });

    it("leave out what a trap prevented, but its fetch", () => {
        const guest = run(
            `
            la t0, handler
            csrw mtvec, t0
            li s0, 0x90000000
            ld t1, 0(s0)
            ecall
            .word 0
            jr s0
            .balign 4
        handler:
            csrr t0, mepc
            beq t0, s0, 9f
            addi t0, t0, 4
            csrw mepc, t0
            mret
            ${REST}`,
            { ...FOUR, meshX: 1, meshY: 1 },
        );
        const { instructions } = guest.machine.counters()[0] ?? { instructions: 0 };
        expect(table(countsOf(guest.machine))).toEqual([`0 0 0 ifetch ${instructions + 3}`]);
        expect(guest.machine.checkAccounts()).toEqual([]);
    });

    it("take an access over two pages, and an instruction, for one of the first", () => {
        const guest = run(
            `
            la t0, far - 2
            jr t0
            .balign 4096
            .zero 4094
            .half 0x0001
        far: .half 0x0001
            li s0, 0x800ffffc
            ld t1, 0(s0)
            sd t1, 0(s0)
            ${REST}`,
            FOUR,
        );
        const counts = countsOf(guest.machine);
        expect([counts.get("0 0 0 load"), counts.get("0 1 0 load")]).toEqual([1, undefined]);
        expect([counts.get("0 0 0 store"), counts.get("0 1 0 store")]).toEqual([1, undefined]);
    });

    it("follow a frame's new kind at once, for data, code, and the page that runs", () => {
        const guest = run(
            `
            li s1, 0x10200000
            la s0, data
            ld t0, 0(s0)
            ld t0, 0(s0)
            sd t0, 0(s0)
            sd x0, 0(s1)
            ld t0, 0(s0)
            sd t0, 0(s0)
            ${REST}
            .balign 4096
        data: .quad 0`,
            { ...FOUR, meshX: 1, meshY: 1, localWindow: true, held: true },
        );
        const code = RAM / PAGE_BYTES;
        const data = Number(guest.address("data")) / PAGE_BYTES;
        guest.machine.tagFrame(code, 2);
        guest.machine.tagFrame(data, 3);
        guest.machine.onProbe = () => {
            guest.machine.tagFrame(code, 4);
            guest.machine.tagFrame(data, 5);
        };
        guest.machine.run();
        const { instructions } = guest.machine.counters()[0] ?? { instructions: 0 };
        expect(table(countsOf(guest.machine))).toEqual(
            [
                `0 0 2 ifetch ${instructions - 3}`,
                "0 0 4 ifetch 3",
                "0 0 3 load 2",
                "0 0 3 store 1",
                `0 null ${KIND_DEVICE} store 1`,
                "0 0 5 load 1",
                "0 0 5 store 1",
            ].sort(),
        );
        expect(guest.machine.checkAccounts()).toEqual([]);
    });

    it("are none with accounting off, and tagging then is allowed and does nothing", () => {
        const guest = run(REST, { meshX: 2 });
        guest.machine.tagFrame(RAM / PAGE_BYTES, 3);
        expect([guest.machine.traffic(), guest.machine.checkAccounts()]).toEqual([[], []]);
    });
});

describe("options", () => {
    it.each([
        [{ tlbEntries: 48 }, "tlbEntries is 48; must be a power of two"],
        [{ tlbEntries: 4, tlbWays: 4 }, "tlbEntries is 4; must be from two sets (8) to 4096"],
        [{ localLatencyCycles: -1 }, "localLatencyCycles is -1"],
        [{ meshX: 16, hopLatencyCycles: 5000 }, "would stall 75010 cycles; at most 65535"],
    ])("%j are refused", (options, message) => {
        expect(() => machine({ ...options, localLatencyCycles: 10, ...options })).toThrow(message);
    });

    it("a kind or frame that does not exist is refused", () => {
        const made = machine(FOUR);
        expect(() => made.tagFrame(RAM / PAGE_BYTES, KIND_ROM)).toThrow(
            "frame kind 14; must be an integer from 0 to 13",
        );
        expect(() => made.tagFrame(RAM / PAGE_BYTES + 1024, 1)).toThrow("no frame of RAM has number 0x80400");
    });
});

describe("the check", () => {
    it("names cluster, operation and both sums when a counter is wrong", () => {
        const model = modelOf({ accounting: "accesses" }, 2);
        if (model === undefined) throw new Error("no model");
        const shared = new SharedMemory({ harts: 4, ramBytes: 2 * MIB, model });
        const options = { meshX: 2, meshY: 1, hartsPerCluster: 2, bankSize: MIB, localWindow: false };
        const accounts = new Accounts(shared, model, new Geometry(options));
        expect(accounts.check()).toEqual([]);
        const hart3 = shared.plan.harts + 3 * hartLayout.HART_STRIDE;
        shared.setU64(hart3 + hartLayout.LOADS, 5n);
        expect(accounts.check()).toEqual([{ cluster: 1, operation: "load", counted: 0, executed: 5 }]);
        shared.setU64(shared.u32(hart3 + hartLayout.CELLS) + 8, 5n);
        expect(accounts.check()).toEqual([]);
        shared.setU64(hart3 + hartLayout.TRAPPED, 1n);
        expect(accounts.check()).toEqual([{ cluster: 1, operation: "ifetch", counted: 0, executed: 1 }]);
    });
});

const TABLES = RAM + MIB / 2;
const DATA = 0x4000_0000;
const SUPERPAGE = 0x6000_0000;
const UART_PAGE = 0x7000_0000;
const PAGES_A_HART = 32;
const TLBS = [
    { tlbEntries: 8, tlbWays: 2 },
    { tlbEntries: 2, tlbWays: 1 },
] as const;
const TLB = TLBS[0];

/** Code for S mode over Sv39, each hart with pages of its own in any bank; M mode first touches a device and a ROM. */
function translatedProgram(seed: number): string {
    const draw = random(seed * 2654435761);
    // without sfence.vma and satp writes nothing empties L0, and the TLB alone must be seen to forget
    const choices = seed % 4 < 2 ? 15 : 17;
    const items = Array.from({ length: 150 }, () => item(draw, choices));
    return `
        la t0, handler
        csrw mtvec, t0
        csrr s3, mhartid
        li s1, 0x10000000
        lbu t2, 5(s1)
        li s1, 0x1000
        lhu t2, 2(s1)
        li s0, ${DATA}
        slli t0, s3, ${Math.log2(PAGES_A_HART) + 12}
        add s0, s0, t0
        li s4, 8
        slli s4, s4, 60
        li t0, ${TABLES / PAGE_BYTES}
        or s4, s4, t0
        li t0, 7
        slli t0, t0, 44
        or s5, s4, t0
        csrw satp, s4
        nop
        li t0, 0x1800
        csrc mstatus, t0
        li t0, 0x800
        csrs mstatus, t0
        la t0, supervisor
        csrw mepc, t0
        li s6, 3
        mret
        .half 0x0001
        .half 0x0001
    supervisor:
        nop
        .half 0x0001
    again:
        ${items.join("\n        nop\n        ")}
        nop
        addi s6, s6, -1
        beqz s6, rest
        la t0, again
        jr t0
    rest:
        wfi
        j rest
        .balign 4
    handler:
        csrr t0, mepc
        addi t0, t0, 4
        csrw mepc, t0
        nop
        mret
    `;
}

function item(draw: () => number, choices: number): string {
    const page = draw() % PAGES_A_HART;
    const at = (offset: number) => `li t1, ${page * PAGE_BYTES + offset}\n add t1, t1, s0\n`;
    switch (draw() % choices) {
        case 2:
            return `li t1, ${SUPERPAGE + MIB + PAGE_BYTES * (draw() % 100) + 8 * (draw() % 512)}\n ld t2, 0(t1)`;
        case 15:
            return `${["sfence.vma", "sfence.vma t1", "sfence.vma x0, s5", "sfence.vma t1, x0"][draw() % 4]}`;
        case 16:
            return `csrw satp, ${draw() % 2 ? "s4" : "s5"}`;
        case 1:
            return `${at(8 * (draw() % 512))} amoadd.d t2, t1, (t1)`;
        case 14:
            return `slli t1, s3, 12\n li t2, ${UART_PAGE}\n add t1, t1, t2\n lbu t2, 5(t1)\n nop\n sb x0, 7(t1)`;
        case 3:
            return `${at(8 * (draw() % 512))} lr.d t2, (t1)\n nop\n sc.d t3, t2, (t1)`;
        case 4:
            return page % 8 < 5 ? `${at(4092)} ${draw() % 2 ? "ld t2" : "sd t2"}, 0(t1)` : "ecall";
        case 5:
            return ".word 0";
        case 6:
            return `la t1, 1f\n jalr x0, t1, 0\n .zero ${4 * (draw() % 900)}\n 1:`;
        default:
            return `${at(8 * (draw() % 512))} ${["lb t2", "lhu t2", "ld t2", "sd t1", "sw t1", "sb t1"][draw() % 6]}, 0(t1)`;
    }
}

/** Two of eight pages are unmapped or read-only; some have A and D set from the start. The superpage shows banks 0 and 1. */
function mapPages(made: Machine): void {
    const tables = new PageTables(made, TABLES);
    for (let page = 0; page < 100; page++)
        tables.map(RAM + PAGE_BYTES * page, RAM + PAGE_BYTES * page, V | R | X | A | D);
    tables.map(SUPERPAGE, RAM, V | R, 1);
    const harts = made.hartCount;
    // a page each: the D bit of a shared one would tell who came first
    for (let h = 0; h < harts; h++) tables.map(UART_PAGE + PAGE_BYTES * h, mapRow("uart").base, V | R | W);
    for (let i = 0; i < harts * PAGES_A_HART; i++) {
        const bank = (i * 7 + (i >> 5)) % made.clusterCount;
        const paddr = RAM + bank * MIB + 0xa0000 + PAGE_BYTES * (Math.floor(i / made.clusterCount) % 90);
        const flags = i % 8 === 6 ? V | R : i % 8 === 7 ? 0 : V | R | W | (i % 3 === 0 ? A | D : 0);
        tables.map(DATA + PAGE_BYTES * i, paddr, flags);
    }
    for (let ppn = 0; ppn < made.ramBytes / PAGE_BYTES; ppn++)
        made.tagFrame(RAM / PAGE_BYTES + ppn, kindOf(RAM / PAGE_BYTES + ppn));
}

function kindOf(ppn: number): number {
    return (ppn * 5) % 13;
}

function translated(seed: number, options: GuestOptions): Machine {
    const guest = run(translatedProgram(seed), { ...FOUR, ...TLB, ...options, prepare: mapPages });
    expect(guest.stop.kind).toBe("deadlock");
    expect(guest.machine.checkAccounts()).toEqual([]);
    return guest.machine;
}

describe("counts of random translated programs on four clusters", () => {
    const stepped = { accounting: "off", scheduler: "instruction", quantum: 1 } as const;

    it.each([1, 2, 3, 4, 5, 6, 7, 8])("equal those of a single-stepping oracle (seed %i)", (seed) => {
        const tlb = TLBS[seed % 2] as (typeof TLBS)[number];
        const shape = { ...FOUR, hartsPerCluster: seed > 4 ? 2 : 1 };
        const { machine: slow } = run(translatedProgram(seed), { ...shape, ...stepped, prepare: mapPages, held: true });
        const oracle = new AccessOracle({ machine: slow, ...tlb, kindOf, romKind: KIND_ROM, deviceKind: KIND_DEVICE });
        oracle.run();
        const expected = table(oracle.counts);
        expect(expected.length).toBeGreaterThan(100);
        for (const scheduler of ["rounds", "instruction", "conflicts"] as const) {
            expect(table(countsOf(translated(seed, { ...shape, scheduler, ...tlb })))).toEqual(expected);
        }
        expect(table(countsOf(translated(seed, { ...shape, fidelity: "latency", ...tlb })))).toEqual(expected);
    });

    it("depend on the size of the TLB", () => {
        const walks = [
            { tlbEntries: 2, tlbWays: 1 },
            { tlbEntries: 8, tlbWays: 2 },
            { tlbEntries: 64, tlbWays: 4 },
        ].map((tlb) => {
            const rows = translated(1, tlb).traffic();
            return rows.reduce((sum, { operation, count }) => sum + (operation === "walk" ? count : 0), 0);
        });
        expect(walks[0]).toBeGreaterThan(walks[1] ?? 0);
        expect(walks[1]).toBeGreaterThan(walks[2] ?? 0);
    });

    it.each(["rounds", "instruction", "conflicts"] as const)(
        "change neither hash nor cycles (scheduler %s)",
        (scheduler) => {
            const of = (made: Machine) => [made.stateHash(), made.counters()];
            expect(of(translated(1, { scheduler }))).toEqual(of(translated(1, { scheduler, accounting: "off" })));
        },
    );

    it("do not depend on how the run is cut", () => {
        const guest = run(translatedProgram(2), { ...FOUR, ...TLB, prepare: mapPages, held: true });
        while (guest.machine.run({ maxInstructions: 137 }).kind === "instructions") {
            expect(guest.machine.checkAccounts()).toEqual([]);
        }
        const whole = translated(2, {});
        expect(countsOf(guest.machine)).toEqual(countsOf(whole));
        expect(guest.machine.stateHash()).toBe(whole.stateHash());
    });
});
