/** Bare-metal runs over made-up machines: streams, exit codes, JSON. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { type MakeBareMachine, runElf } from "../../boot/cli/run-elf.ts";
import { CommandError, guestExitCode } from "../../boot/report/exit-codes.ts";
import { RUN_SCHEMA } from "../../boot/report/run-schema.ts";
import type { BareEnd } from "../../boot/system/bare-machine.ts";
import { TURN_DEFAULTS } from "../../boot/system/bare-machine.ts";
import { HUNG_SECONDS } from "../limits.ts";
import { HASH, keptStreams } from "./fake-report.ts";

const REQUEST = {
    file: "guest.elf",
    mesh: [1, 1] as const,
    harts: 2,
    memory: 2 ** 27,
    seed: 1,
    turns: TURN_DEFAULTS,
    bounds: { maxInstructions: 1000, timeoutSeconds: HUNG_SECONDS },
    maxMemory: 2 ** 32,
    engine: {},
    json: undefined,
};

/** Prints the bytes, then ends so. */
function machine(output: string, end: BareEnd): MakeBareMachine {
    return async (_request, onByte) => ({
        step: () => {
            for (const byte of new TextEncoder().encode(output)) onByte(byte);
            return { ended: true, ...end };
        },
        receive: () => {},
        listens: () => false,
        instructions: () => 42,
        cycles: () => 43,
        clock: () => 0,
        debuggee: undefined as never,
        snapshot: () => new Uint8Array(),
        restore: () => [],
        stateHash: () => HASH,
        jit: () => ({ regions: 0, compiled: 0, instructions: 0 }),
        deviceTree: new Uint8Array([1, 2, 3]),
        written: 0,
        symbols: new Map(),
    });
}

describe("bare-metal runs", () => {
    it("stdout is the UART's bytes and nothing else; the hash is the last line of stderr", async () => {
        const streams = keptStreams();
        const code = await runElf(REQUEST, machine("hi\nthere", { end: "exit", code: 0, message: "" }), streams);
        expect(code).toBe(0);
        expect(streams.kept).toEqual({ out: "hi\nthere", err: `state hash: ${HASH}\n` });
    });

    it.each<[BareEnd, number]>([
        [{ end: "exit", code: 3, message: "" }, 3],
        [{ end: "exit", code: 256, message: "" }, 1],
        [{ end: "exit", code: 259, message: "" }, 3],
        [{ end: "max-instructions", message: "" }, 4],
        [{ end: "deadlock", message: "" }, 7],
    ])("%j ends with %d", async (end, code) => {
        expect(await runElf(REQUEST, machine("", end), keptStreams())).toBe(code);
    });

    it("a guest's failure never looks like success", () => {
        expect([0, 1, 255, 256, 512, 0xffff_ff00].map(guestExitCode)).toEqual([0, 1, 255, 1, 1, 1]);
    });

    it("a file that is no ELF: exit 3, one line", async () => {
        const streams = keptStreams();
        const make: MakeBareMachine = async () => {
            throw new CommandError("input", "guest.elf: no ELF file");
        };
        expect(await runElf(REQUEST, make, streams)).toBe(3);
        expect(streams.kept).toEqual({ out: "", err: "archipel: error: guest.elf: no ELF file\n" });
    });

    it("the JSON has the shape of any run's", async () => {
        const folder = mkdtempSync(join(tmpdir(), "archipel-test-"));
        const json = join(folder, "run.json");
        await runElf({ ...REQUEST, json }, machine("", { end: "exit", code: 3, message: "" }), keptStreams());
        const document = JSON.parse(readFileSync(json, "utf8"));
        rmSync(folder, { recursive: true });
        expect(new Ajv({ allowUnionTypes: true }).compile(RUN_SCHEMA)(document)).toBe(true);
        expect(document).toMatchObject({
            exit: { code: 3 },
            config: null,
            machine: { harts: { value: 2 }, instructions: { value: 42 } },
        });
    });

    it("--max-memory refuses the machine with exit 6", async () => {
        expect(
            await runElf(
                { ...REQUEST, maxMemory: 2 ** 20 },
                machine("", { end: "deadlock", message: "" }),
                keptStreams(),
            ),
        ).toBe(6);
    });
});
