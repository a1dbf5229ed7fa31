/** Input files that are no program, and configs that make no machine: one message, exit 3, 2 or 6, nothing booted. */

import { describe, expect, it } from "vitest";
import { archipel, archipelProcess, type CommandResult, configFile, errorLines, HOST_TRACE } from "./harness/cli.ts";
import { elfOf, guestImage, placeFile, programSource } from "./harness/guest.ts";

const MACHINE = { mesh: [1, 1], hartsPerCluster: 1, bankSize: "1MiB" };
const GOOD = elfOf(guestImage("many-threads", programSource("many-threads")));
const PROGRAM_HEADER = 64;

/** The good ELF with some bytes changed: [offset, width, value]. */
function changed(...edits: readonly (readonly [offset: number, width: 1 | 2 | 4 | 8, value: number])[]): Uint8Array {
    const bytes = Uint8Array.from(GOOD);
    const view = new DataView(bytes.buffer);
    for (const [offset, width, value] of edits) {
        if (width === 1) view.setUint8(offset, value);
        else if (width === 2) view.setUint16(offset, value, true);
        else if (width === 4) view.setUint32(offset, value, true);
        else view.setBigUint64(offset, BigInt(value), true);
    }
    return bytes;
}

const second = PROGRAM_HEADER + 56;
const BAD_ELFS: readonly (readonly [name: string, bytes: Uint8Array, message: RegExp])[] = [
    ["empty", new Uint8Array(0), /is not an ELF file/],
    ["text", new TextEncoder().encode("#!/bin/sh\necho hello\n"), /is not an ELF file/],
    ["short-header", GOOD.subarray(0, 40), /is cut short: 40 bytes/],
    ["short-program-headers", GOOD.subarray(0, 100), /is cut short: program headers end at/],
    ["short-segment", GOOD.subarray(0, GOOD.length >> 1), /is cut short: the bytes of segment/],
    ["32-bit", changed([4, 1, 1]), /is a 32-bit ELF file/],
    ["big-endian", changed([5, 1, 2]), /is a big-endian ELF file/],
    ["x86", changed([18, 2, 62]), /is for machine 62, not RISC-V/],
    ["object-file", changed([16, 2, 1]), /is of ELF type 1, not an executable/],
    ["dynamic", changed([16, 2, 3], [second, 4, 3]), /is dynamically linked; link it with -static/],
    ["dynamic-at-fixed-address", changed([second, 4, 3]), /is dynamically linked; link it with -static/],
    [
        "position-independent-too-high",
        changed([16, 2, 3], [second + 16, 8, 0x1fffe000]),
        /does not fit into user space/,
    ],
    ["rv64e", changed([48, 4, 9]), /is for RV64E/],
    ["quad", changed([48, 4, 7]), /lp64q.*compile it with -mabi=lp64d or lp64/],
    ["no-headers", changed([56, 2, 0]), /has no program headers/],
    ["nothing-to-load", changed([PROGRAM_HEADER, 4, 6], [second, 4, 6]), /has no loadable segment/],
    ["file-larger-than-memory", changed([PROGRAM_HEADER + 40, 8, 1]), /more bytes in the file than in memory/],
    ["write-and-execute", changed([PROGRAM_HEADER + 4, 4, 7]), /writable and executable/],
    ["shared-page", changed([second + 16, 8, 0x10ff8]), /two segments that share the page of 0x10ff8/],
    ["kernel-address", changed([second + 16, 8, 0x80000000]), /does not fit into user space: .* at 0x80000000/],
    ["low-address", changed([PROGRAM_HEADER + 16, 8, 0x2000]), /does not fit into user space: .* at 0x2000/],
    ["too-large", changed([second + 40, 8, 0x20000000]), /does not fit into user space/],
    ["entry-in-data", changed([24, 8, 0x400000]), /has its entry 0x400000 in no executable segment/],
    ["entry-nowhere", changed([24, 8, 0]), /has its entry 0x0 in no executable segment/],
];

function expectRefused(result: CommandResult, code: number, message: RegExp): void {
    expect(errorLines(result)).toEqual([expect.stringMatching(message)]);
    expect(result.code).toBe(code);
    expect(result.err).not.toMatch(HOST_TRACE);
    expect(result.out).not.toContain("[kernel");
}

describe("6.2: ELF files that are no program: exit 3", () => {
    it.each(BAD_ELFS)("%s", async (name, bytes, message) => {
        const path = placeFile(`bad-${name}`, bytes);
        const config = configFile("bad-elf", { machine: MACHINE, programs: [{ path }, { path: "hello" }] });
        const result = await archipel("boot", config);
        expectRefused(result, 3, message);
        expect(errorLines(result)[0]).toContain(`program ${path}: `);
    });

    it("one that does not fit the boot cluster's bank", async () => {
        const source = `${programSource("many-threads")}\n.data\n.fill 262144, 4, 1\n`;
        const path = placeFile("large", elfOf(guestImage("large", source)));
        const config = configFile("large", { machine: MACHINE, programs: [{ path }] });
        expectRefused(
            await archipel("boot", config),
            3,
            /the programs take \d+ bytes.*make \/machine\/bankSize larger/,
        );
    });

    it("one that is not there", async () => {
        const config = configFile("missing", { machine: MACHINE, programs: [{ path: "nowhere/missing.elf" }] });
        expectRefused(await archipel("boot", config), 3, /program "nowhere\/missing.elf": no such program or file/);
    });

    it("a directory", async () => {
        const config = configFile("directory", { machine: MACHINE, programs: [{ path: "." }] });
        expectRefused(await archipel("boot", config), 3, /program \.: cannot be read/);
    });

    it("a misspelt name: what was meant", async () => {
        const config = configFile("misspelt", { machine: MACHINE, programs: [{ path: "helo" }] });
        expectRefused(await archipel("boot", config), 3, /program "helo": .*did you mean hello\?/);
    });
});

describe("configs that make no machine", () => {
    it("more memory than one WebAssembly.Memory has: exit 2, with a bank size that fits", async () => {
        const machine = { mesh: [16, 16], hartsPerCluster: 4, bankSize: "1GiB" };
        const config = configFile("huge", { machine, programs: [{ path: "hello" }] });
        expectRefused(await archipel("boot", config), 2, /\/machine\/bankSize is "1GiB"; must let RAM .* fit the 4GiB/);
    });

    it("more memory than --max-memory: exit 6", async () => {
        const config = configFile("limited", { machine: MACHINE, programs: [{ path: "hello" }] });
        const result = await archipel("boot", config, "--max-memory", "1MiB");
        expectRefused(result, 6, /the machine needs .*, more than --max-memory 1MiB/);
    });

    it("more than init can start: said before the boot, never a kernel panic", async () => {
        const programs = Array.from({ length: 129 }, () => ({ path: "hello" }));
        const result = await archipel("boot", configFile("programs-129", { machine: MACHINE, programs }));
        expectRefused(result, 2, /\/programs .*at most 128/);
    });
});

it("as a process of its own: one line on stderr beside the progress, no stack trace, exit 3", () => {
    const path = placeFile("bad-x86", changed([18, 2, 62]));
    const result = archipelProcess("boot", configFile("bad-elf", { machine: MACHINE, programs: [{ path }] }));
    expectRefused(result, 3, /is for machine 62, not RISC-V/);
});
