/** The exit codes (interface.md 3): one table for the code that ends the process and for the help that explains it. */

export interface ExitRow {
    readonly code: number;
    readonly reason: string;
    readonly meaning: string;
}

/** `reason` is the name in --json. */
export const EXITS = {
    ok: { code: 0, reason: "ok", meaning: "all well" },
    program: { code: 1, reason: "program", meaning: "a program ended non-zero or was killed" },
    unmet: { code: 1, reason: "expect", meaning: "the run is not what `expect` says" },
    usage: { code: 2, reason: "usage", meaning: "error in the config or on the command line" },
    input: { code: 3, reason: "input", meaning: "bad input file (ELF, image, program)" },
    maxInstructions: { code: 4, reason: "max-instructions", meaning: "--max-instructions reached" },
    timeout: { code: 5, reason: "timeout", meaning: "--timeout reached" },
    maxMemory: {
        code: 6,
        reason: "max-memory",
        meaning: "--max-memory, or the host's memory, does not hold the machine",
    },
    deadlock: { code: 7, reason: "deadlock", meaning: "no hart can run (deadlock)" },
    livelock: { code: 7, reason: "livelock", meaning: "harts only poll, for kernel.livelockCycles (livelock)" },
    panic: { code: 8, reason: "panic", meaning: "kernel panic" },
    violation: { code: 9, reason: "violation", meaning: "audit or accounting violation" },
    internal: { code: 70, reason: "internal", meaning: "a bug in Archipel" },
    output: { code: 71, reason: "output", meaning: "a file or stream cannot be written" },
    interrupted: { code: 130, reason: "interrupted", meaning: "interrupted (Ctrl-C, SIGTERM, SIGHUP)" },
    closed: { code: 141, reason: "closed", meaning: "nobody reads stdout any more" },
} as const satisfies Record<string, ExitRow>;

export type ExitName = keyof typeof EXITS;

/**
 * Ends the command with one of the table's codes. Each line of `lines` is printed as `archipel: error: LINE`. Any other error that reaches
 * the top is a bug in Archipel (exit 70).
 */
export class CommandError extends Error {
    readonly exit: ExitName;
    readonly lines: readonly string[];

    constructor(exit: ExitName, ...lines: string[]) {
        super(lines.join("\n"));
        this.exit = exit;
        this.lines = lines;
    }
}

/** The exit code of a bare-metal guest: its own mod 256, but a failure never looks like success (interface.md 3). */
export function guestExitCode(code: number): number {
    const low = code & 0xff;
    return low === 0 && code !== 0 ? 1 : low;
}

/** Exits of every command that runs nothing. */
const OF_ANY_COMMAND: readonly ExitName[] = ["ok", "usage", "internal", "output", "interrupted", "closed"];

/** The exits that a command can have: those of any, and its own. */
export function exitCodesHelp(own: readonly ExitName[] = Object.keys(EXITS) as ExitName[]): string {
    const rows = Object.entries(EXITS)
        .filter(([name]) => [...OF_ANY_COMMAND, ...own].includes(name as ExitName))
        .map(([, { code, meaning }]) => `  ${String(code).padStart(3)}  ${meaning}`);
    return ["Exit codes:", ...rows].join("\n");
}
