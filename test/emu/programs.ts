/** Bare-metal programs in assembly: platform.S and one file of programs/, one section for 0x80000000. */

import { readFileSync } from "node:fs";
import { assemble } from "../../toolchain/asm/assemble.ts";

export interface BareProgram {
    readonly name: string;
    readonly harts: number;
    readonly console: string;
}

/** Each checks its own results and ends through the test finisher with `pass`. */
export const PROGRAMS: readonly BareProgram[] = [
    { name: "hello", harts: 1, console: "hello, archipelago\n" },
    { name: "timer", harts: 1, console: "...\n" },
    { name: "spinlock", harts: 2, console: "ok\n" },
    { name: "sv39", harts: 1, console: "ok\n" },
    { name: "interrupts", harts: 2, console: "ok\n" },
];

function source(name: string): string {
    return readFileSync(new URL(`programs/${name}.S`, import.meta.url), "utf8");
}

/** The bytes to load at 0x80000000. With `rvc`, instructions are compressed where they can be. */
export function programImage(name: string, rvc = false): Uint8Array {
    const { sections } = assemble(`${source("platform")}${source(name)}`, `${name}.S`, { rvc });
    const [section, ...others] = sections;
    if (section === undefined || others.length > 0 || section.relocations.length > 0) {
        throw new Error(`${name}.S must be one section without relocations`);
    }
    return section.bytes;
}
