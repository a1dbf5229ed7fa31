/** Random system calls (test/system/guest/chaos.ts) beside a program that has nothing to do with them: what a seed chooses, what must hold. */

import { switchRows } from "../../../configs/switches.ts";
import { PROBE_BOOT } from "../../../kernel/abi/event.ts";
import { draw, drawOf } from "./draw.ts";
import { compiledGuest } from "./guest.ts";
import { framesKept, nothingLeft, type RunOptions, runConfig } from "./run.ts";

export interface Chaos {
    readonly seed: number;
    readonly processes: number;
    readonly threads: number;
    readonly steps: number;
    /** Node processes of a DSM group beside them, which do the same; 0: none. */
    readonly nodes: number;
    readonly audit?: RunOptions["audit"];
    readonly machine?: object;
}

const LIMIT = 600_000_000;
/** --audit all: memory, locks and copies are watched, too, which is twice as dear. */
const ALL = ["every", "memory", "waits", "contents"] as const;
const MESHES = [
    [2, 1],
    [3, 1],
    [2, 2],
    [1, 1],
    [4, 1],
    [5, 1],
] as const;
const HARTS = [1, 2, 4] as const;
/** Every policy switch, each value of it, and other options that change what the kernel does. */
const CHOICES: readonly (readonly [name: string, values: readonly unknown[]])[] = [
    ...switchRows().map(([name, { values }]) => [name, values] as const),
    ["dsmPrefetch", [0, 2]],
    ["rpcJitter", [0, 4, 20]],
    ["timeSliceCycles", [100_000, 4000]],
];

export function chaosOf(seed: number): Chaos {
    const [x, y] = drawOf(seed, "mesh", MESHES);
    const harts = x * y * drawOf(seed, "harts", HARTS);
    return {
        seed,
        processes: 1 + draw(seed, "processes", 4),
        threads: 1 + draw(seed, "threads", 4),
        steps: 100,
        nodes: harts < 3 ? 0 : drawOf(seed, "nodes", [0, 0, 2, 3]),
        audit: drawOf<RunOptions["audit"]>(seed, "audit", ["every", "every", "every", ALL]),
    };
}

export async function chaosConfig({ seed, processes, threads, steps, nodes, machine }: Chaos) {
    const path = await compiledGuest("chaos");
    const args = [seed, processes, threads, steps].map(String);
    const kernel = CHOICES.map(([name, values]) => [name, drawOf(seed, name, values)]);
    return {
        machine: {
            mesh: drawOf(seed, "mesh", MESHES),
            hartsPerCluster: drawOf(seed, "harts", HARTS),
            bankSize: "8MiB",
            quantum: drawOf(seed, "quantum", [37, 100, 400, 1000]),
            scheduler: drawOf(seed, "scheduler", ["rounds", "rounds", "instruction", "conflicts"]),
            preemption: drawOf(seed, "preemption", [true, true, true, false]),
            ...machine,
        },
        kernel: Object.fromEntries(kernel),
        programs: [
            { path: "sort", args: ["2000"], threads: 2 },
            { path, args },
            ...(nodes === 0 ? [] : [{ path, args, nodes }]),
        ],
        seed,
    };
}

/** Undefined when all is well, else what is wrong. What the DSM group's processes end with is theirs: they end each other. */
export async function chaosProblem(chaos: Chaos): Promise<string | undefined> {
    const options = { limit: LIMIT, ...(chaos.audit === undefined ? {} : { audit: chaos.audit }) };
    const outcome = await runConfig(await chaosConfig(chaos), options);
    if (outcome.end !== "halted") return `${outcome.end}: ${outcome.message}`;
    const failed = outcome.report.programs.slice(0, 2).find(({ exit }) => exit.code !== 0);
    if (failed !== undefined) return `${failed.name}: exit ${JSON.stringify(failed.exit)}: ${failed.output}`;
    if (!outcome.records.some(({ words }) => words[0] === PROBE_BOOT)) return "no cluster has booted";
    const kept = framesKept(outcome).join();
    return kept === nothingLeft(outcome).join() ? undefined : `frames kept: ${kept}`;
}

/** The fewest nodes, processes, threads, then steps that still fail: fewer by one, or half the steps, while that fails. */
export async function shrinkChaos(chaos: Chaos): Promise<Chaos> {
    let least = chaos;
    const smaller = {
        nodes: (n: number) => (n === 2 ? 0 : n - 1),
        processes: (n: number) => n - 1,
        threads: (n: number) => n - 1,
        steps: (n: number) => n >> 1,
    };
    for (const key of ["nodes", "processes", "threads", "steps"] as const) {
        while (least[key] > (key === "steps" ? 1 : 0)) {
            const next = { ...least, [key]: smaller[key](least[key]) };
            if ((await chaosProblem(next)) === undefined) break;
            least = next;
        }
    }
    return least;
}
