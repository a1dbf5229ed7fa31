/** Stops and limits (docs/spec/turns.md, section 6): each way a guest can use its turns, against each way to end a run. */

import { describe, expect, it } from "vitest";
import type { Machine } from "../../../emu/machine.ts";
import { type Guest, type GuestOptions, run } from "../engine/guest.ts";

const PAUSE = ".word 0x0100000f";
const TRAP = "la t0, 1f\n csrw mtvec, t0\n .balign 4\n 1:";

/** Guests that never end, by what their turns end with. Hart 1 of two, where there is one, runs `other`. */
const ENDLESS: Readonly<Record<string, string>> = {
    computes: "1: addi a0, a0, 1\n j 1b",
    "stores to tohost": "la s0, tohost\n li t0, 2\n 1: sd t0, 0(s0)\n j 1b",
    "prints through tohost": "la s0, tohost\n li t0, 0x0101000000000041\n 1: sd t0, 0(s0)\n j 1b",
    prints: "li s0, 0x10000000\n 1: sb zero, 0(s0)\n j 1b",
    "traps on every instruction": `${TRAP} .word 0`,
    "traps on every fetch": "csrw mtvec, zero\n .word 0",
    pauses: `1: ${PAUSE}\n j 1b`,
    "waits for a timer that is due": "li t0, 0x2004000\n sd zero, 0(t0)\n li t0, 0x80\n csrw mie, t0\n 1: wfi\n j 1b",
    "waits for timer after timer": `
        li t0, 0x80
        csrw mie, t0
        li s0, 0x2004000
    1:  csrr t1, time
        addi t1, t1, 2000
        sd t1, 0(s0)
        wfi
        j 1b`,
    "is in debt most of the time": `1: ${"addi a0, a0, 1\n".repeat(900)} j 1b`,
    calls: "la t0, 1f\n 1: jr t0",
};

/** The guest beside a hart that does `other`, with tohost watched; not run yet. */
function guestOf(source: string, options: GuestOptions = {}, other = "wfi\n j 7b"): Guest {
    const text = `
        csrr t0, mhartid
        bnez t0, 6f
        ${source}
    6:  li t0, 300
    8:  addi t0, t0, -1
        bnez t0, 8b
    7:  ${other}
        .balign 8
    tohost: .dword 0`;
    const guest = run(text, { held: true, ...options });
    guest.machine.watchHtif(Number(guest.address("tohost")));
    return guest;
}

/** What ends the run: how it is asked for, and what the machine says. */
const ENDS: Readonly<Record<string, (source: string) => { stop: object; expected: object }>> = {
    "a limit of instructions": (source) => {
        const { machine } = guestOf(source);
        const stop = machine.run({ maxInstructions: 5000 });
        expect(machine.executed).toBeGreaterThanOrEqual(5000);
        expect(machine.executed).toBeLessThan(5000 + 1200);
        return { stop, expected: { kind: "instructions" } };
    },
    "a limit of instructions that is reached": (source) => {
        const { machine } = guestOf(source);
        machine.run({ maxInstructions: 5000 });
        const { executed } = machine;
        const stop = machine.run({ maxInstructions: 0 });
        expect(machine.executed).toBe(executed);
        return { stop, expected: { kind: "instructions" } };
    },
    "a limit of rounds": (source) => ({
        stop: guestOf(source).machine.run({ maxRounds: 60 }),
        expected: { kind: "rounds" },
    }),
    "a limit of no rounds": (source) => ({
        stop: guestOf(source).machine.run({ maxRounds: 0 }),
        expected: { kind: "rounds" },
    }),
    "the host": (source) => {
        const { machine } = guestOf(source);
        machine.stop();
        const stop = machine.run();
        expect(machine.executed).toBe(0);
        return { stop, expected: { kind: "host" } };
    },
    "the finisher": (source) => {
        const finish = "li t0, 0x100000\n li t1, 0x5555\n sw t1, 0(t0)\n j 7b";
        return {
            stop: guestOf(source, { hartsPerCluster: 2 }, finish).machine.run(),
            expected: { kind: "finisher", code: 0 },
        };
    },
    "a reset": (source) => {
        const reset = "li t0, 0x100000\n li t1, 0x7777\n sw t1, 0(t0)\n j 7b";
        return { stop: guestOf(source, { hartsPerCluster: 2 }, reset).machine.run(), expected: { kind: "reset" } };
    },
    HTIF: (source) => {
        const exit = "la t0, tohost\n li t1, 7\n sd t1, 0(t0)\n j 7b";
        return {
            stop: guestOf(source, { hartsPerCluster: 2 }, exit).machine.run(),
            expected: { kind: "htif", code: 3 },
        };
    },
};

describe.each(Object.entries(ENDLESS))("a guest that %s", (_does, source) => {
    it.each(Object.entries(ENDS))("6.1, 6.2 is ended by %s", (_end, endBy) => {
        const { stop, expected } = endBy(source);
        expect(stop).toEqual(expected);
    });
});

describe("a run", () => {
    it("6.1 ends as a deadlock although tohost holds a request", () => {
        const { machine } = guestOf("la s0, tohost\n li t0, 2\n sd t0, 0(s0)\n 1: wfi\n j 1b");
        expect(machine.run().kind).toBe("deadlock");
    });

    const ends: readonly (readonly [string, string, (machine: Machine) => void])[] = [
        ["finisher", "li t0, 0x100000\n li t1, 0x5555\n sw t1, 0(t0)\n 1: j 1b", () => {}],
        ["htif", "la s0, tohost\n li t0, 1\n sd t0, 0(s0)\n 1: j 1b", () => {}],
        [
            "host",
            "li s0, 0x10000000\n sb zero, 0(s0)\n 1: j 1b",
            (machine) => (machine.onConsole = () => machine.stop()),
        ],
    ];
    it.each(ends)("6.1 in whose last turn a limit is reached ends by %s", (kind, source, prepare) => {
        const { machine } = guestOf(source);
        prepare(machine);
        expect(machine.run({ maxInstructions: 3, maxRounds: 1 }).kind).toBe(kind);
    });

    it("6.2 that traps for ever counts each trap against the limit, and retires nothing", () => {
        const { machine } = guestOf("csrw mtvec, zero\n .word 0");
        machine.run({ maxInstructions: 100_000 });
        expect(machine.hart(0).instructions).toBeLessThan(10);
        expect(machine.executed).toBeGreaterThanOrEqual(100_000);
    });

    it("6.2 counts instructions, not the cycles of their stalls", () => {
        const limit = { maxInstructions: 5000 };
        const { machine } = guestOf("la s0, tohost\n 1: ld t0, 0(s0)\n j 1b", { fidelity: "latency" });
        machine.run(limit);
        expect(machine.executed).toBe(machine.hart(0).instructions);
        expect(machine.hart(0).cycles).toBeGreaterThan(2 * machine.executed);
    });

    it("6.5 serves each turn's last value of tohost, in the order of turns", () => {
        const source = `
            csrr t0, mhartid
            la s0, tohost
            li s1, 0x0101000000000061
            add s1, s1, t0
            sd zero, 0(s0)
            sd s1, 0(s0)
            ${PAUSE}
            li t1, 3
            sd t1, 0(s0)
        1:  j 1b
            .balign 8
        tohost: .dword 0`;
        const guest = run(source, { hartsPerCluster: 3, held: true });
        let printed = "";
        guest.machine.onConsole = (byte) => {
            printed += String.fromCharCode(byte);
        };
        guest.machine.watchHtif(Number(guest.address("tohost")));
        expect(guest.machine.run()).toEqual({ kind: "htif", code: 1 });
        expect(printed).toBe("abc");
    });
});
