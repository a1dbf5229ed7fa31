/**
 * Random system calls for a range of seeds: `npx tsx test/system/chaos-seeds.ts FIRST LAST [shrink]`, a line for each seed that fails and a last
 * one with their number.
 */

import { chaosOf, chaosProblem, shrinkChaos } from "./harness/chaos.ts";

const [first = "1", last = "40", shrink] = process.argv.slice(2);
let failed = 0;
for (let seed = Number(first); seed <= Number(last); seed++) {
    const chaos = chaosOf(seed);
    const began = performance.now();
    const found = await chaosProblem(chaos);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    if (found === undefined) continue;
    failed++;
    const least = shrink === undefined ? chaos : await shrinkChaos(chaos);
    console.log(`seed ${seed} (${seconds} s): ${JSON.stringify(least)}: ${found}`);
}
console.log(`${failed} of ${Number(last) - Number(first) + 1} fail`);
