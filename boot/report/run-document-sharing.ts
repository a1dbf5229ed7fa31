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
            bytes: figure(bytes, "bytes"),
            consistency: release ? "release" : "sequential",
        })),
        phases: figure(page.phases, "phases"),
        truePhases: figure(page.truePhases, "phases"),
        readFaults: figure(page.readFaults, "faults"),
        writeFaults: figure(page.writeFaults, "faults"),
        invalidations: figure(page.invalidations, "messages"),
        revocations: figure(page.revocations, "messages"),
        cycles: figure(page.cycles, "cycles"),
        nodes: page.nodes.map(writerDocument),
        advice: page.advice,
    };
}

function writerDocument({ node, bytes, ranges, places }: PageWriter): object {
    return {
        node,
        bytes: figure(bytes, "bytes"),
        ranges,
        lines: places.map(({ times, pc, ...place }) => ({
            ...place,
            pc: hex(BigInt(pc)),
            times: figure(times, "times"),
        })),
    };
}

export function trueSharingDocument({ trulyShared }: FalseSharingReport): object {
    return figure(trulyShared, "pages");
}
