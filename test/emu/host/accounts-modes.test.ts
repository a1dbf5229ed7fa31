/** Access counts by mode (docs/machine.md, "Accesses, counted and timed"), counted by hand. The oracle of accounts.test.ts tells modes apart, too. */
import { expect, it } from "vitest";
import { run } from "../engine/guest.ts";

const FOUR = { meshX: 1, meshY: 4, bankSize: 1048576, accounting: "accesses" } as const;

it("counts tell what U does from what M does, on the very instruction: of a trap the fetch is U's, and the handler M's", () => {
    const guest = run(
        `
        la t0, handler
        csrw mtvec, t0
        la t0, user
        csrw mepc, t0
        li s0, 0x80300000
        sd x0, 0(s0)
        mret
    user:
        ld t1, 0(s0)
        addi t1, t1, 1
        sd t1, 0(s0)
        amoadd.d x0, t1, (s0)
        ecall
        sd t1, 8(s0)
        ecall
        .balign 4
    handler:
        csrr t2, mepc
        addi t2, t2, 4
        csrw mepc, t2
        ld t3, 0(s0)
        addi s1, s1, 1
        li t4, 2
        beq s1, t4, 9f
        mret
        9: wfi
        j 9b
        `,
        FOUR,
    );
    const [first] = guest.machine.counters();
    const rows = guest.machine.traffic();
    const lines = rows.map(
        ({ source, mode, home, kind, operation, count }) => `${source} ${home} ${kind} ${operation} ${mode} ${count}`,
    );
    // U: ld, addi, sd, amoadd, ecall, sd, ecall; the harts of clusters 1 to 3 do the same in their own order
    const own = lines.filter((line) => line.startsWith("0 ") && line.includes("user")).sort();
    expect(own).toEqual(["0 0 0 ifetch user 7", "0 3 0 amo user 1", "0 3 0 load user 1", "0 3 0 store user 2"]);
    // Two ecalls are fetched and not retired.
    const fetched = rows.filter(({ source, operation }) => source === 0 && operation === "ifetch");
    expect(fetched.reduce((sum, { count }) => sum + count, 0)).toBe((first?.instructions ?? 0) + 2);
    expect(guest.machine.checkAccounts()).toEqual([]);
});
