/** Experiment files of the tests, in folders that vanish after them. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { loadExperiment } from "../../../boot/cli/sweep/experiment.ts";
import { ConfigError } from "../../../configs/violation.ts";

const folders: string[] = [];

afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export function temporaryFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), "archipel-sweep-test-"));
    folders.push(folder);
    return folder;
}

/** The smallest machine and program. */
export const TINY = {
    machine: { mesh: [1, 1], hartsPerCluster: 1, bankSize: "2MiB" },
    programs: [{ path: "hello" }],
};
export const CYCLES = { name: "cycles", value: "/machine/cycles" };

/** Writes an experiment (with title, TINY and one metric, unless it says otherwise); the file's path. */
export function experimentFile(content: object): string {
    const file = join(temporaryFolder(), "test.json");
    writeFileSync(file, JSON.stringify({ title: "Test", base: TINY, metrics: [CYCLES], grid: [], ...content }));
    return file;
}

/** The problems that `act` is refused for, without the file's folder. */
export function problemsOf(act: () => unknown): string[] {
    try {
        act();
    } catch (error) {
        if (error instanceof ConfigError) return error.problems.map((line) => line.replace(/^\S*\/(?=test\.json)/, ""));
        throw error;
    }
    return [];
}

export function experimentOf(content: object): ReturnType<typeof loadExperiment> {
    return loadExperiment(experimentFile(content));
}
