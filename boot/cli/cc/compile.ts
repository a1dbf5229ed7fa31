/** From C sources to a program: the runtime of userland/c and the caller's files, compiled and linked by the compiler found. */

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as syscalls from "../../../kernel/abi/syscalls.ts";
import { packageRoot } from "../../package-root.ts";
import { CommandError } from "../exit-codes.ts";
import { type Compiler, TARGET } from "./compiler.ts";

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

/** Writes the program to `output`; `say` gets what the compiler prints. Throws CommandError (input) when it fails. */
export function compile(compiler: Compiler, request: CompileRequest, say: (text: string) => void): void {
    for (const file of request.files) {
        if (!existsSync(file)) throw new CommandError("input", `cc: ${file}: there is no such file`);
    }
    const scratch = mkdtempSync(join(tmpdir(), "archipel-cc-"));
    try {
        writeFileSync(join(scratch, "system-calls.h"), systemCalls());
        const runtime = RUNTIME[compiler.library].map((name) => runtimeObject(compiler, name, scratch, say));
        const link = [...DEFAULTS, ...request.words, ...runtime, ...linkOptions(compiler)];
        const done = run(compiler, [...link, "-o", request.output, "-lm"], say);
        if (!done) throw new CommandError("input", `cc: ${request.files.join(", ")}: not compiled, see above`);
    } finally {
        rmSync(scratch, { recursive: true });
    }
}

function runtimeObject(compiler: Compiler, name: string, scratch: string, say: (text: string) => void): string {
    const object = join(scratch, `${name}.o`);
    const source = join(packageRoot(), FOLDER, name);
    if (run(compiler, [...DEFAULTS, `-I${scratch}`, "-c", source, "-o", object], say)) return object;
    throw new CommandError("input", `cc: ${FOLDER}/${name}: not compiled, see above; is RISCV_CC a C compiler?`);
}

function linkOptions({ library }: Compiler): string[] {
    if (library === "hosted") return ["-static"];
    return ["-static", "-nostartfiles", "-T", join(packageRoot(), FOLDER, "link.ld"), "-Wl,--no-warn-rwx-segments"];
}

function run(
    { command: [program, ...first], library }: Compiler,
    rest: readonly string[],
    say: (text: string) => void,
) {
    const target = library === "picolibc" ? [`-march=${TARGET.march}`, `-mabi=${TARGET.mabi}`, "-mcmodel=medany"] : [];
    const args = [...first, ...target, `-I${join(packageRoot(), FOLDER)}`, ...rest];
    const { status, stdout, stderr, error } = spawnSync(program, args, {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
        maxBuffer: 2 ** 26,
    });
    say(`${stdout ?? ""}${stderr ?? ""}${error === undefined ? "" : `${error.message}\n`}`);
    return status === 0;
}

/** The numbers of kernel/abi/syscalls.ts for userland/c/system-call.h. */
function systemCalls(): string {
    const rows = Object.entries(syscalls).filter(([name]) => name.startsWith("SYS_"));
    return rows.map(([name, number]) => `#define ${name} ${number}\n`).join("");
}
