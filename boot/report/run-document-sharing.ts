/** The parts of --json that --false-sharing adds. */

import { figure, hex } from "./figure.ts";
import type { FalseSharingReport, PageWriter, ProgramReport, SharedPage } from "./report.ts";

export function sharedPageDocument(page: SharedPage, programs: readonly ProgramReport[]): object {
    return {
        program: programs[page.program]?.name ?? "",
        page: hex(BigInt(page.address)),
        requests: page.requests.map(({ node, address, bytes, release }) => ({
            node,
            address: hex(BigInt(address)),
            bytes: figure(bytes, "bytes", "as asked of sm_malloc"),
            consistency: release ? "release" : "sequential",
        })),
        phases: figure(
            page.phases,
            "phases",
            "between meetings, in which several nodes wrote disjoint words of the page",
        ),
        truePhases: figure(page.truePhases, "phases", "in which several nodes wrote the same word of the page"),
        readFaults: figure(page.readFaults, "faults", "DSM read faults of the page in its phases of false sharing"),
        writeFaults: figure(page.writeFaults, "faults", "DSM write faults of the page in these phases"),
        invalidations: figure(page.invalidations, "messages", "write_invalidate of the page in these phases"),
        revocations: figure(page.revocations, "messages", "write_permission_revoke of the page in these phases"),
        cycles: figure(page.cycles, "cycles", "that threads waited in these phases for faults on the page"),
        nodes: page.nodes.map(writerDocument),
        advice: page.advice,
    };
}

function writerDocument({ node, bytes, ranges, places }: PageWriter): object {
    return {
        node,
        bytes: figure(bytes, "bytes", "of the page, in words whose value the node changed"),
        ranges,
        lines: places.map(({ times, pc, ...place }) => ({
            ...place,
            pc: hex(BigInt(pc)),
            times: figure(times, "times", "the node wrote after this line had asked for the page; each phase counts"),
        })),
    };
}

export function trueSharingDocument({ trulyShared }: FalseSharingReport): object {
    return figure(trulyShared, "pages", "on which, within a phase, several nodes wrote the same word");
}
