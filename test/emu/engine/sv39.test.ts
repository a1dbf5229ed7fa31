import { describe, expect, it } from "vitest";
import { MENVCFG_FIELDS, MSTATUS_FIELDS, maskOf } from "../../../emu/isa/fields.ts";
import { type Guest, type GuestOptions, RAM, run } from "./guest.ts";
import { A, D, G, PageTables, R, U, V, W, X } from "./page-tables.ts";
import { TRAP_LOG_END, TRAP_LOG_START, trapsOf } from "./trap-log.ts";

const TABLES = RAM + 0x100000;
const TARGET = RAM + 0x80000;
const VADDR = 0x40000000;
const MPRV = maskOf(MSTATUS_FIELDS, "MPRV");
const SUM = maskOf(MSTATUS_FIELDS, "SUM");
const MXR = maskOf(MSTATUS_FIELDS, "MXR");

/**
 * M-mode code under MPRV: a0 = address, a1 = mstatus; a2 = 0 load, 1 store, 2 amo. Waits after each access for the test to go
 * on; the trap log tells what happened.
 */
const PROBE = `
    ${TRAP_LOG_START}
start:
    la s10, done
    csrw mstatus, a1
    li t1, 1
    beq a2, t1, 1f
    bgt a2, t1, 2f
    ld a3, 0(a0)
    j done
1:  sd a4, 0(a0)
    j done
2:  amoor.d a3, x0, (a0)
done:
    li t1, 0x1800
    csrw mstatus, t1
    finish
    ${TRAP_LOG_END}
`;

interface Case {
    readonly flags: number;
    readonly user: boolean;
    readonly sum?: boolean;
    readonly mxr?: boolean;
    readonly access: "load" | "store" | "amo";
}

class Mmu {
    readonly guest: Guest;
    readonly tables: PageTables;

    constructor(asid = 0, options: GuestOptions = {}) {
        this.guest = run(PROBE, { ...options, held: true });
        this.tables = new PageTables(this.guest.machine, TABLES);
        this.guest.machine.hart(0).setCsr("satp", this.tables.satp(asid));
    }

    /** Cause of the trap, or 0n. */
    try(vaddr: number | bigint, user: boolean, access: Case["access"], bits = 0n): bigint {
        const hart = this.guest.machine.hart(0);
        hart.setX(10, BigInt.asUintN(64, BigInt(vaddr)));
        hart.setX(11, MPRV | bits | (user ? 0n : 1n << 11n));
        hart.setX(12, BigInt(["load", "store", "amo"].indexOf(access)));
        hart.setX(27, this.guest.address("log"));
        expect(this.guest.machine.run({ maxInstructions: 1000 }).kind).toBe("finisher");
        hart.pc = this.guest.address("start");
        const traps = trapsOf(this.guest);
        expect(traps.length).toBeLessThan(2);
        if (traps[0] !== undefined) expect(traps[0].tval).toBe(BigInt.asUintN(64, BigInt(vaddr)));
        return traps[0]?.cause ?? 0n;
    }
}

/** May this access happen? The rules of 12.4.2 step 5 to 9, written down anew. */
function allowed({ flags, user, sum, mxr, access }: Case): boolean {
    const has = (bit: number) => (flags & bit) !== 0;
    if (!has(V) || (has(W) && !has(R)) || !(has(R) || has(X))) return false;
    if (user !== has(U) && !(!user && sum)) return false;
    if (access === "load") return has(R) || (mxr === true && has(X));
    return has(W);
}

describe("Sv39 permissions", () => {
    const cases: Case[] = [];
    for (let low = 0; low < 32; low++) {
        for (const user of [false, true]) {
            for (const access of ["load", "store", "amo"] as const) {
                for (const sum of [false, true]) {
                    for (const mxr of [false, true]) cases.push({ flags: low, user, sum, mxr, access });
                }
            }
        }
    }

    it("of every combination of V R W X U, mode, SUM and MXR", () => {
        const mmu = new Mmu();
        for (const c of cases) {
            const slot = mmu.tables.map(VADDR, TARGET, c.flags);
            mmu.guest.machine.hart(0).setCsr("satp", 0n);
            mmu.guest.machine.hart(0).setCsr("satp", mmu.tables.satp(cases.indexOf(c) + 1));
            const cause = mmu.try(VADDR, c.user, c.access, (c.sum ? SUM : 0n) | (c.mxr ? MXR : 0n));
            const fault = c.access === "load" ? 13n : 15n;
            expect(cause, JSON.stringify(c)).toBe(allowed(c) ? 0n : fault);
            const wanted = c.access === "load" ? A : A | D;
            expect(Number(mmu.tables.read(slot)) & (A | D), "A and D").toBe(allowed(c) ? wanted : 0);
        }
    });
});

describe("Svadu", () => {
    const ADUE = maskOf(MENVCFG_FIELDS, "ADUE");

    it("is on at reset, unless the machine has it off", () => {
        expect(new Mmu().guest.machine.hart(0).csr("menvcfg")).toBe(ADUE);
        expect(new Mmu(0, { adue: false }).guest.machine.hart(0).csr("menvcfg")).toBe(0n);
    });

    it.each([
        [R, "load", 13n],
        [R | A, "load", 0n],
        [R | D, "load", 13n],
        [R | W | A, "load", 0n],
        [R | W | A, "store", 15n],
        [R | W | D, "store", 15n],
        [R | W | A, "amo", 15n],
        [R | W | A | D, "store", 0n],
        // Of two reasons the page's rights come first; both are page faults.
        [R | A | D, "store", 15n],
    ] as const)("off: entry %i, %s gives cause %s, and leaves the entry", (flags, access, cause) => {
        const mmu = new Mmu(0, { adue: false });
        const slot = mmu.tables.map(VADDR, TARGET, V | flags);
        expect(mmu.try(VADDR, false, access)).toBe(cause);
        expect(Number(mmu.tables.read(slot)) & 0xff).toBe(V | flags);
        // Software switches it on.
        mmu.guest.machine.hart(0).setCsr("menvcfg", ADUE);
        expect(mmu.try(VADDR, false, access)).toBe(access !== "load" && !(flags & W) ? 15n : 0n);
    });
});

describe("Svpbmt", () => {
    const PBMTE = maskOf(MENVCFG_FIELDS, "PBMTE", "ADUE");
    const typed = (mmu: Mmu, slot: number, type: bigint) => {
        const pte = new DataView(new ArrayBuffer(8));
        pte.setBigUint64(0, mmu.tables.read(slot) | (type << 61n), true);
        mmu.guest.machine.writePhysical(slot, new Uint8Array(pte.buffer));
        const satp = mmu.guest.machine.hart(0).csr("satp");
        mmu.guest.machine.hart(0).setCsr("satp", 0n);
        mmu.guest.machine.hart(0).setCsr("satp", satp);
    };
    const ACCESSES = ["load", "store", "amo"] as const;
    const causes = (mmu: Mmu) => ACCESSES.map((access) => mmu.try(VADDR, false, access));

    it.each([1n, 2n, 3n])("without menvcfg.PBMTE type %i is reserved: page faults", (type) => {
        const mmu = new Mmu();
        typed(mmu, mmu.tables.map(VADDR, TARGET, V | R | W), type);
        expect(causes(mmu)).toEqual([13n, 15n, 15n]);
    });

    it.each([
        ["PMA", 0n, [0n, 0n, 0n]],
        ["NC", 1n, [0n, 0n, 7n]],
        ["IO", 2n, [0n, 0n, 7n]],
        ["reserved", 3n, [13n, 15n, 15n]],
    ])("%s: loads, stores, and AMOs, which only memory of no type has, L0 filled or not", (_, type, expected) => {
        const mmu = new Mmu();
        mmu.guest.machine.hart(0).setCsr("menvcfg", PBMTE);
        typed(mmu, mmu.tables.map(VADDR, TARGET, V | R | W), type);
        expect(mmu.try(VADDR, false, "amo")).toBe(expected[2]);
        expect(causes(mmu)).toEqual(expected);
        expect(causes(mmu)).toEqual(expected);
    });

    it("a type of a pointer to a table is reserved", () => {
        const mmu = new Mmu();
        mmu.guest.machine.hart(0).setCsr("menvcfg", PBMTE);
        mmu.tables.map(VADDR, TARGET, V | R | W);
        typed(mmu, mmu.tables.root + 8 * (VADDR / 2 ** 30), 1n);
        expect(causes(mmu)).toEqual([13n, 15n, 15n]);
    });
});

describe("Sv39 translation", () => {
    it("reads and writes the right frame, and another at another page", () => {
        const mmu = new Mmu();
        const { machine } = mmu.guest;
        mmu.tables.map(VADDR, TARGET, V | R | W);
        mmu.tables.map(VADDR + 4096, TARGET - 4096, V | R | W);
        machine.writePhysical(TARGET + 8, Uint8Array.of(42));
        expect(mmu.try(VADDR + 8, false, "load")).toBe(0n);
        expect(mmu.guest.x("a3")).toBe(42n);
        machine.hart(0).setX(14, 99n);
        expect(mmu.try(VADDR + 4096, false, "store")).toBe(0n);
        expect(machine.readPhysical(TARGET - 4096, 1)[0]).toBe(99);
        // a misaligned load over both pages, which are not neighbours in memory
        machine.writePhysical(TARGET + 4092, Uint8Array.of(1, 2, 3, 4));
        expect(mmu.try(VADDR + 4092, false, "load")).toBe(0n);
        expect(mmu.guest.x("a3")).toBe((99n << 32n) | 0x04030201n);
    });

    it("a misaligned access faults at the page that is missing, and a store then writes nothing", () => {
        const mmu = new Mmu();
        mmu.tables.map(VADDR, TARGET, V | R | W);
        mmu.guest.machine.hart(0).setX(14, 0xffff_ffff_ffff_ffffn);
        const hart = mmu.guest.machine.hart(0);
        hart.setX(10, BigInt(VADDR + 4092));
        hart.setX(11, MPRV | (1n << 11n));
        hart.setX(12, 1n);
        mmu.guest.machine.run();
        expect(trapsOf(mmu.guest)).toMatchObject([{ cause: 15n, tval: BigInt(VADDR + 4096) }]);
        expect([...mmu.guest.machine.readPhysical(TARGET + 4092, 4)]).toEqual([0, 0, 0, 0]);
    });

    it.each([
        [1, 0x200000],
        [2, 0x40000000],
    ])("superpages at level %i, and their misalignment faults", (level, size) => {
        const mmu = new Mmu();
        const base = Math.floor(TARGET / size) * size;
        mmu.tables.map(VADDR, base, V | R | W, level);
        mmu.guest.machine.writePhysical(TARGET + 16, Uint8Array.of(7));
        expect(mmu.try(VADDR + (TARGET - base) + 16, false, "load")).toBe(0n);
        expect(mmu.guest.x("a3")).toBe(7n);
        const other = new Mmu();
        other.tables.map(VADDR, base + 4096, V | R | W, level);
        expect(other.try(VADDR, false, "load")).toBe(13n);
    });

    it("non-canonical addresses, reserved bits, non-leaf entries with A, D or U, and a leaf too deep fault", () => {
        const mmu = new Mmu();
        const slot = mmu.tables.map(VADDR, TARGET, V | R | W);
        expect(mmu.try(1n << 39n, false, "load")).toBe(13n);
        expect(mmu.try((1n << 38n) | (1n << 63n), false, "store")).toBe(15n);
        const leaf = mmu.tables.read(slot);
        for (const bit of [54n, 60n, 61n, 63n]) {
            mmu.tables.write(slot, leaf | (1n << bit));
            expect(mmu.try(VADDR, false, "load"), `bit ${bit}`).toBe(13n);
        }
        mmu.tables.write(slot, leaf & ~14n);
        expect(mmu.try(VADDR, false, "load"), "no leaf at level 0").toBe(13n);
        mmu.tables.write(slot, leaf);
        const root = TABLES + 8;
        const pointer = mmu.tables.read(root);
        for (const bit of [A, D, U]) {
            mmu.tables.write(root, pointer | BigInt(bit));
            expect(mmu.try(VADDR, false, "load"), `non-leaf bit ${bit}`).toBe(13n);
        }
        mmu.tables.write(root, pointer);
        expect(mmu.try(VADDR, false, "load")).toBe(0n);
    });

    it("tables outside RAM and leaves that name no memory are access faults", () => {
        const mmu = new Mmu();
        mmu.tables.map(VADDR, 0x70000000, V | R | W);
        expect(mmu.try(VADDR, false, "load")).toBe(5n);
        expect(mmu.try(VADDR, false, "store")).toBe(7n);
        mmu.tables.write(TABLES + 8, (0x70000n << 10n) | 1n);
        expect(mmu.try(VADDR + 4096, false, "load")).toBe(5n);
    });

    it("high addresses are sign-extended", () => {
        const mmu = new Mmu();
        const high = 0x4000000000 - 4096;
        mmu.tables.map(high + 0x4000000000, TARGET, V | R | W | G);
        expect(mmu.try(-4096n, false, "load")).toBe(0n);
    });
});

describe("translations that are remembered", () => {
    it("a downgraded page faults after sfence.vma, by address or all", () => {
        for (const fence of [
            "sfence.vma",
            "sfence.vma a0",
            "sfence.vma a0, a5",
            "sfence.vma x0, a5",
            "sfence.w.inval\n sinval.vma a0, a5\n sfence.inval.ir",
        ]) {
            const guest = run(
                `
                ${TRAP_LOG_START}
                csrw mstatus, a1
                ld t1, 0(a0)
                sd t1, 0(a0)
                sd x0, 0(a2)
                ${fence}
                la s10, on
                ld t1, 0(a0)
            on: li t1, 0x1800
                csrw mstatus, t1
                finish
                ${TRAP_LOG_END}`,
                {
                    prepare: (machine) => {
                        const tables = new PageTables(machine, TABLES);
                        // the entry itself is mapped too, because stores are translated under MPRV
                        const slot = tables.map(VADDR, TARGET, V | R | W);
                        tables.map(VADDR + 4096, slot - (slot % 4096), V | R | W);
                        machine.hart(0).setCsr("satp", tables.satp(3));
                        machine.hart(0).setX(10, BigInt(VADDR));
                        machine.hart(0).setX(11, MPRV | (1n << 11n));
                        machine.hart(0).setX(12, BigInt(VADDR + 4096 + (slot % 4096)));
                        machine.hart(0).setX(15, 3n);
                    },
                },
            );
            expect(
                trapsOf(guest).map(({ cause }) => cause),
                fence,
            ).toEqual([13n]);
        }
    });

    it("two address spaces do not see each other's pages", () => {
        const guest = run(
            `
            csrw mstatus, a1
            csrw satp, a2
            ld s0, 0(a0)
            csrw satp, a3
            ld s1, 0(a0)
            csrw satp, x0
            csrw satp, a2
            ld s2, 0(a0)
            csrw mstatus, x0
            finish`,
            {
                prepare: (machine) => {
                    const first = new PageTables(machine, TABLES);
                    const second = new PageTables(machine, TABLES + 0x10000);
                    first.map(VADDR, TARGET, V | R | W);
                    second.map(VADDR, TARGET + 4096, V | R | W);
                    machine.writePhysical(TARGET, Uint8Array.of(1));
                    machine.writePhysical(TARGET + 4096, Uint8Array.of(2));
                    machine.hart(0).setX(10, BigInt(VADDR));
                    machine.hart(0).setX(11, MPRV | (1n << 11n));
                    machine.hart(0).setX(12, first.satp(1));
                    machine.hart(0).setX(13, second.satp(2));
                },
            },
        );
        expect([guest.x("s0"), guest.x("s1"), guest.x("s2")]).toEqual([1n, 2n, 1n]);
    });
});

describe("fetches", () => {
    /** mret to `mode` at VADDR, whose page holds `code` and has these flags. */
    function fetchIn(mode: 0 | 1, flags: number, code: Uint8Array): Guest {
        return run(
            `
            ${TRAP_LOG_START}
            la s10, done
            li t0, ${mode === 1 ? 0x800 : 0}
            csrw mstatus, t0
            li t0, ${VADDR}
            csrw mepc, t0
            mret
        done: finish
            ${TRAP_LOG_END}`,
            {
                prepare: (machine) => {
                    const tables = new PageTables(machine, TABLES);
                    tables.map(VADDR, TARGET, flags);
                    machine.writePhysical(TARGET, code);
                    machine.hart(0).setCsr("satp", tables.satp());
                },
            },
        );
    }
    const ECALL = Uint8Array.of(0x73, 0, 0, 0);

    it.each([
        [1, V | X, 9n],
        [1, V | R | X, 9n],
        [1, V | X | U, 12n],
        [1, V | R | W, 12n],
        [0, V | X | U, 8n],
        [0, V | X, 12n],
        [0, 0, 12n],
    ] as const)("mode %i, flags %i: cause %s", (mode, flags, cause) => {
        expect(trapsOf(fetchIn(mode, flags, ECALL))).toMatchObject([{ cause, pc: BigInt(VADDR) }]);
    });
});
