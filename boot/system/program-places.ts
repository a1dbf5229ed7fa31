/** The fates of a config's programs, with the places of their addresses in source. */

import type { Config } from "../../configs/schema/config.ts";
import { readSection } from "../../toolchain/link/elf.ts";
import { Symbolizer } from "../../toolchain/link/symbolize.ts";
import type { Mismatch } from "../observe/dsm-waits.ts";
import type { ProgramRecord } from "../observe/recorder.ts";
import { errnoName, signalName } from "../observe/signals.ts";
import type { NodeCall, ProgramFault, ProgramReport, SourcePlace } from "../report/report.ts";
import type { Artifacts } from "./artifacts.ts";

const REGION_NAMES = ".archipel.roi";

/** A call's ecall, and the return address then. */
interface CallPlace {
    readonly pc: number;
    readonly caller: number;
    /** True for a normal end, which has no place. */
    readonly ends: boolean;
}

/** Functions of userland/c/sm.c and userland/lib that make the system call for their caller. */
const LIBRARY = /^(sm_\w+|ecall)$/;

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
    report(record: ProgramRecord, index: number, mismatch: Mismatch | undefined): ProgramReport {
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
            fault: this.#fault(record, index) ?? this.#mismatch(mismatch, index),
            refused: [...record.refused.values()],
        };
    }

    /** The name at offset n of the program's .archipel.roi; `region N` where there is none. */
    regionName(program: number, n: number): string {
        const elf = this.#programs.get(this.#config.programs[program]?.path ?? "")?.elf;
        const names = elf && readSection(elf, REGION_NAMES);
        const end = names?.indexOf(0, n) ?? -1;
        if (names === undefined || end < n) return `region ${n}`;
        return new TextDecoder().decode(names.subarray(n, end));
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
        return { vaddr, access, pc, ...this.locate(index, Number(pc)), thread, cluster, stackOwner, calls: null };
    }

    #mismatch(mismatch: Mismatch | undefined, index: number): ProgramFault | null {
        if (mismatch === undefined) return null;
        const { pid, thread, cluster } = mismatch;
        const calls = mismatch.calls.map((call): NodeCall => {
            return { node: call.node, call: call.text, ...this.locateCall(index, call) };
        });
        const second = mismatch.calls.findIndex((call) => call.pid === pid && call.thread === thread);
        const place = calls[second] ?? { pc: 0n, function: null, file: null, line: null };
        const { pc, function: name, file, line } = place;
        return { vaddr: null, access: null, pc, function: name, file, line, thread, cluster, stackOwner: null, calls };
    }

    /** Where the program calls sm_*: the caller of the library's function, or the ecall itself when it stands in no such function. */
    locateCall(program: number, { pc, caller, ends }: CallPlace): SourcePlace & { readonly pc: bigint } {
        if (ends) return { pc: BigInt(pc), function: null, file: null, line: null };
        const own = this.locate(program, pc);
        if (own.function === null || !LIBRARY.test(own.function)) return { pc: BigInt(pc), ...own };
        // The return address is behind the call, maybe in the next line.
        return { pc: BigInt(caller), ...this.locate(program, caller - 1) };
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
