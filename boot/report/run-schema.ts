/**
 * The shape of --json (interface.md 4) as a schema: no key beyond these, none missing. docs/spec/run.schema.json is the same as a file (npm
 * run generate).
 */

import { MODES } from "../../emu/host/accounts.ts";
import { ENGINES } from "../../emu/host/machine-options.ts";
import { STATE_FORMAT } from "../../emu/host/state-hash.ts";
import { CLUSTER_METRICS, DSM_METRICS, type Metric } from "./metrics.ts";
import { PHASES, type Phase, SEGMENTS, type TrafficReport, VSEG_TYPES } from "./report.ts";
import { NUMASTAT_COLUMNS } from "./run-document-numa.ts";
import { timingSchema } from "./run-document-timing.ts";
import { figureSchema, nullable, record } from "./schema-parts.ts";
import { AUDITS } from "./violation.ts";

const MAYBE_NUMBER = { type: ["integer", "null"] };
const MAYBE_STRING = { type: ["string", "null"] };
const ADDRESS = { type: "string", pattern: "^0x[0-9a-f]{16}$" };

const FAULT_TYPES = { enum: VSEG_TYPES };
const DSM = record(
    Object.fromEntries(DSM_METRICS.map(({ key, unit, description }) => [key, figureSchema(unit, description)])),
);

/** An object of the metrics, each at its path from `depth` on. */
function metricsSchema(metrics: readonly Metric[], depth = 0): Record<string, object> {
    const names = [...new Set(metrics.map(({ path }) => path[depth] as string))];
    return Object.fromEntries(
        names.map((name) => {
            const inside = metrics.filter(({ path }) => path[depth] === name);
            const [first] = inside as [Metric];
            if (first.path.length > depth + 1) return [name, record(metricsSchema(inside, depth + 1))];
            const schema = figureSchema(first.unit, first.description);
            return [name, first.used === undefined ? schema : nullable(schema)];
        }),
    );
}

const CLUSTER = record({ cxy: { type: "integer" }, ...metricsSchema(CLUSTER_METRICS) });

const PROGRAM = record({
    name: { type: "string" },
    pid: MAYBE_NUMBER,
    cluster: MAYBE_NUMBER,
    nodes: figureSchema("processes", "node processes"),
    exit: record({ code: MAYBE_NUMBER, signal: MAYBE_STRING }),
    output: { type: "string" },
    dsm: nullable(DSM),
    fault: nullable(
        record({
            vaddr: nullable(ADDRESS),
            access: { enum: ["read", "write", "execute", null] },
            pc: ADDRESS,
            function: MAYBE_STRING,
            file: MAYBE_STRING,
            line: MAYBE_NUMBER,
            thread: { type: "integer" },
            cluster: { type: "integer" },
            stackOwner: nullable(record({ thread: MAYBE_NUMBER, cluster: { type: "integer" } })),
            calls: nullable({
                type: "array",
                items: record({
                    node: { type: "integer" },
                    call: { type: "string" },
                    pc: ADDRESS,
                    function: MAYBE_STRING,
                    file: MAYBE_STRING,
                    line: MAYBE_NUMBER,
                }),
            }),
        }),
    ),
    refused: {
        type: "array",
        items: record({
            call: { type: "string" },
            what: MAYBE_STRING,
            errno: { type: "string" },
            pid: { type: "integer" },
        }),
    },
});

const PLACE = record({
    what: { enum: ["freed", "used", "locked", "waits", "copied"] },
    function: MAYBE_STRING,
    file: MAYBE_STRING,
    line: MAYBE_NUMBER,
    hart: { type: "integer" },
    cycle: { type: "integer" },
});

const OPERATIONS: Readonly<Record<TrafficReport["operation"], string>> = {
    ifetch: "instructions fetched",
    load: "loads",
    store: "stores",
    amo: "atomic accesses (lr, sc, AMOs)",
    walk: "page table entries read by page walks",
};

const OPERATION_SCHEMAS = Object.entries(OPERATIONS).map(([operation, text]) =>
    record({
        source: { type: "integer" },
        mode: { enum: [...MODES], description: "U of the harts, or S and M" },
        home: MAYBE_NUMBER,
        kind: { enum: SEGMENTS },
        operation: { const: operation },
        count: figureSchema("accesses", text),
    }),
);
const TRAFFIC = { oneOf: OPERATION_SCHEMAS };

const PHASE_TEXTS: Readonly<Record<Phase, string>> = {
    trap: "from the trap until the kernel looks up the vseg",
    vsl: "lookup of the vseg in VSL(P,K), its registration and the check of rights",
    rpcOut: "requests to Z (a vseg's, an entry's), until they are in Z's FIFO",
    queue: "requests in Z's FIFO, until a server takes them",
    service: "the server at Z, without frame allocation and filling; the DSM protocol",
    frameAllocation: "allocation of the frame in its bank, requests for it included",
    fillOrCopy: "zeroing, filling from the file, copying of the page",
    gpt: "reading, marking and setting the entry in GPT(P,K), waiting for another fault on it",
    return: "the answers' way back from Z, and the way to user mode",
    telling: "records of the probe, in whatever phase they are made",
};

function cost(text: string): Record<string, object> {
    return {
        total: figureSchema("cycles", `${text}; all these faults`),
        mean: figureSchema("cycles per fault", `${text}; mean`),
    };
}

const COST_OF_FAULTS = {
    type: FAULT_TYPES,
    how: { enum: ["local", "throughZ", "spurious"] },
    cause: { enum: ["trap", "userCopy"] },
    count: figureSchema("faults", "resolved page faults of this kind"),
    ...cost("the whole fault; the phases sum to it"),
    phases: record(Object.fromEntries(PHASES.map((phase) => [phase, record(cost(PHASE_TEXTS[phase]))]))),
};
const FAULT_COST = record({
    ...COST_OF_FAULTS,
    median: figureSchema("cycles", "the whole fault; as many of these faults cost less as cost more"),
    p99: figureSchema("cycles", "the whole fault; the fewest cycles that 99 of 100 of these faults do not exceed"),
});

const COUNTS = { type: "array", items: { type: "integer", minimum: 0 } };
const TIMELINE = record({
    binCycles: { type: "integer", description: "cycles of each part of the run" },
    rows: {
        type: "array",
        items: record({
            cxy: { type: "integer", description: "cluster of the hart that told" },
            event: { enum: ["fault", "rpcServed", "dsm"] },
            what: { type: "string", description: "the vseg's type, the level of the RPC, or the count of DSM" },
            bins: { ...COUNTS, description: "parts of the run in which it happened" },
            counts: { ...COUNTS, description: "how often, for each of bins" },
        }),
    },
});

const SCALAR = { type: ["string", "number", "boolean", "null"] };
const EXPECTED = {
    type: "object",
    required: ["value", "found", "met"],
    minProperties: 4,
    maxProperties: 4,
    additionalProperties: false,
    properties: {
        value: { type: "string", description: "a JSON pointer into this document, with *" },
        is: SCALAR,
        ...Object.fromEntries(["min", "max", "sum"].map((test) => [test, { type: "number" }])),
        within: { type: "array", items: { type: "number" } },
        found: {
            description: "the values, or their sum; null where there is none",
            anyOf: [SCALAR, { type: "array", items: SCALAR }],
        },
        met: { type: "boolean" },
    },
};

const BALANCE = record({
    localFraction: figureSchema("1", "accesses to banks that went to the hart's own"),
    imbalance: figureSchema("1", "accesses of the busiest bank over the mean of all banks"),
    localData: nullable(figureSchema("1", "the same of loads, stores, atomics and walks")),
    localFetches: nullable(figureSchema("1", "the same of fetches")),
    userData: nullable(figureSchema("1", "the same of data, by U")),
    userFetches: nullable(figureSchema("1", "the same of fetches, by U")),
    kernelData: nullable(figureSchema("1", "the same of data, by S and M")),
    kernelFetches: nullable(figureSchema("1", "the same of fetches, by S and M")),
});

const REGION = record({
    program: { type: "string" },
    name: { type: "string", description: "as the program names it" },
    entered: figureSchema("times", "threads have entered it"),
    machine: record({
        instructions: figureSchema("instructions", "instructions retired by all harts while it was open"),
        cycles: figureSchema("cycles", "by which the furthest clock went on while it was open"),
    }),
    clusters: { type: "array", items: CLUSTER },
    traffic: nullable({ type: "array", items: TRAFFIC }),
    balance: nullable(BALANCE),
    faultCost: { type: "array", items: record(COST_OF_FAULTS) },
});

const NUMASTAT = record({
    node: { type: "integer" },
    ...Object.fromEntries(NUMASTAT_COLUMNS.map(([key, text]) => [key, figureSchema("frames", text)])),
});

function byNode(unit: string, text: string): object {
    return {
        type: "object",
        patternProperties: { "^N[0-9]+$": figureSchema(unit, text) },
        additionalProperties: false,
    };
}

const NUMA_MAP = record({
    program: { type: "string" },
    pid: { type: "integer" },
    address: ADDRESS,
    policy: { type: "string", pattern: "^(local|bind:[0-9]+|interleave:[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*)$" },
    type: FAULT_TYPES,
    mapped: figureSchema("pages", "frames of the vseg, all replicas together"),
    pages: byNode("pages", "frames in the bank of this cluster"),
    replicas: byNode("entries", "entries in the page table replica of this cluster"),
});

const SHARED_PAGE = record({
    program: { type: "string" },
    page: ADDRESS,
    requests: {
        type: "array",
        items: record({
            node: { type: "integer" },
            address: ADDRESS,
            bytes: figureSchema("bytes", "as asked of sm_malloc"),
            consistency: { enum: ["sequential", "release"] },
        }),
    },
    phases: figureSchema("phases", "between meetings, in which several nodes wrote disjoint words of the page"),
    truePhases: figureSchema("phases", "in which several nodes wrote the same word of the page"),
    readFaults: figureSchema("faults", "DSM read faults of the page in its phases of false sharing"),
    writeFaults: figureSchema("faults", "DSM write faults of the page in these phases"),
    invalidations: figureSchema("messages", "write_invalidate of the page in these phases"),
    revocations: figureSchema("messages", "write_permission_revoke of the page in these phases"),
    cycles: figureSchema("cycles", "that threads waited in these phases for faults on the page"),
    nodes: {
        type: "array",
        minItems: 2,
        items: record({
            node: { type: "integer" },
            bytes: figureSchema("bytes", "of the page, in words whose value the node changed"),
            ranges: {
                type: "array",
                minItems: 1,
                items: record({ from: { type: "integer" }, to: { type: "integer" } }),
            },
            lines: {
                type: "array",
                items: record({
                    function: MAYBE_STRING,
                    file: MAYBE_STRING,
                    line: MAYBE_NUMBER,
                    pc: ADDRESS,
                    times: figureSchema(
                        "times",
                        "the node wrote after this line had asked for the page; each phase counts",
                    ),
                }),
            },
        }),
    },
    advice: { type: "string" },
});

export const RUN_SCHEMA = {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Archipel run document",
    ...record({
        format: { const: "archipel-run/2" },
        exit: record({ code: { type: "integer" }, reason: { type: "string" }, message: { type: "string" } }),
        stateHash: { type: ["string", "null"], pattern: "^[0-9a-f]{64}$" },
        stateFormat: { enum: [STATE_FORMAT, null] },
        seed: { type: "integer" },
        engine: { enum: [...ENGINES] },
        jit: nullable(
            record({
                regions: figureSchema("regions", "regions of guest code that were compiled"),
                compiled: figureSchema("instructions", "guest instructions in them, once for each region"),
                instructions: figureSchema("instructions", "instructions that compiled code has retired"),
            }),
        ),
        config: { type: ["object", "null"] },
        machine: nullable(
            record({
                clusters: figureSchema("clusters", "clusters of the mesh"),
                harts: figureSchema("harts", "harts of the machine"),
                instructions: figureSchema("instructions", "instructions retired by all harts"),
                cycles: figureSchema("cycles", "furthest hart clock, idle and stalls included"),
            }),
        ),
        clusters: { type: "array", items: CLUSTER },
        programs: { type: "array", items: PROGRAM },
        traffic: nullable({ type: "array", items: TRAFFIC }),
        waits: nullable({
            type: "array",
            items: record({
                pid: MAYBE_NUMBER,
                thread: { type: "integer" },
                cluster: { type: "integer" },
                for: { type: "string" },
                function: MAYBE_STRING,
                file: MAYBE_STRING,
                line: MAYBE_NUMBER,
            }),
        }),
        audit: nullable(
            record({
                mode: {
                    type: "string",
                    pattern: `^(${AUDITS.join("|")})(,(${AUDITS.join("|")}))*$`,
                },
                checks: figureSchema(
                    "checks",
                    "kernel exits, ends of processes and of the run at which invariants were checked",
                ),
                violation: nullable(
                    record({
                        check: { enum: AUDITS },
                        invariant: { type: ["string", "null"] },
                        pid: MAYBE_NUMBER,
                        page: MAYBE_NUMBER,
                        clusters: nullable({ type: "array", items: { type: "integer" } }),
                        text: { type: "string" },
                        step: { type: "integer" },
                        hart: { type: "integer" },
                        cycle: { type: "integer" },
                        places: nullable({ type: "array", items: PLACE }),
                    }),
                ),
            }),
        ),
        stackAddresses: { enum: ["unique", "repeated", null] },
        balance: nullable(BALANCE),
        regions: nullable({ type: "array", items: REGION }),
        faultCost: nullable({ type: "array", items: FAULT_COST }),
        timing: nullable(timingSchema()),
        expect: nullable({ type: "array", items: EXPECTED }),
        timeline: nullable(TIMELINE),
        numastat: nullable({ type: "array", items: NUMASTAT }),
        numaMaps: nullable({ type: "array", items: NUMA_MAP }),
        falseSharing: nullable({ type: "array", items: SHARED_PAGE }),
        trueSharing: nullable(figureSchema("pages", "on which, within a phase, several nodes wrote the same word")),
    }),
};
