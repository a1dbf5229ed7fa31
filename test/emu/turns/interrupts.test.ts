/** Where interrupts are sampled (docs/spec/turns.md, section 5). */

import { describe, expect, it } from "vitest";
import { type GuestOptions, run } from "../engine/guest.ts";

/** Arms MSI of this hart and counts; the handler reads how far it came. */
function raised(body: string, options: GuestOptions = {}) {
    const source = `
        la t0, handler
        csrw mtvec, t0
        li t0, 8
        csrw mie, t0
        csrw mstatus, t0
        li s0, 0x2000000
        li s1, 1
        ${body}
        .balign 4
    handler:
        csrr s3, mcause
        finish`;
    return run(source, { preemption: false, ...options });
}

const COUNT = "addi s2, s2, 1\n";

describe("interrupts", () => {
    it("5.1 are taken at the end of a turn, not where they are raised", () => {
        const guest = raised(`sw s1, 0(s0)\n ${COUNT.repeat(300)} 1: j 1b`);
        expect([guest.x("s2"), guest.x("s3")]).toEqual([300n, (1n << 63n) | 3n]);
    });

    it("5.1 are taken at the start of a turn: another hart's is", () => {
        const body = `
            csrr t0, mhartid
            beqz t0, 3f
        1:  ${COUNT} j 1b
        3:  li t1, 500
        4:  addi t1, t1, -1
            bnez t1, 4b
            csrw mie, zero
            sw s1, 4(s0)
        5:  j 5b`;
        const guest = raised(body, { hartsPerCluster: 2 });
        expect([guest.stop.kind, guest.x("s3", 1)]).toEqual(["finisher", (1n << 63n) | 3n]);
    });

    it.each([
        ["a write of mie", "csrw mie, zero\n sw s1, 0(s0)\n csrw mie, t0"],
        ["a write of mstatus", "csrw mstatus, zero\n sw s1, 0(s0)\n csrw mstatus, t0"],
        ["an xRET", "la t1, 1f\n csrw mepc, t1\n li t1, 0x1880\n csrw mstatus, t1\n sw s1, 0(s0)\n mret\n 1:"],
    ])("5.1 are taken directly behind %s", (_what, body) => {
        const guest = raised(`${body}\n ${COUNT.repeat(300)} 2: j 2b`);
        expect([guest.x("s2"), guest.x("s3")]).toEqual([0n, (1n << 63n) | 3n]);
    });

    it("5.1 are not sampled where an extension begins", () => {
        const counted = (seed: number, preemption: boolean) =>
            Number(raised(`sw s1, 0(s0)\n 1: ${COUNT} j 1b`, { seed, preemption }).x("s2"));
        const later = Array.from({ length: 200 }, (_, seed) => counted(seed, true) - counted(seed, false));
        expect(Math.min(...later)).toBe(0);
        expect(later.filter((more) => more > 0).length).toBeGreaterThan(3);
        expect(Math.max(...later)).toBeGreaterThan(16);
    });

    it("5.2 a timer is seen by the hart's own clock", () => {
        const source = `
            la t0, handler
            csrw mtvec, t0
            li t0, 0x2004000
            li t1, 150
            sd t1, 0(t0)
            li t0, 0x80
            csrw mie, t0
            csrsi mstatus, 8
        1:  j 1b
            .balign 4
        handler:
            csrr s0, mcycle
            finish`;
        // quantum 100: the first turn ends before 150, or behind it when jitter, less than 50, and overshoot take it there
        for (let seed = 0; seed < 20; seed++) {
            const clock = Number(run(source, { seed, preemption: false }).x("s0"));
            expect(clock).toBeGreaterThanOrEqual(150);
            expect(clock).toBeLessThan(251);
        }
    });
});
