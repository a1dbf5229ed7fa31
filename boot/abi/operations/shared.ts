/** Words that several operations of ../operations.ts have in common. */

import type { SharedWords } from "./row.ts";

export const SHARED = {
    groupCall: {
        args: ["group"],
        results: [],
        text: "a group, by its local address at its home",
    },
    change: {
        args: ["pid"],
        results: ["answer"],
        text: "a change of the vsegs of a process, at Z; answer: negative with -errno",
    },
} as const satisfies Readonly<Record<string, SharedWords>>;
