/** The kernel and programs on weak memory (docs/spec/memory-model.md): they pass as where stores are seen at once. */

import { describe, expect, it } from "vitest";
import { loadConfig } from "../../configs/load.ts";
import { HUNG_MS } from "../limits.ts";
import { chaosOf, chaosProblem } from "./harness/chaos.ts";
import { runConfig } from "./harness/run.ts";

const NIGHTLY = process.env["ARCHIPEL_NIGHTLY"] !== undefined;
const MODELS = ["tso", "pso"] as const;
const SEEDS = Array.from({ length: NIGHTLY ? 40 : 2 }, (_, i) => i + 1);
const CHAOS_SEEDS = Array.from({ length: NIGHTLY ? 200 : 4 }, (_, i) => i + 1);
const SCHEDULES = [{}, { scheduler: "instruction", quantum: 50 }, { scheduler: "conflicts" }] as const;

describe.each(MODELS)("%s", (memoryModel) => {
    it.each(SEEDS)(
        "1.1, 5.1 the shipped programs check their results, and the auditor finds nothing: seed %i",
        async (seed) => {
            const { programs } = loadConfig("configs/default.json").config;
            const schedule = SCHEDULES[seed % SCHEDULES.length];
            const storeBuffer = [8, 3, 64][seed % 3];
            const machine = { memoryModel, storeBuffer, ...schedule };
            const outcome = await runConfig({ machine, programs, seed }, { audit: ["every", "waits"] });
            expect([outcome.end, outcome.message]).toEqual(["halted", ""]);
            for (const { name, exit } of outcome.report.programs) expect([name, exit.code]).toEqual([name, 0]);
        },
        HUNG_MS,
    );

    it.each(CHAOS_SEEDS)(
        "1.1, 5.1 random system calls: seed %i",
        async (seed) => {
            const chaos = chaosOf(seed);
            const audit = chaos.audit === "every" ? "every" : (["every", "waits"] as const);
            const storeBuffer = [8, 8, 2, 64][seed % 4];
            expect(await chaosProblem({ ...chaos, audit, machine: { memoryModel, storeBuffer } })).toBeUndefined();
        },
        HUNG_MS,
    );
});
