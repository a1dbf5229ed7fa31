/** Pages of `archipel view` in Debian's Chromium: a site that is written once, served as any web host would, and what a test asks of a page. */

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { extname, join } from "node:path";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { archipel } from "../system/harness/cli.ts";

export const CHROMIUM = ["chromium", "chromium-browser", "google-chrome"].find(
    (name) => spawnSync(name, ["--version"]).status === 0,
);
const TYPES: Readonly<Record<string, string>> = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".wasm": "application/wasm",
    ".json": "application/json",
};
const SIZE = { width: 1280, height: 800 };

/** A site in a folder, its server and a browser. */
export class SiteUnderTest {
    readonly folder: string;
    readonly #server: Server;
    readonly #browser: Browser;
    readonly #port: number;

    constructor(folder: string, server: Server, browser: Browser) {
        this.folder = folder;
        this.#server = server;
        this.#browser = browser;
        const address = server.address();
        this.#port = address !== null && typeof address === "object" ? address.port : 0;
    }

    /** Writes the site with `archipel view ARGS --out FOLDER`. */
    static async open(folder: string, ...args: string[]): Promise<SiteUnderTest> {
        const { code, err } = await archipel("view", ...args, "--out", folder);
        if (code !== 0) throw new Error(`archipel view: exit ${code}: ${err}`);
        const server = createServer((request, response) => {
            const path = new URL(request.url ?? "/", "http://localhost").pathname;
            const file = join(folder, path === "/" ? "index.html" : path);
            const isThere = existsSync(file);
            response.writeHead(isThere ? 200 : 404, { "content-type": TYPES[extname(file)] ?? "text/plain" });
            response.end(isThere ? readFileSync(file) : "");
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const options = { executablePath: executable(), args: ["--no-sandbox", "--disable-gpu"] };
        return new SiteUnderTest(folder, server, await chromium.launch(options));
    }

    /** A page at a link of the site, whose machine is open. `complaints` gets what its console and its errors say. */
    async page(link = "", complaints: string[] = []): Promise<Page> {
        const page = await this.#browser.newPage({ viewport: SIZE, colorScheme: "light" });
        page.on("console", (message) => {
            if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
        });
        page.on("pageerror", (error) => complaints.push(error.message));
        await page.goto(`http://127.0.0.1:${this.#port}/${link}`);
        await page.getByRole("button", { name: "Run", exact: true }).waitFor();
        return page;
    }

    async close(): Promise<void> {
        await this.#browser.close();
        this.#server.closeAllConnections();
        this.#server.close();
        rmSync(this.folder, { recursive: true, force: true });
    }
}

function executable(): string {
    const { stdout } = spawnSync("sh", ["-c", `command -v ${CHROMIUM}`], { encoding: "utf8" });
    return stdout.trim();
}

/** Runs the page's machine to its end; the first digits of the state hash that it shows. */
export async function runToEnd(page: Page): Promise<string> {
    await page.getByRole("button", { name: "Run", exact: true }).click();
    const state = page.getByRole("status").filter({ hasText: "state " });
    await state.waitFor({ timeout: 60_000 });
    return /state ([0-9a-f]+)/.exec((await state.textContent()) ?? "")?.[1] ?? "";
}

/** Types a cycle and waits until the run stands there. */
export async function goTo(page: Page, cycle: number): Promise<void> {
    await page.getByLabel("Cycle", { exact: true }).fill(String(cycle));
    await page.keyboard.press("Enter");
    await standsStill(page);
}

/** Waits until no command is at work. */
export async function standsStill(page: Page): Promise<void> {
    await page.waitForFunction(() => document.body.dataset.busy === "false");
}

/** The rules for access that the page breaks, each with its first place (axe-core; WCAG 2.1 A and AA). */
export async function accessViolations(page: Page): Promise<string[]> {
    await page.evaluate(axe.source);
    return page.evaluate(async () => {
        const { axe } = window as unknown as { axe: { run(options: object): Promise<AxeResults> } };
        const { violations } = await axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21aa"] });
        return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0]?.html}`);
    });
}

interface AxeResults {
    readonly violations: readonly {
        readonly id: string;
        readonly help: string;
        readonly nodes: readonly { html: string }[];
    }[];
}

/** Colours of a picture's parts, a grid of 32 x 20: red, green and blue, 0 to 255. */
type Grid = readonly number[];

/** How far a screenshot is from its golden picture: the mean difference of the parts' colours, 0 to 255. */
export async function differenceFrom(page: Page, golden: string, shot: Buffer): Promise<number> {
    const grids = await Promise.all([readFileSync(golden), shot].map((png) => gridOf(page, png)));
    const [a = [], b = []] = grids;
    return a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? 0)), 0) / Math.max(1, a.length);
}

function gridOf(page: Page, png: Buffer): Promise<Grid> {
    return page.evaluate(async (base64) => {
        const image = new Image();
        image.src = `data:image/png;base64,${base64}`;
        await image.decode();
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [32, 20];
        const context = canvas.getContext("2d");
        if (context === null) return [];
        context.imageSmoothingQuality = "high";
        context.drawImage(image, 0, 0, 32, 20);
        return [...context.getImageData(0, 0, 32, 20).data].filter((_, i) => i % 4 !== 3);
    }, png.toString("base64"));
}
