/** Kernels that break one rule each (kernel/mutants/rules.ts): every one is caught, by the check that is named. */

import { describe, expect, it } from "vitest";
import type { AuditName } from "../../boot/report/violation.ts";
import * as mutants from "../../kernel/mutants/rules.ts";
import { requestLevels } from "../docs/waits/document.ts";
import { Records, seenOf } from "../mm/records.ts";
import { compiledGuest, guest } from "../system/harness/guest.ts";
import { runConfig } from "../system/harness/run.ts";

const HARTS = 2;
const MACHINE = { mesh: [2, 2], hartsPerCluster: HARTS, bankSize: "4MiB" };

/** Programs by name; those that the shipped ones do not have are groups of test/system/guest/rule-cases.ts. */
const PROGRAMS: Readonly<Record<string, () => Promise<object[]>>> = {
    files: async () => [{ path: "files" }],
    family: async () => [{ path: "family" }],
    stress: async () => [{ path: "stress", args: ["7", "60"] }],
    counter: async () => [{ path: guest("dsm"), args: ["counter"], nodes: 3 }],
    floats: async () => [{ path: guest("fstate"), args: ["fork"], cluster: 0 }],
    futex: async () => [{ path: await compiledGuest("futex"), cluster: 0 }],
    ...Object.fromEntries(
        ["children", "cases", "checks", "cuts", "meetings"].map((group) => [
            group,
            async () => [
                { path: await compiledGuest("rule-cases"), args: [group === "cases" ? "files" : group], cluster: 0 },
            ],
        ]),
    ),
};

/** What the groups of rule-cases print; nothing for those that only must end. */
const PRINTED: Readonly<Record<string, readonly string[]>> = {
    children: ["child 3", "read_after_child 8", "other_file 1", "first_byte 1"],
    cases: ["second_page 2", "third_page 3", "past_the_end 0"],
    checks: [
        "read_into_code -14",
        "unmap_code -22",
        "unmap_odd -22",
        "protect_hole -12",
        "map_nothing -22",
        "no_cluster -22",
        "other_word -11",
    ],
};

/**
 * The check that finds it: an invariant, rule or `livelock`, `deadlock`, `panic`; an audit that watches the kernel at work; "records": test/mm/records.ts;
 * "result": what the program prints, or its end. And a program that shows it.
 */
type Row = readonly [check: string, program: string];
const EXPECTED: Readonly<Record<keyof typeof mutants, Row>> = {
    MUTANT_PAGE_UNHELD: ["memory", "files"],
    MUTANT_FORK_FILES_UNHELD: ["memory", "children"],
    MUTANT_FILE_UNHELD: ["memory", "files"],
    MUTANT_CHANGE_UNMARKED: ["I1", "files"],
    MUTANT_PAGE_UNMARKED: ["I7 or I10", "meetings"],
    MUTANT_FREEZE_UNHELD: ["livelock", "family"],
    MUTANT_HOLD_ENDED_TWICE: ["livelock", "files"],
    MUTANT_LEVEL_FORK_END: ["records", "family"],
    MUTANT_LEVEL_REGISTER: ["records", "stress"],
    MUTANT_LEVEL_ATTACH: ["records", "stress"],
    MUTANT_LEVEL_INVALIDATE: ["records", "stress"],
    MUTANT_LEVEL_DOWNGRADE: ["records", "counter"],
    MUTANT_LEVEL_FRAME: ["records", "stress"],
    MUTANT_LEVEL_FORK_BEGIN: ["records", "family"],
    MUTANT_LOST_FILE_PAGE: ["result", "cases"],
    MUTANT_LOST_TYPE: ["I8", "files"],
    MUTANT_LOST_BREAK: ["result", "children"],
    MUTANT_LOST_HEAP: ["result", "children"],
    MUTANT_LOST_FLOATS: ["result", "floats"],
    MUTANT_LOST_PAGE: ["I1", "stress"],
    MUTANT_LOST_SHARERS: ["5.9", "cuts"],
    MUTANT_UNCHECKED_RIGHTS: ["5.8", "checks"],
    MUTANT_UNCHECKED_CLUSTER: ["panic", "checks"],
    MUTANT_UNGUARDED_STACK: ["I1", "files"],
    MUTANT_UNCHECKED_ALIGNMENT: ["result", "checks"],
    MUTANT_UNCHECKED_HOLE: ["result", "checks"],
    MUTANT_UNCHECKED_LENGTH: ["I8", "checks"],
    MUTANT_UNCHECKED_TYPE: ["result", "checks"],
    MUTANT_UNLOCKED_VMM: ["waits", "family"],
    MUTANT_UNLOCKED_KCM: ["waits", "family"],
    MUTANT_UNLOCKED_BANK: ["waits", "family"],
    MUTANT_UNLOCKED_TABLE: ["waits", "family"],
    MUTANT_UNLOCKED_FUTEX: ["waits", "futex"],
    MUTANT_UNLOCKED_GROUP: ["waits", "counter"],
    MUTANT_ORDER_OWN_FIRST: ["I7", "family"],
    MUTANT_ORDER_FREED_FIRST: ["I10", "files"],
    MUTANT_ORDER_FORGOTTEN_FIRST: ["2.3", "files"],
    MUTANT_ORDER_TAKEN_FIRST: ["result", "family"],
    MUTANT_ORDER_COW_FREED: ["I10", "family"],
    MUTANT_ORDER_LEFT_EARLY: ["I6", "files"],
};
const IDS: ReadonlyMap<string, number> = new Map(Object.entries(mutants));
const WATCHED: readonly string[] = ["memory", "waits"];

const LEVELS = requestLevels();

/** The names of what a run with the mutant is caught by. */
async function caught(program: string, mutant: number, audit: AuditName): Promise<string[]> {
    const programs = (await PROGRAMS[program]?.()) ?? [];
    const options = { audit, mutant, limit: 30_000_000, step: 500_000 };
    const outcome = await runConfig({ machine: MACHINE, programs }, options);
    const found = outcome.end === "halted" || outcome.end === "violation" ? [] : [outcome.end as string];
    const [, rule] = /^audit: (\S+)/.exec(outcome.message) ?? [];
    if (rule !== undefined) found.push(rule);
    const records = new Records(LEVELS);
    const seen = outcome.records.flatMap(({ hart, words }) => seenOf(Math.floor(hart / HARTS), words) ?? []);
    if (seen.some((each) => records.add(each) !== undefined)) found.push("records");
    const exit = outcome.report.programs.some((each) => each.exit.code !== 0);
    const lines = [...outcome.console.matchAll(/^(\w+ -?\d+)$/gm)].map(([line]) => line);
    const other = PRINTED[program] !== undefined && lines.join() !== PRINTED[program].join();
    if (outcome.end === "halted" && (exit || other)) found.push("result");
    return found;
}

describe("kernels that break a rule", () => {
    it("are 40, have numbers of their own, and at least five break each kind of rule", () => {
        const names = Object.keys(mutants);
        expect(new Set(Object.values(mutants)).size).toBe(names.length);
        const kinds = [
            /UNHELD|UNMARKED|TWICE/,
            /_LEVEL_/,
            /_LOST_/,
            /_UNCHECKED_|_UNGUARDED_/,
            /_UNLOCKED_/,
            /_ORDER_/,
        ];
        const counts = kinds.map((kind) => names.filter((name) => kind.test(name)).length);
        expect(Math.min(...counts)).toBeGreaterThanOrEqual(5);
        expect(counts.reduce((sum, each) => sum + each)).toBe(names.length);
        expect(names.length).toBe(40);
    });

    const rows = Object.entries(EXPECTED).map(([name, [check, program]]) => [name, check, program] as const);
    it.each(rows)("%s is caught by %s (%s)", async (name, check, program) => {
        const audit = WATCHED.includes(check) ? (check as AuditName) : "every";
        const found = await caught(program, IDS.get(name) ?? 0, audit);
        expect(
            found.some((each) => check.split(" or ").includes(each)),
            found.join(),
        ).toBe(true);
    });

    it.each(Object.keys(PROGRAMS).filter((name) => name !== "futex"))(
        "none of them: the kernel is right (%s)",
        async (program) => {
            expect(await caught(program, 0, "every")).toEqual([]);
        },
    );
});
