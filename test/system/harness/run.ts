/** Boots a config to its end and tells what it did: console, report, probe records, state hash. */

import { eventNumber } from "../../../boot/abi/events.ts";
import { buildAndBoot } from "../../../boot/cli/build-and-boot.ts";
import type { ProgramReport, RunEnd, SystemReport, SystemRun } from "../../../boot/report/report.ts";
import type { AuditName } from "../../../boot/report/violation.ts";
import type { System } from "../../../boot/system/boot-system.ts";
import { parseConfig } from "../../../configs/check.ts";
import type { Machine } from "../../../emu/machine.ts";
import { PROBE_BOOT, PROBE_THREAD } from "../../../kernel/abi/event.ts";
import { wordsOf } from "../../boot/observe/tell.ts";
import { GUEST_FOLDER } from "./guest.ts";

/** A config as a user writes it. */
export interface ConfigText {
    readonly machine?: object;
    readonly kernel?: object;
    readonly programs: readonly object[];
    readonly seed?: number;
    readonly accounting?: string;
}

export interface RunOptions {
    /** Instructions a step; default STEP. */
    readonly step?: number;
    readonly limit?: number;
    /** As --audit; a violation ends the run. */
    readonly audit?: AuditName | readonly AuditName[];
    /** Boots the kernel with mutants, and this one on (kernel/mutants/policy.ts). */
    readonly mutant?: number;
    /** Called between steps, with the number of steps done. */
    readonly betweenSteps?: (machine: Machine, steps: number) => void;
}

/** word 0 (the event) to word 7, the hart that committed it, and that hart's clocks (emu/state/hart-layout.ts). */
export interface ProbeRecord {
    readonly hart: number;
    readonly clock: number;
    readonly leftUser: number;
    readonly enteredUser: number;
    readonly words: readonly number[];
}

export interface Outcome {
    readonly end: RunEnd;
    readonly message: string;
    readonly console: string;
    readonly report: SystemReport;
    readonly records: readonly ProbeRecord[];
    readonly instructions: number;
    readonly cycles: number;
    readonly accountErrors: readonly string[];
    readonly hash: string;
}

/** Meshes of C = 1, 2, 3, 4, 7, 8, 16 and 64 clusters: what section 10's counts are checked on. */
export const COUNTED_MESHES = [
    [1, 1],
    [2, 1],
    [3, 1],
    [2, 2],
    [7, 1],
    [4, 2],
    [4, 4],
    [8, 8],
] as const;

const STEP = 1_000_000;
const LIMIT = 400_000_000;

/** Runs until the machine ends, or `limit` instructions. */
export async function runConfig(text: ConfigText, options: RunOptions = {}): Promise<Outcome> {
    const config = parseConfig(JSON.stringify(text), "test");
    let console = "";
    const decoder = new TextDecoder();
    const run = await buildAndBoot(
        { config, file: "test", directory: GUEST_FOLDER },
        {
            onConsole: (bytes) => {
                console += decoder.decode(bytes, { stream: true });
            },
            onPhase: () => {},
            audit: options.audit,
            ...(options.mutant === undefined ? {} : { mutant: options.mutant }),
        },
    );
    const machine = machineOf(run);
    const records = keepRecords(machine);
    for (let steps = 1; ; steps++) {
        const result = run.step(options.step ?? STEP, options.limit ?? LIMIT);
        if (!result.ended) {
            options.betweenSteps?.(machine, steps);
            continue;
        }
        const { end, message } = result;
        const [instructions, cycles, hash] = [run.instructions(), run.cycles(), run.stateHash()];
        const [report, accountErrors] = [run.report(), run.accountErrors()];
        return { end, message, console, report, records, instructions, cycles, accountErrors, hash };
    }
}

/** The machine inside a run: the tests that break guest memory need it, the interface does not show it. */
export function machineOf(run: SystemRun): Machine {
    return (run as System).machine;
}

/** Calls `count` with each user thread that begins. */
export function countThreads(machine: Machine, count: () => void): void {
    const next = machine.onProbe;
    machine.onProbe = (hart, halves) => {
        if (eventNumber(halves) === PROBE_THREAD) count();
        next?.(hart, halves);
    };
}

function keepRecords(machine: Machine): ProbeRecord[] {
    const records: ProbeRecord[] = [];
    const next = machine.onProbe;
    machine.onProbe = (hart, halves) => {
        const words = wordsOf(halves);
        const { cycles: clock, leftUser, enteredUser } = machine.hart(hart);
        records.push({ hart, clock, leftUser, enteredUser, words });
        next?.(hart, halves);
    };
    return records;
}

/** The report of the program at `index` of the config. */
export function programAt(outcome: Outcome, index: number): ProgramReport {
    const program = outcome.report.programs[index];
    if (program === undefined) throw new RangeError(`no program ${index}`);
    return program;
}

/** Numbers that a guest reported in lines `LABEL NUMBER` (lib.S report), by label, in order. */
export function reported(program: ProgramReport): Record<string, number[]> {
    const found: Record<string, number[]> = {};
    for (const [, label = "", value = ""] of program.output.matchAll(/^(\w+) (-?\d+)$/gm)) {
        found[label] ??= [];
        found[label].push(Number(value));
    }
    return found;
}

/** Frames of each cluster that were free right after its boot and are not at the end. */
export function framesKept(outcome: Outcome): number[] {
    const atBoot = new Map<number, number>();
    for (const { words } of outcome.records) {
        if (words[0] === PROBE_BOOT) atBoot.set(words[1] ?? -1, words[2] ?? 0);
    }
    return outcome.report.clusters.map(({ cxy, freeFrames }) => (atBoot.get(cxy) ?? Number.NaN) - freeFrames);
}

/** Rule 7.4: nothing is left of the programs. Cluster 0's two frames are the block of init, which still runs then. */
export function nothingLeft(outcome: Outcome): number[] {
    return outcome.report.clusters.map(({ cxy }) => (cxy === 0 ? 2 : 0));
}
