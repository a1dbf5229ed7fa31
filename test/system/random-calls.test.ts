/**
 * Random system calls with random arguments and pointers, from several processes and threads in all clusters at once, with fork, exec,
 * kill, files and DSM among them, under the auditor, every policy switch, delayed requests and all schedulers: the kernel lives, a
 * program that has nothing to do with them is right, and every frame comes back (vmm-policy 5.9, 7.4).
 * A failure names its seed and the least that shows it. 40 seeds in `npm test`, 2,000 in `npm run test:nightly`.
 */

import { expect, it } from "vitest";
import { chaosOf, chaosProblem, shrinkChaos } from "./harness/chaos.ts";

const SEEDS = process.env.ARCHIPEL_NIGHTLY === undefined ? 40 : 2000;

it.each(Array.from({ length: SEEDS }, (_, i) => i + 1))(
    "5.9, 7.4: the kernel lives on random calls of seed %i",
    async (seed) => {
        const chaos = chaosOf(seed);
        const found = await chaosProblem(chaos);
        if (found === undefined) return;
        const least = await shrinkChaos(chaos);
        expect.fail(
            `${JSON.stringify(least)}: ${await chaosProblem(least)}\n(${JSON.stringify(chaos)}: ${found.split("\n")[0]})`,
        );
    },
);
