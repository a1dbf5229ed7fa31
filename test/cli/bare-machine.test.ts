/** `boot --elf` on the real machine: assembled guests, their UART, exit codes, bounds, and files that cannot be run. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadBareMachine } from "../../boot/cli/bare-machine.ts";
import { type ElfRequest, runElf } from "../../boot/cli/run-elf.ts";
import { EXITS } from "../../boot/report/exit-codes.ts";
import { TURN_DEFAULTS } from "../../boot/system/bare-machine.ts";
import { deviceTree } from "../../boot/system/device-tree.ts";
import { FDT_HEADER_BYTES } from "../../boot/system/fdt.ts";
import { Geometry } from "../../emu/mem/geometry.ts";
import { mapRow } from "../../emu/mem/map.ts";
import { assemble } from "../../toolchain/asm/assemble.ts";
import { writeElf } from "../../toolchain/link/elf.ts";
import { link } from "../../toolchain/link/link.ts";
import { nodeAt, readFdt, textsOf } from "../boot/system/fdt-reader.ts";
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

function rawImage(text: string): Uint8Array {
    const flags = { read: true, write: true, execute: true };
    const segments = [{ name: "ram", address: mapRow("banks").base, sections: [".text"], flags }];
    const object = assemble(`.globl _start\n_start:\n${text}\n`, "guest.S");
    return link([object], { segments, entry: "_start" }).segments[0]?.bytes ?? new Uint8Array(0);
}

type Options = Partial<ElfRequest> & { maxInstructions?: number };

async function run(file: string, options: Options = {}) {
    const streams = keptStreams();
    const { harts = 1, memory = 2 ** 20, maxInstructions = 1e6, ...rest } = options;
    const bounds = { maxInstructions, timeoutSeconds: HUNG_SECONDS };
    const request = {
        file,
        mesh: [1, 1] as const,
        harts,
        memory,
        seed: 1,
        turns: TURN_DEFAULTS,
        bounds,
        maxMemory: 2 ** 32,
        engine: {},
        json: undefined,
        ...rest,
    };
    return { code: await runElf(request, loadBareMachine, streams), ...streams.kept };
}

function readFdtBlob(): Uint8Array {
    const geometry = new Geometry({ meshX: 1, meshY: 1, hartsPerCluster: 1, bankSize: 2 ** 20, localWindow: false });
    return deviceTree({ geometry, seed: 1 });
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

describe("what a guest begins with", () => {
    /** Ends the run with the code in t1, shifted. */
    const END = "slli t1, t1, 16\nli t2, 0x3333\nor t1, t1, t2\nli t0, 0x100000\nsw t1, 0(t0)\n9: j 9b";

    it("a1 has the machine's device tree, in big-endian words", async () => {
        // The magic number's bytes are d0 0d fe ed.
        expect((await run(guest(`lbu t1, 0(a1)\n${END}`))).code).toBe(0xd0);
        expect((await run(guest(`lbu t1, 3(a1)\n${END}`))).code).toBe(0xed);
    });

    it("a1 has the tree of --dtb instead, and --dump-dtb writes the machine's without a run", async () => {
        const dumped = join(folder, "machine.dtb");
        const { code, out, err } = await run(guest("1: j 1b"), { dumpDtb: dumped, append: "hello" });
        expect([code, out, err]).toEqual([0, "", ""]);
        const blob = readFileSync(dumped);
        expect(textsOf(nodeAt(readFdt(blob), "/chosen"), "bootargs")).toEqual(["hello"]);
        blob[FDT_HEADER_BYTES] = 77;
        writeFileSync(dumped, blob);
        expect((await run(guest(`lbu t1, ${FDT_HEADER_BYTES}(a1)\n${END}`), { dtb: dumped })).code).toBe(77);
    });

    it("raw firmware is told in a2 where the kernel is, and the kernel's file is there", async () => {
        const text = `1: ld t0, 0(a2)\nli t1, 0x4942534f\nbne t0, t1, 1b\nld t0, 16(a2)\njr t0`;
        const firmware = join(folder, "firmware.bin");
        writeFileSync(firmware, rawImage(text));
        const kernel = join(folder, "kernel.bin");
        writeFileSync(kernel, rawImage(`li t1, 42\n${END}`));
        expect((await run(firmware, { kernel, memory: 2 ** 22 })).code).toBe(42);
    });

    it("files of --load are at their addresses", async () => {
        const file = join(folder, "data");
        writeFileSync(file, Uint8Array.of(1, 2, 33));
        const text = `li t0, 0x80010002\nlbu t1, 0(t0)\n${END}`;
        expect((await run(guest(text), { loads: [{ file, address: 0x8001_0000 }] })).code).toBe(33);
        const over = await run(guest("nop"), { loads: [{ file, address: 0x8000_0002 }] });
        expect([over.code, over.err]).toEqual([
            3,
            expect.stringMatching(/data: its segment of 3B at 0x80000002 lies over/),
        ]);
    });

    it("the harts and banks of several clusters", async () => {
        // Hart 3 of 2 x 2 clusters writes into bank 3.
        const text = `li t0, 3\n9: bne a0, t0, 9b\nli t0, 0x80300008\nli t1, 7\nsd t1, 0(t0)\nld t1, 0(t0)\n${END}`;
        expect((await run(guest(text), { mesh: [2, 2], harts: 4, memory: 2 ** 22 })).code).toBe(7);
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

    it("no program at all", async () => {
        writeFileSync(join(folder, "empty"), "");
        const { code, err } = await run(join(folder, "empty"));
        const message = `${join(folder, "empty")}: is empty; give an ELF or a raw image`;
        expect([code, err]).toEqual([3, `archipel: error: ${message}\n`]);
    });

    it("a disk that is no file of whole sectors", async () => {
        const file = join(folder, "disk");
        writeFileSync(file, "short");
        const { code, err } = await run(guest("1: j 1b"), { drives: [{ file, mode: "overlay" }] });
        expect([code, err]).toEqual([
            3,
            expect.stringContaining("disk: is of 5 bytes; must be a file of whole sectors"),
        ]);
        const none = await run(guest("1: j 1b"), { drives: [{ file: join(folder, "none"), mode: "write" }] });
        const message = "none: cannot be opened for writing: there is no such file";
        expect([none.code, none.err]).toEqual([3, expect.stringContaining(message)]);
    });

    it("a device tree that is none, or cut off", async () => {
        const dtb = join(folder, "x.dtb");
        writeFileSync(dtb, "/dts-v1/; / { hello = <1>; }; // not compiled");
        const text = await run(guest("1: j 1b"), { dtb });
        expect([text.code, text.err]).toEqual([3, expect.stringContaining("x.dtb: is no flattened device tree")]);
        writeFileSync(dtb, readFdtBlob().subarray(0, 200));
        const cut = await run(guest("1: j 1b"), { dtb });
        expect([cut.code, cut.err]).toEqual([3, expect.stringMatching(/x\.dtb: is cut off: 200 bytes of \d+/)]);
    });

    it("an ELF that does not fit RAM", async () => {
        const { code, err } = await run(guest("nop", 0x9000_0000));
        expect(code).toBe(EXITS.input.code);
        expect(err).toMatch(
            /: its segment of \S+ at 0x90000000 does not fit RAM, 1MiB at 0x80000000 \(see --memory\)\n$/,
        );
    });
});
