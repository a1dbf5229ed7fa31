/**
 * How many seeds until a race shows: `npx tsx test/system/race-seeds.ts SCHEDULE SEEDS PROGRAM...` tries the seeds 1 to SEEDS under a schedule
 * (rounds, preemption, instruction, conflicts) and prints a row for each program (docs/races.md): how many fail; from any seed on, how many
 * are tried until one fails (median and worst, `-`: none does); and what the first failure says. PROGRAM: ROLES:ROUNDS of test/system/guest/race.ts,
 * or a config's program as JSON, its path a name in test/system/guest; on 2 x 2 clusters.
 */

import { compiledGuest } from "./harness/guest.ts";
import { type Race, raceProblem, type Schedule } from "./harness/race.ts";
import { showing, summary } from "./harness/seeds.ts";

const [schedule = "preemption", seeds = "20", ...programs] = process.argv.slice(2);

async function raceOf(text: string): Promise<Omit<Race, "seed">> {
    if (!text.startsWith("{")) {
        const [roles = "", rounds = "3"] = text.split(":");
        return { roles, rounds: Number(rounds) };
    }
    const program = JSON.parse(text) as { path: string };
    return {
        roles: "",
        rounds: 1,
        machine: { mesh: [2, 2] },
        program: { ...program, path: await compiledGuest(program.path) },
    };
}

for (const program of programs) {
    const race = { ...(await raceOf(program)), schedule: schedule as Schedule };
    const shown = await showing(Number(seeds), Infinity, (seed) => raceProblem({ ...race, seed }));
    console.log(`| ${program} | ${schedule} | ${summary(shown)} | ${shown.first} |`);
}
