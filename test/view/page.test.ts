/** The page of `archipel view` in Chromium (docs/view.md): what each of its users must be able to do, as scripts. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { archipel } from "../system/harness/cli.ts";
import { MINI_LENS, miniKernel } from "./mini-kernel.ts";
import { accessViolations, CHROMIUM, differenceFrom, goTo, runToEnd, SiteUnderTest, standsStill } from "./page.ts";

const PICTURES = "docs/figures/view";
/** Fonts and canvases differ between machines: so much, of 255, a picture's parts may differ on the mean. */
const TOLERANCE = 12;

describe.skipIf(CHROMIUM === undefined)("a stock guest in Chromium", () => {
    it("shows the inside of its kernel through a lens, and listens (a hacker of another kernel)", async () => {
        const folder = mkdtempSync(join(tmpdir(), "archipel-view-"));
        const [elf, lens] = [join(folder, "mini.elf"), join(folder, "mini.lens.json")];
        writeFileSync(elf, miniKernel());
        writeFileSync(lens, JSON.stringify(MINI_LENS));
        const complaints: string[] = [];
        const site = await SiteUnderTest.open(join(folder, "site"), "--elf", elf, "--memory", "4MiB", "--lens", lens);
        const page = await site.page("#cycle=20000", complaints);
        await page.getByText("cycle 20,000;").waitFor();
        const tasks = page.getByRole("table", { name: "Tasks" }).locator("tbody tr");
        expect(await tasks.allTextContents()).toEqual(["initRUNNING00x0", "shellRUNNABLE-7init"]);
        await page.getByLabel("Type at the console").fill("hello");
        await page.keyboard.press("Enter");
        await page.getByText("initRUNNING6", { exact: false }).waitFor();
        await page.getByRole("button", { name: "Pause" }).click();
        await standsStill(page);
        expect(await page.locator(".console").textContent()).toBe("mini kernel\nhello\n");
        await goTo(page, 20_000);
        await checkPicture(page, "lens");
        expect(await accessViolations(page)).toEqual([]);
        expect(complaints).toEqual([]);
        await site.close();
        rmSync(folder, { recursive: true });
    });
});

describe.skipIf(CHROMIUM === undefined)("the page in Chromium", () => {
    let site: SiteUnderTest;
    const complaints: string[] = [];
    beforeAll(async () => {
        site = await SiteUnderTest.open(mkdtempSync(join(tmpdir(), "archipel-view-")), "configs/mesh-4x4.json");
    });
    afterAll(() => site.close());

    it("runs a config to the hash of the command line", async () => {
        const page = await site.page("#config=default", complaints);
        const { out } = await archipel("boot", "--quiet");
        expect(out).toContain(`state hash: ${await runToEnd(page)}`);
        expect(await page.locator(".console").textContent()).toContain("matmul: ok");
        await page.close();
    });

    it("opens at the cycle and the panel of a link, and the link follows", async () => {
        const page = await site.page("#config=mesh-4x4&seed=3&cycle=400000&panel=events", complaints);
        await page.getByText("cycle 400,000;").waitFor();
        expect(await page.getByRole("tab", { selected: true }).textContent()).toBe("Events");
        await goTo(page, 250_000);
        expect(page.url()).toContain("config=mesh-4x4&seed=3&cycle=250000&panel=events");
        await page.close();
    });

    it("shows a page fault step by step, and the tables of two clusters (a teacher)", async () => {
        const page = await site.page("#cycle=500000&panel=fault", complaints);
        await page.getByText("cycle 500,000;").waitFor();
        for (let i = 0; i < 3; i++) {
            await page.getByRole("button", { name: "next fault" }).click();
            await standsStill(page);
        }
        for (let i = 0; i < 6; i++) {
            await page.getByRole("button", { name: "next step" }).click();
            await standsStill(page);
        }
        await page.locator("li.now").waitFor();
        const steps = await page.locator(".steps li").allTextContents();
        expect(steps.length).toBeGreaterThan(6);
        expect(steps[0]).toMatch(/trap5\.0 \+0 cycles, cluster \d+.*kernel\/trap\.ts:\d+/);
        expect(steps.every((text) => /kernel\/[\w/-]+(\.ts:\d+)?/.test(text))).toBe(true);
        await checkPicture(page, "fault");
        await page.getByRole("tab", { name: "VSL and GPT" }).click();
        await page.getByLabel("Process").selectOption("sort");
        await page.getByRole("table", { name: "GPT of cluster 0" }).waitFor();
        const differing = await page.locator(".differs").count();
        expect(differing).toBeGreaterThan(0);
        await checkPicture(page, "tables");
        await page.close();
    });

    it("shows why a page bounces: who may do what, the actions, and its history with the program's lines (a student)", async () => {
        const page = await site.page("#config=dsm&cycle=1000000&panel=dsm", complaints);
        await page.getByText("cycle 1,000,000;").waitFor();
        await page.getByText("0x20001 is falsely shared:").waitFor();
        const states = await page.getByRole("table", { name: "Pages and nodes" }).locator("tr").allTextContents();
        expect(states.slice(1)).toEqual(["0x20000RRRR", "0x20001falsely shared"]);
        await page.getByRole("button", { name: "0x20001" }).click();
        const history = page.getByRole("table", { name: "History of page 0x20001" });
        await history.getByText("userland/programs/matmul.ts:37 store<f64>(at(c, n, i, j), sum);").first().waitFor();
        await history.getByRole("button").nth(1).click();
        await standsStill(page);
        await history.locator(".ahead").first().waitFor();
        await checkPicture(page, "dsm");
        await page.close();
    });

    it("shows a hart's instructions with their lines, and steps it back and forth (a kernel hacker)", async () => {
        const page = await site.page("#cycle=500000&panel=fault", complaints);
        await page.getByText("cycle 500,000;").waitFor();
        await page.getByRole("button", { name: "next fault" }).click();
        await standsStill(page);
        const hart = /hart (\d+)/.exec((await page.locator("li.now").textContent()) ?? "")?.[1] ?? "";
        await page.getByRole("tab", { name: "Hart" }).click();
        await page.getByLabel("Hart", { exact: true }).selectOption(hart);
        const pc = page.locator(".code .now");
        await page.getByText("kernel/trap.ts").first().waitFor();
        const before = await pc.textContent();
        await page.getByRole("button", { name: "step ▶" }).click();
        await standsStill(page);
        await page.waitForFunction((text) => document.querySelector(".code .now")?.textContent !== text, before);
        await page.keyboard.press("S");
        await standsStill(page);
        await page.waitForFunction((text) => document.querySelector(".code .now")?.textContent === text, before);
        await checkPicture(page, "hart");
        await page.close();
    });

    it("shows the hot bank, and the run with another policy beside it (a researcher)", async () => {
        const page = await site.page("#panel=banks", complaints);
        await page.keyboard.press("Space");
        await page.getByRole("status").filter({ hasText: "state " }).waitFor();
        const hottest = page.getByRole("table", { name: "Hottest banks" });
        await page.getByText(/^Cycles 0 to [\d,]+: [\d,]+ accesses, .* to the own bank/).waitFor();
        expect(await hottest.locator("tbody tr").first().textContent()).toMatch(/^0[\d,]+\d+\.\d%cluster \d+: [\d,]+$/);
        await checkPicture(page, "banks");
        await page.getByRole("tab", { name: "Policies" }).click();
        await page.getByLabel("heap", { exact: true }).selectOption("reference");
        await page.getByLabel("data", { exact: true }).selectOption("reference");
        await page.getByRole("button", { name: "Run beside" }).click();
        await page.getByText("Both runs have ended.").waitFor({ timeout: 60_000 });
        const figures = page.getByRole("table", { name: "Figures of both runs" });
        const row = figures.getByRole("row").filter({ hasText: "its accesses from other clusters" });
        const [, here = 0, there = 0] = (await row.getByRole("cell").allTextContents()).map((text) =>
            Number(text.replaceAll(",", "")),
        );
        expect(there).toBeGreaterThan(2 * here);
        expect(page.url()).toContain("beside=data%3Dreference%2Cheap%3Dreference");
        await checkPicture(page, "policies");
        await page.close();
    });

    it("has lessons that open the place they are about, and others from there (a student)", async () => {
        const page = await site.page("#lesson=3", complaints);
        const lesson = page.getByRole("region", { name: "Lesson" });
        await lesson.getByText("3. Code has a copy in every active cluster").waitFor();
        await page.getByText("cycle 600,000;").waitFor();
        await page.getByRole("table", { name: "GPT of cluster 0" }).waitFor();
        expect(page.url()).toContain("lesson=3");
        const answer = lesson.getByText("Four frames with the same content.");
        expect(await answer.isVisible()).toBe(false);
        await lesson.getByText("What you saw").click();
        await answer.waitFor();
        expect(await accessViolations(page)).toEqual([]);
        await checkPicture(page, "lesson");
        await lesson.getByRole("button", { name: "lesson ▶" }).click();
        await lesson.getByText("4. A stack lies where its thread runs").waitFor();
        await page.getByRole("table", { name: "GPT of cluster 3" }).waitFor();
        await page.close();
    });

    it("lets a message be late by hand, marks it, and says that the run is not the config's", async () => {
        const page = await site.page("#config=default&cycle=300000&panel=poke", complaints);
        await page.getByText("cycle 300,000;").waitFor();
        const form = page.getByRole("form", { name: "Messages to a cluster are late" });
        await form.getByRole("button", { name: "do it" }).click();
        await page
            .getByRole("status")
            .filter({ hasText: "not the config's run: cluster 0 answers 20000 cycles late" })
            .waitFor();
        expect(await page.getByRole("table", { name: "Done by hand" }).locator("tbody tr").allTextContents()).toEqual([
            "300,000cluster 0 answers 20000 cycles late",
        ]);
        await page.getByRole("form", { name: "A bank is slow" }).getByRole("button", { name: "do it" }).click();
        await page.getByRole("alert").filter({ hasText: 'a slow bank needs fidelity "latency"' }).waitFor();
        await page.close();
    });

    it("is driven by keys", async () => {
        const page = await site.page("", complaints);
        await page.keyboard.press("n");
        await standsStill(page);
        const first = await page.locator(".state").textContent();
        await page.keyboard.press("n");
        await standsStill(page);
        await page.keyboard.press("p");
        await standsStill(page);
        expect(await page.locator(".state").textContent()).toBe(first);
        await page.keyboard.press("2");
        expect(await page.getByRole("tab", { selected: true }).textContent()).toBe("VSL and GPT");
        await page.keyboard.press("Home");
        await page.getByText("cycle 0;").waitFor();
        await page.keyboard.press("?");
        await page.getByRole("dialog").waitFor();
        await page.close();
    });

    it("says what is wrong with a config, in the words of the command line", async () => {
        const own = encodeURIComponent('{"machine": {"bankSize": "3MiB"}}');
        const page = await site.page("", complaints);
        await page.goto(`${page.url().replace(/#.*/, "")}#own=${own}`);
        const text = await page.getByRole("alert").textContent();
        expect(text).toContain('/machine/bankSize is "3MiB"; must be a power of two');
        await page.close();
    });

    it("keeps the rules for access", async () => {
        const page = await site.page("#cycle=600000&panel=fault", complaints);
        await page.getByText("cycle 600,000;").waitFor();
        for (const tab of await page.getByRole("tab").all()) {
            await tab.click();
            expect(await accessViolations(page)).toEqual([]);
        }
        await page.close();
    });

    it("complains of nothing", () => expect(complaints).toEqual([]));
});

/** Whether the run is to write expected outputs anew (`npm run test:update`). */
function isUpdating(): boolean {
    const { snapshotState } = expect.getState() as unknown as { snapshotState: { _updateSnapshot: string } };
    return snapshotState._updateSnapshot === "all";
}

/** Compares with the picture of the docs; `npm run test:update` writes that anew, to be looked at. */
async function checkPicture(page: Awaited<ReturnType<SiteUnderTest["page"]>>, name: string): Promise<void> {
    const file = `${PICTURES}/${name}.png`;
    const shot = await page.screenshot();
    if (isUpdating()) writeFileSync(file, shot);
    expect(await differenceFrom(page, file, shot), file).toBeLessThan(TOLERANCE);
}
