/**
 * The kernel's paths in guest instructions (bench/kernel) beside those on record. A path that changes by more than 5% is told; `npm run
 * test:update` records all counts again then. Smaller changes leave the record alone, so that they cannot add up unseen.
 */
import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { countPaths, type PathCounts } from "../../../boot/cli/bench/kernel-paths.ts";
import { packageFile } from "../../../boot/package-root.ts";

const GOLDEN = "kernel-paths.txt";
const BOUND = 0.05;
/** Of the cheapest paths a single instruction is more than the bound. */
const INSTRUCTIONS = 2;

function textOf(counts: PathCounts): string {
    return Object.entries(counts)
        .map(([name, count]) => `${name} ${count}\n`)
        .join("");
}

function within(counts: PathCounts, golden: string): boolean {
    const recorded = golden.split("\n").flatMap((line) => (line === "" ? [] : [line.split(" ")]));
    return (
        recorded.length === Object.keys(counts).length &&
        recorded.every(([name = "", count]) => {
            const change = Math.abs((counts[name] ?? Number.NaN) - Number(count));
            return change <= Math.max(Number(count) * BOUND, INSTRUCTIONS);
        })
    );
}

it("no path of the kernel has become more than 5% slower or faster than on record", async () => {
    const counts = await countPaths();
    const file = packageFile("test", "cli", "golden", GOLDEN);
    const golden = existsSync(file) ? readFileSync(file, "utf8") : "";
    await expect(within(counts, golden) ? golden : textOf(counts)).toMatchFileSnapshot(`../golden/${GOLDEN}`);
});

it("a change is told above 5%, and any new or lost path", () => {
    expect(within({ fault: 1050, fork: 95 }, "fault 1000\nfork 100\n")).toBe(true);
    expect(within({ fault: 1051, fork: 100 }, "fault 1000\nfork 100\n")).toBe(false);
    expect(within({ fault: 949, fork: 100 }, "fault 1000\nfork 100\n")).toBe(false);
    expect(within({ fault: 1000 }, "fault 1000\nfork 100\n")).toBe(false);
    expect(within({ fault: 1000, other: 100 }, "fault 1000\nfork 100\n")).toBe(false);
});
