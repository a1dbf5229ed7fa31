/**
 * The system calls: a row a call, in the files of calls/. kernel/abi/syscalls.ts (numbers), kernel/abi/refusals.ts (what is refused) and
 * docs/system-calls.md derive from it. A new call is a row there, `npm run generate`, and its handler in kernel/syscalls.
 */

import * as errno from "../../kernel/abi/errno.ts";
import { FILES_CALLS } from "./calls/files.ts";
import { MEMORY_CALLS } from "./calls/memory.ts";
import { MISSING_CALLS } from "./calls/missing.ts";
import { OWN_CALLS } from "./calls/own.ts";
import { PROCESSES_CALLS } from "./calls/processes.ts";
import type { CallRow, ErrnoName } from "./calls/row.ts";
import { SIGNALS_CALLS } from "./calls/signals.ts";
import { TIME_CALLS } from "./calls/time.ts";
import { USERS_CALLS } from "./calls/users.ts";

type Rows = Readonly<Record<string, CallRow>>;

const LINUX: Rows = {
    ...FILES_CALLS,
    ...MEMORY_CALLS,
    ...PROCESSES_CALLS,
    ...SIGNALS_CALLS,
    ...TIME_CALLS,
    ...USERS_CALLS,
};

/** The rows of all calls that are carried out, by number. */
export const CALLS: readonly (readonly [name: string, row: CallRow])[] = [
    ...Object.entries(LINUX),
    ...Object.entries<CallRow>(OWN_CALLS),
].sort(([, a], [, b]) => a.number - b.number);

/** A request that Linux takes and that is refused. `what` is null for a call that is not there at all. */
export interface Refusal {
    readonly call: string;
    readonly what: string | null;
    readonly errno: string;
}

interface CodedRefusal extends Refusal {
    /** The word of kernel/abi/refusals.ts: the call's number, the place among its refusals, the errno. */
    readonly code: number;
}

const ERRNO: Readonly<Record<string, number>> = errno;
const REFUSALS: readonly CodedRefusal[] = CALLS.flatMap(([call, { number, refuses = {} }]) =>
    Object.entries<ErrnoName>(refuses).map(([what, name], i) => {
        return { call, what, errno: name, code: number * 65536 + i * 256 + (ERRNO[name] as number) };
    }),
);
const BY_CODE = new Map(REFUSALS.map((refusal) => [refusal.code, refusal]));
const NAMES = new Map<number, string>([
    ...CALLS.map(([name, { number }]) => [number, name] as const),
    ...Object.entries(MISSING_CALLS).map(([name, number]) => [number, name] as const),
]);

/** The refusal that the kernel tells by its code. */
export function refusalOf(code: number): Refusal {
    const found = BY_CODE.get(code);
    if (found === undefined) throw new Error(`the kernel tells of a refusal that is in no table: ${code}`);
    return found;
}

/** The refusal of a call that is not there, or of a form of a call that is not. */
export function unknownCall(number: number): Refusal {
    return { call: NAMES.get(number) ?? `system call ${number}`, what: null, errno: "ENOSYS" };
}

/** kernel/abi/syscalls.ts. */
export function callConstants(): string {
    const head =
        "// Generated from boot/abi/system-calls.ts by `npm run generate`: the numbers of the system calls. Numbers below 1024 are Linux's (riscv64).";
    const rows = CALLS.map(
        ([name, { number, args, does }]) =>
            `/** ${name}(${args}): ${does} */\nexport const SYS_${name.toUpperCase()} = ${number};`,
    );
    return `${[head, ...rows].join("\n")}\n`;
}

/** kernel/abi/refusals.ts. */
export function refusalConstants(): string {
    const head =
        "// Generated from boot/abi/system-calls.ts by `npm run generate`: requests that a call refuses (kernel/syscalls/table.ts).";
    const rows = REFUSALS.map(
        ({ call, what, errno: name, code }) =>
            `/** ${name} */\nexport const ${refusalName(call, what ?? "")} = ${code};`,
    );
    return `${[head, ...rows].join("\n")}\n`;
}

/** REFUSED_MMAP_MAP_GROWSDOWN. */
export function refusalName(call: string, what: string): string {
    return `REFUSED_${call.toUpperCase()}_${what.toUpperCase().replace(/\W+/g, "_")}`;
}

/** docs/system-calls.md. */
export function callDocument(): string {
    const carried = (rows: Rows) =>
        Object.entries(rows)
            .sort(([, a], [, b]) => a.number - b.number)
            .map(([name, { number, args, does, refuses = {}, tests }]) => {
                const refused = Object.entries(refuses).map(([what, error]) => `${what}: ${error}`);
                const files = tests.map((test) => `test/${test}.test.ts`);
                return `| ${number} | ${name}(${args}) | ${does} | ${refused.join("; ")} | ${files.join(", ")} |`;
            });
    const header = ["| number | call | carried out | refused | tests |", "|---|---|---|---|---|"];
    const missing = Object.entries(MISSING_CALLS).map(([name, number]) => `${name} (${number})`);
    return `${[
        "# System calls",
        "",
        "Generated from `boot/abi/system-calls.ts` by `npm run generate`. Numbers and arguments are those of Linux on riscv64. What is refused is told",
        "once, with the program's output in the summary and in `programs[].refused` of `--json`:",
        "",
        "    kernel: mmap: MAP_GROWSDOWN is not carried out: EINVAL (NAME, pid 0x10000)",
        "",
        "What Linux refuses, too (a bad descriptor, an unknown flag), is an errno without a word. Handlers: `kernel/syscalls`.",
        "",
        "## Linux",
        "",
        ...header,
        ...carried(LINUX),
        "",
        "## Archipel's own",
        "",
        ...header,
        ...carried(OWN_CALLS),
        "",
        "## Not carried out",
        "",
        "These are ENOSYS, told once by name as well:",
        "",
        `${missing.join(", ")}.`,
    ].join("\n")}\n`;
}
