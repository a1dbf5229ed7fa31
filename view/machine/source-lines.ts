/** Source lines of the kernel and of programs, for a session's addresses. */

import { type Location, Symbolizer } from "../../toolchain/link/symbolize.ts";
import type { SourceLine } from "../questions.ts";
import type { KernelSession } from "./kernel-session.ts";

const symbolizers = new WeakMap<object, Symbolizer>();

function symbolizerOf(image: ConstructorParameters<typeof Symbolizer>[0]): Symbolizer {
    const found = symbolizers.get(image) ?? new Symbolizer(image);
    symbolizers.set(image, found);
    return found;
}

/** Sources whose code tells events and marks for others; it may be inlined into theirs. */
const TELLS = /^kernel\/(?:probe|trace\/)/;
/** Bytes of code before a call in which its own source's line is looked for. */
const NEAR = 256;

/** The line of the kernel from which an event was told: `pc` is that of the record's store, `ra` the return address then. */
export function kernelLine({ artifacts }: KernelSession, pc: number, ra: number): SourceLine | undefined {
    const symbolizer = symbolizerOf(artifacts.kernel);
    const own = symbolizer.locate(pc);
    const from = own === undefined || TELLS.test(own.function) ? ra - 1 : pc;
    const function_ = symbolizer.locate(from)?.function;
    for (let at = from; at > from - NEAR; at--) {
        const place = symbolizer.locate(at);
        if (place === undefined || place.function !== function_) break;
        if (place.file !== undefined && !TELLS.test(place.file)) return sourceLine(place);
    }
    return sourceLine(symbolizer.locate(from));
}

function sourceLine(place: Location | undefined): SourceLine | undefined {
    return place && { function: place.function, file: place.file, line: place.line };
}

/** The line of a pc in a program of the config. */
export function programLine({ artifacts, config }: KernelSession, program: number, pc: number): SourceLine | undefined {
    const image = artifacts.programs.get(config.programs[program]?.path ?? "")?.image;
    return sourceLine(image && symbolizerOf(image).locate(pc));
}
