/** `archipel top`: a run as it goes on, in a terminal (interface.md 11). */

import { loadConfig } from "../../configs/load.ts";
import { packageFile } from "../package-root.ts";
import { BOOT_COMMAND, type BootParts, configOverrides } from "./boot-command.ts";
import type { Command, Values } from "./options.ts";
import type { Streams } from "./output.ts";
import { runSystem } from "./run-system.ts";
import { Screen } from "./top/screen.ts";

const ROWS = 24;
/** Options that are boot's, word for word. */
const SHARED = ["set", "program", "seed", "max-instructions", "timeout", "max-memory"];

export const TOP_COMMAND: Command = {
    name: "top",
    usage: ["top [CONFIG] [OPTION]..."],
    summary:
        "Shows a run as it goes on, in a terminal: harts, the heat of banks on the mesh, faults and requests, the pages that fault most.\n" +
        "Ctrl-C ends it. Where stdout is no terminal, frames are plain text, one each --every cycles.",
    examples: [
        ["top configs/mesh-8x8.json", "the whole screen, until the run ends"],
        ["top --every 200000 > frames.txt", "a frame each 200,000 cycles, as text"],
    ],
    maxPositionals: 1,
    options: [
        { name: "every", value: "CYCLES", default: "1000000", help: "cycles from one plain frame to the next" },
        ...BOOT_COMMAND.options.filter(({ name }) => SHARED.includes(name)),
    ],
};

export async function topCommand(values: Values, { loadBootSystem }: BootParts, streams: Streams): Promise<number> {
    const [file] = values.positionals;
    const every = values.number("every", 1);
    const overrides = { ...configOverrides(values), programs: values.list("program") };
    const loaded = loadConfig(file ?? packageFile("configs/default.json"), overrides);
    // Counting accesses changes no state.
    const config = { ...loaded.config, accounting: "accesses" as const };
    const size = { every, width: streams.columns, height: process.stdout.rows ?? ROWS };
    const title = `archipel top: ${loaded.file}, seed ${config.seed}`;
    const screen = new Screen(config, title, size, streams);
    const bounds = {
        maxInstructions: values.number("max-instructions", 1),
        timeoutSeconds: values.number("timeout", 0, false),
    };
    const request = {
        loaded: { ...loaded, config },
        bounds,
        maxMemory: values.size("max-memory"),
        engine: {},
        json: undefined,
        telling: "quiet" as const,
        screen,
    };
    return runSystem(request, await loadBootSystem(), streams);
}
