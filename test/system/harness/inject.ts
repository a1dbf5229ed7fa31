/**
 * Runs in which one allocation fails, or one lock is taken late, by its number (kernel/mutants/injections.ts): counted in one cluster from the start
 * of the programs on.
 */

import { eventNumber } from "../../../boot/abi/events.ts";
import type { Machine } from "../../../emu/machine.ts";
import { BI_MUTANT } from "../../../kernel/abi/boot-info.ts";
import { PROBE_PROCESS } from "../../../kernel/abi/event.ts";
import { BANK_BASE, BOOT_INFO_LOCAL, WINDOW_BASE } from "../../../kernel/abi/memory-map.ts";
import { type ConfigText, framesKept, nothingLeft, type Outcome, runConfig } from "./run.ts";

export interface Injection {
    /** INJECT_*. */
    readonly what: number;
    readonly cluster: number;
    /** The first event is 1. */
    readonly number: number;
}

const STEP = 5000;
const LIMIT = 300_000_000;
/** More than any run has. */
const NEVER = 0x7fff_ffff;

function addressOf(cluster: number, bankSize: number): number {
    return BANK_BASE + cluster * bankSize + (BOOT_INFO_LOCAL - WINDOW_BASE) + BI_MUTANT;
}

/** The outcome, and how many events there were (up to the run's end, the injected one included). */
export async function runInjected(config: ConfigText, bankSize: number, injection: Injection, audit?: "every" | "end") {
    const address = addressOf(injection.cluster, bankSize);
    let machine: Machine | undefined;
    let programs = 0;
    const processes = config.programs.reduce((sum: number, { nodes }: { nodes?: number }) => sum + (nodes ?? 1), 0);
    let armed = false;
    const betweenSteps = (of: Machine) => {
        if (machine === undefined) {
            machine = of;
            const next = of.onProbe;
            of.onProbe = (hart, halves) => {
                if (eventNumber(halves) === PROBE_PROCESS) programs++;
                next?.(hart, halves);
            };
        }
        if (armed || programs < processes) return;
        armed = true;
        of.writePhysical(address, new Uint8Array(Uint32Array.of(injection.what, injection.number).buffer));
    };
    const options = { step: STEP, limit: LIMIT, mutant: 0, betweenSteps };
    const outcome = await runConfig(config, audit === undefined ? options : { ...options, audit });
    if (machine === undefined || !armed) throw new Error("the programs did not start");
    const left = new Int32Array(machine.readPhysical(address, 8).slice().buffer)[1] ?? 0;
    return { outcome, events: injection.number - left };
}

/** How many events of this kind a run has. */
export async function countEvents(
    config: ConfigText,
    bankSize: number,
    what: number,
    cluster: number,
): Promise<number> {
    const { outcome, events } = await runInjected(config, bankSize, { what, cluster, number: NEVER });
    if (outcome.end !== "halted") throw new Error(`${outcome.end}: ${outcome.message}`);
    return events;
}

/** What says that an allocation of the other program itself has failed. Killed says it too: its pages come from cluster 0's cached files (5.7). */
const NO_MEMORY = /^$|could not be started: (?:ENOMEM|EAGAIN)\b|: a thread could not be created|: no memory/;

/** Undefined when the kernel lives, the last program is right or had no memory, and all frames come back; else what is wrong. */
export function injectedProblem(outcome: Outcome): string | undefined {
    if (outcome.end !== "halted") return `${outcome.end}: ${outcome.message}`;
    const other = outcome.report.programs.at(-1);
    if (other?.exit.code !== 0 && other?.exit.signal !== "SIGKILL" && !NO_MEMORY.test(other?.output ?? ""))
        return `${other?.name}: exit ${JSON.stringify(other?.exit)}: ${other?.output}`;
    const kept = framesKept(outcome).join();
    return kept === nothingLeft(outcome).join() ? undefined : `frames kept: ${kept}`;
}

/** `count` of the numbers 1 to `most`, spread evenly, the first and the last among them. */
export function spread(most: number, count: number): number[] {
    if (most <= count) return Array.from({ length: most }, (_, i) => i + 1);
    return Array.from({ length: count }, (_, i) => 1 + Math.round((i * (most - 1)) / (count - 1)));
}
