/**
 * A vitest reporter that ends the output with `N passed, N failed, N skipped`. A test file that does not load
 * holds tests nobody could count: it counts as one failed, and so does an error outside any test.
 */

import type { Reporter, SerializedError, TestModule } from "vitest/node";

export interface Counts {
    passed: number;
    failed: number;
    skipped: number;
}

/** The part of a vitest module that counting needs. */
export interface CountedModule {
    /** Errors of the file itself: it does not load, or a hook outside the tests failed. */
    errors(): readonly unknown[];
    readonly children: {
        allTests(): Iterable<{ result(): { readonly state: string } }>;
        allSuites(): Iterable<{ errors(): readonly unknown[] }>;
    };
}

/** Counts tests; a file or suite with errors of its own adds one failure. */
export function countTests(modules: readonly CountedModule[], errors: readonly unknown[]): Counts {
    const counts: Counts = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
        if (module.errors().length > 0) counts.failed++;
        for (const suite of module.children.allSuites()) if (suite.errors().length > 0) counts.failed++;
        for (const test of module.children.allTests()) {
            const { state } = test.result();
            if (state === "passed") counts.passed++;
            else if (state === "skipped") counts.skipped++;
            else counts.failed++; // failed, or never run ("pending") because the run broke off
        }
    }
    return counts;
}

export function countLine({ passed, failed, skipped }: Counts): string {
    return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

export default class CountReporter implements Reporter {
    onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
        const counts = countTests(modules, errors);
        if (counts.failed > 0) process.exitCode = 1;
        // At exit, so that nothing (other reporters, coverage) prints after it.
        process.once("exit", () => process.stdout.write(`${countLine(counts)}\n`));
    }
}
