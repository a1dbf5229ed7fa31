/** Static position-independent executables (-static-pie): loaded where programs begin; addresses in messages are theirs in memory. */

import { describe, expect, it } from "vitest";
import { ELF_ZONE_BASE } from "../../kernel/abi/memory-map.ts";
import { movableGuestOf } from "./harness/guest.ts";
import { programAt, runConfig } from "./harness/run.ts";

const SOURCE = `
    .text
    .globl main
main:
    auipc a1, 0
    la a0, place
    call report
    la t0, variable
    ld a1, (t0)
    la a0, content
    call report
    sd zero, (zero)

    .section .rodata
place:
    .asciz "place"
content:
    .asciz "content"

    .data
variable:
    .dword 4711
`;

describe("a static position-independent program", async () => {
    const path = movableGuestOf("movable", SOURCE);
    const machine = { mesh: [2, 1], hartsPerCluster: 1, bankSize: "2MiB" };
    const outcome = await runConfig({ machine, programs: [{ path, cluster: 1 }] }, { audit: "every" });
    const program = programAt(outcome, 0);

    it("begins where programs begin, and finds its data", () => {
        const [place = 0, content] = [...program.output.matchAll(/^\w+ (\d+)$/gm)].map(([, value]) => Number(value));
        expect(place).toBeGreaterThanOrEqual(ELF_ZONE_BASE);
        expect(place).toBeLessThan(ELF_ZONE_BASE + 0x1000);
        expect(content).toBe(4711);
        expect(outcome.report.audit?.violation).toBeNull();
    });

    it("is named by function, file and line at a fault", () => {
        const line = SOURCE.split("\n").indexOf("    sd zero, (zero)") + 1;
        expect(program.fault).toMatchObject({ function: "main", file: "movable.S", line });
        expect(program.fault?.pc).toBeGreaterThan(ELF_ZONE_BASE);
    });
});
