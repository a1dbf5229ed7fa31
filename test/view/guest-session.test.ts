/** A stock guest in the view, and its inside through a lens (docs/view.md, docs/lens.md). */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { compileCore } from "../../boot/build/core.ts";
import { parseLens } from "../../boot/observe/lens/format.ts";
import { type BareRequest, makeBareMachine, TURN_DEFAULTS } from "../../boot/system/bare-machine.ts";
import type { Site } from "../../boot/system/site.ts";
import { GUEST_ANSWERS } from "../../view/machine/answers.ts";
import { GuestSession } from "../../view/machine/guest-session.ts";
import { Painter } from "../../view/machine/painter.ts";
import type { Command } from "../../view/machine/session.ts";
import { archipel } from "../system/harness/cli.ts";
import { MINI_LENS, miniKernel } from "./mini-kernel.ts";

const request = (): BareRequest => ({
    guest: { firmware: { file: "mini", bytes: miniKernel() } },
    mesh: [1, 1],
    harts: 2,
    memory: 2 ** 22,
    seed: 1,
    turns: { ...TURN_DEFAULTS, preemption: false },
    engine: {},
});
const lens = { file: "mini.lens.json", text: JSON.stringify(MINI_LENS) };

function drive(command: Command): void {
    while (command.next().done !== true);
}

describe("a stock guest in the view", () => {
    let core: Uint8Array;
    let session: GuestSession;
    const console = () => new TextDecoder().decode(Uint8Array.from(session.console));
    const typed = () => GUEST_ANSWERS.lens(session, { hart: 0 })?.[0]?.rows[0]?.[2];

    beforeEach(async () => {
        core = await compileCore();
        session = new GuestSession(request(), core, lens);
    });

    it("shows tasks, a ring, a free list and page tables as they lie in memory", () => {
        drive(session.goTo(20_000));
        expect(console()).toBe("mini kernel\n");
        const [tasks, ring, free, tables, kernel] = GUEST_ANSWERS.lens(session, { hart: 0 }) ?? [];
        expect(tasks?.rows).toEqual([
            ["init", "RUNNING", "0", "0x0"],
            ["shell", "RUNNABLE", "-7", "init"],
        ]);
        expect(ring?.rows.map(([name]) => name)).toEqual(["init", "shell"]);
        expect(free?.rows).toEqual([["9"]]);
        expect(tables?.rows.map(([name, first, last, , rights]) => [name, first, last, rights])).toEqual([
            ["shell", "0x5000", "0x5fff", "r-xu"],
        ]);
        expect(kernel?.rows).toEqual(
            [
                ["0x0", "0x3fffffff", "0x0", "rw-"],
                ["0x80000000", "0xbfffffff", "0x80000000", "rwx-"],
                ["0xffffffffc0000000", "0xffffffffffffffff", "0x80000000", "rwx-"],
            ].map((row) => [...row.slice(0, 3), row[3] === "rw-" ? "rw--" : row[3]]),
        );
    });

    it("ends in the state of a run that nobody looks at, with what was typed at a cycle", () => {
        drive(session.goTo(20_000));
        for (let i = 0; i < 3; i++) GUEST_ANSWERS.lens(session, { hart: i % 2 });
        drive(session.type("abq"));
        drive(session.run());
        expect(session.ended).toMatchObject({ end: "exit" });
        expect(console()).toBe("mini kernel\nabq");
        const plain = makeBareMachine(request(), core, () => {});
        while (plain.clock() < 20_000) plain.step(1e6, 1e9, 20_000);
        plain.receive(new TextEncoder().encode("abq"));
        while (!plain.step(1e6, 1e9).ended);
        expect(session.subject.stateHash()).toBe(plain.stateHash());
    });

    it("has what was typed again when it comes by, and forgets what lay ahead of other input", () => {
        drive(session.goTo(20_000));
        drive(session.type("ab"));
        drive(session.goTo(40_000));
        expect(typed()).toBe("2");
        drive(session.goTo(15_000));
        expect(typed()).toBe("0");
        drive(session.goTo(40_000));
        expect(typed()).toBe("2");
        expect(console()).toBe("mini kernel\nab");
        drive(session.goTo(15_000));
        const painter = new Painter(session);
        expect(painter.picture(false).console.length).toBe("mini kernel\nab".length);
        drive(session.type("x"));
        expect(session.deeds.map(({ text }) => text)).toEqual(['typed "x"']);
        drive(session.goTo(40_000));
        expect(typed()).toBe("1");
        expect(console()).toBe("mini kernel\nx");
        const { consoleFrom, console: bytes } = painter.picture(false);
        expect([consoleFrom, new TextDecoder().decode(bytes)]).toEqual(["mini kernel\n".length, "x"]);
    });

    it("steps a hart, with the function that it is in", () => {
        drive(session.goTo(20_000));
        const before = GUEST_ANSWERS.hart(session, { hart: 0 });
        drive(session.stepHart(0));
        drive(session.stepHartBack(0));
        expect(GUEST_ANSWERS.hart(session, { hart: 0 })).toEqual(before);
        expect(before.code.some(({ pc, text }) => pc === before.pc && text !== "")).toBe(true);
    });

    it("says what it cannot show", () => {
        const missing = {
            ...MINI_LENS,
            views: [{ title: "Gone", struct: "task", list: { from: "nowhere", next: "link" }, columns: [] }],
        };
        const other = new GuestSession(request(), core, { file: "x.json", text: JSON.stringify(missing) });
        const [table] = GUEST_ANSWERS.lens(other, { hart: 0 }) ?? [];
        expect(table?.note).toBe('nowhere: no such symbol; give its address in "symbols"');
    });
});

describe("a lens that cannot be used", () => {
    const problems = (lens: unknown): string => {
        try {
            parseLens(JSON.stringify(lens), "l.json");
            return "";
        } catch (error) {
            return (error as Error).message;
        }
    };

    it.each([
        ["a version that there is not", { ...MINI_LENS, lens: 2 }, "l.json: /lens is 2; must be 1"],
        ["a key that there is not", { ...MINI_LENS, vews: [] }, "/vews is []; must not be there"],
        [
            "a field's type",
            { ...MINI_LENS, structs: { task: { size: 4, fields: { a: { at: 0, type: "u7" } } } }, views: [] },
            'fields/a/type is "u7"; must be one of u8, i8',
        ],
        [
            "a text without a size",
            { ...MINI_LENS, structs: { task: { size: 4, fields: { a: { at: 0, type: "text" } } } }, views: [] },
            "fields/a/size is missing; must be there for a text (e.g. 16)",
        ],
        [
            "a column",
            {
                ...MINI_LENS,
                views: [{ title: "T", struct: "task", array: { from: "tasks", count: 1 }, columns: ["pid"] }],
            },
            '/views/0 is "pid"; must be a field of task: state, typed',
        ],
        [
            "a structure",
            { ...MINI_LENS, views: [{ title: "T", struct: "proc", array: { from: "tasks", count: 1 } }] },
            '/views/0/struct is "proc"; must be one of task, page',
        ],
        [
            "a place",
            { ...MINI_LENS, views: [{ title: "T", struct: "task", array: { from: "1tasks", count: 1 } }] },
            '/views/0/from is "1tasks"; must be a symbol',
        ],
        [
            "an array of what has no size",
            { ...MINI_LENS, views: [{ title: "T", struct: "page", array: { from: "kmem", count: 1 } }] },
            "/structs/page/size is missing",
        ],
        [
            "neither an array nor a list",
            { ...MINI_LENS, views: [{ title: "T", struct: "page" }] },
            'must have one of "array" and "list"',
        ],
        [
            "a page table of nothing",
            { ...MINI_LENS, views: [{ title: "T", pageTable: { each: "U" } }] },
            '/views/0/pageTable is "U"; must have "from"',
        ],
    ])("names %s", (_name, lens, text) => expect(problems(lens)).toContain(text));
});

describe("view --elf", () => {
    const folder = mkdtempSync(join(tmpdir(), "archipel-view-"));
    const [elf, lens, bad] = ["mini.elf", "mini.lens.json", "bad.json"].map((name) => join(folder, name)) as [
        string,
        string,
        string,
    ];
    writeFileSync(elf, miniKernel());
    writeFileSync(lens, JSON.stringify(MINI_LENS));
    writeFileSync(bad, "{}");
    afterAll(() => rmSync(folder, { recursive: true }));

    it.each([
        ["a lens of no guest", ["--lens", lens], 2, "--lens: only with --elf FILE"],
        ["a guest and a config", ["--elf", elf, "configs/default.json"], 2, "--elf does not go together with a config"],
        ["a guest that is not there", ["--elf", `${elf}.no`], 3, "mini.elf.no: cannot be read"],
        ["a lens that is none", ["--elf", elf, "--lens", bad], 2, "bad.json: /lens is missing; must be 1"],
        ["a lens that is not there", ["--elf", elf, "--lens", `${lens}.no`], 3, "mini.lens.json.no: cannot be read"],
    ])("refuses %s", async (_name, args, code, text) => {
        const run = await archipel("view", "--out", join(folder, "site"), ...args);
        expect(run.err).toContain(text);
        expect(run.code).toBe(code);
    });

    it("shows the run of a document, and tells a guest's that it has no config", async () => {
        const [run, bare, out] = ["run.json", "bare.json", "run-site"].map((name) => join(folder, name)) as [
            string,
            string,
            string,
        ];
        await archipel("boot", "--program", "hello", "--seed", "7", "--quiet", "--json", run);
        const good = await archipel("view", run, "--out", out);
        expect([good.code, good.err]).toEqual([0, ""]);
        const [first] = (JSON.parse(readFileSync(join(out, "site.json"), "utf8")) as Site).configs;
        expect(JSON.parse(first?.text ?? "{}")).toMatchObject({ seed: 7, programs: [{ path: "hello" }] });
        writeFileSync(bare, JSON.stringify({ format: "archipel-run/2", config: null }));
        const refused = await archipel("view", bare, "--out", out);
        expect(refused.err).toContain(
            "bare.json: is the document of a stock guest's run; show the guest with view --elf",
        );
        expect(refused.code).toBe(3);
    });

    it("has lenses that can be used in the docs", () => {
        for (const name of readdirSync("docs/lenses")) {
            const text = readFileSync(join("docs/lenses", name), "utf8");
            expect(parseLens(text, name).views.length).toBeGreaterThan(0);
            expect(text.split("\n").length).toBeLessThanOrEqual(41);
        }
    });
});
