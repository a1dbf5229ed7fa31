/** `archipel dsm`: the launcher of sm-dsm.md 1. Makes the machine, starts a program as a group of nodes, waits for all. */

import { readFileSync } from "node:fs";
import { parseConfig } from "../../configs/check.ts";
import { hasHarts } from "../../configs/clusters.ts";
import { type LoadedConfig, loadConfig, readFailure } from "../../configs/load.ts";
import type { Overrides } from "../../configs/overrides.ts";
import { clustersOf } from "../../configs/rules.ts";
import type { Config } from "../../configs/schema/config.ts";
import { MAX_HARTS } from "../../configs/schema/machine.ts";
import { CommandError } from "../report/exit-codes.ts";
import { BOOT_COMMAND, type BootParts, commonRequest, configOverrides, pageOf, watchers } from "./boot-command.ts";
import { defaultMachine } from "./dsm-machine.ts";
import { ELF_OPTIONS } from "./elf-options.ts";
import type { Command, Option, Values } from "./options.ts";
import { checkWritable, type Streams } from "./output.ts";
import { openStreams } from "./run-streams.ts";
import { runSystem } from "./run-system.ts";

const OWN_OPTIONS: readonly Option[] = [
    { name: "nodes", short: "n", value: "N", default: "1", help: "node processes, with ids 0 to N-1" },
    {
        name: "hosts",
        short: "H",
        value: "FILE",
        help: "clusters of the nodes, one number a line, round robin (default: all clusters in order)",
    },
    {
        name: "log",
        short: "l",
        value: "FILE",
        help: "one line for each read fault, write fault, invalidate, revoke, malloc, barrier, bcast",
    },
    {
        name: "config",
        value: "FILE",
        help: "machine and kernel of this config (default: the smallest square mesh of one hart a cluster that holds N)",
    },
];
/** Options of boot that choose what is run. */
const NOT_OURS = ["program", "elf", ...ELF_OPTIONS.map(({ name }) => name).filter((name) => name !== "harts")];

export const DSM_COMMAND: Command = {
    name: "dsm",
    usage: ["dsm [-n N] [-H FILE] [-l FILE] [OPTION]... EXECUTABLE NODE-OPTION..."],
    summary:
        "Runs a program as a group of node processes that share memory by sm_* calls.\n\n" +
        "EXECUTABLE is a shipped program's name or an ELF file; options end there, and NODE-OPTIONs reach every node as they\n" +
        "are. The command waits for all nodes; if one dies, the others are ended and the exit code is not 0.",
    examples: [
        ["dsm -n 4 matmul", "a shipped program as a group of four nodes"],
        [
            "dsm -n 3 -l actions.log ./mine.elf 100",
            "a program of your own with its argument, and a log of the protocol",
        ],
        [
            "dsm -n 8 --false-sharing --set kernel.dsmConsistency=release sor",
            "under release consistency, with pages shared falsely",
        ],
    ],
    maxPositionals: Number.POSITIVE_INFINITY,
    optionsFirst: true,
    options: [...OWN_OPTIONS, ...BOOT_COMMAND.options.filter(({ name }) => !NOT_OURS.includes(name))],
};

export async function dsmCommand(values: Values, parts: BootParts, streams: Streams): Promise<number> {
    const [path, ...args] = values.positionals;
    if (path === undefined) throw new CommandError("usage", "EXECUTABLE is missing; see archipel dsm --help");
    const nodes = values.number("nodes", 1);
    if (nodes > MAX_HARTS) throw new CommandError("usage", `--nodes is ${nodes}; must be at most ${MAX_HARTS}`);
    const hostFile = values.text("hosts");
    const hosts = hostFile === undefined ? [] : readHosts(hostFile);
    const common = commonRequest(values);
    const logFile = values.text("log");
    if (logFile !== undefined) checkWritable("--log", logFile);
    const machine = { ...configOverrides(values), launch: { path, args, nodes, hosts: [] } };
    if (hostFile !== undefined) checkHosts(hostFile, hosts, loadFor(values, nodes, machine).config);
    const overrides = { ...machine, launch: { path, args, nodes, hosts: hosts.map(({ cxy }) => cxy) } };
    const loaded = loadFor(values, nodes, overrides);
    const onDocument = await pageOf(values, loaded.file);
    const boot = await parts.loadBootSystem();
    return runSystem(
        { loaded, ...watchers(values), written: openStreams(values), onDocument, ...common },
        boot,
        streams,
    );
}

/** The program of a command line is where the command is, whichever config names the machine. */
function loadFor(values: Values, nodes: number, overrides: Overrides): LoadedConfig {
    const directory = process.cwd();
    const file = values.text("config");
    if (file !== undefined) return { ...loadConfig(file, overrides), directory };
    const name = `the machine for ${nodes} ${nodes === 1 ? "node" : "nodes"}`;
    return {
        config: parseConfig(JSON.stringify({ machine: defaultMachine(nodes) }), name, overrides),
        file: name,
        directory,
    };
}

interface Host {
    readonly cxy: number;
    readonly line: number;
}

/** A cluster's number a line. Throws CommandError (usage) that names file and line. */
function readHosts(file: string): Host[] {
    let text: string;
    try {
        text = readFileSync(file, "utf8");
    } catch (error) {
        throw new CommandError("usage", `--hosts ${file}: cannot be read: ${readFailure(error)}`);
    }
    const lines = text.replace(/\r?\n$/, "").split(/\r?\n/);
    const bad = lines.flatMap((line, i) => {
        if (/^\s*[0-9]{1,6}\s*$/.test(line)) return [];
        return [`${file}:${i + 1}: ${JSON.stringify(line)}; must be the number of a cluster (e.g. 0)`];
    });
    if (bad.length > 0) throw new CommandError("usage", ...bad);
    return lines.map((line, i) => ({ cxy: Number(line), line: i + 1 }));
}

function checkHosts(file: string, hosts: readonly Host[], config: Config): void {
    const clusters = clustersOf(config);
    const bad = hosts.flatMap(({ cxy, line }) => {
        if (cxy >= clusters) {
            return [
                `${file}:${line}: ${cxy}; must be a cluster of the mesh, 0 to ${clusters - 1} (--config names a larger machine)`,
            ];
        }
        return hasHarts(config.machine, cxy) ? [] : [`${file}:${line}: ${cxy}; must be a cluster that has harts`];
    });
    if (bad.length > 0) throw new CommandError("usage", ...bad);
}
