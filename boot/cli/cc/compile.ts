/** From C sources to a program: the runtime of userland/c and the caller's files, compiled and linked by the compiler found. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as syscalls from "../../../kernel/abi/syscalls.ts";
import { runChild, scratchFolder } from "../../interruption.ts";
import { packageRoot } from "../../package-root.ts";
import { CommandError } from "../../report/exit-codes.ts";
import { type Compiler, type Need, needsOf, TARGET } from "./compiler.ts";

export interface CompileRequest {
    /** What the compiler gets, in this order: sources, objects, its options. */
    readonly words: readonly string[];
    /** Those of `words` that are files. */
    readonly files: readonly string[];
    readonly output: string;
}

const FOLDER = "userland/c";
const DEFAULTS = ["-O2", "-g"];
const RUNTIME = { picolibc: ["crt0.S", "picolibc.c", "sm.c"], hosted: ["sm.c"] } as const;

type Say = (text: string) => void;

/** Writes the program to `output`; `say` gets what the compiler prints. Throws CommandError (input) when it fails. */
export async function compile(compiler: Compiler, request: CompileRequest, say: Say): Promise<void> {
    for (const file of request.files) {
        if (!existsSync(file)) throw new CommandError("input", `cc: ${file}: there is no such file`);
    }
    const scratch = scratchFolder(join(tmpdir(), "archipel-cc-"));
    try {
        writeFileSync(join(scratch.path, "system-calls.h"), systemCalls());
        const runtime: string[] = [];
        for (const name of RUNTIME[compiler.library])
            runtime.push(await runtimeObject(compiler, name, scratch.path, say));
        const link = [...DEFAULTS, ...request.words, ...runtime, ...compiler.options, ...linkOptions(compiler)];
        const done = await run(compiler, [...link, "-o", request.output, "-lm"], scratch.path, say);
        if (!done) throw new CommandError("input", `cc: ${request.files.join(", ")}: not compiled, see above`);
    } finally {
        scratch.remove();
    }
}

/** What the sources among the files need of a hosted compiler's library. A file that cannot be read needs nothing: `compile` refuses it. */
export function needsOfFiles(files: readonly string[]): Need[] {
    const sources = files.filter((file) => /\.[cC][cpx+]*$/.test(file) && existsSync(file));
    return [...new Set(sources.flatMap((file) => needsOf(file, readFileSync(file, "utf8"))))];
}

async function runtimeObject(compiler: Compiler, name: string, scratch: string, say: Say): Promise<string> {
    const object = join(scratch, `${name}.o`);
    const source = join(packageRoot(), FOLDER, name);
    if (await run(compiler, [...DEFAULTS, `-I${scratch}`, "-c", source, "-o", object], scratch, say)) return object;
    throw new CommandError("input", `cc: ${FOLDER}/${name}: not compiled, see above; is RISCV_CC a C compiler?`);
}

function linkOptions({ library }: Compiler): string[] {
    if (library === "hosted") return ["-static"];
    return ["-static", "-nostartfiles", "-T", join(packageRoot(), FOLDER, "link.ld"), "-Wl,--no-warn-rwx-segments"];
}

/** True when the compiler was content; its own temporary files lie in `scratch`. Throws CommandError (interrupted). */
async function run(compiler: Compiler, rest: readonly string[], scratch: string, say: Say): Promise<boolean> {
    const { command, library } = compiler;
    const [program, ...first] = command;
    const target = library === "picolibc" ? [`-march=${TARGET.march}`, `-mabi=${TARGET.mabi}`, "-mcmodel=medany"] : [];
    const args = [...first, ...target, `-I${join(packageRoot(), FOLDER)}`, ...rest];
    const { code, interrupted, output } = await runChild(program, args, { env: { ...process.env, TMPDIR: scratch } });
    if (interrupted) throw new CommandError("interrupted", "interrupted");
    say(output);
    return code === 0;
}

/** The numbers of kernel/abi/syscalls.ts for userland/c/system-call.h. */
function systemCalls(): string {
    const rows = Object.entries(syscalls).filter(([name]) => name.startsWith("SYS_"));
    return rows.map(([name, number]) => `#define ${name} ${number}\n`).join("");
}
