/** Every link, path, rule, section and decision that documents and comments name is in the repository (docs/style.md, "References"). */

import { describe, expect, it } from "vitest";
import { commentsOf, References } from "../../boot/dev/references.ts";

const references = new References();
const problemsOf = (words: string, path = "docs/architecture.md") =>
    references.unresolved({ path, words, whole: words });

describe("references", () => {
    it("resolve in all documents", () => {
        const documents = references.texts.filter(({ path }) => path.endsWith(".md"));
        expect(documents.length).toBeGreaterThan(30);
        expect(documents.flatMap((text) => references.unresolved(text))).toEqual([]);
    });

    it("resolve in the comments of all sources", () => {
        const sources = references.texts.filter(({ path }) => !path.endsWith(".md"));
        expect(sources.length).toBeGreaterThan(600);
        expect(sources.flatMap((text) => references.unresolved(text))).toEqual([]);
    });
});

describe("the scanner", () => {
    it.each([
        "[a rule](spec/turns.md#1-time) [here](#the-stairs) [a folder](spec)",
        "boot/dev/sources.ts, `kernel/abi`, emu/state/*-layout.ts, experiments/NAME.json, kernel/mm/kcm/kcm_free",
        "vmm-policy 5.9, 5.9.3-5.9.5; sm-dsm 3.6; turns.md 2.5; interface.md 4; files.md F3, F4.1; vmm-policy I10",
        "docs/spec/turns.md, section 4; [spec/sm-dsm.md](spec/sm-dsm.md), section 2; adr/0003",
        'docs/machine.md, "Physical memory"',
    ])("finds what is there: %s", (words) => {
        expect(problemsOf(words)).toEqual([]);
    });

    it.each([
        ["[a rule](spec/turn.md)", "links to spec/turn.md, which is not there"],
        ["[a rule](spec/turns.md#9-nothing)", "links to spec/turns.md#9-nothing, a heading that is not there"],
        ["boot/dev/no-such.ts.", "names boot/dev/no-such.ts, which is not there"],
        ["(emu/none/*.ts)", "names emu/none/*.ts, which is not there"],
        ["no-such.md", "names no-such.md, which is not there"],
        ["adr/0099", "names adr/0099, which is no decision"],
        ['docs/machine.md, "Nothing"', 'names "Nothing" of docs/machine.md, which has no such heading'],
        ["vmm-policy 5.9, 5.99", "names vmm-policy 5.99, which is no rule"],
        ["sm-dsm 7", "names sm-dsm 7, which is no rule"],
        ["turns.md 2.5-2.8", "names turns 2.8, which is no rule"],
        ["files.md F99", "names files F99, which is no rule"],
        [`DES${"IGN"} 4.4`, `DES${"IGN"} 4.4 is not in the repository`],
        [`is${"sue"} 7`, `is${"sue"} 7 is not in the repository`],
    ])("finds what is not there: %s", (words, problem) => {
        expect(problemsOf(words)).toContain(`docs/architecture.md: ${problem}`);
    });

    it("reads a comment as one sentence, and no strings", () => {
        const text = '/**\n * One (turns.md\n * 2.5).\n */\nconst a = "// none";\n// two,\n// lines\ncode(); // end\n';
        expect(commentsOf(text, "a.ts")).toBe("/** One (turns.md 2.5). */\n// two, lines \n// end");
        expect(commentsOf("# one\n# two\n    ld t0, 0(sp)   # end\n", "a.S")).toContain("one two");
    });
});
