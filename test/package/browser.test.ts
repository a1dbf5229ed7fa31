/** The package in a browser (docs/api.md): Debian's Chromium boots a config in a Worker, from any web host, to the hash of the command line. */

import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { archipel } from "../system/harness/cli.ts";
import { type Installed, install } from "./installed.ts";

const CHROMIUM = ["chromium", "chromium-browser", "google-chrome"].find(
    (name) => spawnSync(name, ["--version"]).status === 0,
);
const TYPES: Readonly<Record<string, string>> = {
    ".js": "text/javascript",
    ".wasm": "application/wasm",
    ".json": "application/json",
};
const CONFIG = {
    machine: { mesh: [2, 2], hartsPerCluster: 2, bankSize: "4MiB" },
    programs: [{ path: "sort" }, { path: "threads" }],
};

const PAGE = `<!doctype html><title>Archipel</title><script type="module">
const worker = new Worker("/worker.js", { type: "module" });
worker.onmessage = ({ data }) => fetch("/result", { method: "POST", body: data });
worker.onerror = ({ message }) => fetch("/result", { method: "POST", body: "error: " + message });
</script>`;
const WORKER = `import { bootSystem, fetchArtifacts, parseConfig } from "/dist/browser.js";
try {
    const config = parseConfig(${JSON.stringify(JSON.stringify(CONFIG))}, "page");
    const artifacts = await fetchArtifacts(config, new URL("/dist/images/", location.href).href);
    const run = bootSystem(config, artifacts, { onConsole: () => {}, onPhase: () => {} });
    let step;
    do step = run.step(10_000_000, 1e9); while (!step.ended);
    postMessage(step.end + " " + run.stateHash());
} catch (error) {
    postMessage("error: " + error.stack);
}`;

describe.skipIf(CHROMIUM === undefined)("in Chromium", () => {
    let installed: Installed;
    beforeAll(() => {
        installed = install();
    });
    afterAll(() =>
        rmSync(dirname(installed.folder), { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }),
    );

    /** What the page posts. */
    async function result(): Promise<string> {
        const profile = join(dirname(installed.folder), "chromium");
        const root = join(installed.folder, "node_modules/archipel");
        let told: (text: string) => void = () => {};
        const posted = new Promise<string>((resolve) => {
            told = resolve;
        });
        const server = createServer((request, response) => {
            const path = new URL(request.url ?? "/", "http://localhost").pathname;
            if (request.method === "POST") {
                let body = "";
                request.on("data", (chunk) => {
                    body += chunk;
                });
                request.on("end", () => told(body));
                response.end();
                return;
            }
            const page = path === "/" ? PAGE : path === "/worker.js" ? WORKER : undefined;
            const type = path === "/" ? "text/html" : (TYPES[extname(path)] ?? "text/plain");
            response.setHeader("content-type", type);
            const file = join(root, path);
            response.end(page ?? (existsSync(file) ? readFileSync(file) : ""));
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const { port } = server.address() as { port: number };
        const options = ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${profile}`];
        const browser = spawn(CHROMIUM ?? "", [...options, `http://127.0.0.1:${port}/`], {
            stdio: "ignore",
            detached: true,
        });
        const ended = new Promise<string>((resolve) =>
            browser.once("exit", (code) => resolve(`chromium ended with ${code}`)),
        );
        try {
            return await Promise.race([posted, ended]);
        } finally {
            // With its children, which write into the profile.
            if (browser.exitCode === null && browser.pid !== undefined) process.kill(-browser.pid, "SIGKILL");
            await ended;
            server.closeAllConnections();
            server.close();
        }
    }

    it("boots a config to the hash of the command line", async () => {
        const sets = [
            "--set",
            `machine=${JSON.stringify(CONFIG.machine)}`,
            "--program",
            "sort",
            "--program",
            "threads",
        ];
        const { out } = await archipel("boot", ...sets);
        expect(await result()).toBe(`halted ${out.trim().split(" ").at(-1)}`);
    });
});
