/** The policy switch protocol: direct (vmm-policy 9) on whole machines: what rpc gives, with requests only for what Z had to make. */

import { describe, expect, it } from "vitest";
import { PROBE_FAULT, PROBE_RPC_SENT } from "../../kernel/abi/event.ts";
import { FAULT_LOCAL, FAULT_THROUGH_Z } from "../../kernel/abi/fault.ts";
import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { RPC_GET_PAGE, RPC_GET_VSEG, RPC_TAKE_PAGE } from "../../kernel/abi/rpc-ops.ts";
import { VSEG_CODE, VSEG_STACK } from "../../kernel/abi/vseg-type.ts";
import { framesKept, nothingLeft, type Outcome, runConfig } from "./harness/run.ts";
import { touchProgram } from "./harness/touch-program.ts";

const MESHES = [
    [1, 1],
    [2, 1],
    [3, 1],
    [2, 2],
    [4, 2],
] as const;
const [CODE_PAGES, HEAP_PAGES] = [4, 40];

async function touch(mesh: readonly number[], protocol: string, race: boolean, kernel = {}): Promise<Outcome> {
    const outcome = await runConfig({
        machine: { mesh, hartsPerCluster: 1, bankSize: "2MiB" },
        kernel: { protocol, ...kernel },
        programs: [{ path: touchProgram(CODE_PAGES, HEAP_PAGES, race) }],
    });
    expect(outcome.report.programs[0]?.exit.code).toBe(0);
    expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    return outcome;
}

const sent = ({ records }: Outcome, op: number) =>
    records.filter(({ words }) => words[0] === PROBE_RPC_SENT && words[2] === op).length;

const faultsOf = ({ records }: Outcome) =>
    records
        .filter(({ words }) => words[0] === PROBE_FAULT && words[2] !== VSEG_STACK)
        .map(({ words }) => ({ type: words[2], page: Math.floor((words[3] ?? 0) / PAGE_SIZE), how: words[5] }))
        .filter(({ how }) => how === FAULT_LOCAL || how === FAULT_THROUGH_Z);

const throughZ = (outcome: Outcome) => faultsOf(outcome).filter(({ how }) => how === FAULT_THROUGH_Z).length;

/** Of these, those that have one frame for all. The entries of CODE are read where they lie (5.2). */
const publicThroughZ = (outcome: Outcome) =>
    faultsOf(outcome).filter(({ type, how }) => how === FAULT_THROUGH_Z && type !== VSEG_CODE).length;

/** Pages that Z did not have when they were first asked for: their first fault is another cluster's. */
function madeByZ(outcome: Outcome): number {
    const seen = new Set<number>();
    let made = 0;
    for (const { page, how } of faultsOf(outcome)) {
        if (!seen.has(page) && how === FAULT_THROUGH_Z) made++;
        seen.add(page);
    }
    return made;
}

describe.each(MESHES)("on %i x %i clusters", (x, y) => {
    it.each([
        ["first-thread", false],
        ["lazy", false],
        ["first-thread", true],
    ])(
        "9: protocol direct, registration %s, race %s: faults, frames and results are those of rpc",
        async (registration, race) => {
            const rpc = await touch([x, y], "rpc", race, { registration });
            const direct = await touch([x, y], "direct", race, { registration });
            const parts = ({ report }: Outcome) =>
                report.clusters.map(({ cxy, faults, frames, freeFrames }) => ({
                    // In a race Z (cluster 0) does not fault on what others have asked it for first: how often, time decides.
                    faults: race && cxy === 0 ? undefined : faults,
                    frames,
                    freeFrames,
                }));
            expect(parts(direct)).toEqual(parts(rpc));
            expect(direct.report.programs.map(({ output }) => output)).toEqual(
                rpc.report.programs.map(({ output }) => output),
            );
            const asked = sent(rpc, RPC_TAKE_PAGE) + sent(rpc, RPC_GET_PAGE);
            if (race) {
                expect(asked).toBeGreaterThanOrEqual(publicThroughZ(rpc));
                expect(asked).toBeLessThanOrEqual(throughZ(rpc));
            } else expect([asked, sent(rpc, RPC_GET_PAGE)]).toEqual([publicThroughZ(rpc), 0]);
        },
    );

    it("9: protocol direct sends RPC_GET_PAGE for the pages that Z had to make, RPC_GET_VSEG to become a sharer", async () => {
        const [rpc, direct] = [await touch([x, y], "rpc", false), await touch([x, y], "direct", false)];
        expect(sent(direct, RPC_GET_PAGE)).toBe(madeByZ(direct));
        expect(sent(direct, RPC_GET_VSEG)).toBe(sent(rpc, RPC_GET_VSEG));
        expect(throughZ(direct)).toBe(throughZ(rpc));
        expect(sent(direct, RPC_TAKE_PAGE)).toBe(0);
        if (x * y > 1) expect(sent(rpc, RPC_TAKE_PAGE)).toBeGreaterThan(HEAP_PAGES);
    });
});

it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "9: protocol direct on %i clusters: programs give their results and leave nothing",
    async (clusters) => {
        const outcome = await runConfig({
            machine: { mesh: [clusters, 1], hartsPerCluster: 1 + (clusters % 3), bankSize: "4MiB", quantum: 100 },
            kernel: { protocol: "direct", gpt: clusters % 2 === 0 ? "reference" : "on-demand" },
            programs: [
                ...["family", "files", "sort", "threads"].map((path) => ({ path })),
                { path: "stress", args: [String(clusters), "80"], cluster: clusters - 1 },
                { path: "share", nodes: clusters },
            ],
        });
        expect(outcome.report.programs.map(({ exit }) => exit.code)).toEqual([0, 0, 0, 0, 0, 0]);
        expect(framesKept(outcome)).toEqual(nothingLeft(outcome));
    },
);
