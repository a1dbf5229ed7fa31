/** What the auditor found: one broken invariant, told so that its place in the run and in memory can be found again. */

export interface Finding {
    /** I1 to I12, MRSW, or the number of a rule: "2.3" (home of a page), "5.9" (set of sharers), "7.4" (nothing is left). */
    readonly invariant: string;
    readonly pid: number | null;
    /** Virtual page number. */
    readonly page: number | null;
    readonly clusters: readonly number[];
    /** The entries that differ. */
    readonly text: string;
}

export interface AuditViolation extends Finding {
    /** Kernel exits up to and with this one. */
    readonly step: number;
    readonly hart: number;
    readonly cycle: number;
}

/** Thrown by the checks, caught by the auditor. */
export class BrokenInvariant extends Error {
    readonly finding: Finding;

    constructor(finding: Finding) {
        super(`${finding.invariant}: ${finding.text}`);
        this.finding = finding;
    }
}

export function broken(
    invariant: string,
    where: { pid?: number; page?: number; clusters?: readonly number[] },
    text: string,
): never {
    const { pid = null, page = null, clusters = [] } = where;
    throw new BrokenInvariant({ invariant, pid, page, clusters: [...new Set(clusters)].sort((a, b) => a - b), text });
}

export function hex(value: number): string {
    return `0x${value.toString(16)}`;
}

/** One line. */
export function describeViolation(violation: AuditViolation): string {
    const { invariant, pid, page, clusters, text, step, hart, cycle } = violation;
    const parts = [
        `step ${step}`,
        `hart ${hart}`,
        `cycle ${cycle}`,
        ...(pid === null ? [] : [`process ${hex(pid)}`]),
        ...(page === null ? [] : [`page ${hex(page * 4096)}`]),
        ...(clusters.length === 0 ? [] : [`${clusters.length === 1 ? "cluster" : "clusters"} ${clusters.join(", ")}`]),
    ];
    return `audit: ${invariant} is broken (${parts.join(", ")}): ${text}`;
}
