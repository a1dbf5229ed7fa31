import { describe, expect, it } from "vitest";
import { type GuestOptions, RAM, run } from "./guest.ts";
import { TRAP_LOG_END, TRAP_LOG_START, trapsOf } from "./trap-log.ts";

const TYPE = 6n << 60n;
const [LOAD, STORE, EXECUTE, U, S, M] = [1n, 2n, 4n, 8n, 16n, 64n];
const ALL_MODES = U | S | M;
const DATA = RAM + 0x80000;

const VARIANTS: readonly (readonly [name: string, options: GuestOptions])[] = [
    ["the interpreter", { engine: "interpreter" }],
    ["the JIT", { engine: "jit", jitThreshold: 1, jitRegion: 200 }],
    ["latency and accounts", { fidelity: "latency", accounting: "accesses" }],
    ["timing and accounts", { fidelity: "timing", accounting: "accesses" }],
];

const set = (index: number, tdata1: bigint, address: number | string) => `
    li t0, ${index}
    csrw tselect, t0
    ${typeof address === "string" ? `la t0, ${address}` : `li t0, ${address}`}
    csrw tdata2, t0
    li t0, ${BigInt.asIntN(64, TYPE | tdata1)}
    csrw tdata1, t0`;

/** With interrupts on, so that triggers fire in M mode, too. */
function traps(code: string, options: GuestOptions = {}) {
    const guest = run(
        `${TRAP_LOG_START} csrsi mstatus, 8\n la s10, out\n ${code}\n out: finish\n ${TRAP_LOG_END}`,
        options,
    );
    expect(guest.stop.kind).toBe("finisher");
    expect(guest.machine.checkAccounts()).toEqual([]);
    const seen = trapsOf(guest).map(({ cause, pc, tval }) => ({ cause, pc, tval }));
    return { guest, seen };
}

describe("a trigger", () => {
    it.each(VARIANTS)("fires before its instruction, in a page whose others run on, with %s", (_, options) => {
        const code = `li a1, 0
            call work
            ${set(2, EXECUTE | ALL_MODES, "target")}
            call work
            j out
        work: li a0, 2000
        1:  addi a0, a0, -1
            addi a1, a1, 1
            bnez a0, 1b
            .option norvc
            addi a1, a1, 1
        target: addi a1, a1, 100
            ret`;
        const { guest, seen } = traps(code, { ...options, rvc: true });
        const at = guest.address("target");
        expect(seen).toEqual([{ cause: 3n, pc: at, tval: at }]);
        expect(guest.x("a1")).toBe(4102n);
        if (options.engine === "jit") expect(guest.machine.jitFigures().instructions).toBeGreaterThan(3000);
        guest.machine.hart(0).setCsr("tselect", 2n);
        expect(guest.machine.hart(0).csr("tdata1")).toBe(TYPE | (1n << 22n) | EXECUTE | ALL_MODES);
    });

    it.each(VARIANTS)(
        "fires before a load or store of any of its bytes, and before nothing else, with %s",
        (_, options) => {
            const accesses: readonly (readonly [code: string, kind: bigint, first: number, width: number])[] = [
                ["ld a1, 0(a0)", LOAD, 0, 8],
                ["lbu a1, 7(a0)", LOAD, 7, 1],
                ["sw a1, 4(a0)", STORE, 4, 4],
                ["sd a1, 2044(a2)", STORE, -4, 8],
                ["lr.d a1, (a0)", LOAD, 0, 8],
                ["sc.d a1, a1, (a0)", STORE, 0, 8],
                ["amoadd.w a1, a1, (a0)", LOAD | STORE, 0, 4],
                ["cbo.zero (a0)", STORE, 0, 64],
            ];
            for (const [access, kind, first, width] of accesses) {
                for (const trigger of [LOAD, STORE, EXECUTE]) {
                    for (const at of trigger === EXECUTE
                        ? [first]
                        : [first - 1, first, first + width - 1, first + width]) {
                        const code = `
                        li a0, ${DATA}
                        li a2, ${DATA - 2048}
                        ${set(1, trigger | ALL_MODES, DATA + at)}
                        # The pages are known before.
                        ld a4, 512(a0)
                        sd a4, 512(a0)
                        ld a4, 0(a2)
                        sd a4, 0(a2)
                        ${access}`;
                        const { seen } = traps(code, options);
                        const fires = (trigger & kind) !== 0n && at >= first && at < first + width;
                        // Of an access over two pages each part is one.
                        const part = first < 0 && at >= 0 ? 0 : first;
                        expect(
                            seen.map(({ cause, tval }) => [cause, tval]),
                            `${access}, ${trigger} at ${at}`,
                        ).toEqual(fires ? [[3n, BigInt(DATA + part)]] : []);
                    }
                }
            }
        },
    );

    it.each(["interpreter", "jit"] as const)("fires at once in code of the engine %s that has run before", (engine) => {
        const code = `
            li a0, ${DATA}
            li a3, 4
        again:
            li a2, 1000
            call loop
            li a4, 2
            bne a3, a4, kept
            ${set(0, LOAD | ALL_MODES, DATA + 8)}
        kept:
            addi a3, a3, -1
            bnez a3, again
            j out
        loop:
            ld a1, 8(a0)
            addi a2, a2, -1
            bnez a2, loop
            ret`;
        const { guest, seen } = traps(code, { engine, jitThreshold: 1, jitRegion: 200 });
        expect(seen).toMatchObject([{ cause: 3n, tval: BigInt(DATA + 8) }]);
        expect(guest.x("a2")).toBe(1000n);
        if (engine === "jit") expect(guest.machine.jitFigures().instructions).toBeGreaterThan(4000);
    });

    it("fires in the modes that it names, in M only while MIE is set, in S not where it could not be taken", () => {
        const inMode = (mode: 0 | 1 | 3, modes: bigint, setup = "") => {
            const code = `${set(0, EXECUTE | modes, "target")}
                ${setup}
                li t0, 0x1800
                csrc mstatus, t0
                li t0, ${mode << 11}
                csrs mstatus, t0
                la t0, target
                csrw mepc, t0
                mret
            target: ecall`;
            // After mret MIE is MPIE.
            return traps(code).seen.map(({ cause }) => cause);
        };
        const mpie = "li t0, 0x80\n csrs mstatus, t0";
        for (const [mode, bit, ecall] of [
            [0, U, 8n],
            [1, S, 9n],
            [3, M, 11n],
        ] as const) {
            expect(inMode(mode, bit, mpie)).toEqual([3n]);
            expect(inMode(mode, ALL_MODES & ~bit, mpie)).toEqual([ecall]);
        }
        expect(inMode(3, M, "li t0, 0x80\n csrc mstatus, t0")).toEqual([11n]);
        expect(inMode(1, S, "li t0, 8\n csrs medeleg, t0")).toEqual([9n]);
    });

    it("comes before a page fault or an access fault of the same address", () => {
        const { seen } = traps(`${set(0, EXECUTE | ALL_MODES, 0x70000000)}\n li t1, 0x70000000\n jr t1`);
        expect(seen).toEqual([{ cause: 3n, pc: 0x70000000n, tval: 0x70000000n }]);
        const load = traps(`${set(3, LOAD | ALL_MODES, 0x70000000)}\n li t1, 0x70000000\n ld t1, 0(t1)`);
        expect(load.seen).toMatchObject([{ cause: 3n, tval: 0x70000000n }]);
    });
});

describe("the registers", () => {
    it("keep what there is: four triggers, of type 6 or disabled", () => {
        const guest = run(`
            csrr s0, tdata1
            li t0, 6
            csrw tselect, t0
            csrr s1, tselect
            li t0, ${BigInt.asIntN(64, (6n << 60n) | ((1n << 59n) - 1n))}
            csrw tdata1, t0
            csrr s2, tdata1
            li t0, ${BigInt.asIntN(64, (2n << 60n) | 0x7fn)}
            csrw tdata1, t0
            csrr s3, tdata1
            csrr s4, tinfo
            finish`);
        const disabled = 15n << 60n;
        expect(["s0", "s1", "s2", "s3", "s4"].map((name) => guest.x(name))).toEqual([
            disabled,
            2n,
            TYPE | (1n << 22n) | 0x5fn,
            disabled,
            0x0100_8040n,
        ]);
    });

    it("are state: a trigger that is set is in the hash", () => {
        const [plain, other] = [1, 2].map((tdata2) =>
            run(`li t0, ${tdata2}\n csrw tdata2, t0\n li t0, 0\n finish`).machine.stateHash(),
        );
        expect(plain).not.toBe(other);
    });
});
