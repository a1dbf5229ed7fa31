/** The kernel's records of real runs are such as the model's order of steps gives (vmm-policy 5.9); those of steps out of order are not. */

import { describe, expect, it } from "vitest";
import { MUTANT_UNMAP_SHARER } from "../../kernel/abi/mutants.ts";
import * as probe from "../../kernel/abi/probe.ts";
import { guest } from "../system/harness/guest.ts";
import { type Outcome, runConfig } from "../system/harness/run.ts";
import type { ModelOptions } from "./model.ts";
import { Records, type Seen, seenOf } from "./records.ts";
import { vmmWalk } from "./walk.ts";

const HARTS = 2;

/** What the first record says that the model cannot make, or undefined. */
function brokenBy(seen: Iterable<Seen>): string | undefined {
    const records = new Records();
    for (const each of seen) {
        const broken = records.add(each);
        if (broken !== undefined) return broken;
    }
    return records.atEnd();
}

/** From the end of the boot on: what an instance allocates for itself before the first record is no frame of a process. */
function seenIn(outcome: Outcome): Seen[] {
    return outcome.records.flatMap(({ hart, words }) => seenOf(Math.floor(hart / HARTS), words) ?? []);
}

const machine = { mesh: [2, 2], hartsPerCluster: HARTS, bankSize: "4MiB" };

const STRESS = { programs: [{ path: "stress", args: ["7", "60"] }] } as const;
const RUNS = [
    ["family: forks, copy-on-write", { programs: [{ path: "family" }] }],
    ["files: mmap, munmap, mprotect", { programs: [{ path: "files" }] }],
    ["exec", { programs: [{ path: guest("exec"), args: ["8", "8"] }] }],
    ["registration lazy, jitter", { kernel: { registration: "lazy", rpcJitter: 6 }, programs: [{ path: "family" }] }],
] as const;
const NIGHTLY = process.env["ARCHIPEL_NIGHTLY"] !== undefined;

describe("5.9: the records of a run are what the model's steps make", () => {
    it.each(NIGHTLY ? RUNS : RUNS.slice(0, 2))("5.9: %s", async (_, { programs, ...config }) => {
        const seen = seenIn(await runConfig({ machine, ...config, programs: [...programs] }));
        for (const what of ["vseg", "begin", "fault", "frame", "placed", "sent"])
            expect(seen.some((each) => each.what === what)).toBe(true);
        expect(brokenBy(seen)).toBeUndefined();
    });

    it("5.9: stress: threads that map and unmap; and not, when a sharer forgets a vseg after the change", async () => {
        const seen = seenIn(await runConfig({ machine, programs: [...STRESS.programs] }));
        expect(brokenBy(seen)).toBeUndefined();
        expect(brokenBy(lateForgetting(seen))).toMatch(/^I9: Z has forgotten/);
    });

    it("5.9: a kernel that does not tell the sharers of a munmap is found by its records alone", async () => {
        const run = await runConfig({ machine, programs: [...STRESS.programs] }, { mutant: MUTANT_UNMAP_SHARER });
        expect(brokenBy(seenIn(run))).toMatch(/^I9: Z has forgotten/);
    });
});

/** The records with the first vseg that a sharer forgets within a change forgotten when that has ended. */
function lateForgetting(seen: readonly Seen[]): Seen[] {
    const isStep = (each: Seen, pid: number, what: "begin" | "end") =>
        each.what === what && each.pid === pid && each.operation === probe.OPERATION_STRUCTURE;
    const at = seen.findIndex((each, i) => {
        if (each.what !== "vseg" || each.registered || each.cxy === each.pid >>> 16) return false;
        const before = seen
            .slice(0, i)
            .findLast((one) => isStep(one, each.pid, "begin") || isStep(one, each.pid, "end"));
        const gone = (one: Seen) =>
            one.what === "vseg" &&
            !one.registered &&
            one.pid === each.pid &&
            one.first === each.first &&
            one.cxy !== each.cxy;
        const end = seen.findIndex((one, j) => j > i && isStep(one, each.pid, "end"));
        return before?.what === "begin" && seen.slice(i, end).some(gone);
    });
    const late = seen[at] as Extract<Seen, { what: "vseg" }>;
    const end = seen.findIndex((each, i) => i > at && isStep(each, late.pid, "end"));
    return [...seen.slice(0, at), ...seen.slice(at + 1, end + 1), late, ...seen.slice(end + 1)];
}

describe("5.9: steps out of order are seen", () => {
    const pid = 0x10001;
    const vseg = (cxy: number, first: number, end: number, registered: boolean): Seen => ({
        what: "vseg",
        pid,
        cxy,
        isPrivate: false,
        first,
        end,
        registered,
    });
    const change = (what: "begin" | "end", cxy = 1): Seen => ({
        what,
        pid,
        cxy,
        operation: probe.OPERATION_STRUCTURE,
        vpn: 0,
    });
    const faulting = (what: "begin" | "end", cxy: number, vpn: number): Seen => ({
        what,
        pid,
        cxy,
        operation: probe.OPERATION_FAULT,
        vpn,
    });
    const resolved = (cxy: number, vpn: number): Seen => ({ what: "fault", pid, cxy, vpn });
    const sent: Seen = { what: "sent", level: 3, op: 4, client: 0, server: 1 };
    const served: Seen = { what: "served", level: 3, op: 4, client: 0, server: 1 };
    const frame = (allocated: boolean, frames = 1): Seen => ({ what: "frame", home: 0, ppn: 7, frames, allocated });
    const stack = (cxy: number, registered: boolean): Seen => ({
        what: "vseg",
        pid,
        cxy,
        isPrivate: true,
        first: 90,
        end: 92,
        registered,
    });
    const placed = (cxy: number, home: number): Seen => ({ what: "placed", cxy, home, ppn: 7, isPrivate: true });

    it("5.9: a munmap in order, with a vseg that is cut and a fault that comes too late, is none of them", () => {
        const order = [
            vseg(1, 10, 20, true),
            faulting("begin", 0, 12),
            vseg(0, 10, 20, true),
            change("begin"),
            vseg(1, 10, 20, false),
        ];
        const cut = [
            vseg(1, 10, 15, true),
            vseg(1, 15, 20, true),
            sent,
            served,
            vseg(0, 10, 20, false),
            resolved(0, 12),
        ];
        expect(
            brokenBy([...order, ...cut, vseg(1, 10, 15, false), change("end"), faulting("end", 0, 0)]),
        ).toBeUndefined();
    });

    it.each([
        ["a vseg at K before Z has it", [vseg(0, 10, 20, true)], /^I9: .* are registered/],
        [
            "Z forgets before its sharers",
            [vseg(1, 10, 20, true), vseg(0, 10, 20, true), change("begin"), vseg(1, 10, 20, false), change("end")],
            /^I9: Z has forgotten/,
        ],
        ["two vsegs at one place", [vseg(1, 10, 20, true), vseg(1, 15, 25, true)], /^I8/],
        [
            "a vseg is forgotten twice",
            [vseg(1, 10, 20, true), vseg(1, 10, 20, false), vseg(1, 10, 20, false)],
            /^5.9: .* were not registered/,
        ],
        ["two changes at once", [change("begin"), change("begin")], /^5.9.2: .* begins beside another/],
        ["a change ends twice", [change("begin"), change("end"), change("end")], /^5.9.2: .* none was begun/],
        ["a page without its vseg", [faulting("begin", 0, 12), resolved(0, 12)], /^5.1/],
        ["a page without a fault", [vseg(1, 10, 20, true), resolved(1, 12)], /^5.0/],
        ["an answer to nobody", [sent, served, served], /^5.9: request .* was not sent/],
        ["a request without answer", [sent], /^5.9: request .* never answered/],
        ["a frame freed twice", [frame(true), frame(false), frame(false)], /^I10: .* was not allocated/],
        ["a frame given twice", [frame(true), frame(true)], /^I10: .* allocated twice/],
        ["two STACKs in one slot", [stack(0, true), stack(1, true), stack(0, true)], /^I8/],
        ["a STACK goes without a change", [stack(0, true), stack(0, false)], /^5.9.2: STACK/],
        ["a page of another cluster's STACK", [stack(1, true), faulting("begin", 0, 90), resolved(0, 90)], /^5.1/],
        ["a private page is made for another cluster", [placed(0, 1)], /^I12: cluster 0/],
        ["a private page's frame lies elsewhere", [frame(true), placed(1, 1)], /^I12: frame 7/],
        ["part of a block freed", [frame(true, 2), frame(false)], /^I10: of 2 frames/],
    ] as const)("5.9: %s", (_, seen, broken) => {
        expect(brokenBy(seen)).toMatch(broken);
    });

    it("5.7: a private page whose bank is full may lie elsewhere; 6.4: STACKs of two clusters in one slot", () => {
        const spilled: Seen = { what: "spilled", ppn: 7 };
        const ends = [change("begin", 0), stack(0, false), change("end", 0), stack(0, true)];
        expect(brokenBy([frame(true), spilled, placed(1, 1), stack(0, true), stack(1, true), ...ends])).toBeUndefined();
    });

    it("5.9: what the model itself makes, in 20 walks of 2,000 steps, is in order", () => {
        for (let seed = 1; seed <= 20; seed++) expect(walked(seed, {})).toBeUndefined();
    });

    it.each([
        ["vseg gone before its sharers", /^I9/],
        ["registered during a change", /^I9/],
        ["two changes at once", /^5.9.2/],
        ["a slot is free before its STACK is gone", /^I8/],
        ["K allocates", /^I8/],
        ["Z answers with its own STACK", /^I9|^I8/],
    ] as const)('5.9: walks of a model with "%s" are seen to be out of order', (change_, broken) => {
        let found: string | undefined;
        for (let seed = 1; seed <= 40 && found === undefined; seed++) found = walked(seed, { changes: [change_] });
        expect(found).toMatch(broken);
    });
});

function walked(seed: number, options: Partial<ModelOptions>): string | undefined {
    const walk = vmmWalk(
        {
            threads: [0, 1, 1, 2],
            kinds: ["heap", "data", "stack", "code"],
            operations: ["munmap", "mmap", "protect", "fork", "life"],
            longest: 2,
            ...options,
        },
        seed,
        2000,
    );
    const records = new Records();
    for (const each of walk) {
        const broken = records.add(each);
        if (broken !== undefined) return broken;
    }
    return undefined;
}
