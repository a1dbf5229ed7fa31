/** The findings of an audit, with the place in the run and in memory to find each of them again. */

/** The names that --audit takes (interface.md 1). "all" stands for the last four. */
export const AUDITS = ["every", "end", "memory", "waits", "contents"] as const;
export type AuditName = (typeof AUDITS)[number];

/** True when the machine must be a watched one (emu/host/watch.ts). */
export function isWatched(asked: AuditName | readonly AuditName[] | undefined): boolean {
    return [asked ?? []].flat().some((name) => name === "memory" || name === "waits" || name === "contents");
}

/** A place of a violation (interface.md 4). */
export interface Place {
    readonly what: "freed" | "used" | "locked" | "waits" | "copied";
    readonly function: string | null;
    readonly file: string | null;
    readonly line: number | null;
    readonly hart: number;
    readonly cycle: number;
}

export interface Finding {
    readonly check: AuditName;
    /**
     * For `every` and `end`: I1 to I12, MRSW, or the number of a rule: "2.3" (home of a page), "5.9" (set of sharers), "7.4" (nothing is
     * left).
     */
    readonly invariant: string | null;
    readonly pid: number | null;
    /** The virtual page number. */
    readonly page: number | null;
    readonly clusters: readonly number[] | null;
    /** The difference found. */
    readonly text: string;
    /** The places where the violation came about, for `memory`, `waits` and `contents`. */
    readonly places: readonly Place[] | null;
}

export interface AuditViolation extends Finding {
    /** The number of kernel exits up to and with this one. */
    readonly step: number;
    readonly hart: number;
    readonly cycle: number;
}

/** The checks throw it, and findingOf catches it. */
export class Broken extends Error {
    readonly finding: Finding;

    constructor(finding: Finding) {
        super(`${finding.invariant ?? finding.check}: ${finding.text}`);
        this.finding = finding;
    }
}

/** The finding of a check that throws Broken; undefined when it does not. Other errors are thrown on. */
export function findingOf(check: () => void): Finding | undefined {
    try {
        check();
        return undefined;
    } catch (error) {
        if (!(error instanceof Broken)) throw error;
        return error.finding;
    }
}

/** A finding that is about no process, page or cluster. */
export function nowhere(check: AuditName): Omit<Finding, "text" | "places"> {
    return { check, invariant: null, pid: null, page: null, clusters: null };
}

/** Reports a broken invariant. The auditor decides which of `every` and `end` asked. */
export function broken(
    invariant: string,
    where: { pid?: number; page?: number; clusters?: readonly number[] },
    text: string,
): never {
    const { pid = null, page = null, clusters = [] } = where;
    const sorted = [...new Set(clusters)].sort((a, b) => a - b);
    throw new Broken({ check: "every", invariant, pid, page, clusters: sorted, text, places: null });
}

/** The index of the first byte in which two buffers of one length differ, or the length. */
export function firstDifference(a: Uint8Array, b: Uint8Array): number {
    let at = 0;
    while (at < a.length && a[at] === b[at]) at++;
    return at;
}

export function hex(value: number): string {
    return `0x${value.toString(16)}`;
}

/** One line. */
export function describeViolation(violation: AuditViolation): string {
    const { check, invariant, pid, page, clusters, text, step, hart, cycle } = violation;
    const parts = [
        `step ${step}`,
        `hart ${hart}`,
        `cycle ${cycle}`,
        ...(pid === null ? [] : [`process ${hex(pid)}`]),
        ...(page === null ? [] : [`page ${hex(page * 4096)}`]),
        ...(clusters === null || clusters.length === 0
            ? []
            : [`${clusters.length === 1 ? "cluster" : "clusters"} ${clusters.join(", ")}`]),
    ];
    return `audit: ${invariant === null ? check : `${invariant} is broken`} (${parts.join(", ")}): ${text}`;
}
