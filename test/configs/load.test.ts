/** Loading configs: every error is one line that names file, path, value, rule and fix, and all come at once. */

import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../configs/check.ts";
import { loadConfig } from "../../configs/load.ts";
import type { Overrides } from "../../configs/overrides.ts";
import { ConfigError } from "../../configs/violation.ts";

const CONFIGS = fileURLToPath(new URL("../../configs", import.meta.url));

/** The error lines for a config, without "f.json: ". */
function problems(config: unknown, overrides: Overrides = {}): string[] {
    const text = typeof config === "string" ? config : JSON.stringify(config);
    try {
        parseConfig(text, "f.json", overrides);
    } catch (error) {
        if (error instanceof ConfigError) return error.problems.map((line) => line.replace(/^f\.json: /, ""));
        throw error;
    }
    return [];
}

describe("shipped configs", () => {
    const files = readdirSync(CONFIGS).filter((file) => file.endsWith(".json") && file !== "archipel.schema.json");

    it.each(files)("%s is valid and names its schema", (file) => {
        const loaded = loadConfig(join(CONFIGS, file));
        expect(loaded.config.$schema).toBe("./archipel.schema.json");
        expect(loaded.config.programs.length).toBeGreaterThan(0);
        expect(loaded.directory).toBe(dirname(join(CONFIGS, file)));
    });

    it("default.json is a 2x2 mesh of 2 harts each", () => {
        const { machine, seed } = loadConfig(join(CONFIGS, "default.json")).config;
        expect(machine).toMatchObject({ mesh: [2, 2], hartsPerCluster: 2, bankSize: 16 * 2 ** 20, quantum: 1000 });
        expect(seed).toBe(1);
    });
});

describe("defaults and sizes", () => {
    it("an empty config is the default machine without programs", () => {
        expect(parseConfig("{}", "f.json")).toEqual({
            machine: {
                mesh: [2, 2],
                hartsPerCluster: 2,
                bankSize: 16 * 2 ** 20,
                clustersWithoutHarts: [],
                clustersWithoutMemory: [],
                quantum: 1000,
                timebaseDivider: 100,
                scheduler: "rounds",
                preemption: true,
                memoryModel: "sc",
                storeBuffer: 8,
                pmpEntries: 0,
                adue: true,
                fidelity: "functional",
                localLatency: 10,
                hopLatency: 4,
                deviceLatency: 20,
                tlbEntries: 64,
                tlbWays: 4,
                lineSize: 64,
                flitBytes: 16,
                l1iSize: 16384,
                l1iWays: 4,
                l1dSize: 16384,
                l1dWays: 4,
                l2Size: 262144,
                l2Ways: 16,
                l2Cycles: 8,
                l2PortCycles: 4,
                l1ProbeCycles: 1,
                memoryCycles: 60,
                memoryOccupancy: 16,
                hopCycles: 2,
                localCycles: 2,
                linkContention: true,
                directoryPointers: 4,
                directoryOverflow: "map",
                lookahead: 100,
                pauseCycles: 16,
                fenceICycles: 1,
            },
            kernel: {
                vspaceStackSize: 65536,
                pthreadMaxNr: 32,
                vspaceArgsSize: 16384,
                vspaceEnvsSize: 16384,
                checkStacks: false,
                timeSliceCycles: 100_000,
                code: "replicate",
                data: "lsb",
                heap: "lsb",
                stack: "local",
                gpt: "on-demand",
                registration: "first-thread",
                protocol: "rpc",
                threadPlacement: "spread",
                kernelText: "replicate",
                livelockCycles: 50_000_000,
                dsmManager: "central",
                dsmConsistency: "sequential",
                dsmPrefetch: 0,
                rpcJitter: 0,
            },
            programs: [],
            seed: 1,
            accounting: "off",
            expect: [],
        });
    });

    it.each([["1MiB"], ["1M"], [1048576]])("bankSize %s is 1 MiB", (bankSize) => {
        expect(parseConfig(JSON.stringify({ machine: { bankSize } }), "f.json").machine.bankSize).toBe(2 ** 20);
    });

    it("two loads share no defaults", () => {
        const first = parseConfig("{}", "f.json");
        first.machine.mesh[0] = 9;
        expect(parseConfig("{}", "f.json").machine.mesh).toEqual([2, 2]);
    });
});

/** A config and the one line it earns. */
const SINGLE: readonly (readonly [unknown, string])[] = [
    [
        { machine: { bankSize: "96KiB" } },
        '/machine/bankSize is "96KiB"; must be a power of two of at least 1MiB (e.g. "1MiB")',
    ],
    [
        { machine: { bankSize: "3MiB" } },
        '/machine/bankSize is "3MiB"; must be a power of two of at least 1MiB (e.g. "1MiB")',
    ],
    [
        { machine: { bankSize: "big" } },
        '/machine/bankSize is "big"; must be a power of two of at least 1MiB (e.g. "1MiB")',
    ],
    [{ machine: { bankSize: -1 } }, '/machine/bankSize is -1; must be a power of two of at least 1MiB (e.g. "1MiB")'],
    [
        { machine: { mesh: [1, 1], bankSize: "2GiB" } },
        '/machine/bankSize is "2GiB"; must be at most 1GiB, the local window through which a hart sees its bank (e.g. "1GiB")',
    ],
    [
        { machine: { mesh: [0, 2] } },
        "/machine/mesh is [0,2]; must be two integers [x, y], each from 1 to 256 (e.g. [2,2])",
    ],
    [
        { machine: { mesh: [1, 2, 3] } },
        "/machine/mesh is [1,2,3]; must be two integers [x, y], each from 1 to 256 (e.g. [2,2])",
    ],
    [
        { machine: { mesh: "2x2" } },
        '/machine/mesh is "2x2"; must be two integers [x, y], each from 1 to 256 (e.g. [2,2])',
    ],
    [
        { machine: { mesh: [16, 17], hartsPerCluster: 1, bankSize: "1MiB" } },
        "/machine/mesh is [16,17]; must have at most 256 clusters, and has 272 (e.g. [16,16])",
    ],
    [
        { machine: { mesh: [16, 16], hartsPerCluster: 5, bankSize: "1MiB" } },
        "/machine/hartsPerCluster is 5; must give at most 1024 harts, and 256 clusters make 1280 (e.g. 4)",
    ],
    [{ machine: { hartsPerCluster: 65 } }, "/machine/hartsPerCluster is 65; must be an integer from 1 to 64 (e.g. 2)"],
    [
        { machine: { clustersWithoutHarts: [1, 1] } },
        "/machine/clustersWithoutHarts is [1,1]; must be an array of different clusters, each from 0 to 255 (e.g. [3])",
    ],
    [
        { machine: { clustersWithoutHarts: [0] } },
        "/machine/clustersWithoutHarts/0 is 0; must not be cluster 0, which boots the machine (e.g. 1)",
    ],
    [
        { machine: { clustersWithoutHarts: [3, 4] } },
        "/machine/clustersWithoutHarts/1 is 4; must be a cluster of the mesh, 1 to 3 (e.g. 3)",
    ],
    [
        { machine: { clustersWithoutMemory: [3] } },
        "/machine/clustersWithoutHarts is []; must name the clusters without memory too: their harts would have no bank (3) (e.g. [3])",
    ],
    [
        { machine: { clustersWithoutHarts: [3] }, programs: [{ path: "a", cluster: 3 }] },
        "/programs/0/cluster is 3; must be a cluster that has harts (e.g. 0)",
    ],
    [
        { machine: { clustersWithoutHarts: [3] }, programs: [{ path: "a", nodes: 7 }] },
        "/programs/0/nodes is 7; must be at most the machine's harts, 6 (e.g. 6)",
    ],
    [{ machine: { quantum: 0.5 } }, "/machine/quantum is 0.5; must be an integer from 1 to 1000000 (e.g. 1000)"],
    [
        { machine: { timebaseDivider: 0 } },
        "/machine/timebaseDivider is 0; must be an integer from 1 to 1000000 (e.g. 100)",
    ],
    [
        { machine: { scheduler: "fair" } },
        '/machine/scheduler is "fair"; must be "rounds", "instruction" or "conflicts" (e.g. "rounds")',
    ],
    [
        { kernel: { vspaceStackSize: "5000" } },
        '/kernel/vspaceStackSize is "5000"; must be a multiple of 4KiB from 8KiB to 16MiB (e.g. "64KiB")',
    ],
    [
        { kernel: { vspaceArgsSize: "48KiB" } },
        '/kernel/vspaceArgsSize is "48KiB"; must be a multiple of 4KiB from 4KiB to 44KiB (e.g. "16KiB")',
    ],
    [
        { kernel: { vspaceArgsSize: "40KiB" } },
        '/kernel/vspaceEnvsSize is "16KiB"; must leave room for args (40KiB) within 48KiB of both (e.g. "8KiB")',
    ],
    [{ kernel: { pthreadMaxNr: 0 } }, "/kernel/pthreadMaxNr is 0; must be an integer from 1 to 64 (e.g. 32)"],
    [
        { kernel: { timeSliceCycles: 1 } },
        "/kernel/timeSliceCycles is 1; must be an integer from 1000 to 1000000000 (e.g. 100000)",
    ],
    [
        { kernel: { vspaceStackSize: "16MiB", pthreadMaxNr: 64 } },
        "/kernel/pthreadMaxNr is 64; must keep the stack zone (64 slots x 16MiB = 1GiB) within 256MiB (e.g. 16)",
    ],
    [
        { machine: { mesh: [16, 16], bankSize: "1MiB" }, kernel: { checkStacks: true } },
        "/kernel/pthreadMaxNr is 32; must keep the stack zone (32 slots x 64KiB x 256 clusters, for checkStacks, = 512MiB) within 256MiB (e.g. 16)",
    ],
    [
        {
            machine: { mesh: [16, 16], bankSize: "1MiB" },
            kernel: { checkStacks: true, vspaceStackSize: "2MiB", pthreadMaxNr: 1 },
        },
        '/kernel/vspaceStackSize is "2MiB"; must keep the stack zone (1 slots x 2MiB x 256 clusters, for checkStacks, = 512MiB) within 256MiB (e.g. "1MiB")',
    ],
    [{ kernel: { checkStacks: 1 } }, "/kernel/checkStacks is 1; must be true or false (e.g. true)"],
    [
        { programs: [{}] },
        "/programs/0/path is missing; must be a program's name or an ELF file's path (e.g. \"hello\")",
    ],
    [
        { programs: [{ path: "" }] },
        '/programs/0/path is ""; must be a program\'s name or an ELF file\'s path (e.g. "hello")',
    ],
    [
        { programs: [{ path: "a", args: [1] }] },
        '/programs/0/args is [1]; must be an array of strings (e.g. ["-v","100"])',
    ],
    [
        { programs: [{ path: "a", cluster: 4 }] },
        "/programs/0/cluster is 4; must be a cluster of the mesh, 0 to 3 (e.g. 3)",
    ],
    [
        { programs: [{ path: "a", cluster: -1 }] },
        "/programs/0/cluster is -1; must be a cluster of the mesh, counted from 0 (e.g. 0)",
    ],
    [
        { programs: [{ path: "a", nodes: 9 }] },
        "/programs/0/nodes is 9; must be at most the machine's harts, 8 (e.g. 8)",
    ],
    [{ programs: [{ path: "a", nodes: 0 }] }, "/programs/0/nodes is 0; must be an integer from 1 to 1024 (e.g. 4)"],
    [
        { programs: [{ path: "a", threads: 2000 }] },
        "/programs/0/threads is 2000; must be an integer from 0 to 1024 (e.g. 4)",
    ],
    [
        { programs: [{ path: "a", env: { A: 1 } }] },
        '/programs/0/env is {"A":1}; must be an object of names (without "=" and NUL) and texts (without NUL) (e.g. {"OMP_NUM_THREADS":"4"})',
    ],
    [
        { programs: [{ path: "a", env: { "A=B": "c" } }] },
        '/programs/0/env is {"A=B":"c"}; must be an object of names (without "=" and NUL) and texts (without NUL) (e.g. {"OMP_NUM_THREADS":"4"})',
    ],
    [
        { programs: [{ path: "a", cwd: "tmp" }] },
        '/programs/0/cwd is "tmp"; must be the absolute path of a directory of the machine (e.g. "/")',
    ],
    [{ programs: [{ path: "a", stdin: "" }] }, '/programs/0/stdin is ""; must be a file\'s path (e.g. "input.txt")'],
    [{ machine: { pmpEntries: 8 } }, "/machine/pmpEntries is 8; must be 0 or 16 (e.g. 16)"],
    [{ programs: {} }, '/programs is {}; must be an array of at most 128 programs (e.g. [{"path":"hello"}])'],
    [{ programs: ["hello"] }, '/programs/0 is "hello"; must be an object with a path (e.g. {"path":"hello"})'],
    [{ seed: -1 }, "/seed is -1; must be an integer from 0 to 4294967295 (e.g. 1)"],
    [{ machine: 3 }, '/machine is 3; must be an object (e.g. {"mesh":[2,2],"hartsPerCluster":2,"bankSize":"16MiB"})'],
    [[], '/ is []; must be an object (e.g. {"machine":{},"programs":[]})'],
    [
        { machine: { hartspercluster: 3 } },
        "/machine/hartspercluster is 3; must not be there: the keys of /machine are mesh, hartsPerCluster, bankSize, clustersWithoutHarts, " +
            "clustersWithoutMemory, quantum, timebaseDivider, scheduler, preemption, memoryModel, storeBuffer, pmpEntries, adue, fidelity, localLatency, hopLatency, " +
            "deviceLatency, tlbEntries, tlbWays, lineSize, flitBytes, l1iSize, l1iWays, l1dSize, l1dWays, l2Size, l2Ways, l2Cycles, l2PortCycles, l1ProbeCycles, " +
            "memoryCycles, memoryOccupancy, hopCycles, localCycles, linkContention, directoryPointers, directoryOverflow, lookahead, pauseCycles, " +
            'fenceICycles (did you mean "hartsPerCluster"?)',
    ],
    [
        { colour: 1 },
        "/colour is 1; must not be there: the keys of / are machine, kernel, programs, seed, accounting, expect (remove it)",
    ],
    [
        { machine: { mesh: [16, 16], hartsPerCluster: 4, bankSize: "16MiB" } },
        expect.stringMatching(
            /^\/machine\/bankSize is "16MiB"; must let RAM \(256 x 16MiB = 4GiB\) and the machine's state \(\d+MiB\) fit the 4GiB of one WebAssembly.Memory \(e.g. "8MiB"\)$/,
        ) as unknown as string,
    ],
];

describe("errors", () => {
    it.each(SINGLE)("%j", (config, line) => expect(problems(config)).toEqual([line]));

    it("several errors come at once, schema and cross-field rules together", () => {
        const config = { machine: { mesh: [2, 2], quantum: 0 }, seeed: 1, programs: [{ path: "x", cluster: 9 }] };
        expect(problems(config)).toEqual([
            expect.stringContaining("/seeed is 1; must not be there"),
            "/machine/quantum is 0; must be an integer from 1 to 1000000 (e.g. 1000)",
            "/programs/0/cluster is 9; must be a cluster of the mesh, 0 to 3 (e.g. 3)",
        ]);
    });

    it.each([
        ['{"a": 1,\n "b" }', 'f.json:2:6: not JSON: expected ":" after key "b", found "}"'],
        ["", "f.json:1:1: not JSON: expected a value, found the end of the file"],
        ['{"seed": 1, "seed": 2}', 'f.json:1:13: not JSON: key "seed" appears twice'],
        ["[1,]", 'f.json:1:4: not JSON: expected a value, found "]"'],
        ['{"a": "x}', 'f.json:1:7: not JSON: string without its closing "'],
        ["{} x", 'f.json:1:4: not JSON: expected the end of the file, found "x"'],
        ["[".repeat(100), "f.json:1:66: not JSON: nested deeper than 64 levels"],
    ])("syntax: %j", (text, line) => expect(problems(text)).toEqual([line]));

    it("a file that is not there", () => {
        expect(() => loadConfig("no/such.json")).toThrow("no/such.json: cannot be read: there is no such file");
    });
});

describe("overrides", () => {
    it("--set takes JSON, else a string; numbers index arrays", () => {
        const text = JSON.stringify({ programs: [{ path: "a" }] });
        const sets = [
            "machine.bankSize=4MiB",
            "machine.mesh.0=3",
            'programs.0.args=["-v"]',
            "programs.1.path=b",
            "seed=7",
        ];
        const config = parseConfig(text, "f.json", { sets });
        expect(config.machine).toMatchObject({ bankSize: 4 * 2 ** 20, mesh: [3, 2] });
        expect(config.programs).toMatchObject([{ path: "a", args: ["-v"] }, { path: "b" }]);
        expect(config.seed).toBe(7);
    });

    it("--program replaces the list and splits as a shell does; --set reaches into it", () => {
        const overrides = { programs: ["share", "sort -n '1 000'"], sets: ["programs.0.nodes=4"] };
        const { programs } = parseConfig('{"programs":[{"path":"hello"}]}', "f.json", overrides);
        expect(programs).toMatchObject([
            { path: "share", args: [], nodes: 4 },
            { path: "sort", args: ["-n", "1 000"], nodes: 1 },
        ]);
    });

    it.each<[Overrides, string]>([
        [{ sets: ["machine"] }, "--set machine: must be PATH=VALUE (e.g. --set machine.bankSize=4MiB)"],
        [{ sets: ["machine..x=1"] }, "--set machine..x=1: must be PATH=VALUE (e.g. --set machine.bankSize=4MiB)"],
        [{ sets: ["programs.5.path=x"] }, "--set programs.5.path=x: no such place in the config"],
        [{ sets: ["seed.x=1"] }, "--set seed.x=1: no such place in the config"],
        [
            { sets: ["machine.quantum=0"] },
            "/machine/quantum is 0 (from the command line); must be an integer from 1 to 1000000 (e.g. 1000)",
        ],
        [{ seed: "x" }, '/seed is "x" (from the command line); must be an integer from 0 to 4294967295 (e.g. 1)'],
        [{ programs: ["a 'b"] }, "--program a 'b: a quote is not closed"],
        [{ programs: [" "] }, '--program " ": must name a program (e.g. --program "hello")'],
    ])("%j", (overrides, line) => expect(problems({ seed: 1, programs: [] }, overrides)[0]).toBe(line));

    it("a path cannot reach a prototype", () => {
        const sets = ["__proto__.polluted=1", "machine.__proto__.polluted=1"];
        expect(problems({ machine: {} }, { sets })).toHaveLength(2);
        expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    });
});
