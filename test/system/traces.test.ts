/** --trace-commits and --trace-asm (interface.md 8). */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { mapRow } from "../../emu/mem/map.ts";
import { assemble } from "../../toolchain/asm/assemble.ts";
import { writeElf } from "../../toolchain/link/elf.ts";
import { link } from "../../toolchain/link/link.ts";
import { archipel, configFile, errorLines } from "./harness/cli.ts";
import { GUEST_FOLDER } from "./harness/guest.ts";

const file = (name: string) => join(GUEST_FOLDER, `traces-${name}`);
const read = (name: string) => readFileSync(file(name), "utf8");

const PROGRAM = `
    .globl _start, again
_start:
    la   s0, data
    li   t0, -3
    sb   t0, 1(s0)
    lhu  t1, 0(s0)
    csrrw t2, mscratch, s0
    csrr t2, mscratch
    amoadd.w t3, t1, (s0)
    lr.d t4, (s0)
    sc.d t5, s0, (s0)
    ecall
again:
    li   t0, 0x5555
    lui  t1, 0x100
    sw   t0, 0(t1)
1:  j    1b
    .balign 8
data: .dword 0
`;

const COMMITS = [
    "3 0x0000000080000000 (0x00000417) x8  0x0000000080000000",
    "3 0x0000000080000004 (0x04040413) x8  0x0000000080000040",
    "3 0x0000000080000008 (0xffd00293) x5  0xfffffffffffffffd",
    "3 0x000000008000000c (0x005400a3) mem 0x0000000080000041 0xfd",
    "3 0x0000000080000010 (0x00045303) x6  0x000000000000fd00 mem 0x0000000080000040",
    "3 0x0000000080000014 (0x340413f3) x7  0x0000000000000000 c832_mscratch 0x0000000080000040",
    "3 0x0000000080000018 (0x340023f3) x7  0x0000000080000040",
    "3 0x000000008000001c (0x00642e2f) x28 0x000000000000fd00 mem 0x0000000080000040 mem 0x0000000080000040 0x0001fa00",
    "3 0x0000000080000020 (0x10043eaf) x29 0x000000000001fa00 mem 0x0000000080000040",
    "3 0x0000000080000024 (0x18843f2f) x30 0x0000000000000000 mem 0x0000000080000040 0x0000000080000040",
    "3 0x0000000080000030 (0x00100337) x6  0x0000000000100000",
].map((line) => `core   0: ${line}`);

/** The program on one hart, with mtvec at `again`, and its traces. */
async function traced(...options: string[]) {
    const source = PROGRAM.replace("_start:", "_start:\n    .option norvc");
    const flags = { read: true, write: true, execute: true };
    const segments = [{ name: "ram", address: mapRow("banks").base, sections: [".text"], flags }];
    writeFileSync(file("guest.elf"), writeElf(link([assemble(source, "guest.S")], { segments, entry: "_start" })));
    return archipel("boot", "--elf", file("guest.elf"), "--memory", "1MiB", "--max-instructions", "40", ...options);
}

describe("--trace-commits", () => {
    it("has Spike's form, a line for each instruction that is retired", async () => {
        await traced("--trace-commits", file("commits"));
        const lines = read("commits").split("\n");
        for (const line of COMMITS.slice(0, -1)) expect(lines).toContain(line);
        // ecall traps to address 0, where nothing can be fetched.
        expect(lines).toHaveLength(11);
    });

    it("changes neither hash nor cycles, and has each instruction of a run once", async () => {
        const config = configFile("traces.json", {
            machine: { mesh: [2, 1], hartsPerCluster: 2, bankSize: "4MiB" },
            programs: [{ path: "hello" }],
        });
        const json = file("run.json");
        const whole = await archipel("boot", config, "--json", json);
        const { machine } = JSON.parse(read("run.json"));
        const hash = (out: string) => out.split("\n").at(-2);
        const all = await archipel("boot", config, "--trace-commits", file("all"), "--trace-asm", file("asm"));
        expect(hash(all.out)).toBe(hash(whole.out));
        const lines = read("all").split("\n");
        expect(lines.length - 1).toBe(machine.instructions.value);
        const asm = read("asm").split("\n");
        expect(asm.filter((line) => !line.includes(">>>>")).length - 1).toBe(machine.instructions.value);
        // Names of the kernel and of the program, each where it is entered.
        expect(asm).toContain("core   0: >>>>  kernel/main/kernel_main");
        expect(asm.some((line) => /^core {3}\d: >>>> {2}userland\/programs\/hello\//.test(line))).toBe(true);

        const part = await archipel(
            "boot",
            config,
            ...["--from", "60000", "--to", "70000", "--harts", "1,2-3"],
            ...["--trace-commits", file("part")],
        );
        expect(hash(part.out)).toBe(hash(whole.out));
        const some = read("part").split("\n").slice(0, -1);
        expect(new Set(some.map((line) => line.slice(0, 9)))).toEqual(new Set(["core   1:", "core   2:", "core   3:"]));
        const of = (from: readonly string[], hart: number) =>
            from.filter((line) => line.startsWith(`core   ${hart}:`)).join("\n");
        for (const hart of [1, 2, 3]) expect(of(lines, hart)).toContain(of(some, hart));
    });
});

describe("command lines that are refused with 2", () => {
    it.each([
        [["--from", "5"], "--from: only with --events, --trace, --trace-commits or --trace-asm"],
        [["--harts", "0"], "--harts: only with --elf, --trace-commits or --trace-asm"],
        [["--trace-asm", file("x"), "--harts", "3-1"], '--harts is "3-1"; must be a list of harts (e.g. 0,2-5)'],
        [["--trace-asm", file("x"), "--from", "5", "--to", "4"], "--to is 4; must not be before --from 5"],
        [["--trace-asm", file("x"), "--harts", "99"], "--harts: there is no hart 99; they are 0 to 7"],
    ])("%j", async (options, line) => {
        const result = await archipel("boot", ...options);
        expect([result.code, errorLines(result)]).toEqual([2, [line]]);
    });
});
