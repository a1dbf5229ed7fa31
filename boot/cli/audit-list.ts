/** The LIST of --audit (interface.md 1). */

import { CommandError } from "../report/exit-codes.ts";
import { AUDITS, type AuditName } from "../report/violation.ts";

const HELP: Readonly<Record<AuditName, string>> = {
    every: "the memory policy's invariants at every kernel exit",
    end: "these once a process and at the end",
    memory: "the kernel's uses of its frames and objects",
    waits: "the order of its locks and waits",
    contents: "what pages hold when they are published",
};
const ALL: readonly AuditName[] = ["every", "memory", "waits", "contents"];

/** Each name once, in the order of AUDITS; `all` is every, memory, waits and contents. */
export function auditList(text: string): readonly AuditName[] {
    const asked = new Set<AuditName>();
    for (const name of text.split(",")) {
        const known = AUDITS.find((each) => each === name);
        if (known !== undefined) asked.add(known);
        else if (name === "all") for (const each of ALL) asked.add(each);
        else throw new CommandError("usage", `--audit: ${JSON.stringify(name)} is none of ${AUDITS.join(", ")}, all`);
    }
    return AUDITS.filter((name) => asked.has(name));
}

export function auditHelp(): string {
    return [...AUDITS.map((name) => `${name} (${HELP[name]})`), `all (${ALL.join(", ")})`].join(", ");
}
