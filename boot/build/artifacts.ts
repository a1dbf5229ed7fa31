/** Builds the compiled parts of a kernel machine, from the sources or from the cache: two jobs at a time, each in a process of its own. */

import type { LoadedConfig } from "../../configs/load.ts";
import type { Artifacts, Program } from "../system/artifacts.ts";
import { compileCore } from "./core.ts";
import { buildFirmware } from "./firmware.ts";
import { buildKernel } from "./kernel-image.ts";
import { loadProgram } from "./program-image.ts";

/** A step such as "kernel" begins; `done` of `total` steps are over. */
type OnPhase = (name: string, done: number, total: number) => void;

/**
 * `mutants` builds the kernel that has mutants. Throws CommandError("input", line) for an unknown program, one that is no usable ELF, or
 * sources that cannot be built.
 */
export async function buildArtifacts(loaded: LoadedConfig, mutants = false, onPhase?: OnPhase): Promise<Artifacts> {
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
    return { ...parts, firmware: buildFirmware(), programs };
}

function foldersOf({ directory, programDirectory }: LoadedConfig): string[] {
    return programDirectory === undefined ? [directory] : [programDirectory, directory];
}
