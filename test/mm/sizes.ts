/** What test/mm/model.test.ts explores to the end; how many states that are is in docs/policy.md. */

import type { ModelOptions, Operation } from "./model.ts";

const MAPPING: readonly Operation[] = ["munmap", "mmap"];
const HEAP = ["heap", "heap"] as const;

function two(options: Partial<ModelOptions>): ModelOptions {
    return { threads: [0, 1], kinds: HEAP, operations: [], ...options };
}

/** Each cluster's thread does something else, and all fault. */
function three(roles: readonly (readonly Operation[])[], options: Partial<ModelOptions> = {}): ModelOptions {
    return { threads: [0, 1, 2], kinds: HEAP, operations: [], roles, ...options };
}

/** Seconds each. */
export const SMALL: readonly ModelOptions[] = [
    two({}),
    two({ operations: MAPPING }),
    two({ operations: MAPPING, longest: 2 }),
    two({ operations: ["protect"] }),
    two({ operations: ["fork"] }),
    two({ kinds: ["heap"], operations: [...MAPPING, "protect", "fork"] }),
    two({ kinds: ["heap"], operations: ["protect"], servers: 1 }),
    two({ kinds: ["heap", "stack"], operations: [...MAPPING, "protect", "life"] }),
    two({ kinds: ["data", "code"], operations: ["protect", "life"], detached: [1] }),
    two({ kinds: ["code", "stack"], operations: ["life"], detached: [1] }),
    two({ threads: [0, 1, 1], kinds: ["stack"], operations: ["life"] }),
    two({ threads: [0, 1, 1], kinds: ["heap"], operations: MAPPING }),
    three([[], [], []]),
    three([MAPPING, MAPPING, MAPPING], { kinds: ["heap"] }),
];

/** Minutes each. */
export const LARGE: readonly ModelOptions[] = [
    two({ operations: [...MAPPING, "protect", "fork"] }),
    three([MAPPING, [], []]),
    three([MAPPING, ["protect"], ["fork"]], { kinds: ["heap"] }),
    three([[], ["protect"], []]),
    three([[], ["fork"], []]),
    three([MAPPING, ["life"], ["life"]], { kinds: ["heap", "stack"] }),
    three([["fork"], ["protect"], ["life"]], { kinds: ["data", "stack"] }),
    three([["protect"], ["fork"], []], { kinds: ["data", "code"], detached: [2] }),
];

export function sizeName({ threads, kinds, operations, roles, longest, detached, servers }: ModelOptions): string {
    const does =
        roles?.map((each) => each.join(" and ") || "faults").join(" | ") ?? (operations.join(", ") || "faults");
    const attach = detached === undefined ? "" : `, attach of ${detached.join()}`;
    const ranges = longest === undefined ? "" : `, ranges of ${longest}`;
    const few = servers === undefined ? "" : `, ${servers} server`;
    return `threads in ${threads.join()}, ${kinds.join(" + ")}: ${does}${attach}${ranges}${few}`;
}
