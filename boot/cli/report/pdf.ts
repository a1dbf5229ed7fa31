/** A page on paper: an installed Chromium prints it. Nothing of it is in the package, so without one it is exit 3 with the package's name. */

import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { runChild, scratchFolder } from "../../interruption.ts";
import { CommandError } from "../../report/exit-codes.ts";
import { writeWhole } from "../output.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge"];
const INSTALL = "apt-get install chromium, or name a browser of its kind in ARCHIPEL_BROWSER";
/** A browser that hangs is ended; printing takes seconds. */
const HUNG_MS = 120_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** ARCHIPEL_BROWSER, else the first of Chromium's names in PATH. Throws CommandError (input). */
export function findBrowser(env: Environment): string {
    const given = env.ARCHIPEL_BROWSER ?? "";
    const folders = (env.PATH ?? "").split(":").filter((folder) => folder !== "");
    const files = given === "" ? NAMES.flatMap((name) => folders.map((folder) => join(folder, name))) : [given];
    const found = files.find((file) => existsSync(file));
    if (found !== undefined) return found;
    const missing = given === "" ? "no Chromium is installed" : `ARCHIPEL_BROWSER is ${given}, which is not there`;
    throw new CommandError("input", `--pdf: ${missing}: ${INSTALL}`);
}

/** Prints the page. Throws CommandError: input when the browser fails, output when the file cannot be written, interrupted. */
export async function printPdf(browser: string, page: string, file: string): Promise<void> {
    const scratch = scratchFolder(join(tmpdir(), "archipel-pdf-"));
    try {
        const printed = join(scratch.path, "page.pdf");
        const { code, interrupted, output } = await runChild(browser, browserArguments(scratch.path, page, printed), {
            timeout: HUNG_MS,
        });
        if (interrupted) throw new CommandError("interrupted", "interrupted");
        if (code !== 0 || !existsSync(printed)) {
            const said = output.trim().split("\n").at(-1) ?? "";
            throw new CommandError("input", `--pdf: ${browser} printed nothing${said === "" ? "" : `: ${said}`}`);
        }
        writeWhole(file, readFileSync(printed), `--pdf ${file}`);
    } finally {
        scratch.remove();
    }
}

/** With a profile of its own, so that a browser that is open does not take the page over. */
function browserArguments(folder: string, page: string, printed: string): string[] {
    return [
        "--headless",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        // Chromium refuses to run as root with its sandbox; the page is our own and may load nothing.
        ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
        `--user-data-dir=${join(folder, "profile")}`,
        "--no-pdf-header-footer",
        `--print-to-pdf=${printed}`,
        pathToFileURL(resolve(page)).href,
    ];
}
