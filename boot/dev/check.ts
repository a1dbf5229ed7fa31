/** `npm run check`: types, lint and format, layering, unused code. One line per step; the output of those that fail. */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { packageRoot } from "../package-root.ts";

interface Step {
    readonly name: string;
    /** A tool of node_modules/.bin and its arguments. */
    readonly command: readonly [string, ...string[]];
    /** Its output is shown in any case. */
    readonly tells?: boolean;
}

const STEPS: readonly Step[] = [
    { name: "types (tsc -b)", command: ["tsc", "-b"] },
    { name: "types of guest code (asc)", command: ["tsx", "boot/dev/check-guest.ts"] },
    {
        name: "lint and format (biome)",
        command: ["biome", "ci", "--colors=off", "--diagnostic-level=warn", "--error-on-warnings"],
    },
    { name: "layering", command: ["vitest", "run", "test/layering.test.ts", "--reporter=dot"] },
    { name: "the house", command: ["tsx", "boot/dev/house.ts"], tells: true },
    { name: "unused code (knip)", command: ["knip", "--no-progress"] },
];

const failed = STEPS.filter((step) => !passes(step));
process.stdout.write(
    failed.length === 0 ? "check: all good\n" : `check: ${failed.length} of ${STEPS.length} steps failed\n`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

function passes({ name, command: [tool, ...args], tells }: Step): boolean {
    const start = performance.now();
    const result = spawnSync(join(packageRoot(), "node_modules", ".bin", tool), args, {
        cwd: packageRoot(),
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
        maxBuffer: 2 ** 26,
    });
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const good = result.status === 0;
    process.stdout.write(`${good ? "ok  " : "FAIL"} ${name} (${seconds} s)\n`);
    if (!good || tells) process.stdout.write(`${result.stdout}${result.stderr}${result.error?.message ?? ""}\n`);
    return good;
}
