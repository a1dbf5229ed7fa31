/** Kernels with one bug on purpose (kernel/mutants/policy.ts): each is caught, by the invariant that forbids what it does. */

import { describe, expect, it } from "vitest";
import { buildKernel } from "../../boot/build/kernel-image.ts";
import { buildAndBoot } from "../../boot/cli/build-and-boot.ts";
import { runSystem } from "../../boot/cli/run-system.ts";
import { EXITS } from "../../boot/report/exit-codes.ts";
import { parseConfig } from "../../configs/check.ts";
import * as mutants from "../../kernel/mutants/policy.ts";
import { keptStreams } from "../cli/fake-report.ts";
import { HUNG_SECONDS } from "../limits.ts";
import { GUEST_FOLDER, guest } from "../system/harness/guest.ts";
import { touchProgram } from "../system/harness/touch-program.ts";

/** Under release consistency; found by the invariant, or (no invariant knows what a copy should hold) by the program's own check. */
const RELEASE = {
    MUTANT_NO_TWIN: "4.4",
    MUTANT_KEEPS_WRITE: "4.4",
    MUTANT_KEEPS_OLD_COPY: "result",
    MUTANT_DIFF_WORDS: "result",
} as const;

const PROGRAMS = {
    sort: [{ path: "sort" }],
    touch: [{ path: touchProgram(2, 5), cluster: 1 }],
    radix: [{ path: "radix", args: ["600"], nodes: 4 }],
    matmul: [{ path: "matmul", nodes: 4 }],
    replicas: [{ path: guest("dsm"), args: ["replicas"], nodes: 3 }],
    counter: [{ path: guest("dsm"), args: ["counter"], nodes: 3 }],
    family: [{ path: "family" }],
    files: [{ path: "files" }],
    exec: [{ path: guest("exec"), args: ["8", "8"] }, { path: "hello" }],
    stress: [{ path: "stress", args: ["7", "60"] }],
} as const;

/** The invariant that finds it, or those of which one does, and a program that shows it. */
const EXPECTED: Readonly<
    Record<
        Exclude<keyof typeof mutants, keyof typeof RELEASE>,
        readonly [invariant: string, program: keyof typeof PROGRAMS]
    >
> = {
    MUTANT_WRONG_HOME: ["2.3", "touch"],
    MUTANT_STACK_ELSEWHERE: ["I12", "touch"],
    MUTANT_CODE_ELSEWHERE: ["I12", "touch"],
    MUTANT_CODE_CONTENT: ["I11", "touch"],
    MUTANT_OTHER_FRAME: ["I7", "touch"],
    MUTANT_MORE_RIGHTS: ["I7", "touch"],
    MUTANT_STACK_NOT_MAPPED: ["I4", "touch"],
    MUTANT_HEAP_NOT_MAPPED: ["I6", "touch"],
    MUTANT_EXTRA_ENTRY: ["I5", "sort"],
    MUTANT_FREED_MAPPED: ["I10", "touch"],
    MUTANT_REFCOUNT: ["I10", "touch"],
    MUTANT_FREED_TWICE: ["I10", "touch"],
    MUTANT_LEAKED: ["I10", "touch"],
    MUTANT_KEPT_ENTRY: ["I10", "touch"],
    MUTANT_HEAP_LEFT: ["I10", "touch"],
    MUTANT_CLUSTER_FORGOTTEN: ["I9", "touch"],
    MUTANT_MISSING_CODE: ["I1", "touch"],
    MUTANT_EXTRA_VSEG: ["I2", "touch"],
    MUTANT_VSEG_LOST: ["I3", "touch"],
    MUTANT_OVERLAP: ["I8", "sort"],
    MUTANT_Z_FORGETS_VSEG: ["I9", "touch"],
    MUTANT_MISSING_SHARER: ["5.9", "touch"],
    MUTANT_LOST_INVALIDATION: ["I9", "replicas"],
    MUTANT_NODE_KEEPS_PAGE: ["MRSW", "counter"],
    MUTANT_REVOKE_KEEPS_WRITE: ["MRSW", "matmul"],
    MUTANT_TWO_WRITERS: ["MRSW", "matmul"],
    MUTANT_GRANT_BEFORE_ACK: ["MRSW", "counter"],
    MUTANT_MISSING_COPY: ["MRSW", "matmul"],
    MUTANT_STALE_COPY: ["MRSW", "matmul"],
    MUTANT_SOURCE_LEAKED: ["I10", "counter"],
    MUTANT_NO_SHOOTDOWN: ["MRSW", "counter"],
    MUTANT_NO_SFENCE: ["MRSW", "counter"],
    // The page breaks both, and which is told depends on who is looked at first.
    MUTANT_COW_REPLICA: ["7.2|I7", "family"],
    MUTANT_COW_PARENT: ["7.2", "family"],
    MUTANT_COW_CHILD: ["7.2", "family"],
    MUTANT_COW_UNCOUNTED: ["I10", "family"],
    MUTANT_COW_OLD_FRAME: ["I10", "family"],
    MUTANT_UNMAP_SHARER: ["I9", "stress"],
    MUTANT_UNMAP_LEAKS: ["I10", "files"],
    MUTANT_PROTECT_KEEPS_RIGHTS: ["5.8", "files"],
    MUTANT_FILE_UNCOUNTED: ["I10", "files"],
    MUTANT_FORK_SHARES_STACK: ["I10", "family"],
    MUTANT_SPLIT_LOSES: ["I3", "files"],
    MUTANT_REMOTE_HOME: ["2.3", "files"],
    MUTANT_EXEC_KEEPS_TLB: ["I10", "exec"],
};

/** What a manager other than the central one could get wrong, too. */
const DSM_BUGS = [
    "MUTANT_REVOKE_KEEPS_WRITE",
    "MUTANT_TWO_WRITERS",
    "MUTANT_MISSING_COPY",
    "MUTANT_STALE_COPY",
] as const;

const IDS: ReadonlyMap<string, number> = new Map(Object.entries(mutants));

/** Seeds that are tried until the bug shows: whether it does in one interleaving depends on every instruction of the kernel. */
const SEEDS = [1, 2, 3, 4];

async function boot(program: keyof typeof PROGRAMS, mutant: number, kernel = {}, seed = 1) {
    const machine = { mesh: [2, 2], hartsPerCluster: 2, bankSize: "4MiB" };
    const config = parseConfig(JSON.stringify({ machine, kernel, programs: PROGRAMS[program], seed }), "test");
    const streams = keptStreams();
    const request = {
        loaded: { config, file: "test", directory: GUEST_FOLDER },
        bounds: { maxInstructions: 20_000_000, timeoutSeconds: HUNG_SECONDS },
        maxMemory: 2 ** 32,
        engine: {},
        json: undefined,
        audit: "every",
    } as const;
    const code = await runSystem(request, (loaded, hooks) => buildAndBoot(loaded, { ...hooks, mutant }), streams);
    return { code, ...streams.kept };
}

/** The run of the first seed in which the auditor finds something, else of the last. */
async function bootUntilFound(program: keyof typeof PROGRAMS, mutant: number) {
    let outcome = await boot(program, mutant);
    for (const seed of SEEDS.slice(1)) {
        if (outcome.code === EXITS.violation.code) break;
        outcome = await boot(program, mutant, {}, seed);
    }
    return outcome;
}

describe("kernel mutants", () => {
    it("have numbers of their own", () => {
        expect(new Set(Object.values(mutants)).size).toBe(Object.keys(mutants).length);
        expect(Object.values(mutants)).not.toContain(0);
    });

    const rows = Object.entries(EXPECTED).map(([name, [invariant, program]]) => [invariant, name, program] as const);
    it.each(rows)("%s: %s is caught", async (invariant, name, program) => {
        const { code, err } = await bootUntilFound(program, IDS.get(name) ?? 0);
        const [line = ""] = err.split("\n").filter((each) => each.startsWith("archipel: error: "));
        expect(line).toMatch(new RegExp(`audit: (${invariant.replaceAll(".", "\\.")}) is broken \\(step `));
        expect(line).toMatch(/process 0x[0-9a-f]+|frame 0x[0-9a-f]+/);
        expect(code).toBe(EXITS.violation.code);
    });

    it.each(["fixed", "dynamic"].flatMap((dsmManager) => DSM_BUGS.map((name) => [name, dsmManager] as const)))(
        "%s is caught by MRSW under %s managers, too",
        async (name, dsmManager) => {
            const { code, err } = await boot("matmul", IDS.get(name) ?? 0, { dsmManager });
            expect(err).toContain("archipel: error: audit: MRSW is broken (step ");
            expect(code).toBe(EXITS.violation.code);
        },
    );

    it.each(Object.entries(RELEASE))("%s is caught by %s under release consistency", async (name, found) => {
        const { code, err } = await boot("radix", IDS.get(name) ?? 0, { dsmConsistency: "release" });
        if (found === "result") expect(code).toBe(EXITS.program.code);
        else
            expect([code, err]).toEqual([
                EXITS.violation.code,
                expect.stringContaining(`archipel: error: audit: ${found} is broken (step `),
            ]);
    });

    it.each(["sort", "counter"] as const)("none of them: their kernel is right (%s)", async (program) => {
        expect(await boot(program, 0)).toMatchObject({ code: 0 });
    });

    it("leave no trace in the kernel that is shipped", async () => {
        const [plain, mutated] = [(await buildKernel()).image, (await buildKernel(true)).image];
        const names = plain.symbols.map(({ name }) => name).filter((name) => /mutant/i.test(name));
        expect(names).toEqual([]);
        const size = (image: typeof plain) => image.segments.find(({ name }) => name === "text")?.bytes.length ?? 0;
        expect(size(plain)).toBeLessThan(size(mutated));
    });
});
