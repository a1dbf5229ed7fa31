/** Schema of "programs": what the kernel launches once every cluster is up, in this order. */

const PROGRAM_SCHEMA = {
    type: "object",
    description: "One program.",
    rule: "an object with a path",
    examples: [{ path: "hello" }],
    additionalProperties: false,
    required: ["path"],
    properties: {
        path: {
            type: "string",
            description: "A name in userland/programs, or an ELF file relative to the config.",
            rule: "a program's name or an ELF file's path",
            examples: ["hello"],
            minLength: 1,
        },
        args: {
            type: "array",
            description: "Arguments after the program's name.",
            rule: "an array of strings",
            examples: [["-v", "100"]],
            items: { type: "string" },
            default: [],
        },
        cluster: {
            type: "integer",
            description: "Cluster (cxy) of the process, or of node 0; absent: the kernel picks the least loaded one.",
            unit: "cxy",
            rule: "a cluster of the mesh, counted from 0",
            examples: [0],
            minimum: 0,
        },
        nodes: {
            type: "integer",
            description:
                "Node processes of a program that uses sm_* (sm-dsm.md 1), spread over the clusters; 1 for others.",
            unit: "processes",
            rule: "an integer from 1 to 1024",
            examples: [4],
            minimum: 1,
            maximum: 1024,
            default: 1,
        },
        hosts: {
            type: "array",
            description: "Clusters of the nodes, round robin, each as often as it is named; none: all in order.",
            unit: "cxy",
            rule: "an array of clusters of the mesh, counted from 0",
            examples: [[0, 3]],
            items: { type: "integer", minimum: 0 },
            maxItems: 1024,
            default: [],
        },
        threads: {
            type: "integer",
            description: "Threads the program is asked to use; 0: its own default.",
            unit: "threads",
            rule: "an integer from 0 to 1024",
            examples: [4],
            minimum: 0,
            maximum: 1024,
            default: 0,
        },
    },
} as const;

export const PROGRAMS_SCHEMA = {
    type: "array",
    description: "Programs to launch, in order.",
    rule: "an array of at most 128 programs",
    maxItems: 128,
    examples: [[{ path: "hello" }]],
    items: PROGRAM_SCHEMA,
    default: [],
} as const;
