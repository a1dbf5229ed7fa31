/** `archipel top` (interface.md 11): what a frame shows, and that the run is boot's. */

import { describe, expect, it } from "vitest";
import { type FrameShape, frameLines, type Standing } from "../../boot/cli/top/frame.ts";
import { archipel } from "../system/harness/cli.ts";

const NONE = { local: 0, throughZ: 0, spurious: 0 };
const SHAPE: FrameShape = { title: "t", mesh: [2, 1], hartsPerCluster: 2, width: 80, height: 24, color: false };

function standing(clock: number, instructions: readonly [number, number], remote: number, faults = 0): Standing {
    const clusters = instructions.map((count, cxy) => ({
        cxy,
        harts: 2,
        instructions: count,
        cycles: clock,
        faults: {
            CODE: NONE,
            DATA: NONE,
            STACK: NONE,
            HEAP: { ...NONE, local: faults },
            REMOTE: NONE,
            FILE: NONE,
            DSM: NONE,
        },
        rpcs: { sent: 3, served: 3 },
        dsm: { readFaults: 0, writeFaults: 0 },
        spills: 0,
    })) as unknown as Standing["clusters"];
    const row = { mode: "user" as const, kind: "HEAP" as const };
    const traffic = [
        { ...row, source: 0, home: 1, operation: "load" as const, count: remote },
        { ...row, source: 1, home: 1, operation: "load" as const, count: 1e6 },
        { ...row, source: 0, home: 1, operation: "ifetch" as const, count: 1e6 },
    ];
    const pages = new Map([
        ["a 0x1", 2],
        ["b 0x2", 9],
    ]);
    return { clock, instructions: instructions[0] + instructions[1], clusters, traffic, pages };
}

describe("a frame", () => {
    const before = standing(1_000_000, [1_000_000, 0], 10, 1);
    const lines = frameLines(SHAPE, standing(2_000_000, [3_000_000, 500_000], 40, 5), before);

    it("tells of the cycles since the one before", () => {
        expect(lines[1]).toBe("cycle 2,000,000   instructions 3,500,000   +1,000,000 cycles");
        expect(lines[2]).toContain("faults 8.0   requests 0.0");
        expect(lines[3]).toBe("hottest bank: 1, 30 data accesses from other clusters");
    });

    it("has a cell for each cluster: how busy its harts are, how hot its bank is", () => {
        expect(lines.slice(5, 7)).toEqual(["harts busy    banks, from other clusters", "██ ▒▒            ██ "]);
    });

    it("names the pages with the most faults first", () => {
        expect(lines.slice(-2)).toEqual(["       9  b 0x2", "       2  a 0x1"]);
    });

    it("fits the terminal", () => {
        const small = frameLines({ ...SHAPE, width: 30, height: 4 }, before, undefined);
        expect(small.length).toBe(4);
        expect(Math.max(...small.map((line) => line.length))).toBe(30);
    });
});

describe("archipel top", () => {
    it("prints a frame each so many cycles, and ends in boot's state", async () => {
        const args = ["configs/default.json", "--program", "hello"];
        const top = await archipel("top", ...args, "--every", "40000");
        const boot = await archipel("boot", ...args, "--quiet");
        const [hash] = /state hash: \w+/.exec(boot.out) ?? [];
        expect(top.out).toContain(hash);
        const clocks = [...top.out.matchAll(/^cycle ([\d,]+)/gm)].map(([, clock = ""]) =>
            Number(clock.replaceAll(",", "")),
        );
        expect(clocks.slice(0, -1)).toEqual(clocks.slice(0, -1).map((_, i) => 40_000 * (i + 1)));
        expect(clocks.length).toBeGreaterThan(2);
        expect(top.code).toBe(0);
        expect((await archipel("top", ...args, "--every", "40000")).out).toBe(top.out);
    });

    it("has boot's exit codes", async () => {
        const bound = await archipel("top", "--program", "hello", "--max-instructions", "1000");
        expect(bound.code).toBe((await archipel("boot", "--program", "hello", "--max-instructions", "1000")).code);
        expect((await archipel("top", "--every", "0")).code).toBe(2);
    });
});
