import { defineConfig } from "vitest/config";

export default defineConfig({
    test: {
        include: ["test/**/*.test.ts"],
        testTimeout: 180_000,
        hookTimeout: 120_000,
        reporters: ["default", "./test/reporter/count.ts"],
        coverage: { include: ["boot/**", "configs/**", "emu/**"], exclude: ["emu/core/**"] },
    },
});
