/** `archipel view`: the live machine in a browser, from a local server or as a folder for any web host (docs/view.md). */

import { mkdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { dirname, extname, join, resolve } from "node:path";
import { parseConfig } from "../../configs/check.ts";
import { type LoadedConfig, loadConfig } from "../../configs/load.ts";
import type { Overrides } from "../../configs/overrides.ts";
import type { SiteFile } from "../build/view-site.ts";
import { interruption } from "../interruption.ts";
import { packageFile } from "../package-root.ts";
import { CommandError, EXITS } from "../report/exit-codes.ts";
import { configOverrides } from "./boot-command.ts";
import type { Command, Values } from "./options.ts";
import { outputError, type Streams, writeWhole } from "./output.ts";
import { GUEST_OPTIONS, guestOfSite } from "./view-guest.ts";

const MOST_PORT = 65535;
/** `format` of documents of boot --json, without their version. */
const RUN_FORMAT = "archipel-run/";
const SHIPPED = ["default", "mesh-4x4", "mesh-8x8", "dsm", "one-cluster", "clusters-256"];
const TYPES: Readonly<Record<string, string>> = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".wasm": "application/wasm",
};

export const VIEW_COMMAND: Command = {
    name: "view",
    usage: ["view [CONFIG|RUN] [--port N | --out DIR] [OPTION]...", "view --elf FILE [OPTION]..."],
    summary:
        "Shows the live machine in a browser: mesh, banks and pages, page faults step by step, tables of clusters side by side,\n" +
        "forwards and backwards (docs/view.md). The machine runs in the page itself. By default a server on 127.0.0.1 waits\n" +
        "until it is interrupted; --out writes a folder that any web host can serve.",
    examples: [
        ["view", "the default machine; open the address that is printed"],
        ['view configs/mesh-4x4.json --program "sort 4096"', "another machine, another program"],
        ["view run.json", "the run of this document of boot --json"],
        ["view --out site", "a folder for a web host"],
        ["view --elf kernel --harts 3 --lens xv6.lens.json", "the inside of a kernel that is not ours"],
    ],
    exits: ["input", "output"],
    exitNote: "A server that is interrupted has ended well: 0.",
    maxPositionals: 1,
    options: [
        {
            name: "set",
            value: "PATH=VALUE",
            repeatable: true,
            help: "change a config value, as in machine.bankSize=4MiB",
        },
        { name: "program", value: '"PATH ARGS"', repeatable: true, help: "run this instead of the config's programs" },
        { name: "seed", value: "N", help: "seed of the interleaving (default: the config's)" },
        { name: "port", value: "N", default: "0", help: "where the server listens; 0: any port that is free" },
        { name: "out", value: "DIR", help: "write the site there instead" },
        ...GUEST_OPTIONS,
    ],
};

export async function viewCommand(values: Values, streams: Streams): Promise<number> {
    const [given] = values.positionals;
    const port = values.number("port", 0);
    if (port > MOST_PORT) throw new CommandError("usage", `--port is ${port}; must be at most ${MOST_PORT}`);
    const folder = values.text("out");
    if (folder !== undefined && values.has("port"))
        throw new CommandError("usage", "--port and --out do not go together: a folder has no server");
    const guest = guestOfSite(values);
    const overrides = { ...configOverrides(values), programs: values.list("program") };
    const first = loadFirst(given ?? packageFile("configs/default.json"), overrides);
    const others = SHIPPED.map((name) => packageFile(`configs/${name}.json`)).filter((file) => file !== first.file);
    const { viewSite } = await import("../build/view-site.ts");
    const files = await viewSite(
        first,
        others.map((file): LoadedConfig => loadConfig(file)),
        guest,
    );
    if (folder === undefined) await serve(files, port, streams);
    else streams.out(`${await write(files, folder)}\n`);
    return EXITS.ok.code;
}

/** A config, or that of a run's document. Throws ConfigError, and CommandError("input") for the document of a run without a config. */
function loadFirst(file: string, overrides: Overrides): LoadedConfig {
    const config = configOfRun(file);
    if (config === undefined) return loadConfig(file, overrides);
    if (config === null)
        throw new CommandError(
            "input",
            `${file}: is the document of a stock guest's run; show the guest with view --elf`,
        );
    const directory = dirname(resolve(file));
    return { config: parseConfig(JSON.stringify(config), file, overrides), file, directory };
}

/** Undefined when the file is no run's document. */
function configOfRun(file: string): object | null | undefined {
    let document: { readonly format?: unknown; readonly config?: object | null } | null;
    try {
        document = JSON.parse(readFileSync(file, "utf8")) as typeof document;
    } catch {
        // What is wrong with it loadConfig says.
        return undefined;
    }
    if (typeof document?.format !== "string" || !document.format.startsWith(RUN_FORMAT)) return undefined;
    return document.config ?? null;
}

async function write(files: ReadonlyMap<string, SiteFile>, folder: string): Promise<string> {
    let bytes = 0;
    for (const [name, make] of files) {
        const file = join(folder, name);
        try {
            mkdirSync(dirname(file), { recursive: true });
        } catch (error) {
            throw outputError(`--out ${folder}`, error);
        }
        const content = await make();
        writeWhole(file, content, `--out ${folder}`);
        bytes += content.length;
    }
    return `${folder}: ${files.size} files, ${(bytes / 2 ** 20).toFixed(1)} MiB; serve it with any web server`;
}

/** Serves the files until the process is interrupted. */
async function serve(files: ReadonlyMap<string, SiteFile>, port: number, { out, err }: Streams): Promise<void> {
    const server = createServer((request, response) => {
        const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname).slice(1);
        const name = path === "" ? "index.html" : path;
        const make = request.method === "GET" || request.method === "HEAD" ? files.get(name) : undefined;
        if (make === undefined) {
            response.writeHead(404, { "content-type": "text/plain" }).end(`${name}: no such file\n`);
            return;
        }
        make().then(
            (content) => {
                response.writeHead(200, { "content-type": TYPES[extname(name)] ?? "application/octet-stream" });
                response.end(request.method === "HEAD" ? undefined : content);
            },
            (error: Error) => {
                err(`archipel: view: ${name}: ${error.message}\n`);
                response.writeHead(500, { "content-type": "text/plain" }).end(`${error.message}\n`);
            },
        );
    });
    await listen(server, port);
    const address = server.address();
    const where = address !== null && typeof address === "object" ? address.port : port;
    out(`http://127.0.0.1:${where}/\n`);
    await new Promise<void>((resolve) => interruption.watch(resolve));
    server.closeAllConnections();
    server.close();
}

function listen(server: Server, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
        server.once("error", (error: NodeJS.ErrnoException) => {
            reject(
                new CommandError("output", `--port ${port}: cannot be listened on (${error.code ?? error.message})`),
            );
        });
        server.listen(port, "127.0.0.1", resolve);
    });
}
