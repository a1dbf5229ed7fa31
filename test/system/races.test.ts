/**
 * Race-directed programs: workers in all clusters do at once what once broke the kernel, each checking what it sees (test/system/guest/race.ts),
 * beside a program that must be right whatever they do, under audits; afterwards every frame is back. The seed draws machine, policies,
 * delayed requests, schedule and audits. How soon each family shows the fault it was made for: docs/races.md.
 * A failure names the fewest workers and rounds that show it. A few seeds each in `npm test`, 200 in `npm run test:nightly`.
 */

import { describe, expect, it } from "vitest";
import { type Race, raceAudit, raceProblem, shrinkRace } from "./harness/race.ts";

const NIGHTLY = process.env.ARCHIPEL_NIGHTLY !== undefined;
const SEEDS = NIGHTLY ? 200 : 4;

interface Family extends Omit<Race, "seed"> {
    /** The fact, with its rule. */
    readonly fact: string;
}

/** Letters: test/system/guest/race.ts. Each family has forks, faults or waits of several clusters that meet. */
const FAMILIES: readonly Family[] = [
    { fact: "5.9.4: forks beside faults, maps and unmaps of other clusters end", roles: "FTTT", rounds: 3 },
    { fact: "5.9.4, 7.2: three forks at once end, each child whole", roles: "FFF", rounds: 3 },
    { fact: "5.9.4, 5.9.5: forks beside changes of rights see one moment of each page", roles: "FWGF", rounds: 3 },
    { fact: "5.9.2: forks beside the ends of threads copy no stack that is gone", roles: "SSFF", rounds: 3 },
    { fact: "5.9.2: a stack that ends while others touch it leaves no entry", roles: "LLS", rounds: 2 },
    { fact: "5.9.2: pages that go while others use them are gone, or the user is ended", roles: "UUT", rounds: 3 },
    { fact: "5.9.7: a cluster's first thread gets the rights that hold", roles: "VVV", rounds: 3 },
    { fact: "5.9.7: so with changes by others meanwhile", roles: "VWT", rounds: 3, kernel: { registration: "lazy" } },
    { fact: "5.9.3: a kill ends every kind of wait, and is the status", roles: "KKF", rounds: 3 },
    { fact: "5.9.3: so does an exit, of all or of the last thread", roles: "HHF", rounds: 3 },
    { fact: "5.9.3, 5.9.8: exec ends the others' waits, of two at once one wins", roles: "XXF", rounds: 3 },
    { fact: "7.4: a kill at any moment of an exec is the status", roles: "YYF", rounds: 3 },
    { fact: "5.9.8, 7.4: exec of a damaged file is an error or a signal, never an exit", roles: "EEE", rounds: 8 },
    { fact: "7.2: an orphan has no parent, also when its PID comes again", roles: "NNF", rounds: 2 },
    { fact: "5.9.3: no turn of a lock that waits in futex is lost", roles: "QQQQF", rounds: 6 },
    { fact: "5.9.6: sleepers of all clusters sleep long enough beside work", roles: "DDDT", rounds: 4 },
    { fact: "5.9.1: descriptors are one thread's each, files one worker's", roles: "OOOF", rounds: 3 },
    { fact: "5.9.1: calls on descriptors that others close are right or EBADF", roles: "CCCCO", rounds: 12 },
    { fact: "5.9.1, 7.2: forks beside closes share what is open, or not", roles: "FCCC", rounds: 3 },
    { fact: "5.9.1: appended records are whole, and all there", roles: "AAAA", rounds: 8 },
    { fact: "5.9.1: an emptied file's frames are not written any more", roles: "RRRRTT", rounds: 16 },
    { fact: "6.1, 5.9.9: ranges that are not the program's are refused", roles: "ZT", rounds: 2 },
    { fact: "5.9.9: long calls end, and a program beside them goes on", roles: "BT", rounds: 1 },
];

/** Each family has seeds of its own, so that few of them draw all machines and policies together. */
function seedsOf(index: number): number[] {
    return Array.from({ length: SEEDS }, (_, i) => (NIGHTLY ? i + 1 : index * 7 + i + 1));
}

describe.each(FAMILIES.map((family, index) => ({ ...family, index })))("$fact", (family) => {
    it.each(seedsOf(family.index))("seed %i", async (seed) => {
        const race: Race = { ...family, seed, audit: raceAudit(seed) };
        const found = await raceProblem(race);
        if (found === undefined) return;
        const { roles, rounds } = await shrinkRace(race);
        expect.fail(
            `${roles} ${rounds} ${seed}: ${await raceProblem({ ...race, roles, rounds })}\n(${family.roles}: ${found})`,
        );
    });
});
