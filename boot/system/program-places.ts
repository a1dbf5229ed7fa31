/** The fates of a config's programs, with the places of their addresses in source. */

import type { Config } from "../../configs/schema/config.ts";
import { Symbolizer } from "../../toolchain/link/symbolize.ts";
import type { ProgramRecord } from "../observe/recorder.ts";
import { errnoName, signalName } from "../observe/signals.ts";
import type { ProgramFault, ProgramReport, SourcePlace } from "../report/report.ts";
import type { Artifacts } from "./artifacts.ts";

export class ProgramPlaces {
    readonly #config: Config;
    readonly #programs: Artifacts["programs"];
    /** The symbolizers, by the program's path. */
    readonly #symbolizers = new Map<string, Symbolizer>();

    constructor(config: Config, programs: Artifacts["programs"]) {
        this.#config = config;
        this.#programs = programs;
    }

    /** `index` is the index of the program in the config. */
    report(record: ProgramRecord, index: number): ProgramReport {
        const entry = this.#config.programs[index];
        const [first] = record.processes;
        const started = record.noStart === undefined ? "" : `could not be started: ${errnoName(record.noStart)}\n`;
        return {
            name: entry?.path ?? "",
            pid: first?.pid ?? null,
            cluster: first?.cluster ?? null,
            nodes: entry?.nodes ?? 1,
            exit: exitOf(record),
            output: new TextDecoder().decode(Uint8Array.from(record.output)) + started,
            dsm: record.usesDsm ? record.dsm : null,
            fault: this.#fault(record, index),
            refused: [...record.refused.values()],
        };
    }

    /** `program` is the index of the program in the config. */
    locate(program: number, pc: number): SourcePlace {
        const path = this.#config.programs[program]?.path ?? "";
        const image = this.#programs.get(path)?.image;
        const symbolizer = this.#symbolizers.get(path) ?? (image && new Symbolizer(image));
        if (symbolizer !== undefined) this.#symbolizers.set(path, symbolizer);
        const place = symbolizer?.locate(pc);
        return { function: place?.function ?? null, file: place?.file ?? null, line: place?.line ?? null };
    }

    #fault(record: ProgramRecord, index: number): ProgramFault | null {
        if (record.fault === undefined) return null;
        const { vaddr, access, pc, thread, cluster, stackOwner } = record.fault;
        return { vaddr, access, pc, ...this.locate(index, Number(pc)), thread, cluster, stackOwner };
    }
}

/** The exit of the first process that failed, if possible for its own sake; else of one that has not ended; else of node 0. */
function exitOf({ processes }: ProgramRecord): ProgramReport["exit"] {
    const failing = processes.filter(({ exit }) => exit !== undefined && (exit.code !== 0 || exit.signal !== 0));
    const failed = failing.find(({ endedByGroup }) => !endedByGroup) ?? failing[0];
    const exit = (failed ?? processes.find((process) => process.exit === undefined) ?? processes[0])?.exit;
    return {
        code: exit === undefined || exit.signal !== 0 ? null : exit.code,
        signal: exit === undefined || exit.signal === 0 ? null : signalName(exit.signal),
    };
}
