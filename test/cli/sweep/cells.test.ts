/** Cells: their order, linked axes, seeds, conditions; and experiment files that are refused. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCommandLine } from "../../../boot/cli/command-line.ts";
import { cellText, enumerateCells } from "../../../boot/cli/sweep/cells.ts";
import { loadExperiment } from "../../../boot/cli/sweep/experiment.ts";
import { EXITS } from "../../../boot/report/exit-codes.ts";
import { keptStreams } from "../fake-report.ts";
import { experimentFile, experimentOf, problemsOf, TINY } from "./fixture.ts";

const MESHES = [
    [1, 1],
    [2, 1],
];
const cells = (content: object) => enumerateCells(experimentOf(content));
const texts = (content: object) => cells(content).map(cellText);

describe("enumeration", () => {
    it("the last axis varies fastest, seeds last of all", () => {
        expect(texts({ grid: [{ "machine.mesh": MESHES }, { "machine.quantum": [10, 20] }], seeds: [7, 3] })).toEqual([
            "machine.mesh=[1,1] machine.quantum=10 seed=7",
            "machine.mesh=[1,1] machine.quantum=10 seed=3",
            "machine.mesh=[1,1] machine.quantum=20 seed=7",
            "machine.mesh=[1,1] machine.quantum=20 seed=3",
            "machine.mesh=[2,1] machine.quantum=10 seed=7",
            "machine.mesh=[2,1] machine.quantum=10 seed=3",
            "machine.mesh=[2,1] machine.quantum=20 seed=7",
            "machine.mesh=[2,1] machine.quantum=20 seed=3",
        ]);
    });

    it("paths of one axis vary together", () => {
        const linked = { "machine.mesh": MESHES, "machine.bankSize": ["4MiB", "2MiB"] };
        expect(texts({ grid: [linked] })).toEqual([
            "machine.mesh=[1,1] machine.bankSize=4MiB",
            "machine.mesh=[2,1] machine.bankSize=2MiB",
        ]);
    });

    it("values reach the config, the base's others stay", () => {
        const [, second] = cells({ grid: [{ "machine.mesh": MESHES, "programs.0.args": [[], ["1"]] }] });
        expect(second?.loaded.config).toMatchObject({
            machine: { mesh: [2, 1], hartsPerCluster: 1, bankSize: 2 ** 21 },
            programs: [{ path: "hello", args: ["1"] }],
        });
    });

    it("a string that looks like JSON stays a string", () => {
        const [only] = cells({ grid: [{ "programs.0.path": ["12"] }] });
        expect(only?.loaded.config.programs[0]?.path).toBe("12");
    });

    it("no axis is one cell: the base", () => expect(texts({})).toEqual([""]));

    it("conditions leave cells out, before their configs are checked; indexes have no gaps", () => {
        const grid = [{ "machine.mesh": MESHES }, { "programs.0.nodes": [1, 2] }];
        const kept = cells({ grid, where: ["/programs/0/nodes == /machine/mesh/0 * /machine/mesh/1"] });
        expect(kept.map((cell) => [cell.index, cellText(cell)])).toEqual([
            [0, "machine.mesh=[1,1] programs.0.nodes=1"],
            [1, "machine.mesh=[2,1] programs.0.nodes=2"],
        ]);
    });

    it("a base file is relative to the experiment, its programs to it", () => {
        const { base } = loadExperiment("experiments/../test/cli/sweep/base-file.json");
        expect(base.directory).toMatch(/\/configs$/);
    });
});

/** An experiment and the lines that it earns. */
const REFUSED: readonly (readonly [object, string[]])[] = [
    [
        { titles: "x" },
        [
            '/titles is "x"; must not be there: the keys of / are title, text, base, grid, seeds, where, metrics, expect, limits (did you mean "title"?)',
        ],
    ],
    [{ title: "" }, ['/title is ""; must be one line of text (e.g. "Cluster size")']],
    [{ base: 7 }, ['/base is 7; must be a config file\'s path or a config (e.g. "../configs/default.json")']],
    [{ grid: [{ seed: [] }] }, ["/grid/0/seed is []; must be a list of one value or more (e.g. [1,2])"]],
    [{ grid: [{ seed: 3 }] }, ["/grid/0/seed is 3; must be a list of one value or more (e.g. [1,2])"]],
    [{ seeds: [1, 1] }, ["/seeds is [1,1]; must be a list of one seed or more, none twice (e.g. [1,2,3])"]],
    [
        { grid: [{ "machine..mesh": [1] }] },
        ['/grid/0/machine..mesh is [1]; must be named by a config path (e.g. "machine.mesh")'],
    ],
    [
        { grid: [{ seed: [1] }], seeds: [1] },
        ["/grid/0/seed is [1]; must not be there: seed varies already (remove one of the two)"],
    ],
    [
        { grid: [{ "machine.mesh": MESHES, "machine.quantum": [1] }] },
        [
            "/grid/0/machine.quantum is [1]; must have 2 values like the first path of its axis, and has 1 (or give it an axis of its own)",
        ],
    ],
    [
        { metrics: [{ name: "a", value: "1 +" }] },
        ['/metrics/0/value is "1 +"; must be an expression: column 4: expected a value, found the end'],
    ],
    [
        { metrics: [{ name: "exit", value: "1" }] },
        ['/metrics/0/name is "exit"; must be another name: there is a column of that name (rename it)'],
    ],
    [{ metrics: [{ value: "1" }] }, ['/metrics/0/name is missing; must be a short name (e.g. "cycles")']],
    [{ where: ["1 =="] }, ['/where/0 is "1 =="; must be an expression: column 5: expected a value, found the end']],
    [{ where: ["1 + 1"] }, ['/where/0 is "1 + 1"; 2 is no condition; must be true or false']],
    [{ where: ["/machine/mush == 1"] }, ['/where/0 is "/machine/mush == 1"; /machine/mush: there is no such value']],
    [{ where: ["false"] }, ["/where leaves no cell; must keep one or more"]],
    [{ limits: { timeoutSeconds: 0 } }, ["/limits/timeoutSeconds is 0; must be a number above 0 (e.g. 600)"]],
    [
        { grid: [{ "machine.mash": [1] }] },
        [
            'cell 0 (machine.mash=1): /machine/mash is 1 (from the grid); must not be there: the keys of /machine are mesh, hartsPerCluster, bankSize, clustersWithoutHarts, clustersWithoutMemory, quantum, timebaseDivider, scheduler, preemption, memoryModel, storeBuffer, pmpEntries, adue, fidelity, localLatency, hopLatency, deviceLatency, tlbEntries, tlbWays, lineSize, flitBytes, l1iSize, l1iWays, l1dSize, l1dWays, l2Size, l2Ways, l2Cycles, l2PortCycles, l1ProbeCycles, memoryCycles, memoryOccupancy, hopCycles, localCycles, linkContention, directoryPointers, directoryOverflow, lookahead, pauseCycles, fenceICycles (did you mean "mesh"?)',
        ],
    ],
    [
        { grid: [{ "machine.quantum": [1, 0] }] },
        [
            "cell 1 (machine.quantum=0): /machine/quantum is 0 (from the grid); must be an integer from 1 to 1000000 (e.g. 1000)",
        ],
    ],
    [
        { grid: [{ "programs.5.path": ["x"] }] },
        ['cell 0 (programs.5.path=x): programs.5.path="x": no such place in the config'],
    ],
    [
        { grid: Array.from({ length: 6 }, (_, i) => ({ [`a${i}`]: Array(10).fill(1) })) },
        ["/grid gives 1000000 cells; must give at most 100000 (split the experiment)"],
    ],
];

describe("refused experiments", () => {
    it.each(REFUSED)("%j", (content, lines) => {
        expect(problemsOf(() => cells(content))).toEqual(lines.map((line) => `test.json: ${line}`));
    });

    it("an error of the base is not said for hundreds of cells", () => {
        const quanta = Array.from({ length: 300 }, (_, i) => i + 1);
        const base = { ...TINY, seed: -1 };
        const lines = problemsOf(() => cells({ base, grid: [{ "machine.quantum": quanta }] }));
        expect([lines.length, lines.at(-1)]).toEqual([11, "test.json: 290 more such lines"]);
    });

    it("a base that is no file, or no JSON, is named", () => {
        expect(problemsOf(() => cells({ base: "none.json" }))).toEqual([
            expect.stringMatching(/none\.json: cannot be read: there is no such file$/),
        ]);
        expect(problemsOf(() => cells({ base: "/etc/hostname" }))).toEqual([
            expect.stringMatching(/hostname:1:1: not JSON/),
        ]);
    });
});

describe("--list", () => {
    it("prints the cells and runs none", async () => {
        const streams = keptStreams();
        expect(await runCommandLine(["sweep", "experiments/cluster-size.json", "--list"], streams)).toBe(0);
        await expect(streams.kept.out).toMatchFileSnapshot("../golden/sweep-list.txt");
    });

    it("an experiment's error ends with 2", async () => {
        const streams = keptStreams();
        expect(await runCommandLine(["sweep", experimentFile({ title: 3 }), "--list"], streams)).toBe(EXITS.usage.code);
        expect(streams.kept.err).toMatch(
            /^archipel: error: .*test\.json: \/title is 3; must be one line of text .*\n$/,
        );
    });
});

describe("shipped experiments", () => {
    const files = readdirSync("experiments").filter((name) => name.endsWith(".json") && !name.includes("schema"));

    it.each(files)("%s is sound", (name) => {
        expect(enumerateCells(loadExperiment(join("experiments", name))).length).toBeGreaterThan(1);
    });

    it("and so is the one that docs/experiments.md shows", () => {
        const text = readFileSync("docs/experiments.md", "utf8").match(/```json\n([^`]*)```/)?.[1] ?? "";
        expect(cells(JSON.parse(text) as object).length).toBe(15);
    });
});
