/** The guests of `guests/*` come to what they come to on QEMU, on every engine and in both regimes. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileCore } from "../../../boot/build/core.ts";
import { compileGuest } from "../../../boot/cli/bench/guests.ts";
import { makeBareMachine, TURN_DEFAULTS } from "../../../boot/system/bare-machine.ts";
import { ENGINES } from "../../../emu/host/machine-options.ts";

const COMPILER = "riscv64-linux-gnu-gcc";
const missing = spawnSync(COMPILER, ["--version"]).status !== 0;
const MOST_INSTRUCTIONS = 200_000_000;

/** Name, trips, and the checksum that QEMU prints. */
const GUESTS = [
    ["quicksort", 1, "5728e788dbe012f1"],
    ["memcpy", 2, "69e0891c0063176b"],
    ["chase", 1, "0000000000005ab8"],
    ["triad", 2, "d0b593517bcae4ab"],
    ["matmul", 1, "a896ec5b05f3524f"],
    ["dhrystone", 1, "214f8afb41b3d110"],
    ["coremark", 3, "0000000000000163"],
    ["dispersed", 20, "95fcceba25d3a6a0"],
    ["calls", 1, "000000000016e913"],
    ["cold", 1, "5566c065a4bb5f51"],
    ["ecalls", 1, "00000000000186a0"],
] as const;
/** It has a trap handler of its own. */
const MACHINE_MODE = ["ecalls"];

let folder = "";
beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "bench-guests-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(missing)("guests/*", () => {
    it.each(GUESTS)("%s, %i trips: %s", async (name, trips, checksum) => {
        const core = await compileCore();
        for (const sv39 of MACHINE_MODE.includes(name) ? [false] : [false, true]) {
            const file = compileGuest(COMPILER, folder, { name, trips }, sv39);
            const hashes = new Set<string>();
            // 50,000 regions take a minute to compile.
            for (const engine of name === "cold" ? (["interpreter", "auto"] as const) : ENGINES) {
                let printed = "";
                const guest = { firmware: { bytes: readFileSync(file), file } };
                const shape = { mesh: [1, 1] as const, harts: 1, memory: 2 ** 27 };
                const options = { guest, ...shape, seed: 1, turns: TURN_DEFAULTS, engine: { engine } };
                const machine = makeBareMachine(options, core, (byte) => {
                    printed += String.fromCharCode(byte);
                });
                expect(machine.step(MOST_INSTRUCTIONS, MOST_INSTRUCTIONS)).toMatchObject({
                    ended: true,
                    end: "exit",
                    code: 0,
                });
                expect({ engine, printed }).toEqual({ engine, printed: `${checksum}\n` });
                hashes.add(machine.stateHash());
            }
            expect(hashes.size).toBe(1);
        }
    });
});
