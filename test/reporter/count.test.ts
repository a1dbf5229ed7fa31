/** The counting reporter: every state of a test, and files that do not load, over made-up modules and a real run. */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { type CountedModule, countLine, countTests } from "./count.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

function module(
    states: readonly string[],
    errors: readonly unknown[] = [],
    suiteErrors: readonly unknown[] = [],
): CountedModule {
    return {
        errors: () => errors,
        children: {
            allTests: () => states.map((state) => ({ result: () => ({ state }) })),
            allSuites: () => [{ errors: () => suiteErrors }],
        },
    };
}

it("passed, failed, skipped and never-run tests", () => {
    const modules = [module(["passed", "failed", "skipped"]), module(["passed", "pending"])];
    expect(countLine(countTests(modules, []))).toBe("2 passed, 2 failed, 1 skipped");
});

it("a file that does not load, a suite whose hook fails and an error outside tests count as failed", () => {
    expect(countTests([module([], ["SyntaxError"])], []).failed).toBe(1);
    expect(countTests([module(["skipped"], [], ["hook"])], []).failed).toBe(1);
    expect(countTests([module(["passed"])], ["unhandled rejection"]).failed).toBe(1);
});

it("a real run: the line is the last, the file that does not load counts, the exit code is 1", () => {
    mkdirSync(join(ROOT, ".cache"), { recursive: true });
    const folder = mkdtempSync(join(ROOT, ".cache", "reporter-"));
    try {
        const good =
            'import { expect, it } from "vitest";\nit("a", () => {});\nit("b", () => expect(1).toBe(2));\nit.skip("c", () => {});\n';
        writeFileSync(join(folder, "good.test.ts"), good);
        writeFileSync(join(folder, "vitest.config.ts"), "export default {};\n");
        writeFileSync(join(folder, "broken.test.ts"), 'import "./missing.ts";\n');
        const args = [join(ROOT, "node_modules/vitest/vitest.mjs"), "run", "--root", folder];
        const reporters = ["--reporter=default", `--reporter=${join(ROOT, "test/reporter/count.ts")}`];
        const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("VITEST")));
        const result = spawnSync(process.execPath, [...args, ...reporters], { encoding: "utf8", env });
        expect(result.stdout.trimEnd().split("\n").at(-1), result.stderr).toBe("1 passed, 2 failed, 1 skipped");
        expect(result.status).toBe(1);
    } finally {
        rmSync(folder, { recursive: true });
    }
});
