/** Files under races (docs/spec/files.md): descriptors, positions, appends and truncations from threads and processes in all clusters. */

import { beforeAll, describe, expect, it } from "vitest";
import { compiledGuest } from "./harness/guest.ts";
import { framesKept, nothingLeft, type Outcome, runConfig } from "./harness/run.ts";

const NIGHT = process.env.ARCHIPEL_NIGHTLY !== undefined;
const LIMIT = 300_000_000;

let guest: string;
beforeAll(async () => {
    guest = await compiledGuest("file-races");
});

interface Setting {
    readonly mesh: readonly [number, number];
    readonly harts: number;
    readonly scheduler?: "rounds" | "instruction";
    readonly rpcJitter?: number;
}

const SETTINGS: readonly Setting[] = [
    { mesh: [1, 1], harts: 4 },
    { mesh: [1, 1], harts: 4, scheduler: "instruction" },
    { mesh: [1, 1], harts: 8, scheduler: "instruction" },
    { mesh: [2, 1], harts: 2, scheduler: "instruction" },
    { mesh: [4, 1], harts: 1, rpcJitter: 3 },
    { mesh: [2, 2], harts: 2, rpcJitter: 30, scheduler: "instruction" },
];
const SEEDS = Array.from({ length: NIGHT ? 20 : 1 }, (_, i) => i + 1);
const RUNS = SETTINGS.flatMap((setting) => SEEDS.map((seed) => ({ setting, seed, name: JSON.stringify(setting) })));

async function run(args: readonly string[], { setting, seed }: { setting: Setting; seed: number }): Promise<Outcome> {
    const { mesh, harts, scheduler = "rounds", rpcJitter = 0 } = setting;
    const machine = { mesh, hartsPerCluster: harts, bankSize: "4MiB", scheduler };
    const kernel = { rpcJitter, timeSliceCycles: 3000 };
    const programs = [{ path: guest, args }];
    return runConfig({ machine, kernel, programs, seed }, { limit: LIMIT, audit: "every" });
}

/** The race was held to its rules, no invariant broke, and nothing is left: open files and pages are kernel objects and frames. */
function expectWell(outcome: Outcome): void {
    expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
    expect(outcome.report.programs.map(({ exit }) => exit)).toEqual([{ code: 0, signal: null }]);
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
}

const RACES: readonly (readonly [title: string, ...args: string[]])[] = [
    ["F1.1: three opens at once get three descriptors", "open", "200"],
    ["F1.3, F2.1: fork copies the table beside open and close", "fork", "12"],
    ["F2.1: close beside read, write and seek gives bytes or EBADF", "close", "150"],
    ["F2.2, F4.1: truncation frees no frame that a transfer uses, and shows nobody's bytes", "truncate", "25"],
    ["F3.2, F3.3: appends of threads with one descriptor", "append-shared", "20", "8"],
    ["F3.2, F3.3: appends of threads with one descriptor each", "append-threads", "20", "8"],
    ["F3.2, F3.3: appends of processes", "append-processes", "20", "8"],
    ["F3.3: appends of more than a page of processes", "append-processes", "6", "5000"],
    ["F3.4, F2.3: killed writers leave no turn, no page and no file behind", "kill", "8"],
];

describe.each(RACES)("%s", (_title, ...args) => {
    it.each(RUNS)("$name, seed $seed", async (each) => expectWell(await run(args, each)));
});

describe("F4.2, F4.3: a mapping and its file are one before and after a truncation", () => {
    it.each(RUNS)("$name, seed $seed", async (each) => expectWell(await run(["mapping"], each)));
});
