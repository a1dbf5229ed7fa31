/** The report on false sharing, made from the findings of false-sharing.ts: pages by cost, the lines of their stores, and advice. */

import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import type {
    FalseSharingReport,
    PageWriter,
    SharedPage,
    SharedRequest,
    SourcePlace,
    WriterPlace,
} from "../report/report.ts";
import type { PageWrites, Writer } from "./page-writes.ts";

/** Finds the place of a pc of a program. */
export type Locate = (program: number, pc: number) => SourcePlace;

/** `shared` holds the pages by program and page address. */
export function sharingReport(
    shared: ReadonlyMap<number, ReadonlyMap<number, PageWrites>>,
    locate: Locate,
): FalseSharingReport {
    const all = [...shared].flatMap(([program, pages]) =>
        [...pages].map(([page, writes]) => ({ program, page, writes })),
    );
    const pages = all
        .filter(({ writes }) => writes.falsePhases > 0)
        .map(({ program, page, writes }) => pageReport(program, page, writes, (pc) => locate(program, pc)))
        .sort((a, b) => b.cycles - a.cycles || a.program - b.program || a.address - b.address);
    return { pages, trulyShared: all.filter(({ writes }) => writes.truePhases > 0).length };
}

function pageReport(
    program: number,
    address: number,
    { falsePhases, truePhases, counts, cycles, writers, requests }: PageWrites,
    locate: (pc: number) => SourcePlace,
): SharedPage {
    const nodes = [...writers]
        .sort(([a], [b]) => a - b)
        .map(([node, writer]): PageWriter => {
            const others = [...writers].filter(([other]) => other !== node).map(([, { words }]) => words);
            const { words } = writer;
            return { node, bytes: words.bytes(), ranges: words.ranges(others), places: placesOf(writer, locate) };
        });
    const advice = adviceFor(address, nodes, requests);
    return { program, address, requests, phases: falsePhases, truePhases, ...counts, cycles, nodes, advice };
}

/** Pcs of one line are one place. The most frequent place comes first. */
function placesOf({ places }: Writer, locate: (pc: number) => SourcePlace): PageWriter["places"] {
    const byLine = new Map<string, WriterPlace>();
    for (const [pc, times] of [...places].sort(([a], [b]) => a - b)) {
        const place = locate(pc);
        const key = place.line === null ? String(pc) : JSON.stringify(place);
        const before = byLine.get(key) ?? { ...place, pc, times: 0 };
        byLine.set(key, { ...before, times: before.times + times });
    }
    return [...byLine.values()].sort((a, b) => b.times - a.times || a.pc - b.pc);
}

/** One line of advice that would keep the nodes apart, with the figures of this page. */
function adviceFor(page: number, nodes: readonly PageWriter[], requests: readonly SharedRequest[]): string {
    const released = requests.length > 0 && requests.every(({ release }) => release);
    const instead = released ? "" : ", or allocate it with release consistency";
    const writersOf = ({ address, bytes }: SharedRequest) =>
        nodes.filter(({ ranges }) => {
            const [first, end] = [address - page, address - page + bytes];
            return ranges.some(({ from, to }) => from < end && to >= first);
        });
    if (requests.length > 1 && requests.every((request) => writersOf(request).length < 2)) {
        return `make each sm_malloc a multiple of ${PAGE_SIZE} bytes (here ${requests.length} requests on one page)${instead}`;
    }
    const ranges = nodes.reduce((sum, node) => sum + node.ranges.length, 0);
    if (ranges > nodes.length) {
        return `let each node write whole pages (here ${nodes.length} nodes write ${ranges} ranges by turns)${instead}`;
    }
    const sizes = nodes.map(({ ranges: [range] }) => (range === undefined ? 0 : range.to - range.from + 1));
    const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
    const size = least === most ? `${most}` : `${least} to ${most}`;
    const here = `here ${nodes.length} parts of ${size} bytes: align to ${PAGE_SIZE} bytes`;
    return `give each part its own pages (${here})${instead}`;
}
