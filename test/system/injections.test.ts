/**
 * Every allocation that fails, and every gap before a lock that is long, in turn (kernel/mutants/injection.ts): the kernel lives, a program that has
 * nothing to do with it is right, what was half done is undone, every frame comes back (vmm-policy 5.7, 5.9.8).
 * A sample of the numbers in `npm test`, all in `npm run test:nightly`.
 */

import { describe, expect, it } from "vitest";
import { INJECT_DELAY, INJECT_FAILURE } from "../../kernel/mutants/injections.ts";
import { compiledGuest } from "./harness/guest.ts";
import { countEvents, injectedProblem, runInjected, spread } from "./harness/inject.ts";

const NIGHTLY = process.env.ARCHIPEL_NIGHTLY !== undefined;
const BANK_SIZE = 2 ** 22;
const [race, chaos] = await Promise.all([compiledGuest("race"), compiledGuest("chaos")]);

/** Each with threads; the first two fork, the third has files, the others DSM. */
const PROGRAMS = {
    "forks, maps and threads": { path: race, args: ["3", "5", "FTS"] },
    "children of many threads": { path: race, args: ["2", "3", "UV"] },
    "files and forks": { path: race, args: ["3", "2", "OAF"] },
    "random calls of nodes": { path: chaos, args: ["7", "1", "2", "60"], nodes: 2 },
    radix: { path: "radix", args: ["600"], nodes: 2 },
};

function configOf(name: keyof typeof PROGRAMS) {
    return {
        machine: { mesh: [3, 1], hartsPerCluster: 2, bankSize: "4MiB" },
        // The other program is in a cluster of its own, with its memory.
        kernel: { heap: "first-touch", data: "first-touch", rpcJitter: 2 },
        programs: [
            { cluster: 0, ...PROGRAMS[name] },
            { path: "sort", args: ["3000"], threads: 1, cluster: 2 },
        ],
        seed: 1,
    };
}

const names = Object.keys(PROGRAMS) as (keyof typeof PROGRAMS)[];
const cases = names.flatMap((name) => [0, 1].map((cluster) => ({ name, cluster })));

async function problems(name: keyof typeof PROGRAMS, what: number, cluster: number, sample: number): Promise<string[]> {
    const config = configOf(name);
    const most = await countEvents(config, BANK_SIZE, what, cluster);
    expect(most).toBeGreaterThan(10);
    const found: string[] = [];
    for (const number of spread(most, NIGHTLY ? 20_000 : sample)) {
        const { outcome, events } = await runInjected(config, BANK_SIZE, { what, cluster, number }, "end");
        const problem = injectedProblem(outcome) ?? (events < number ? "not met" : undefined);
        if (problem !== undefined) found.push(`${number} of ${most}: ${problem}`);
    }
    return found;
}

describe.each(cases)("$name, cluster $cluster", ({ name, cluster }) => {
    it("5.9.8: an allocation that fails leaves nothing half done", async () => {
        expect(await problems(name, INJECT_FAILURE, cluster, 12)).toEqual([]);
    });

    it("5.9.1: a long gap before a lock changes no result", async () => {
        expect(await problems(name, INJECT_DELAY, cluster, 6)).toEqual([]);
    });
});
