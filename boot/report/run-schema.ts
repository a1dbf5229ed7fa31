/**
 * The shape of --json (interface.md 4) as a schema: no key beyond these, none missing. docs/spec/run.schema.json is the same as a file (npm
 * run generate).
 */

import { ENGINES } from "../../emu/host/machine-options.ts";
import { STATE_FORMAT } from "../../emu/host/state-hash.ts";
import { CLUSTER_METRICS, DSM_METRICS, type Metric } from "./metrics.ts";
import { PHASES, SEGMENTS, VSEG_TYPES } from "./report.ts";
import { timingSchema } from "./run-document-timing.ts";
import { AUDITS } from "./violation.ts";

const FIGURE = {
    type: "object",
    required: ["value", "unit", "description"],
    additionalProperties: false,
    properties: { value: { type: "number" }, unit: { type: "string" }, description: { type: "string" } },
};
const MAYBE_FIGURE = { anyOf: [FIGURE, { type: "null" }] };
const MAYBE_NUMBER = { type: ["integer", "null"] };
const MAYBE_STRING = { type: ["string", "null"] };
const ADDRESS = { type: "string", pattern: "^0x[0-9a-f]{16}$" };

/** An object with exactly these keys. */
function record(properties: Readonly<Record<string, object>>): object {
    return { type: "object", required: Object.keys(properties), additionalProperties: false, properties };
}

function nullable(schema: object): object {
    return { anyOf: [schema, { type: "null" }] };
}

const FAULT_TYPES = { enum: VSEG_TYPES };
const DSM = record(Object.fromEntries(DSM_METRICS.map(({ key }) => [key, FIGURE])));

/** An object of the metrics, each at its path from `depth` on. */
function metricsSchema(metrics: readonly Metric[], depth = 0): Record<string, object> {
    const names = [...new Set(metrics.map(({ path }) => path[depth] as string))];
    return Object.fromEntries(
        names.map((name) => {
            const inside = metrics.filter(({ path }) => path[depth] === name);
            const [first] = inside as [Metric];
            if (first.path.length > depth + 1) return [name, record(metricsSchema(inside, depth + 1))];
            return [name, first.used === undefined ? FIGURE : MAYBE_FIGURE];
        }),
    );
}

const CLUSTER = record({ cxy: { type: "integer" }, ...metricsSchema(CLUSTER_METRICS) });

const PROGRAM = record({
    name: { type: "string" },
    pid: MAYBE_NUMBER,
    cluster: MAYBE_NUMBER,
    nodes: FIGURE,
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

const TRAFFIC = record({
    source: { type: "integer" },
    home: MAYBE_NUMBER,
    kind: {
        enum: SEGMENTS,
    },
    operation: { enum: ["ifetch", "load", "store", "amo", "walk"] },
    count: FIGURE,
});

const COST = { total: FIGURE, mean: FIGURE };
const FAULT_COST = record({
    type: FAULT_TYPES,
    how: { enum: ["local", "throughZ", "spurious"] },
    cause: { enum: ["trap", "userCopy"] },
    count: FIGURE,
    ...COST,
    phases: record(Object.fromEntries(PHASES.map((phase) => [phase, record(COST)]))),
});

const NUMASTAT = record({
    node: { type: "integer" },
    numa_hit: FIGURE,
    numa_miss: FIGURE,
    numa_foreign: FIGURE,
    interleave_hit: FIGURE,
    local_node: FIGURE,
    other_node: FIGURE,
});
const BY_NODE = { type: "object", patternProperties: { "^N[0-9]+$": FIGURE }, additionalProperties: false };
const NUMA_MAP = record({
    program: { type: "string" },
    pid: { type: "integer" },
    address: ADDRESS,
    policy: { type: "string", pattern: "^(local|bind:[0-9]+|interleave:[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*)$" },
    type: FAULT_TYPES,
    mapped: FIGURE,
    pages: BY_NODE,
    replicas: BY_NODE,
});

const SHARED_PAGE = record({
    program: { type: "string" },
    page: ADDRESS,
    requests: {
        type: "array",
        items: record({
            node: { type: "integer" },
            address: ADDRESS,
            bytes: FIGURE,
            consistency: { enum: ["sequential", "release"] },
        }),
    },
    phases: FIGURE,
    truePhases: FIGURE,
    readFaults: FIGURE,
    writeFaults: FIGURE,
    invalidations: FIGURE,
    revocations: FIGURE,
    cycles: FIGURE,
    nodes: {
        type: "array",
        minItems: 2,
        items: record({
            node: { type: "integer" },
            bytes: FIGURE,
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
                    times: FIGURE,
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
        format: { const: "archipel-run/1" },
        exit: record({ code: { type: "integer" }, reason: { type: "string" }, message: { type: "string" } }),
        stateHash: { type: ["string", "null"], pattern: "^[0-9a-f]{64}$" },
        stateFormat: { enum: [STATE_FORMAT, null] },
        seed: { type: "integer" },
        engine: { enum: [...ENGINES] },
        jit: nullable(record({ regions: FIGURE, compiled: FIGURE, instructions: FIGURE })),
        config: { type: ["object", "null"] },
        machine: nullable(record({ clusters: FIGURE, harts: FIGURE, instructions: FIGURE, cycles: FIGURE })),
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
                checks: FIGURE,
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
        balance: nullable(record({ localFraction: FIGURE, imbalance: FIGURE })),
        faultCost: nullable({ type: "array", items: FAULT_COST }),
        timing: nullable(timingSchema(record, FIGURE)),
        numastat: nullable({ type: "array", items: NUMASTAT }),
        numaMaps: nullable({ type: "array", items: NUMA_MAP }),
        falseSharing: nullable({ type: "array", items: SHARED_PAGE }),
        trueSharing: MAYBE_FIGURE,
    }),
};
