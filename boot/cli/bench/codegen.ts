/** `codegen/*`: executed instructions of our backend's code beside gcc -O2's, on the same emulator (bench/codegen). */

import { compileCore } from "../../build/core.ts";
import { CODEGEN_PAIRS, gccMissing, geometricMean, machineRunner, runPair } from "./codegen-pairs.ts";
import { type Benchmark, type BenchRow, measuredRow, skippedRow } from "./types.ts";

const UNIT = "instructions";

/** A count repeats exactly, so one run a pair is enough; `ratio` below 1: fewer instructions than gcc's. */
export const CODEGEN: Benchmark = {
    name: "codegen/",
    async run(note) {
        const missing = gccMissing();
        if (missing !== undefined) return [skippedRow("codegen/geometric-mean", "gcc -O2", "ratio", missing)];
        const run = machineRunner(await compileCore());
        const rows: BenchRow[] = [];
        const ratios: number[] = [];
        for (const { name, scale } of CODEGEN_PAIRS) {
            note(`codegen/${name}`);
            const { ours, gcc, ratio } = await runPair(name, scale, run);
            rows.push(measuredRow(`codegen/${name}`, "backend", UNIT, [ours], [ratio]));
            rows.push(measuredRow(`codegen/${name}`, "gcc -O2", UNIT, [gcc]));
            ratios.push(ratio);
        }
        const mean = geometricMean(ratios);
        rows.push(measuredRow("codegen/geometric-mean", "backend", "ratio", [mean], [mean]));
        return rows;
    },
};
