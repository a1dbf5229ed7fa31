import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";
import { HUNG_MS } from "./test/limits.ts";
import { GUESTS, QUICK } from "./test/selection.ts";

/** ARCHIPEL_TESTS: quick, guests, or (none) all but guests. */
const selection = process.env["ARCHIPEL_TESTS"] ?? "";
const chosen: Readonly<Record<string, { include: readonly string[]; exclude: readonly string[] }>> = {
    quick: { include: QUICK, exclude: GUESTS },
    guests: { include: GUESTS, exclude: [] },
    "": { include: ["test/**/*.test.ts"], exclude: GUESTS },
};
const { include, exclude } = chosen[selection] ?? { include: [], exclude: [] };

export default defineConfig({
    test: {
        include: [...include],
        exclude: [...configDefaults.exclude, ...exclude],
        setupFiles: ["test/engine-setup.ts"],
        testTimeout: HUNG_MS,
        hookTimeout: HUNG_MS,
        // Vitest's own choice leaves a core to its watcher: half of a machine of two.
        maxWorkers: availableParallelism(),
        reporters: ["default", "./test/reporter/count.ts"],
        coverage: { include: ["boot/**", "configs/**", "emu/**", "toolchain/**"], exclude: ["emu/core/**"] },
    },
});
