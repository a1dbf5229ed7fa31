/**
 * How many seeds until a race shows: `npx tsx test/system/race-seeds.ts SCHEDULE SEEDS ROLES:ROUNDS...` tries the seeds 1 to SEEDS under a schedule
 * (rounds, preemption, instruction, conflicts) and prints a row for each program (docs/races.md): how many fail; from any seed on, how many are tried
 * until one fails (median and worst, `-`: none does); and what the first failure says.
 */

import { type Race, raceProblem, type Schedule } from "./harness/race.ts";

const [schedule = "preemption", seeds = "20", ...programs] = process.argv.slice(2);

/** By starting seed, the number of seeds until one fails, as far as one is known. */
function distances(failed: readonly boolean[]): number[] {
    return failed.flatMap((_, start) => {
        const next = failed.indexOf(true, start);
        return next < 0 ? [] : [next - start + 1];
    });
}

function summary(failed: readonly boolean[]): string {
    const sorted = distances(failed).sort((a, b) => a - b);
    const [median, worst] = [sorted[sorted.length >> 1] ?? "-", sorted.at(-1) ?? "-"];
    return `${failed.filter(Boolean).length} of ${failed.length} | ${median} | ${worst}`;
}

for (const program of programs) {
    const [roles = "", rounds = "3"] = program.split(":");
    const failed: boolean[] = [];
    let first = "";
    for (let seed = 1; seed <= Number(seeds); seed++) {
        const race: Race = { roles, rounds: Number(rounds), seed, schedule: schedule as Schedule };
        const found = await raceProblem(race);
        failed.push(found !== undefined);
        if (first === "" && found !== undefined) first = `${seed}: ${found.split("\n")[0]?.slice(0, 120)}`;
    }
    console.log(`| ${roles} | ${schedule} | ${summary(failed)} | ${first} |`);
}
