/** The command line `archipel COMMAND ...` (interface.md 1): finds the command, and turns every error into its exit. */

import { suggest } from "../../configs/suggest.ts";
import { packageVersion } from "../package-root.ts";
import { CommandError, EXITS, exitCodesHelp } from "../report/exit-codes.ts";
import { BENCH_COMMAND, benchCommand } from "./bench-command.ts";
import { BOOT_COMMAND, type BootParts, bootCommand } from "./boot-command.ts";
import { CC_COMMAND, ccArguments, ccCommand } from "./cc-command.ts";
import { COMPLETION_COMMAND, completionCommand } from "./completion.ts";
import { DSM_COMMAND, dsmCommand } from "./dsm-command.ts";
import { describeFailure } from "./failure.ts";
import { type Command, commandHelp, parseCommandLine, type Values } from "./options.ts";
import { printErrors, type Streams } from "./output.ts";
import { REPORT_COMMAND, reportCommand } from "./report-command.ts";
import { SWEEP_COMMAND, type SweepParts, sweepCommand } from "./sweep-command.ts";
import { TOP_COMMAND, topCommand } from "./top-command.ts";
import { VIEW_COMMAND, viewCommand } from "./view-command.ts";

interface CommandRow {
    readonly command: Command;
    /** Brings the words of a foreign style into ours before they are parsed. */
    readonly rewrite?: (args: readonly string[]) => string[];
    run(values: Values, streams: Streams): Promise<number>;
}

const PARTS: BootParts & SweepParts = {
    loadBootSystem: async () => (await import("./build-and-boot.ts")).buildAndBoot,
    loadMakeBareMachine: async () => (await import("./bare-machine.ts")).loadBareMachine,
    loadPrebuild: async () => (await import("../build/artifacts.ts")).buildArtifacts,
};

const COMMANDS: readonly CommandRow[] = [
    { command: BOOT_COMMAND, run: (values, streams) => bootCommand(values, PARTS, streams) },
    { command: SWEEP_COMMAND, run: (values, streams) => sweepCommand(values, PARTS, streams) },
    { command: DSM_COMMAND, run: (values, streams) => dsmCommand(values, PARTS, streams) },
    { command: REPORT_COMMAND, run: reportCommand },
    { command: TOP_COMMAND, run: (values, streams) => topCommand(values, PARTS, streams) },
    { command: VIEW_COMMAND, run: viewCommand },
    { command: BENCH_COMMAND, run: benchCommand },
    { command: CC_COMMAND, rewrite: ccArguments, run: ccCommand },
    {
        command: COMPLETION_COMMAND,
        run: (values, streams) =>
            completionCommand(
                values,
                COMMANDS.map(({ command }) => command),
                streams,
            ),
    },
];

/** Runs the command line (without node and script) and returns its exit code. */
export async function runCommandLine(args: readonly string[], streams: Streams): Promise<number> {
    try {
        const [first, ...rest] = args;
        if (first === "--version") return await answerVersion(streams);
        if (first === "--help") return answer(streams, overview());
        const row = COMMANDS.find(({ command }) => command.name === first);
        if (row === undefined) throw unknownCommand(first);
        const asked = row.command.optionsFirst ? [] : rest;
        if (asked.includes("--help")) return answer(streams, commandHelp(row.command));
        if (asked.includes("--version")) return answer(streams, `${packageVersion()}\n`);
        const values = parseCommandLine(row.command, row.rewrite?.(rest) ?? rest);
        if (values.has("help")) return answer(streams, commandHelp(row.command));
        if (values.has("version")) return answer(streams, `${packageVersion()}\n`);
        return await row.run(values, streams);
    } catch (error) {
        const { exit, lines } = describeFailure(error);
        printErrors(streams, lines);
        return EXITS[exit].code;
    }
}

function answer(streams: Streams, text: string): number {
    streams.out(text);
    return EXITS.ok.code;
}

/** The version, and on a second line the commit, where it is known. */
async function answerVersion(streams: Streams): Promise<number> {
    const { sourceCommit } = await import("../build/commit.ts");
    const commit = sourceCommit();
    return answer(streams, `${packageVersion()}\n${commit === null ? "" : `commit ${commit}\n`}`);
}

function overview(): string {
    const rows = COMMANDS.map(({ command }) => `  ${command.name.padEnd(10)} ${command.summary.split("\n")[0]}`);
    const lines = ["Usage: archipel COMMAND [OPTION]...   (archipel COMMAND --help lists a command's options)", ""];
    return [...lines, "Commands:", ...rows, "", exitCodesHelp(), ""].join("\n");
}

function unknownCommand(name: string | undefined): CommandError {
    const names = COMMANDS.map(({ command }) => command.name);
    if (name === undefined)
        return new CommandError("usage", `a command is missing: one of ${names.join(", ")}; see archipel --help`);
    const meant = suggest(name, names);
    const advice = meant === undefined ? `must be one of ${names.join(", ")}` : `did you mean ${meant}?`;
    return new CommandError("usage", `unknown command ${JSON.stringify(name)}; ${advice}`);
}
