/** boot/default: seconds of a whole `boot` of the default config, after a first one has filled the build cache. */

import { spawnSync } from "node:child_process";
import { packageFile, packageRoot } from "../../package-root.ts";
import { type Benchmark, type BenchRow, measuredRow, skippedRow } from "./types.ts";

const NAME = "boot/default";
const SAMPLES = 5;

export const BOOT_DEFAULT: Benchmark = { name: NAME, run };

async function run(note: (text: string) => void): Promise<readonly BenchRow[]> {
    const samples: number[] = [];
    for (let sample = 0; sample <= SAMPLES; sample++) {
        note(sample === 0 ? "filling the build cache" : `sample ${sample} of ${SAMPLES}`);
        const start = performance.now();
        const args = [packageFile("boot", "start.mjs"), "boot"];
        const result = spawnSync(process.execPath, args, { cwd: packageRoot(), stdio: ["ignore", "ignore", "pipe"] });
        if (result.status !== 0) return [skippedRow(NAME, "auto", "s", `boot ended with ${result.status}`)];
        if (sample > 0) samples.push((performance.now() - start) / 1000);
    }
    return [measuredRow(NAME, "auto", "s", samples)];
}
