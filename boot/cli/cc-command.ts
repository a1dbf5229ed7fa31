/** `archipel cc`: compiles C programs for the kernel. */

import { basename, extname } from "node:path";
import { compile } from "./cc/compile.ts";
import { findCompiler, thisHost } from "./cc/compiler.ts";
import { CommandError } from "./exit-codes.ts";
import type { Command, Values } from "./options.ts";
import type { Streams } from "./output.ts";

export const CC_COMMAND: Command = {
    name: "cc",
    usage: ["cc FILE.c... [-o FILE] [COMPILER-OPTION]..."],
    summary:
        "Compiles C sources (and links objects) to a program that boot and dsm run. sm.h is found, and includes what most\n" +
        "programs need. Options with one dash (-O3, -DNAME, -Wall) go to the compiler: RISCV_CC, else riscv64-unknown-elf-gcc\n" +
        "with picolibc, else zig.",
    maxPositionals: Number.POSITIVE_INFINITY,
    options: [
        { name: "output", value: "FILE", help: "the program, also -o FILE (default: the first source's name, .elf)" },
        { name: "compiler-option", value: "OPTION", repeatable: true, help: "an option for the compiler" },
    ],
};

/** Options of compilers whose value may be the next word. */
const WITH_VALUE = /^-(?:[DIULlx]|include|isystem|MF|Xlinker|T)$/;

/** The command line with a compiler's short options in our long form. */
export function ccArguments(args: readonly string[]): string[] {
    const long: string[] = [];
    for (let i = 0; i < args.length; i++) {
        const word = args[i] as string;
        const next = args[i + 1];
        if (word === "-o") {
            long.push("--output", ...(next === undefined ? [] : [next]));
            i++;
        } else if (WITH_VALUE.test(word) && next !== undefined) {
            long.push(`--compiler-option=${word}`, `--compiler-option=${next}`);
            i++;
        } else long.push(/^-[^-]/.test(word) ? `--compiler-option=${word}` : word);
    }
    return long;
}

/** Says which compiler it takes, on stderr. */
export async function ccCommand(values: Values, streams: Streams): Promise<number> {
    const [first] = values.positionals;
    if (first === undefined) throw new CommandError("usage", "cc: a C file is missing; see archipel cc --help");
    const output = values.text("output") ?? `${basename(first, extname(first))}.elf`;
    const compiler = findCompiler(thisHost);
    streams.err(`archipel: cc: ${compiler.description} -> ${output}\n`);
    compile(compiler, { files: values.positionals, output, options: values.list("compiler-option") }, streams.err);
    return 0;
}
