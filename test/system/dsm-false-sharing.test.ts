/** `--false-sharing`: the page, the bytes and the lines of programs that share falsely, and nothing else; the run stays as it is. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import { afterAll, describe, expect, it } from "vitest";
import { findCompiler, thisHost } from "../../boot/cli/cc/compiler.ts";
import { packageRoot } from "../../boot/package-root.ts";
import { RUN_SCHEMA } from "../../boot/report/run-schema.ts";
import { SWITCHES } from "../../configs/switches.ts";
import { PROBE_WRITABLE, PROBE_WRITABLE_END } from "../../kernel/abi/event.ts";
import { DSM_BASE, PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { symbolAddress } from "../../toolchain/link/image.ts";
import { archipel, errorLines } from "./harness/cli.ts";
import { GUEST_FOLDER, guestImage, guestOf, programSource } from "./harness/guest.ts";
import { runConfig } from "./harness/run.ts";

const folder = mkdtempSync(join(tmpdir(), "archipel-sharing-"));
const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(RUN_SCHEMA);
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...args: string[]) {
    const { code, out, err } = await archipel("dsm", "--json", "-", ...args);
    expect(code).toBe(0);
    const document = JSON.parse(out);
    validate(document);
    expect(validate.errors ?? []).toEqual([]);
    return { document, summary: err };
}

interface Page {
    readonly page: string;
    readonly requests: readonly { node: number; address: string; bytes: { value: number } }[];
    readonly nodes: readonly {
        node: number;
        ranges: { from: number; to: number }[];
        lines: { file: string; line: number; pc: string }[];
    }[];
    readonly [figure: string]: unknown;
}

async function pagesOf(...args: string[]): Promise<Page[]> {
    return (await run("--false-sharing", ...args)).document.falseSharing;
}

/** The number of the line of a source in which the text stands. */
function lineOf(source: string, text: string): number {
    return (
        readFileSync(source, "utf8")
            .split("\n")
            .findIndex((line) => line.includes(text)) + 1
    );
}

const NEIGHBOURS = join(packageRoot(), "userland/programs/neighbours.ts");

describe("a TypeScript program", () => {
    it.each(SWITCHES.dsmManager.values)(
        "packed, %s manager: its one page, each node's bytes, the store's line",
        async (manager) => {
            const { document, summary } = await run(
                "--false-sharing",
                "--set",
                `kernel.dsmManager=${manager}`,
                "-n",
                "4",
                "neighbours",
            );
            const pages: Page[] = document.falseSharing;
            expect(pages).toHaveLength(1);
            expect(pages[0]).toMatchObject({
                program: "neighbours",
                page: "0x0000000020000000",
                requests: [{ node: 0, address: "0x0000000020000000", bytes: { value: 256 } }],
                phases: { value: 8 },
                truePhases: { value: 0 },
                writeFaults: { value: document.programs[0].dsm.writeFaults.value },
                advice: expect.stringContaining("here 4 parts of 64 bytes: align to 4096 bytes"),
            });
            const line = lineOf(NEIGHBOURS, "store<u32>(at, load<u32>(at) + 1)");
            for (const [node, writer] of (pages[0]?.nodes ?? []).entries()) {
                expect(writer).toMatchObject({ node, ranges: [{ from: 64 * node, to: 64 * node + 63 }] });
                expect(writer.lines).toMatchObject([{ file: "userland/programs/neighbours.ts", line }]);
            }
            expect(pages[0]?.nodes).toHaveLength(4);
            expect(summary).toContain(`node 3: 64 bytes in 192-255, by main (neighbours.ts:${line})\n`);
        },
    );

    it.each(SWITCHES.dsmManager.values)("released, %s manager: the same bytes, and other advice", async (manager) => {
        const options = ["--false-sharing", "--set", `kernel.dsmManager=${manager}`, "-n", "4"];
        const [page, ...others] = (await run(...options, "neighbours", "released")).document.falseSharing;
        expect(others).toEqual([]);
        expect(page).toMatchObject({ requests: [{ consistency: "release" }], truePhases: { value: 0 } });
        expect(page.advice).toMatch(/align to 4096 bytes\)$/);
        expect(page.nodes.map(({ ranges }: Page["nodes"][number]) => ranges)).toEqual(
            [0, 64, 128, 192].map((from) => [{ from, to: from + 63 }]),
        );
    });

    it("padded: no page", async () => {
        const { document, summary } = await run("--false-sharing", "-n", "4", "neighbours", "padded");
        expect([document.falseSharing, document.trueSharing.value]).toEqual([[], 0]);
        expect(summary).toMatch(/^False sharing .*\n {2}none\n\n/m);
    });

    it("one word for all: truly shared", async () => {
        const { document, summary } = await run("--false-sharing", "-n", "4", "neighbours", "counter");
        expect([document.falseSharing, document.trueSharing.value]).toEqual([[], 1]);
        expect(summary).toContain("(1 page truly shared: nodes wrote the same word)");
    });

    it("radix: pages of list and target, from the line that scatters, and none of counts", async () => {
        const pages = await pagesOf("-n", "4", "radix", "1500");
        const line = lineOf(join(packageRoot(), "userland/programs/radix.ts"), "store<u32>(target +");
        expect(pages.length).toBeGreaterThan(1);
        for (const { page, requests, nodes } of pages) {
            // list and target are of two pages each, counts comes behind them.
            expect(Number(page)).toBeLessThan(DSM_BASE + 4 * PAGE_SIZE);
            expect(requests.map(({ bytes }) => bytes.value)).toEqual([6000]);
            expect(nodes.flatMap(({ lines }) => lines.map((each) => each.line))).toEqual(nodes.map(() => line));
        }
    });

    it.each(["neighbours", "radix", "dot"])(
        "%s: state and cycles are those of a run without the option",
        async (program) => {
            const { document: plain } = await run("-n", "4", program);
            const { document: watched } = await run("--false-sharing", "-n", "4", program);
            expect(plain.falseSharing).toBeNull();
            expect(watched.falseSharing).not.toBeNull();
            expect([watched.stateHash, watched.machine]).toEqual([plain.stateHash, plain.machine]);
        },
    );
});

describe("a program in assembly", () => {
    it("a word a node, each written by threads in all clusters: the fault is found where it was, and the node's own", async () => {
        // As dsm.S's replicas, but node i adds to word i.
        const source = programSource("dsm")
            .replace("mv a0, s2\n    mv a1, s10", "mv a0, s2\n    slli a1, s9, 3\n    add a1, a1, s10")
            .replace("sm SYS_SM_BARRIER\n    ld a1, (s10)", "slli t0, s9, 3\n    add a1, t0, s10\n    ld a1, (a1)")
            .replace("mul t0, s5, s8\n    li t1, 20\n    mul t0, t0, t1", "li t1, 20\n    mul t0, s5, t1");
        const program = join(GUEST_FOLDER, guestOf("words", source));
        const pages = await pagesOf("-n", "4", "--set", "machine.hartsPerCluster=2", program, "replicas");
        expect(pages).toHaveLength(1);
        expect(pages[0]?.nodes.map(({ ranges }) => ranges)).toEqual(
            [0, 8, 16, 24].map((from) => [{ from, to: from + 3 }]),
        );
        const adder = symbolAddress(guestImage("words", source), "adder");
        const pcs = pages[0]?.nodes.flatMap(({ lines }) => lines.map(({ pc }) => Number(pc)));
        expect(new Set(pcs)).toEqual(new Set([adder + 6]));
    });
});

describe("the kernel's records", () => {
    it.each(["central", "dynamic"])(
        "under a %s manager no two nodes may write a page at a time, by their word",
        async (dsmManager) => {
            const programs = [{ path: "radix", args: ["1000"], nodes: 4, cluster: 0 }];
            const machine = { mesh: [2, 2], hartsPerCluster: 1, bankSize: "4MiB" };
            const { records } = await runConfig({ machine, kernel: { dsmManager }, programs });
            const writers = new Map<number, number>();
            let begun = 0;
            for (const { words } of records) {
                const [event, pid = 0, page = 0] = words;
                if (event === PROBE_WRITABLE) {
                    expect(writers.get(page)).toBeUndefined();
                    writers.set(page, pid);
                    begun++;
                }
                if (event === PROBE_WRITABLE_END) {
                    expect(writers.get(page)).toBe(pid);
                    writers.delete(page);
                }
            }
            expect(begun).toBeGreaterThan(50);
        },
    );
});

describe("the command line", () => {
    it("with --elf the option is refused", async () => {
        const result = await archipel("boot", "--elf", "any.elf", "--false-sharing");
        expect([result.code, errorLines(result)]).toEqual([
            2,
            ["--false-sharing: not with --elf, which has neither config nor kernel"],
        ]);
    });
});

const installed = hasCompiler();

function hasCompiler(): boolean {
    try {
        findCompiler(thisHost);
        return true;
    } catch {
        return false;
    }
}

const C_PROGRAM = `#include "sm.h"
struct part { double sum; int count; };
int main(int argc, char **argv) {
    int nodes, nid;
    size_t stride = argc > 1 ? 4096 : sizeof(struct part);
    if (sm_node_init(&argc, &argv, &nodes, &nid)) return 1;
    char *parts = nid == 0 ? sm_malloc(4096 * nodes) : NULL;
    sm_bcast((void **)&parts, 0);
    struct part *own = (struct part *)(parts + nid * stride);
    for (int round = 1; round < 4; round++) {
        own->count += 1 + nid;
        sm_barrier();
    }
    int wrong = own->count != 3 * (1 + nid);
    sm_node_exit();
    return wrong;
}
`;

describe.skipIf(!installed)("a C program", () => {
    it("packed: file and line of its store; padded: no page", async () => {
        const [source, program] = [join(folder, "parts.c"), join(folder, "parts.elf")];
        writeFileSync(source, C_PROGRAM);
        expect(await archipel("cc", source, "-o", program)).toMatchObject({ code: 0 });
        const pages = await pagesOf("-n", "3", program);
        expect(pages).toMatchObject([{ page: "0x0000000020000000", phases: { value: 3 } }]);
        expect(pages[0]?.nodes.map(({ ranges }) => ranges)).toEqual(
            [8, 24, 40].map((from) => [{ from, to: from + 3 }]),
        );
        const lines = new Set(pages[0]?.nodes.flatMap((node) => node.lines.map(({ file, line }) => `${file}:${line}`)));
        expect([...lines]).toEqual([expect.stringMatching(/parts\.c:11$/)]);
        expect(await pagesOf("-n", "3", program, "padded")).toEqual([]);
    });
});
