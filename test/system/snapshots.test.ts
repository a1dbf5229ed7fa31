/** --snapshot-at and --restore (interface.md 7): a run from a snapshot ends as the run that it was taken of, with the same document. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { mapRow } from "../../emu/mem/map.ts";
import { assemble } from "../../toolchain/asm/assemble.ts";
import { writeElf } from "../../toolchain/link/elf.ts";
import { link } from "../../toolchain/link/link.ts";
import { archipel, configFile, errorLines } from "./harness/cli.ts";
import { GUEST_FOLDER, guest } from "./harness/guest.ts";

/** Hart 0 prints the digits by way of tohost, with pauses between; the other counts. */
const COUNTS = `
    .globl _start, tohost
_start:
    bnez a0, 3f
    li s0, 0
    li s1, 10
    la s2, tohost
1:  li t0, 3000
2:  addi t0, t0, -1
    bnez t0, 2b
    li t0, 0x0101000000000030
    add t0, t0, s0
    sd t0, 0(s2)
    addi s0, s0, 1
    bne s0, s1, 1b
4:  wfi
    j 4b
3:  li t0, 50000
5:  addi t0, t0, -1
    bnez t0, 5b
    j 4b
    .balign 8
tohost: .dword 0
`;
const FLAGS = { read: true, write: true, execute: true };
const LAYOUT = {
    segments: [{ name: "ram", address: mapRow("banks").base, sections: [".text"], flags: FLAGS }],
    entry: "_start",
};

const file = (name: string) => join(GUEST_FOLDER, `snapshots-${name}`);

/** The document without what was compiled and by what. */
function documentOf(name: string): object {
    const { engine: _engine, jit: _jit, ...rest } = JSON.parse(readFileSync(name, "utf8"));
    return rest;
}

const programs = [
    { path: "threads" },
    { path: "share", nodes: 4 },
    { path: guest("threads"), args: ["killed"] },
    { path: guest("dsm"), args: ["counter"], nodes: 3 },
];
const MACHINE = { mesh: [2, 2], hartsPerCluster: 2, bankSize: "4MiB" };

describe("a run from a snapshot of a system", () => {
    it.each([
        ["functional", {}, []],
        ["latency", { fidelity: "latency" }, ["--false-sharing"]],
        ["timing", { fidelity: "timing", l1dSize: 4096 }, []],
        ["conflicts", { scheduler: "conflicts" }, []],
    ] as const)("%s: same hashes, same document", async (name, machine, options) => {
        const config = configFile(`snapshots-${name}.json`, {
            machine: { ...MACHINE, ...machine },
            kernel: { dsmConsistency: "release" },
            programs,
        });
        const [whole, part] = [file(`${name}-whole.json`), file(`${name}-part.json`)];
        const first = await archipel("boot", config, ...options, "--json", whole);
        expect([first.code, first.err]).toEqual([1, expect.stringContaining("SIGSEGV")]);
        const cycles = JSON.parse(readFileSync(whole, "utf8")).machine.cycles.value as number;
        const ats = [0.02, 0.4, 0.9].map((share, i) => [Math.floor(share * cycles), file(`${name}-${i}`)] as const);
        const taking = ats.flatMap(([cycle, to]) => ["--snapshot-at", `${cycle}=${to}`]);
        await archipel("boot", config, ...options, ...taking, "--json", part, "--engine", "jit");
        expect(documentOf(part)).toEqual(documentOf(whole));
        for (const [i, [, from]] of ats.entries()) {
            const engine = ["interpreter", "jit", "auto"][i] as string;
            const { out, code } = await archipel(
                "boot",
                config,
                ...options,
                "--restore",
                from,
                "--json",
                part,
                "--engine",
                engine,
            );
            expect(code).toBe(1);
            expect(documentOf(part)).toEqual(documentOf(whole));
            // The console goes on where it was.
            expect(first.out.endsWith(out)).toBe(true);
        }
    });

    it("an observer that was not there begins at the snapshot, and the run says so", async () => {
        const config = configFile("snapshots-late.json", { machine: MACHINE, programs: [{ path: "share", nodes: 4 }] });
        await archipel("boot", config, "--snapshot-at", `100000=${file("late")}`);
        const { code, err } = await archipel("boot", config, "--false-sharing", "--restore", file("late"));
        expect([code, err]).toEqual([0, expect.stringContaining("archipel: false-sharing begins at the snapshot\n")]);
    });

    it("a cycle that never comes, or that was, is told", async () => {
        const config = configFile("snapshots-never.json", { machine: MACHINE, programs: [{ path: "hello" }] });
        const at = (cycle: number) => ["--snapshot-at", `${cycle}=${file("never")}`];
        const { err } = await archipel("boot", config, ...at(1e9));
        expect(err).toContain("archipel: --snapshot-at 1000000000: the run ended earlier\n");
        await archipel("boot", config, ...at(50_000));
        const { err: later } = await archipel("boot", config, "--restore", file("never"), ...at(20_000));
        expect(later).toContain("archipel: --snapshot-at 20000: the run begins later\n");
    });
});

describe("a bare-metal run from a snapshot", () => {
    it("ends as the whole run, with the rest of its output", async () => {
        writeFileSync(file("guest.elf"), writeElf(link([assemble(COUNTS, "guest.S")], LAYOUT)));
        const args = ["boot", "--elf", file("guest.elf"), "--harts", "2", "--memory", "1MiB"];
        const whole = await archipel(...args);
        expect(whole).toMatchObject({ code: 7, out: "0123456789" });
        const taken = await archipel(...args, "--snapshot-at", `40000=${file("elf")}`);
        expect(taken).toEqual(whole);
        const rest = await archipel(...args, "--restore", file("elf"), "--engine", "jit");
        expect(rest.out).toMatch(/^[2-8]+9$/);
        expect(rest).toEqual({ ...whole, out: rest.out });
    });
});

describe("files and command lines that are refused", () => {
    const config = configFile("snapshots-refused.json", { machine: MACHINE, programs: [{ path: "hello" }] });
    const restored = async (bytes: Uint8Array, ...options: string[]) => {
        writeFileSync(file("bad"), bytes);
        const result = await archipel("boot", config, "--restore", file("bad"), ...options);
        return [result.code, errorLines(result).map((line) => line.replace(/^.*snapshots-bad/, "FILE"))];
    };

    it("3: in one line that says why", async () => {
        await archipel("boot", config, "--snapshot-at", `40000=${file("good")}`);
        const good = new Uint8Array(readFileSync(file("good")));
        expect(await restored(good)).toEqual([0, []]);
        expect(await restored(new Uint8Array())).toEqual([3, ["FILE: is no snapshot of Archipel"]]);
        expect(await restored(good.map((byte, i) => (i === 18 ? byte + 1 : byte)))).toEqual([
            3,
            ["FILE: is a snapshot of another version of Archipel"],
        ]);
        expect(await restored(good.subarray(0, 1000))).toEqual([3, ["FILE: is damaged: its hash is wrong"]]);
        expect(await restored(good, "--seed", "9")).toEqual([
            3,
            ["FILE: is of another machine: it has seed 1, this one seed 9"],
        ]);
        expect(await restored(good, "--program", "sort")).toEqual([
            3,
            [`FILE: is of another config: it has programs.0.path "hello", this run programs.0.path "sort"`],
        ]);
        const missing = await archipel("boot", config, "--restore", file("missing"));
        expect([missing.code, errorLines(missing)[0]]).toEqual([3, expect.stringContaining("cannot be read")]);
    });

    it("2: --restore with --audit, and --snapshot-at without a cycle or a file", async () => {
        const lines = async (...options: string[]) => {
            const result = await archipel("boot", config, ...options);
            return [result.code, ...errorLines(result)];
        };
        expect(await lines("--restore", "x", "--audit", "all")).toEqual([
            2,
            expect.stringContaining("exclude each other"),
        ]);
        for (const text of ["x", "=x", "5=", "-1=x", "1e3=x"])
            expect(await lines(`--snapshot-at=${text}`)).toEqual([
                2,
                `--snapshot-at is ${JSON.stringify(text)}; must be CYCLE=FILE`,
            ]);
    });

    it("71: a file that cannot be written", async () => {
        const { code } = await archipel("boot", config, "--snapshot-at", "5=/nowhere/at/all");
        expect(code).toBe(71);
    });
});
