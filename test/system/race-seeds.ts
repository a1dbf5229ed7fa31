/**
 * How many seeds until a race shows: `npx tsx test/system/race-seeds.ts ROLES ROUNDS SCHEDULE FIRST LAST [AUDIT]`, a line for each seed that fails
 * and a last one with their number (docs/races.md).
 */

import { type Race, raceProblem, type Schedule } from "./harness/race.ts";

const [roles = "", rounds = "4", schedule = "drawn", first = "1", last = "20", audit] = process.argv.slice(2);
let failed = 0;
for (let seed = Number(first); seed <= Number(last); seed++) {
    const race = { roles, rounds: Number(rounds), seed, schedule: schedule as Schedule };
    const began = performance.now();
    const found = await raceProblem(audit === undefined ? race : ({ ...race, audit } as Race));
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    if (found !== undefined) failed++;
    console.log(`seed ${seed} (${seconds} s): ${found?.slice(0, 1000) ?? "well"}`);
}
console.log(`${failed} of ${Number(last) - Number(first) + 1} fail`);
