/** Race-directed runs (test/system/guest/race.ts): which machine a seed chooses, what must hold at the end, and the least that fails. */

import { requestLevels } from "../../docs/waits/document.ts";
import { Records, seenOf } from "../../mm/records.ts";
import { drawOf } from "./draw.ts";
import { compiledGuest } from "./guest.ts";
import { framesKept, nothingLeft, type ProbeRecord, type RunOptions, runConfig } from "./run.ts";

/** A race-directed program: what its workers do at once. */
export interface Race {
    /** A letter a worker (test/system/guest/race.ts). */
    readonly roles: string;
    readonly rounds: number;
    readonly seed: number;
    readonly audit?: RunOptions["audit"];
    readonly schedule?: Schedule;
    readonly machine?: object;
    readonly kernel?: object;
    /** Instead of the race program. */
    readonly program?: object;
    /** Four race programs, two in each of two clusters, so that servers of both ask each other; nothing beside them. */
    readonly crowd?: boolean;
    /** As RunOptions. */
    readonly mutant?: number;
    readonly limit?: number;
}

/** Rounds without and with preemption (turns.md 2.5), each instruction a possible end (2.6), conflicts (2.7), or by the seed. */
export type Schedule = "rounds" | "preemption" | "instruction" | "conflicts" | "drawn";

const LIMIT = 600_000_000;
const ALL = ["every", "memory", "waits", "contents"] as const;
/** The invariants in two seeds of three, all audits in one; those that watch the kernel at work also without the invariants. */
const AUDITS: readonly NonNullable<RunOptions["audit"]>[] = [
    ALL,
    "every",
    ["memory", "waits"],
    ALL,
    "every",
    "contents",
];
const MESHES = [
    [2, 1],
    [4, 1],
    [2, 2],
    [3, 1],
    [1, 1],
] as const;
const KERNELS = [
    {},
    { registration: "lazy" },
    { protocol: "direct" },
    { gpt: "eager" },
    { gpt: "reference" },
    { heap: "first-touch", kernelText: "single" },
    { code: "reference", data: "reference" },
    { stack: "reference", heap: "xor" },
] as const;

const DRAWN = ["instruction", "preemption", "conflicts"] as const;

export const pick = <T>(list: readonly T[], seed: number): T => list[seed % list.length] as T;

export async function raceConfig({ roles, rounds, seed, schedule = "drawn", machine, kernel, program, crowd }: Race) {
    const path = await compiledGuest("race");
    const args = (i: number) => [String(rounds), String(seed + i), roles];
    const crowded = [0, 1, 0, 1].map((cluster, i) => ({ path, args: args(i), cluster }));
    const how = schedule === "drawn" ? pick(DRAWN, seed) : schedule;
    return {
        machine: {
            mesh: pick(MESHES, seed),
            hartsPerCluster: pick([1, 4, 2], Math.floor(seed / 2)),
            bankSize: "4MiB",
            quantum: pick([100, 1000, 37, 400], seed),
            scheduler: how === "preemption" ? "rounds" : how,
            preemption: how !== "rounds",
            ...(crowd ? { mesh: [2, 1], bankSize: "8MiB" } : {}),
            ...machine,
        },
        kernel: {
            rpcJitter: pick([0, 3, 20], seed),
            timeSliceCycles: pick([100_000, 3000], Math.floor(seed / 3)),
            ...pick(KERNELS, Math.floor(seed / 4)),
            ...kernel,
        },
        // The second program has nothing to do with the first, and must go on whatever that one does.
        programs: crowd ? crowded : [program ?? { path, args: args(0) }, { path: "sort", args: ["2000"], threads: 2 }],
        seed,
    };
}

/** What a seed is audited with. */
export function raceAudit(seed: number): NonNullable<RunOptions["audit"]> {
    return drawOf(seed, "race audit", AUDITS);
}

/** Undefined when all is well, else what is wrong. */
export async function raceProblem(race: Race): Promise<string | undefined> {
    const config = await raceConfig(race);
    const { audit, mutant, limit = LIMIT } = race;
    const options = { ...(audit === undefined ? {} : { audit }), ...(mutant === undefined ? {} : { mutant }) };
    const outcome = await runConfig(config, { limit, ...options });
    const broken = requestProblem(outcome.records, config.machine.hartsPerCluster);
    if (broken !== undefined) return broken;
    if (outcome.end !== "halted") return `${outcome.end}: ${outcome.message}`;
    const failed = outcome.report.programs.find(({ exit }) => exit.code !== 0);
    if (failed !== undefined) return `${failed.name}: exit ${JSON.stringify(failed.exit)}: ${failed.output}`;
    const kept = framesKept(outcome).join();
    return kept === nothingLeft(outcome).join() ? undefined : `frames kept: ${kept}`;
}

/** A request at another level than its own (docs/waits.md), or undefined. The other rules of the records depend on the policies. */
function requestProblem(records: readonly ProbeRecord[], hartsPerCluster: number): string | undefined {
    const checker = new Records(requestLevels());
    for (const { hart, words } of records) {
        const seen = seenOf(Math.floor(hart / hartsPerCluster), words);
        const problem = seen?.what === "sent" || seen?.what === "served" ? checker.add(seen) : undefined;
        if (problem !== undefined) return `records: ${problem}`;
    }
    return undefined;
}

/** The fewest workers, then the fewest rounds that still fail: a worker less, or half the rounds, while that fails. */
export async function shrinkRace(race: Race): Promise<Race> {
    let least = race;
    for (let i = 0; i < least.roles.length && least.roles.length > 1; ) {
        const smaller = { ...least, roles: least.roles.slice(0, i) + least.roles.slice(i + 1) };
        if ((await raceProblem(smaller)) === undefined) i++;
        else least = smaller;
    }
    while (least.rounds > 1) {
        const smaller = { ...least, rounds: least.rounds >> 1 };
        if ((await raceProblem(smaller)) === undefined) break;
        least = smaller;
    }
    return least;
}
