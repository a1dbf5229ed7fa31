import { describe, expect, it } from "vitest";
import { MSTATUS_FIELDS, maskOf } from "../../../emu/isa/fields.ts";
import { type Guest, type GuestOptions, RAM, random, run } from "./guest.ts";
import { A, D, PageTables, R, U, V, W, X } from "./page-tables.ts";
import { cfgOf, type Mode, type PmpAccess, type PmpEntry, refusedAt } from "./pmp-model.ts";
import { TRAP_LOG_END, TRAP_LOG_START, trapsOf } from "./trap-log.ts";

/** What entries speak of: pages of data and code, and behind them page tables. */
const REGION = RAM + 0x80000;
const TABLES = REGION + 0x2000;
const MPRV = maskOf(MSTATUS_FIELDS, "MPRV");
const CAUSES = { read: 5n, write: 7n, fetch: 1n } as const;
const ECALLS = { 0: 8n, 1: 9n, 3: 11n } as const;
const EVERYTHING: PmpEntry = { mode: "NAPOT", address: (1n << 54n) - 1n, rights: "rwx", locked: false };
const OFF: PmpEntry = { mode: "OFF", address: 0n, rights: "", locked: false };

/** a0 = address, a1 = mstatus, a2 = the place of the code for the access, or of `leave`, which goes to a0. */
const PROBE = `
start:
    ${TRAP_LOG_START}
    la s10, done
    csrw mepc, a0
    csrw mstatus, a1
    jr a2
lb: lb a3, 0(a0)
    j done
lh: lh a3, 0(a0)
    j done
lw: lw a3, 0(a0)
    j done
ld: ld a3, 0(a0)
    j done
sb: sb a4, 0(a0)
    j done
sh: sh a4, 0(a0)
    j done
sw: sw a4, 0(a0)
    j done
sd: sd a4, 0(a0)
    j done
amo: amoor.d a3, x0, (a0)
    j done
lr: lr.w a3, (a0)
    j done
cbo: cbo.zero (a0)
    j done
leave: mret
done:
    li t1, 0x1800
    csrw mstatus, t1
    finish
    ${TRAP_LOG_END}
`;

type Trap = readonly [cause: bigint, tval: bigint];

interface Probe {
    readonly label: string;
    readonly access: PmpAccess;
    readonly width: number;
    readonly aligned?: true;
}

const PROBES: readonly Probe[] = [
    ...["lb", "lh", "lw", "ld"].map((label, i) => ({ label, access: "read" as const, width: 1 << i })),
    ...["sb", "sh", "sw", "sd"].map((label, i) => ({ label, access: "write" as const, width: 1 << i })),
    { label: "amo", access: "write", width: 8, aligned: true },
    { label: "lr", access: "read", width: 4, aligned: true },
    { label: "cbo", access: "write", width: 64, aligned: true },
    ...Array.from({ length: 5 }, (): Probe => ({ label: "leave", access: "fetch", width: 4 })),
];

class Protected {
    readonly guest: Guest;
    readonly #tables: PageTables;
    #asid = 0;
    readonly #entries: readonly PmpEntry[];

    constructor(entries: readonly PmpEntry[], options: GuestOptions) {
        this.guest = run(PROBE, { ...options, pmpEntries: 16, held: true });
        this.#entries = entries;
        const { machine } = this.guest;
        this.#tables = new PageTables(machine, TABLES);
        for (const [i, { address }] of entries.entries()) machine.hart(0).setCsr(`pmpaddr${i}`, address);
        const cfgs = entries.map(cfgOf);
        const word = (list: number[]) => list.reduceRight((sum, cfg) => (sum << 8n) | BigInt(cfg), 0n);
        // The upper ones first, for a locked one would keep the address of its neighbour.
        machine.hart(0).setCsr("pmpcfg2", word(cfgs.slice(8, 16)));
        machine.hart(0).setCsr("pmpcfg0", word(cfgs.slice(0, 8)));
    }

    /** Cause and tval of the trap; with a fetch that is allowed, the ecall there. */
    try({ label }: Probe, address: number, mode: Mode, isPaged: boolean): Trap | undefined {
        const { machine } = this.guest;
        const hart = machine.hart(0);
        const isFetch = label === "leave";
        if (isFetch) machine.writePhysical(address, Uint8Array.of(0x73, 0, 0, 0));
        hart.setCsr("satp", isPaged ? this.#tables.satp(this.#asid) : 0n);
        hart.setX(10, BigInt(address));
        hart.setX(11, (isFetch ? 0n : MPRV) | (BigInt(mode) << 11n));
        hart.setX(12, this.guest.address(label));
        hart.pc = this.guest.address("start");
        expect(machine.run({ maxInstructions: 1000 }).kind).toBe("finisher");
        const [trap, ...more] = trapsOf(this.guest);
        expect(more).toEqual([]);
        return trap && [trap.cause, trap.tval];
    }

    /** What must come of it. With page tables the entry of a GiB, which may lack A and D, maps the region to itself. */
    wanted({ access, width, label }: Probe, address: number, mode: Mode, isPaged: boolean): Trap | undefined {
        const at = BigInt(label === "cbo" ? address - (address % 64) : address);
        const refused = refusedAt(this.#entries, at, width, access, mode);
        const faults = isPaged && mode !== 3 ? this.#walkFails(access) : undefined;
        if (faults) return [CAUSES[access], BigInt(address)];
        if (refused === undefined) return access === "fetch" ? [ECALLS[mode], 0n] : undefined;
        return [CAUSES[access], label === "cbo" ? BigInt(address) : refused];
    }

    /** In a new space, so that nothing is known of what was mapped before. */
    map(mode: Mode, flags: number): void {
        this.#asid++;
        this.#tables.map(RAM, RAM, V | R | W | X | flags | (mode === 0 ? U : 0), 2);
    }

    #walkFails(access: PmpAccess): boolean {
        const slot = TABLES + 8 * 2;
        if (refusedAt(this.#entries, BigInt(slot), 8, "read", 1) !== undefined) return true;
        const marks = access === "write" ? A | D : A;
        const isMarked = (Number(this.#tables.read(slot)) & marks) === marks;
        return !isMarked && refusedAt(this.#entries, BigInt(slot), 8, "write", 1) !== undefined;
    }
}

/** Addresses where the entry begins or ends. */
function boundsOf({ mode, address }: PmpEntry): number[] {
    const ones = mode === "NAPOT" ? address ^ (address + 1n) : 0n;
    const first = Number((address & ~ones) * 4n);
    return mode === "TOR" ? [first] : [first, first + 4 * Number(ones + 1n)];
}

type Draw = (limit: number) => number;

/** Bounds are of pages, near them, or anywhere. */
function drawEntries(draw: Draw): PmpEntry[] {
    const place = () => REGION + 4096 * draw(5) + (draw(2) ? 4 * (draw(3) - 1) : 4 * draw(1024));
    const rights = () => ["", "r", "rw", "x", "rx", "rwx", "rwx"][draw(7)] as string;
    const count = 1 + draw(10);
    const entries = Array.from({ length: count }, (_, i): PmpEntry => {
        const mode = (["OFF", "TOR", "TOR", "NA4", "NAPOT", "NAPOT"] as const)[draw(6)] as PmpEntry["mode"];
        const ones = draw(2) ? 9 + draw(3) : draw(9);
        const address = BigInt(place()) / 4n;
        const napot = (address & ~((1n << BigInt(ones + 1)) - 1n)) | ((1n << BigInt(ones)) - 1n);
        // A range from 0 on has the test's own code in it.
        const locked = draw(4) === 0 && !(mode === "TOR" && i === 0);
        return { mode, address: mode === "NAPOT" ? napot : address, rights: rights(), locked };
    });
    if (draw(3)) entries.push({ ...EVERYTHING, rights: rights() });
    return [...entries, ...Array.from({ length: 16 - entries.length }, () => OFF)];
}

const CONFIGURATIONS = process.env["ARCHIPEL_NIGHTLY"] ? 400 : 32;
const TRIES = 60;

const VARIANTS: readonly (readonly [name: string, options: GuestOptions])[] = [
    ["the interpreter", { engine: "interpreter" }],
    ["the JIT", { engine: "jit" }],
    ["steps", { scheduler: "instruction" }],
    ["latency and accounts", { fidelity: "latency", accounting: "accesses" }],
    ["timing and accounts", { fidelity: "timing", accounting: "accesses" }],
];

describe("random entries allow what the specification says", () => {
    it.each(VARIANTS)("with %s", (_, options) => {
        const next = random(20261201);
        const draw: Draw = (limit) => next() % limit;
        const seen = { allowed: 0, refused: 0, second: 0 };
        for (let i = 0; i < CONFIGURATIONS; i++) {
            const entries = drawEntries(draw);
            const machine = new Protected(entries, options);
            const all = entries.filter(({ mode }) => mode !== "OFF").flatMap(boundsOf);
            const bounds = all.filter((bound) => bound > REGION && bound < TABLES);
            for (let k = 0; k < TRIES; k++) {
                const probe = PROBES[draw(PROBES.length)] as Probe;
                const mode = ([0, 1, 3] as const)[draw(3)] as Mode;
                const isPaged = draw(3) === 0;
                if (draw(4) === 0) machine.map(mode, draw(256) & (A | D));
                else if (isPaged) machine.map(mode, A | D);
                const near = bounds[draw(bounds.length)];
                const isFetch = probe.access === "fetch";
                const anywhere =
                    near !== undefined && draw(4)
                        ? near - (isFetch ? 4 - draw(6) : 8 - draw(16))
                        : REGION + draw(0x1fc0);
                const address = anywhere - (isFetch ? anywhere % 2 : probe.aligned ? anywhere % 8 : 0);
                if (address >= TABLES - 8) continue;
                const wanted = machine.wanted(probe, address, mode, isPaged);
                const told = () =>
                    JSON.stringify({ i, k, probe, address, mode, isPaged, entries }, (_key, value) =>
                        typeof value === "bigint" ? value.toString(16) : value,
                    );
                expect(machine.try(probe, address, mode, isPaged), told()).toEqual(wanted);
                if (wanted !== undefined && wanted[1] > BigInt(address)) seen.second++;
                seen[wanted === undefined || wanted[0] >= 8n ? "allowed" : "refused"]++;
            }
            expect(machine.guest.machine.checkAccounts()).toEqual([]);
        }
        expect(Math.min(seen.allowed, seen.refused)).toBeGreaterThan(CONFIGURATIONS * TRIES * 0.2);
        expect(seen.second).toBeGreaterThan(CONFIGURATIONS / 8);
    });
});

/** A loop of accesses in M mode, run until it is compiled where it is entered; then `before` has changed something. */
function runsAgain(before: string, options: GuestOptions): Guest {
    return run(
        `
        ${TRAP_LOG_START}
        la s10, out
        li a0, ${REGION + 8}
        li a3, 4
    again:
        li a2, 1000
        call loop
        li a4, 2
        bne a3, a4, kept
        ${before}
    kept:
        addi a3, a3, -1
        bnez a3, again
    out: finish
    loop:
        ld a1, 0(a0)
        sd a2, 0(a0)
        addi a2, a2, -1
        bnez a2, loop
        ret
        ${TRAP_LOG_END}`,
        { pmpEntries: 16, ...options },
    );
}

const LOCK = (address: number, cfg: number) =>
    `li t0, ${address / 4}\n csrw pmpaddr0, t0\n li t0, ${cfg}\n csrw pmpcfg0, t0`;

describe("M mode", () => {
    it.each(["interpreter", "jit"] as const)(
        "with the engine %s obeys a lock on memory that it has just used",
        (engine) => {
            const options = { engine, jitThreshold: 1, jitRegion: 200 };
            const free = runsAgain(LOCK(REGION + 16, 0x90), options);
            expect(trapsOf(free)).toEqual([]);
            if (engine === "jit") expect(free.machine.jitFigures().instructions).toBeGreaterThan(4000);
            const locked = runsAgain(LOCK(REGION + 8, 0x94), options);
            expect(trapsOf(locked).map(({ cause, tval }) => [cause, tval])).toEqual([[5n, BigInt(REGION + 8)]]);
            expect(locked.x("a2"), "at once").toBe(1000n);
            // 8 bytes of which the entry has 4.
            const partly = runsAgain(LOCK(REGION + 12, 0x13), options);
            expect(trapsOf(partly).map(({ cause }) => cause)).toEqual([5n]);
            expect(partly.x("a2"), "at once").toBe(1000n);
        },
    );
});

describe("the registers", () => {
    const values = (code: string, options: GuestOptions = { pmpEntries: 16 }) => {
        const guest = run(`${code}\n finish`, options);
        expect(guest.stop.kind).toBe("finisher");
        return ["s0", "s1", "s2", "s3"].map((name) => guest.x(name));
    };
    const ones = "li t0, -1\n";

    it("keep bits 55:2 of an address, and legal configurations", () => {
        const code = `${ones} csrw pmpaddr15, t0\n csrr s0, pmpaddr15\n csrw pmpaddr16, t0\n csrr s1, pmpaddr16
            li t0, 0x7f02060000000000\n csrw pmpcfg2, t0\n csrr s2, pmpcfg2\n csrw pmpcfg4, t0\n csrr s3, pmpcfg4`;
        // W without R is reserved.
        expect(values(code)).toEqual([(1n << 54n) - 1n, 0n, 0x1f00_0400_0000_0000n, 0n]);
    });

    it("of a locked entry, and the address below a locked range, stay as they are", () => {
        const code = `li t0, 1\n csrw pmpaddr0, t0\n csrw pmpaddr1, t0\n li t0, 0x8800\n csrw pmpcfg0, t0
            li t0, 2\n csrw pmpaddr0, t0\n csrw pmpaddr1, t0\n csrw pmpaddr2, t0\n csrw pmpcfg0, x0
            csrr s0, pmpaddr0\n csrr s1, pmpaddr1\n csrr s2, pmpaddr2\n csrr s3, pmpcfg0`;
        expect(values(code)).toEqual([1n, 1n, 2n, 0x8800n]);
    });

    it("are 0 without entries, and S and U may access all", () => {
        const code = `${ones} csrw pmpaddr0, t0\n csrr s0, pmpaddr0\n csrw pmpcfg0, t0\n csrr s1, pmpcfg0
            li t0, ${MPRV}\n csrw mstatus, t0\n la t1, word\n lw s2, 0(t1)\n csrw mstatus, x0\n j 1f\n word: .word 77\n 1:`;
        expect(values(code, {})).toEqual([0n, 0n, 77n, 0n]);
    });

    it("have no rights for S and U at reset", () => {
        const code = `${TRAP_LOG_START} la s10, on\n li t0, ${MPRV}\n csrw mstatus, t0\n lw t1, 0(s11)\n on: csrw mstatus, x0\n finish\n`;
        expect(trapsOf(run(code + TRAP_LOG_END, { pmpEntries: 16 })).map(({ cause }) => cause)).toEqual([5n]);
    });
});
