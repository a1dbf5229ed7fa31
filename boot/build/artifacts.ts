/** Builds the compiled parts of a kernel machine, from the sources or from the cache: one asc for all of them (asc-process.ts). */

import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { LoadedConfig } from "../../configs/load.ts";
import { readFailure } from "../../configs/load.ts";
import { CommandError } from "../report/exit-codes.ts";
import type { Artifacts, Program } from "../system/artifacts.ts";
import { compileCore } from "./core.ts";
import { buildFirmware } from "./firmware.ts";
import { buildKernel } from "./kernel-image.ts";
import { loadProgram } from "./program-image.ts";

/** A step such as "kernel" begins; `done` of `total` steps are over. */
type OnPhase = (name: string, done: number, total: number) => void;

/**
 * `mutants` builds the kernel that has mutants. Throws CommandError("input", line) for an unknown program, one that is no usable ELF, a
 * standard input that cannot be read, or sources that cannot be built.
 */
export async function buildArtifacts(loaded: LoadedConfig, mutants = false, onPhase?: OnPhase): Promise<Artifacts> {
    const inputs = readInputs(loaded);
    const paths = [...new Set(loaded.config.programs.map(({ path }) => path))];
    const total = paths.length + 2;
    let done = 0;
    const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
        onPhase?.(name, done++, total);
        return work();
    };
    const programs = new Map<string, Program>();
    const machine = async () => {
        const core = await step("emulator core", compileCore);
        const kernel = await step("kernel", () => buildKernel(mutants));
        return { core, kernel: kernel.image, layouts: kernel.layouts };
    };
    const all = async () => {
        for (const path of paths) {
            programs.set(path, await step(`program ${path}`, () => loadProgram(path, foldersOf(loaded))));
        }
    };
    const [parts] = await Promise.all([machine(), all()]);
    return { ...parts, firmware: buildFirmware(), programs, inputs };
}

/** The standard inputs by their paths. A file is looked for in the folders of programs, in order. */
function readInputs(loaded: LoadedConfig): Map<string, Uint8Array> {
    const inputs = new Map<string, Uint8Array>();
    for (const [i, { stdin }] of loaded.config.programs.entries()) {
        if (stdin === undefined || inputs.has(stdin)) continue;
        const places = foldersOf(loaded).map((folder) => resolve(folder, stdin));
        const file = places.find((place) => existsSync(place)) ?? stdin;
        try {
            inputs.set(stdin, readFileSync(file));
        } catch (error) {
            const line = `${loaded.file}: /programs/${i}/stdin is "${stdin}"; cannot be read: ${readFailure(error)}`;
            throw new CommandError("input", line);
        }
    }
    return inputs;
}

function foldersOf({ directory, programDirectory }: LoadedConfig): string[] {
    return programDirectory === undefined ? [directory] : [programDirectory, directory];
}
