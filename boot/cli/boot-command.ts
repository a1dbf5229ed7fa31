/** `archipel boot`: its options, and which kind of run they ask for. */

import { loadConfig } from "../../configs/load.ts";
import type { Overrides } from "../../configs/overrides.ts";
import { MACHINE_SCHEMA } from "../../configs/schema/machine.ts";
import { ENGINES, type EngineOptions, MOST_REGION_INSTRUCTIONS } from "../../emu/host/machine-options.ts";
import { packageFile } from "../package-root.ts";
import { CommandError } from "../report/exit-codes.ts";
import type { BootSystem } from "../report/report.ts";
import { TURN_DEFAULTS, type TurnOptions } from "../system/bare-machine.ts";
import { auditHelp, auditList } from "./audit-list.ts";
import { ELF_OPTIONS, guestPaths, shapeOptions } from "./elf-options.ts";
import { GDB_OPTIONS, gdbRequest } from "./gdb.ts";
import type { Command, Values } from "./options.ts";
import { checkWritable, type Streams } from "./output.ts";
import { type ElfRequest, type MakeBareMachine, runElf } from "./run-elf.ts";
import { openStreams, STREAM_OPTIONS, WINDOW_OPTIONS } from "./run-streams.ts";
import { runSystem, type SystemRequest } from "./run-system.ts";
import { SNAPSHOT_OPTIONS, snapshotRequest } from "./snapshots.ts";
import { hartList, TRACE_OPTIONS, type TraceRequest, traceRequest } from "./traces.ts";

const MEMORY_MODELS = MACHINE_SCHEMA.properties.memoryModel.enum;
const SCHEDULERS = MACHINE_SCHEMA.properties.scheduler.enum;

export const BOOT_COMMAND: Command = {
    name: "boot",
    usage: [
        'boot [CONFIG] [--set PATH=VALUE]... [--program "PATH ARGS"]... [OPTION]...',
        "boot --elf FILE [--kernel FILE] [--initrd FILE] [--append TEXT] [--harts N] [--memory SIZE] [OPTION]...",
    ],
    summary:
        "Boots the kernel on a machine of clusters and runs programs on it, or runs a bare-metal RISC-V ELF.\n\n" +
        "CONFIG (default configs/default.json) describes machine and programs; the summary shows where memory went. With\n" +
        "--elf stdin and stdout are the UART; input from a file is reproducible, from a pipe or terminal it comes when it\n" +
        "comes. Sizes: 128MiB, 1GiB, 128M, 1G. QEMU's -bios, -kernel, -initrd, -append, -m (512: MiB), -smp are aliases.",
    examples: [
        ["boot", "the default machine and its programs"],
        ['boot configs/mesh-4x4.json --program "sort 4096" --seed 3', "another program, another interleaving"],
        [
            "boot --set machine.mesh=[8,8] --set accounting=accesses --report run.html",
            "64 clusters, and who used whose bank as a page",
        ],
        ["boot --audit all --junit run.xml", "with all checks, for continuous integration"],
        ["boot --elf guest.elf --harts 4", "a bare-metal program on four harts"],
    ],
    exitNote: "With --elf: the guest's own code mod 256, never 0 for a failure.",
    maxPositionals: 1,
    options: [
        {
            name: "set",
            value: "PATH=VALUE",
            repeatable: true,
            help: "change a config value, as in machine.bankSize=4MiB",
        },
        { name: "program", value: '"PATH ARGS"', repeatable: true, help: "run this instead of the config's programs" },
        { name: "seed", value: "N", help: "seed of the interleaving (default: the config's; 1 with --elf)" },
        {
            name: "scheduler",
            value: "NAME",
            help: `where turns end: ${SCHEDULERS.join(", ")} (default: the config's; ${TURN_DEFAULTS.scheduler} with --elf)`,
        },
        {
            name: "quantum",
            value: "N",
            help: `cycles of a turn (default: the config's; ${TURN_DEFAULTS.quantum} with --elf)`,
        },
        {
            name: "preemption",
            value: "on|off",
            help: "end some turns, by the seed, inside straight code (default: the config's; on with --elf)",
        },
        {
            name: "memory-model",
            value: "NAME",
            help: `when stores reach memory: ${MEMORY_MODELS.join(", ")} (default: the config's; ${TURN_DEFAULTS.memoryModel} with --elf)`,
        },
        {
            name: "store-buffer",
            value: "N",
            help: `stores of a hart that may wait (default: the config's; ${TURN_DEFAULTS.storeBuffer} with --elf)`,
        },
        {
            name: "json",
            value: "FILE|-",
            help: "write the run's figures as JSON; - is stdout, and the rest goes to stderr",
        },
        { name: "report", value: "FILE", help: "write them as one HTML page of pictures and tables" },
        { name: "quiet", help: "show the console and the state hash only" },
        { name: "verbose", help: "show all clusters in the summary's tables, however many" },
        { name: "junit", value: "FILE", help: "write programs, audit and the config's expect as JUnit XML" },
        ...STREAM_OPTIONS,
        ...WINDOW_OPTIONS,
        ...TRACE_OPTIONS,
        {
            name: "audit",
            value: "LIST",
            help: `check while it runs (exit 9), with commas: ${auditHelp()}`,
        },
        {
            name: "check-stacks",
            help: "find threads that use another cluster's stack (kernel.checkStacks); stack addresses differ from a normal run",
        },
        {
            name: "false-sharing",
            help: "report DSM pages that several nodes write in disjoint words, with the program's lines and advice",
        },
        {
            name: "engine",
            value: "NAME",
            default: "auto",
            help: `what runs the guest: ${ENGINES.join(", ")}; jit compiles all code, auto what is run often; hash and cycles are the same`,
        },
        {
            name: "jit-threshold",
            value: "N|never",
            help: "compile a place when jumps have led there N times (default: 1 with --engine jit, else 8000)",
        },
        { name: "jit-region", value: "N", default: "200", help: "guest instructions compiled together, 1 to 400" },
        {
            name: "max-instructions",
            value: "N",
            default: "100000000000",
            help: "end the run after N instructions of all harts",
        },
        { name: "timeout", value: "SECONDS", default: "600", help: "end the run after this much time" },
        ...SNAPSHOT_OPTIONS,
        ...GDB_OPTIONS,
        {
            name: "emit-elf",
            value: "DIR",
            help: "write kernel.elf and each program's NAME.elf, with symbols and lines",
        },
        { name: "max-memory", value: "SIZE", default: "4GiB", help: "refuse a machine that needs more memory" },
        {
            name: "elf",
            alias: "-bios",
            value: "FILE",
            help: "run this bare-metal ELF or raw image, without our kernel",
        },
        ...ELF_OPTIONS,
    ],
};

/** What the composition root gives: loaded only when needed, so that --help and errors are quick. */
export interface BootParts {
    loadBootSystem(): Promise<BootSystem>;
    loadMakeBareMachine(): Promise<MakeBareMachine>;
}

export async function bootCommand(values: Values, parts: BootParts, streams: Streams): Promise<number> {
    const common = commonRequest(values);
    const elf = values.text("elf");
    if (elf !== undefined) {
        const request = elfRequest(values, elf, common);
        return runElf(request, await parts.loadMakeBareMachine(), streams);
    }
    forbid(
        values,
        ELF_OPTIONS.map(({ name }) => name).filter((name) => name !== "harts"),
        "only with --elf",
    );
    const file = values.positionals[0] ?? packageFile("configs", "default.json");
    const loaded = loadConfig(file, { ...configOverrides(values), programs: values.list("program") });
    const boot = await parts.loadBootSystem();
    const onDocument = await pageOf(values, file);
    return runSystem(
        { loaded, ...watchers(values), written: openStreams(values), onDocument, ...common },
        boot,
        streams,
    );
}

/** What writes --report, if it is asked for; `name` is what the machine comes from. */
export async function pageOf(values: Values, name: string): Promise<SystemRequest["onDocument"]> {
    const file = values.text("report");
    if (file === undefined) return undefined;
    checkWritable("--report", file);
    // The pictures' code is loaded when it is needed.
    const { pageWriter } = await import("./report/run-page.ts");
    return pageWriter(file, name, values.line);
}

type CommonRequest = Pick<ElfRequest, "bounds" | "maxMemory" | "engine" | "json" | "snapshots" | "traces" | "gdb">;

/** What every run can be asked for. */
export function commonRequest(values: Values): CommonRequest {
    const json = values.text("json");
    if (json !== undefined && json !== "-") checkWritable("--json", json);
    const bounds = {
        maxInstructions: values.number("max-instructions", 1),
        timeoutSeconds: values.number("timeout", 0, false),
    };
    if (values.has("restore") && values.has("audit"))
        throw new CommandError(
            "usage",
            "--restore and --audit exclude each other: audits know a run from its beginning",
        );
    const snapshots = snapshotRequest(values);
    const traces = tracesOf(values);
    return {
        bounds,
        maxMemory: values.size("max-memory"),
        engine: engineOptions(values),
        json,
        snapshots,
        traces,
        gdb: gdbRequest(values),
    };
}

/** --harts is a list of harts, or with --elf their number, and all are traced. */
function tracesOf(values: Values): TraceRequest | undefined {
    const list = values.has("elf") ? undefined : values.text("harts");
    const traces = traceRequest(values, list === undefined ? undefined : hartList(list));
    if (traces !== undefined) return traces;
    if (list !== undefined) throw new CommandError("usage", "--harts: only with --elf, --trace-commits or --trace-asm");
    const windowed = values.has("events") || values.has("trace");
    for (const option of ["from", "to"]) {
        if (values.has(option) && !windowed)
            throw new CommandError("usage", `--${option}: only with --events, --trace, --trace-commits or --trace-asm`);
    }
    return undefined;
}

function engineOptions(values: Values): EngineOptions {
    const jitRegion = values.number("jit-region", 1);
    if (jitRegion > MOST_REGION_INSTRUCTIONS)
        throw new CommandError("usage", `--jit-region is ${jitRegion}; must be at most ${MOST_REGION_INSTRUCTIONS}`);
    const threshold = values.text("jit-threshold");
    const engine = values.choice("engine", ENGINES);
    if (threshold === undefined) return { engine, jitRegion };
    return { engine, jitRegion, jitThreshold: threshold === "never" ? threshold : values.number("jit-threshold", 1) };
}

/** What is to look on while the system runs. */
export function watchers(
    values: Values,
): Pick<SystemRequest, "emitElf" | "audit" | "falseSharing" | "junit" | "telling"> {
    const audit = values.has("audit") ? auditList(values.text("audit") ?? "") : undefined;
    const junit = values.text("junit");
    if (junit !== undefined) checkWritable("--junit", junit);
    if (values.has("quiet") && values.has("verbose"))
        throw new CommandError("usage", "--quiet and --verbose exclude each other");
    const telling = values.has("quiet") ? "quiet" : values.has("verbose") ? "verbose" : undefined;
    return { audit, falseSharing: values.has("false-sharing"), emitElf: values.text("emit-elf"), junit, telling };
}

/** What --set, --seed, --check-stacks and the options of turns change in a config. */
export function configOverrides(values: Values): Overrides {
    const seed = values.text("seed");
    const turns = Object.entries(turnOptions(values)).map(([name, value]) => `machine.${name}=${value}`);
    const checks = values.has("check-stacks") ? ["kernel.checkStacks=true"] : [];
    const sets = [...values.list("set"), ...turns, ...checks];
    return { sets, ...(seed === undefined ? {} : { seed }) };
}

/** Those of --scheduler, --quantum, --preemption, --memory-model and --store-buffer that are given. */
function turnOptions(values: Values): Partial<TurnOptions> {
    return {
        ...(values.has("scheduler") ? { scheduler: values.choice("scheduler", SCHEDULERS) } : {}),
        ...(values.has("quantum") ? { quantum: boundedOption(values, "quantum", "quantum") } : {}),
        ...(values.has("preemption") ? { preemption: values.choice("preemption", ["on", "off"]) === "on" } : {}),
        ...(values.has("memory-model") ? { memoryModel: values.choice("memory-model", MEMORY_MODELS) } : {}),
        ...(values.has("store-buffer") ? { storeBuffer: boundedOption(values, "store-buffer", "storeBuffer") } : {}),
    };
}

function boundedOption(values: Values, name: string, property: "quantum" | "storeBuffer"): number {
    const value = values.number(name, 1);
    const { maximum } = MACHINE_SCHEMA.properties[property];
    if (value > maximum) throw new CommandError("usage", `--${name} is ${value}; must be at most ${maximum}`);
    return value;
}

const NOT_OF_AN_ELF = [
    ...["set", "program", "report", "audit", "check-stacks", "false-sharing", "junit", "quiet", "verbose"],
    ...STREAM_OPTIONS.map(({ name }) => name),
    "emit-elf",
];

function elfRequest(values: Values, file: string, common: CommonRequest): ElfRequest {
    forbid(values, NOT_OF_AN_ELF, "not with --elf, which has neither config nor kernel");
    if (values.positionals.length > 0) throw new CommandError("usage", "CONFIG and --elf exclude each other");
    if (common.json === "-") throw new CommandError("usage", "--json - with --elf: stdout is the UART's; name a file");
    const seed = values.has("seed") ? values.number("seed", 0) : 1;
    const turns = { ...TURN_DEFAULTS, ...turnOptions(values) };
    if (turns.memoryModel !== "sc" && common.engine.engine === "jit")
        throw new CommandError(
            "usage",
            `--memory-model is ${turns.memoryModel}; must be sc with --engine jit, which has no store buffers (or --engine auto)`,
        );
    return { ...guestPaths(values, file), ...shapeOptions(values), seed, turns, ...common };
}

function forbid(values: Values, names: readonly string[], why: string): void {
    for (const name of names) if (values.has(name)) throw new CommandError("usage", `--${name}: ${why}`);
}
