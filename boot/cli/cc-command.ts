/** `archipel cc`: compiles C programs for the kernel. */

import { basename, extname } from "node:path";
import { CommandError } from "../report/exit-codes.ts";
import { compile, needsOfFiles } from "./cc/compile.ts";
import { findCompiler, thisHost } from "./cc/compiler.ts";
import type { Command, Values } from "./options.ts";
import type { Streams } from "./output.ts";

export const CC_COMMAND: Command = {
    name: "cc",
    usage: ["cc FILE.c... [-o FILE] [COMPILER-OPTION]..."],
    summary:
        "Compiles C sources (and links objects) to a program that boot and dsm run. sm.h is found, and includes what most\n" +
        "programs need. Options with one dash (-O3, -DNAME, -Wall) go to the compiler: RISCV_CC, else riscv64-unknown-elf-gcc\n" +
        "with picolibc, else zig. A source in C++, or with pthread.h, threads.h, omp.h or sys/wait.h, needs a hosted\n" +
        "library: riscv64-linux-gnu-gcc, else zig.",
    examples: [
        ["cc hello.c", "hello.elf, for boot --program ./hello.elf"],
        ["cc -O3 -o sum.elf main.c sum.c", "several sources, and an option of the compiler"],
    ],
    exits: ["input"],
    maxPositionals: Number.POSITIVE_INFINITY,
    options: [
        { name: "output", value: "FILE", help: "the program, also -o FILE (default: the first file's name, .elf)" },
    ],
};

/** Options of compilers whose value may be the next word. */
const WITH_VALUE = /^-(?:[DIULlxT]|include|isystem|MF|Xlinker)$/;

/** The words in our own style: long options and the output first, then, behind "--", what the compiler gets, in its order. */
export function ccArguments(args: readonly string[]): string[] {
    const ours: string[] = [];
    const rest: string[] = [];
    for (let i = 0; i < args.length; i++) {
        const word = args[i] as string;
        const value = args.slice(i + 1, i + 2);
        if (word === "-o") ours.push("--output", ...value);
        else if (word === "--output" || WITH_VALUE.test(word)) (word === "--output" ? ours : rest).push(word, ...value);
        else (word.startsWith("--") ? ours : rest).push(word);
        if (word === "-o" || word === "--output" || WITH_VALUE.test(word)) i++;
    }
    return [...ours, "--", ...rest];
}

/** Of what the compiler gets, the files. */
function filesOf(words: readonly string[]): string[] {
    return words.filter((word, i) => !word.startsWith("-") && !WITH_VALUE.test(words[i - 1] ?? ""));
}

/** Says which compiler it takes, on stderr. */
export async function ccCommand(values: Values, streams: Streams): Promise<number> {
    const words = values.positionals;
    const files = filesOf(words);
    const [first] = files;
    if (first === undefined) throw new CommandError("usage", "cc: a C file is missing; see archipel cc --help");
    const output = values.text("output") ?? `${basename(first, extname(first))}.elf`;
    const compiler = findCompiler(thisHost, needsOfFiles(files));
    streams.err(`archipel: cc: ${compiler.description} -> ${output}\n`);
    await compile(compiler, { words, files, output }, streams.err);
    return 0;
}
