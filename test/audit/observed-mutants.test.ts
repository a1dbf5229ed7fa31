/** Kernels with one bug on purpose (kernel/mutants/observed.ts): each is caught by the audit that watches what it does wrong. */

import { describe, expect, it } from "vitest";
import { buildAndBoot } from "../../boot/cli/build-and-boot.ts";
import { runSystem } from "../../boot/cli/run-system.ts";
import { EXITS } from "../../boot/report/exit-codes.ts";
import type { AuditName } from "../../boot/report/violation.ts";
import { parseConfig } from "../../configs/check.ts";
import * as observed from "../../kernel/mutants/observed.ts";
import { MUTANT_CODE_CONTENT, MUTANT_GRANT_BEFORE_ACK, MUTANT_STALE_COPY } from "../../kernel/mutants/policy.ts";
import { keptStreams } from "../cli/fake-report.ts";
import { HUNG_SECONDS } from "../limits.ts";
import { GUEST_FOLDER, guest } from "../system/harness/guest.ts";
import { touchProgram } from "../system/harness/touch-program.ts";

const PROGRAMS = {
    touch: [{ path: touchProgram(2, 5), cluster: 1 }],
    matmul: [{ path: "matmul", nodes: 4 }],
    radix: [{ path: "radix", args: ["600"], nodes: 4 }],
    files: [{ path: "files" }],
    sort: [{ path: "sort" }],
    exec: [{ path: guest("exec"), args: ["8", "8"] }, { path: "hello" }],
    stress: [{ path: "stress", args: ["7", "60"] }],
} as const;

const bugs = { ...observed, MUTANT_CODE_CONTENT, MUTANT_GRANT_BEFORE_ACK, MUTANT_STALE_COPY };
type Bug = keyof typeof bugs;

/** The audit that finds it, a program that shows it, what the message says, and the places it names. */
const EXPECTED: Readonly<Record<Bug, readonly [AuditName, keyof typeof PROGRAMS, RegExp, string]>> = {
    MUTANT_USED_AFTER_FREE: ["memory", "touch", /which is free: an object .* freed by serve_create/, "freed used"],
    MUTANT_BEYOND_END: ["memory", "touch", /beyond the end of the \d+ bytes at .* allocated by serve_create/, "used"],
    MUTANT_UNWRITTEN: ["memory", "touch", /which nobody has written, allocated by/, "used"],
    MUTANT_OBJECT_FREED_TWICE: ["memory", "touch", /what is freed was already free/, "freed used"],
    MUTANT_DANGLING: ["memory", "exec", /a pointer to 0x[0-9a-f]+, which is free/, "freed used"],
    MUTANT_MISSING_HOLD: ["memory", "exec", /which is free: frame 0x[0-9a-f]+ .* freed by/, "freed used"],
    MUTANT_LOCK_ORDER: ["waits", "touch", /the order was once the other way round/, "locked waits locked waits"],
    MUTANT_LOCK_KEPT: ["waits", "files", /holds it already|waits with the lock/, "locked waits"],
    MUTANT_OWN_LEVEL: ["waits", "sort", /a handler of level \w+ sends a request of level REFERENCE/, "waits waits"],
    MUTANT_STATE_KEPT: ["waits", "files", /each waits for another, and none can go on: .*polls/, "waits"],
    MUTANT_SHORT_COPY: ["contents", "touch", /the copy at .* differs from it from byte \d+ on/, "copied"],
    MUTANT_NOT_ZEROED: ["contents", "stress", /is not (zero|its initial content) at byte/, "copied"],
    MUTANT_FILE_TAIL: ["contents", "files", /is not zero at byte \d+/, "copied"],
    MUTANT_CODE_CONTENT: ["contents", "touch", /the copy at|I11 is broken/, ""],
    // A reader's copy is left when another node writes; the content of a grant is not sent.
    MUTANT_GRANT_BEFORE_ACK: [
        "contents",
        "radix",
        /at a grant the copies of the DSM page differ from byte \d+ on/,
        "copied",
    ],
    MUTANT_STALE_COPY: [
        "contents",
        "matmul",
        /at a grant the copies of the DSM page differ from byte \d+ on/,
        "copied",
    ],
};

async function boot(program: keyof typeof PROGRAMS, mutant: number, audit: AuditName | readonly AuditName[]) {
    const machine = { mesh: [2, 2], hartsPerCluster: 2, bankSize: "4MiB" };
    const config = parseConfig(JSON.stringify({ machine, programs: PROGRAMS[program] }), "test");
    const streams = keptStreams();
    const request = {
        loaded: { config, file: "test", directory: GUEST_FOLDER },
        bounds: { maxInstructions: 20_000_000, timeoutSeconds: HUNG_SECONDS },
        maxMemory: 2 ** 32,
        engine: {},
        json: "-",
        audit,
    } as const;
    const code = await runSystem(request, (loaded, hooks) => buildAndBoot(loaded, { ...hooks, mutant }), streams);
    return { code, err: streams.kept.err, audit: JSON.parse(streams.kept.out).audit };
}

describe("kernel mutants under the audits that watch the kernel at work", () => {
    it("have numbers of their own", () => {
        const numbers = Object.values(bugs);
        expect(new Set(numbers).size).toBe(numbers.length);
    });

    it.each(Object.entries(EXPECTED))("%s is caught, and told with its places", async (name, expected) => {
        const [audit, program, message, places] = expected;
        const outcome = await boot(program, bugs[name as Bug], audit);
        const [line = ""] = outcome.err.split("\n").filter((each) => each.startsWith("archipel: error: "));
        expect(line).toMatch(message);
        expect(outcome.code).toBe(EXITS.violation.code);
        const { violation } = outcome.audit;
        expect(violation).toMatchObject({ check: audit, hart: expect.any(Number), cycle: expect.any(Number) });
        if (places === "") return;
        expect(violation.places.map(({ what }: { what: string }) => what).join(" ")).toMatch(new RegExp(`^${places}`));
        for (const place of violation.places) {
            expect(place).toMatchObject({
                function: expect.stringMatching(/^kernel\/|^[a-z_]+$/),
                hart: expect.any(Number),
            });
        }
    });

    it.each(["touch", "files", "matmul"] as const)("none of them: their kernel is right (%s)", async (program) => {
        const outcome = await boot(program, 0, ["every", "memory", "waits", "contents"]);
        expect([outcome.code, outcome.audit.violation]).toEqual([0, null]);
    });
});
