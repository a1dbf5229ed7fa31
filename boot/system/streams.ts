/** What a run's hooks ask to be written while it goes on. */

import type { Config } from "../../configs/schema/config.ts";
import type { Machine } from "../../emu/machine.ts";
import type { Observer } from "../abi/observer.ts";
import type { ResolvedFault } from "../observe/fault-cost.ts";
import { ChromeTrace } from "../observe/stream/chrome-trace.ts";
import { EventStream, type StreamedMachine } from "../observe/stream/event-stream.ts";
import { ResourceUse } from "../observe/stream/resource-use.ts";
import type { SystemHooks } from "../report/report.ts";
import type { ProgramPlaces } from "./program-places.ts";

export class Streams {
    readonly observers: readonly Observer[];
    readonly onResolved: readonly ((fault: ResolvedFault) => void)[];
    readonly #trace: ChromeTrace | undefined;

    constructor(machine: Machine, config: Config, places: ProgramPlaces, { events, trace }: SystemHooks) {
        const streamed: StreamedMachine = {
            clusters: machine.clusterCount,
            hartsPerCluster: config.machine.hartsPerCluster,
            seed: config.seed,
            cycle: (hart) => machine.hart(hart).cycles,
        };
        const lines = events && new EventStream(streamed, events.window, (line) => events.write(line));
        const use = new ResourceUse(() => machine.resourceUse());
        const traced = {
            ...streamed,
            leftUser: (hart: number) => machine.hart(hart).leftUser,
            enteredUser: (hart: number) => machine.hart(hart).enteredUser,
            trappedAt: (hart: number) => Number(machine.hart(hart).csr("sepc")),
            functionOf: (program: number, pc: number) => places.locate(program, pc).function,
            programName: (program: number) => config.programs[program]?.path ?? "",
            use: (cycle: number) => use.since(cycle),
        };
        const chrome = trace && new ChromeTrace(traced, trace.window, (text) => trace.write(text));
        this.#trace = chrome;
        this.observers = [lines, chrome].filter((observer) => observer !== undefined);
        this.onResolved = chrome === undefined ? [] : [(fault) => chrome.resolved(fault)];
    }

    finish(): void {
        this.#trace?.finish();
    }
}
