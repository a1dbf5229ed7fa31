/** The page: opens what its link names, a config of the site (site.json), or an own ELF file or config that is dropped onto it or chosen. */

import { SITE_FILE, type Site } from "../../boot/system/site.ts";
import type { Wanted } from "../protocol.ts";
import { App } from "./app.ts";
import { h } from "./dom.ts";
import { lessonBox, lessonLink } from "./lesson.ts";
import { type Link, linkText, readLink } from "./link.ts";

const base = new URL(".", location.href);
let app: App | undefined;
/** It is started before the page knows what it runs. */
let spare: Worker | undefined = newMachine();

await start();

function newMachine(): Worker {
    return new Worker(new URL("machine.js", base), { type: "module" });
}

function startMachine(): Worker {
    const machine = spare ?? newMachine();
    spare = undefined;
    return machine;
}

async function start(): Promise<void> {
    const response = await fetch(new URL(SITE_FILE, base));
    const site = (await response.json()) as Site;
    open(site, readLink(location.hash));
    addEventListener("hashchange", () => open(site, readLink(location.hash)));
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => {
        event.preventDefault();
        const [file] = event.dataTransfer?.files ?? [];
        if (file !== undefined) void openFile(site, file);
    });
}

/** Opens a link; with `files` its config names ELF files that the page has. */
function open(site: Site, given: Link, files: ReadonlyMap<string, Uint8Array> = new Map()): void {
    app?.close();
    const lesson = given.lesson ?? 0;
    const isWhole = given.config !== undefined || given.own !== undefined;
    const link = (isWhole ? undefined : lessonLink(site, lesson)) ?? given;
    const { name, wanted } = wantedRun(site, link, files);
    app = new App(startMachine, {
        title: `Archipel: ${name}`,
        wanted,
        cycle: link.cycle,
        panel: link.panel,
        clusters: site.lessons[lesson - 1]?.run.clusters,
        lesson: lessonBox(site.lessons, lesson, (number) => openLesson(site, number)),
        extra: openers(site, name),
        beside: link.beside,
        onPlace: (cycle, panel, beside) => {
            const own = link.own === undefined ? {} : { own: link.own };
            history.replaceState(
                undefined,
                "",
                linkText({
                    config: link.config,
                    own: undefined,
                    seed: link.seed,
                    ...own,
                    cycle,
                    panel,
                    beside,
                    lesson: link.lesson,
                }),
            );
        },
    });
}

function openLesson(site: Site, lesson: number): void {
    const link = lessonLink(site, lesson);
    if (link !== undefined) open(site, link);
}

/** The site's guest when the link names no config, else a config. */
function wantedRun(site: Site, link: Link, files: ReadonlyMap<string, Uint8Array>): { name: string; wanted: Wanted } {
    const images = new URL(site.images, base).href;
    const { guest } = site;
    if (guest !== undefined && link.own === undefined && (link.config ?? guest.title) === guest.title)
        return {
            name: guest.title,
            wanted: { kind: "guest", images, guest: { ...guest, seed: link.seed ?? guest.seed } },
        };
    const named = site.configs.find(({ name }) => name === link.config) ?? site.configs[0];
    const given = link.own ?? named?.text ?? "{}";
    const name = link.own === undefined ? (named?.name ?? "") : "own";
    const text =
        link.seed === undefined ? given : JSON.stringify({ ...(JSON.parse(given) as object), seed: link.seed });
    const { programs, inputs } = site;
    return { name, wanted: { kind: "system", text, file: name, images, programs, inputs, files } };
}

function openers(site: Site, present: string): HTMLElement[] {
    const choice = h(
        "select",
        {
            "aria-label": "Config",
            onchange: () => open(site, { ...readLink(""), config: choice.value }),
        },
        ...[...(site.guest === undefined ? [] : [site.guest.title]), ...site.configs.map(({ name }) => name)].map(
            (name) => h("option", { value: name, selected: name === present }, name),
        ),
        ...(present === "own" ? [h("option", { selected: true }, "own")] : []),
    );
    const file = h("input", {
        type: "file",
        hidden: true,
        onchange: () => {
            const [chosen] = file.files ?? [];
            if (chosen !== undefined) void openFile(site, chosen);
        },
    });
    const opener = h("button", { onclick: () => file.click(), title: "an ELF program or a JSON config" }, "open…");
    const lessons = h(
        "select",
        { "aria-label": "Lessons", onchange: () => openLesson(site, Number(lessons.value)) },
        h("option", { value: "" }, "lessons…"),
        ...site.lessons.map(({ title }, i) => h("option", { value: String(i + 1) }, `${i + 1}. ${title}`)),
    );
    return [choice, opener, file, lessons];
}

const ELF_MAGIC = [0x7f, 0x45, 0x4c, 0x46];

/** An ELF file runs on the machine of the site's first config; anything else is a config. */
async function openFile(site: Site, file: File): Promise<void> {
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (!ELF_MAGIC.every((byte, i) => bytes[i] === byte)) {
        open(site, { ...readLink(""), own: new TextDecoder().decode(bytes) });
        return;
    }
    const first = JSON.parse(site.configs[0]?.text ?? "{}") as object;
    const path = `./${file.name}`;
    open(site, { ...readLink(""), own: JSON.stringify({ ...first, programs: [{ path }] }) }, new Map([[path, bytes]]));
}
