/** Turns from outside: the options, the host's bounds, and ELFs whose HTIF words are nowhere (docs/spec/turns.md 2.5, 2.6, 6.4, 6.5). */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadBareMachine } from "../../boot/cli/bare-machine.ts";
import { BOOT_COMMAND, type BootParts, bootCommand } from "../../boot/cli/boot-command.ts";
import { parseCommandLine } from "../../boot/cli/options.ts";
import { type ElfRequest, runElf } from "../../boot/cli/run-elf.ts";
import { interruption } from "../../boot/interruption.ts";
import { EXITS } from "../../boot/report/exit-codes.ts";
import { TURN_DEFAULTS } from "../../boot/system/bare-machine.ts";
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

const RAM = mapRow("banks").base;

/** Path of an ELF made of the text. `symbols`: absolute ones that it has besides. */
function guest(text: string, symbols: Readonly<Record<string, number>> = {}): string {
    const flags = { read: true, write: true, execute: true };
    const segments = [{ name: "ram", address: RAM, sections: [".text"], flags }];
    const image = link([assemble(`.globl _start\n_start:\n${text}\n`, "guest.S")], { segments, entry: "_start" });
    const absolute = Object.entries(symbols).map(([name, address]) => {
        return { name, address, size: 8, kind: "object", global: true } as const;
    });
    const file = join(folder, "guest.elf");
    writeFileSync(file, writeElf({ ...image, symbols: [...image.symbols, ...absolute] }));
    return file;
}

const REQUEST: Omit<ElfRequest, "file"> = {
    mesh: [1, 1] as const,
    harts: 1,
    memory: 2 ** 20,
    seed: 1,
    turns: TURN_DEFAULTS,
    bounds: { maxInstructions: 1e9, timeoutSeconds: HUNG_SECONDS },
    maxMemory: 2 ** 32,
    engine: {},
    json: undefined,
};

async function run(file: string, change: Partial<ElfRequest> = {}) {
    const streams = keptStreams();
    const code = await runElf({ ...REQUEST, file, ...change }, loadBareMachine, streams);
    return { code, error: streams.kept.err.split("\n")[0], out: streams.kept.out };
}

/** Guests that never end, by what they do. */
const ENDLESS: Readonly<Record<string, string>> = {
    "stores to tohost":
        "la t0, tohost\n li t1, 2\n 1: sd t1, 0(t0)\n j 1b\n .balign 8\n .globl tohost\n tohost: .dword 0",
    "traps on every fetch": ".word 0",
    pauses: "1: .word 0x0100000f\n j 1b",
    computes: "1: j 1b",
    "waits for timer after timer":
        "li t0, 0x80\n csrw mie, t0\n li s0, 0x2004000\n 1: csrr t1, time\n addi t1, t1, 20\n sd t1, 0(s0)\n wfi\n j 1b",
};

describe.each(Object.entries(ENDLESS))("a guest that %s", (_does, text) => {
    const bounds = { maxInstructions: Number.MAX_SAFE_INTEGER, timeoutSeconds: HUNG_SECONDS };

    it("6.4 is ended by --max-instructions, at the same state each time", async () => {
        const first = await run(guest(text), { bounds: { ...bounds, maxInstructions: 300_000 } });
        expect(first).toMatchObject({
            code: EXITS.maxInstructions.code,
            error: "archipel: error: --max-instructions 300000 reached",
        });
        expect(await run(guest(text), { bounds: { ...bounds, maxInstructions: 300_000 } })).toEqual(first);
    });

    it("6.2, 6.3 ends at the same instruction however steps cut the run", async () => {
        const request = { ...REQUEST, file: guest(text) };
        const hash = async (step: number) => {
            const machine = await loadBareMachine(request, () => {});
            let result = machine.step(step, 123_457);
            while (!result.ended) result = machine.step(step, 123_457);
            expect(result.end).toBe("max-instructions");
            return machine.stateHash();
        };
        expect(await hash(1000)).toBe(await hash(1e9));
    });

    it("6.4 is ended by --timeout", async () => {
        const { code, error } = await run(guest(text), { bounds: { ...bounds, timeoutSeconds: 0.1 } });
        expect([code, error]).toEqual([5, "archipel: error: --timeout: not over after 0.1 s"]);
    });

    it("6.4 is ended by Ctrl-C", async () => {
        const running = run(guest(text), { bounds });
        setTimeout(() => interruption.request(), 50);
        expect((await running).code).toBe(EXITS.interrupted.code);
    });
});

describe("an ELF whose tohost or fromhost", () => {
    const SPIN = "1: j 1b";
    const RULE = "must be a multiple of 8 in RAM, 1MiB at 0x80000000 (see --memory)";
    it.each<[string, Record<string, number>, string]>([
        ["lies below RAM", { tohost: 0x10 }, "its symbol tohost is 0x10"],
        ["ends behind RAM", { tohost: RAM + 2 ** 20 }, "its symbol tohost is 0x80100000"],
        ["lies beyond all addresses", { tohost: 2 ** 60 }, "its symbol tohost is 0x1000000000000000"],
        ["is misaligned", { tohost: RAM + 0x1004 }, "its symbol tohost is 0x80001004"],
        ["acknowledges to nowhere", { tohost: RAM + 0x1000, fromhost: 0x18 }, "its symbol fromhost is 0x18"],
    ])("6.5 %s is refused with exit 3 and one line", async (_what, symbols, what) => {
        const file = guest(SPIN, symbols);
        expect(await run(file)).toEqual({
            code: EXITS.input.code,
            error: `archipel: error: ${file}: ${what}; ${RULE}`,
            out: "",
        });
    });

    it("6.5 is 0 has none", async () => {
        const bounds = { maxInstructions: 1000, timeoutSeconds: HUNG_SECONDS };
        expect((await run(guest(SPIN, { tohost: 0, fromhost: 0 }), { bounds })).code).toBe(EXITS.maxInstructions.code);
    });

    it("6.5 is inside RAM is served", async () => {
        const exit = `li t0, ${RAM + 0x1000}\n li t1, 11\n sd t1, 0(t0)\n ${SPIN}`;
        expect((await run(guest(exit, { tohost: RAM + 0x1000 }))).code).toBe(5);
    });
});

/** The request that a command line with --elf makes. */
async function requested(...args: string[]): Promise<ElfRequest> {
    let seen: ElfRequest | undefined;
    const parts: BootParts = {
        loadBootSystem: () => Promise.reject(new Error("no system is booted")),
        loadMakeBareMachine: async () => async (request) => {
            seen = request;
            throw new Error("enough is known");
        },
    };
    const json = join(folder, "run.json");
    await bootCommand(
        parseCommandLine(BOOT_COMMAND, ["--elf", "x.elf", "--json", json, ...args]),
        parts,
        keptStreams(),
    );
    expect(JSON.parse(readFileSync(json, "utf8")).stateFormat).toBeNull();
    if (seen === undefined) throw new Error("no machine was asked for");
    return seen;
}

describe("boot --elf", () => {
    it("2.5, 2.6 has a config's defaults, and its options", async () => {
        expect((await requested()).turns).toMatchObject({ scheduler: "rounds", quantum: 1000, preemption: true });
        const all = ["--scheduler", "instruction", "--quantum", "7", "--preemption", "off"];
        expect((await requested(...all)).turns).toMatchObject({
            scheduler: "instruction",
            quantum: 7,
            preemption: false,
        });
        expect((await requested("--preemption", "on")).turns).toEqual(TURN_DEFAULTS);
    });

    it("2.5, 2.6 each of them makes another run", async () => {
        const race = guest(`
            la s1, word
            li s2, 10000
        1:  ld t0, 0(s1)
            addi t0, t0, 1
            sd t0, 0(s1)
            addi s2, s2, -1
            bnez s2, 1b
            .word 0x0100000f
            .word 0x0100000f
            ld t0, 0(s1)
            slli t0, t0, 1
            li t1, 0x3333
            slli t0, t0, 16
            or t0, t0, t1
            li t1, 0x100000
            sw t0, 0(t1)
        9:  j 9b
            .balign 8
        word: .dword 0`);
        const hash = async (turns: Partial<ElfRequest["turns"]>) => {
            const streams = keptStreams();
            const request = { ...REQUEST, file: race, harts: 2, turns: { ...TURN_DEFAULTS, ...turns } };
            await runElf(request, loadBareMachine, streams);
            return streams.kept.err;
        };
        const runs = [
            {},
            { preemption: false },
            { quantum: 100 },
            { scheduler: "instruction" as const },
            { scheduler: "conflicts" as const },
        ];
        expect(new Set(await Promise.all(runs.map(hash))).size).toBe(runs.length);
    });

    it.each([
        [["--scheduler", "fair"], '--scheduler is "fair"; must be one of rounds, instruction, conflicts'],
        [["--quantum", "0"], '--quantum is "0"; must be an integer from 1 up'],
        [["--quantum", "1000001"], "--quantum is 1000001; must be at most 1000000"],
        [["--preemption", "maybe"], '--preemption is "maybe"; must be one of on, off'],
    ])("2.5, 2.6 refuses %j", async (args, message) => {
        await expect(requested(...args)).rejects.toThrow(message);
    });
});
