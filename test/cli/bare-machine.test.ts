/** `boot --elf` on the real machine: assembled guests, their UART, exit codes, bounds, and files that cannot be run. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadBareMachine } from "../../boot/cli/bare-machine.ts";
import { runElf, TURN_DEFAULTS } from "../../boot/cli/run-elf.ts";
import { EXITS } from "../../boot/report/exit-codes.ts";
import { mapRow } from "../../emu/mem/map.ts";
import { assemble } from "../../toolchain/asm/assemble.ts";
import { writeElf } from "../../toolchain/link/elf.ts";
import { link } from "../../toolchain/link/link.ts";
import { HUNG_SECONDS } from "../limits.ts";
import { keptStreams } from "./fake-report.ts";

let folder = "";
beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "archipel-test-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Path of an ELF made of the text, linked at `address`. */
function guest(text: string, address = mapRow("banks").base): string {
    const flags = { read: true, write: true, execute: true };
    const segments = [{ name: "ram", address, sections: [".text"], flags }];
    const file = join(folder, "guest.elf");
    writeFileSync(
        file,
        writeElf(link([assemble(`.globl _start\n_start:\n${text}\n`, "guest.S")], { segments, entry: "_start" })),
    );
    return file;
}

async function run(file: string, options: { harts?: number; memory?: number; maxInstructions?: number } = {}) {
    const streams = keptStreams();
    const { harts = 1, memory = 2 ** 20, maxInstructions = 1e6 } = options;
    const bounds = { maxInstructions, timeoutSeconds: HUNG_SECONDS };
    const request = {
        file,
        harts,
        memory,
        seed: 1,
        turns: TURN_DEFAULTS,
        bounds,
        maxMemory: 2 ** 32,
        engine: {},
        json: undefined,
    };
    return { code: await runElf(request, loadBareMachine, streams), ...streams.kept };
}

const FINISH = "li t0, 0x100000\nsw t1, 0(t0)\n9: j 9b";

describe("guests", () => {
    it("write to the UART and pass", async () => {
        const { code, out, err } = await run(
            guest(`li t0, 0x10000000\nli t1, 'A'\nsb t1, 0(t0)\nli t1, 0x5555\n${FINISH}`),
        );
        expect([code, out]).toEqual([0, "A"]);
        expect(err).toMatch(/^state hash: [0-9a-f]{64}\n$/);
    });

    it("fail with their own code, and a0 is the hart's id", async () => {
        const fail = `beqz a0, 9f\nslli t1, a0, 16\nli t2, 0x3333\nor t1, t1, t2\n${FINISH}`;
        expect((await run(guest(fail), { harts: 8 })).code).toBeGreaterThan(0);
        expect((await run(guest(`li t1, 0x73333\n${FINISH}`))).code).toBe(7);
        expect((await run(guest(`li t1, 0x3333\n${FINISH}`))).code).toBe(1);
    });

    it("end through tohost", async () => {
        const { code } = await run(
            guest("la t0, tohost\nli t1, 11\nsd t1, 0(t0)\n1: j 1b\n.balign 8\n.globl tohost\ntohost: .dword 0"),
        );
        expect(code).toBe(5);
    });

    it("that loop for ever end at --max-instructions, at the same state each time", async () => {
        const file = guest("1: addi t0, t0, 1\nj 1b");
        const first = await run(file, { maxInstructions: 12_345 });
        expect(first.code).toBe(EXITS.maxInstructions.code);
        expect(first.err).toContain("archipel: error: --max-instructions 12345 reached\n");
        expect(await run(file, { maxInstructions: 12_345 })).toEqual(first);
    });

    it("that wait for nothing end as a deadlock", async () => {
        const { code, err } = await run(guest("1: wfi\nj 1b"));
        expect([code, err.split("\n")[0]]).toEqual([7, expect.stringMatching(/^archipel: error: every hart waits/)]);
    });
});

describe("files that cannot be run end with 3 and one line", () => {
    it("a missing file", async () => {
        const { code, err } = await run(join(folder, "none"));
        expect([code, err]).toEqual([
            3,
            `archipel: error: ${join(folder, "none")}: cannot be read: there is no such file\n`,
        ]);
    });

    it("no ELF file", async () => {
        writeFileSync(join(folder, "text"), "hello");
        const { code, err } = await run(join(folder, "text"));
        expect([code, err]).toEqual([3, `archipel: error: ${join(folder, "text")} is not an ELF file\n`]);
    });

    it("an ELF that does not fit RAM", async () => {
        const { code, err } = await run(guest("nop", 0x9000_0000));
        expect(code).toBe(EXITS.input.code);
        expect(err).toMatch(
            /: its segment of \S+ at 0x90000000 does not fit RAM, 1MiB at 0x80000000 \(see --memory\)\n$/,
        );
    });
});
