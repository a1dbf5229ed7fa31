/**
 * The table of pages that are falsely shared. Below it stand, for each page, the nodes that wrote, the words, the places of the stores, and
 * advice.
 */

import { DSM_METRICS } from "../metrics.ts";
import type { ByteRange, PageWriter, SharedPage, SharedRequest, SystemReport, WriterPlace } from "../report.ts";
import { type Column, grouped, type Look, renderTable } from "./table.ts";

/** The numbers of pages and places that are shown. --json has all of them. */
const MOST_PAGES = 10;
const MOST_NODES = 4;
const MOST_RANGES = 4;
const MOST_PLACES = 4;

/** Only for a report that has falseSharing. */
export function renderFalseSharing(
    { falseSharing, programs }: Pick<SystemReport, "falseSharing" | "programs">,
    look: Look,
): string[] {
    const { pages, trulyShared } = falseSharing ?? { pages: [], trulyShared: 0 };
    const title =
        "False sharing (pages that nodes wrote in disjoint words between two meetings, and what these phases cost)";
    const truly =
        trulyShared === 0 ? [] : [`  (${counted(trulyShared, "page")} truly shared: nodes wrote the same word)`];
    if (pages.length === 0) return [title, "  none", ...truly];
    const columns: Column<SharedPage>[] = [
        { title: "program", align: "left", cell: ({ program }) => programs[program]?.name ?? "" },
        { title: "page", align: "right", cell: ({ address }) => hexOf(address) },
        { title: "sm_malloc", align: "left", cell: ({ requests }) => requestsText(requests) },
        { title: "phases", align: "right", cell: ({ phases }) => grouped(phases) },
        ...DSM_METRICS.map(({ key, title: column }): Column<SharedPage> => {
            return { title: column, align: "right", cell: (page) => grouped(page[key]) };
        }),
        { title: "cycles\nwaited", align: "right", cell: ({ cycles }) => grouped(cycles) },
    ];
    const shown = pages.slice(0, MOST_PAGES);
    const more =
        pages.length > shown.length ? [`  (${counted(pages.length - shown.length, "more page")} in --json)`] : [];
    return [title, ...renderTable(columns, shown, { indent: 2, look }), ...more, ...truly, ...shown.flatMap(details)];
}

function details({ address, nodes, advice }: SharedPage): string[] {
    const more = nodes.length > MOST_NODES ? [`    and ${counted(nodes.length - MOST_NODES, "more node")}`] : [];
    const lines = nodes.slice(0, MOST_NODES).map((node) => `    ${writerText(node)}`);
    return [`  ${hexOf(address)}:`, ...lines, ...more, `    ${advice}`];
}

function writerText({ node, bytes, ranges, places }: PageWriter): string {
    const written = listed(ranges, MOST_RANGES, ({ from, to }: ByteRange) => `${from}-${to}`);
    const from = places.length === 0 ? "" : `, by ${listed(places, MOST_PLACES, placeText)}`;
    return `node ${node}: ${counted(bytes, "byte")} in ${written}${from}`;
}

/** `main (dot.ts:52)`, or `:53` in a list, when the function is that of the line before. */
function placeText(place: WriterPlace, i: number, all: readonly WriterPlace[]): string {
    const before = all[i - 1];
    if (place.file === null) return `${place.function ?? "pc"} ${hexOf(place.pc)}`;
    if (before?.file === place.file && before.function === place.function) return `:${place.line}`;
    return `${place.function?.split("/").at(-1) ?? ""} (${place.file.split("/").at(-1)}:${place.line})`;
}

function requestsText(requests: readonly SharedRequest[]): string {
    const [first] = requests;
    if (first === undefined) return "";
    const [nodes, bytes] = [
        new Set(requests.map(({ node }) => node)),
        requests.reduce((sum, each) => sum + each.bytes, 0),
    ];
    const who = nodes.size === 1 ? `node ${first.node}` : counted(nodes.size, "node");
    if (requests.length === 1) return `${hexOf(first.address)}, ${grouped(bytes)} bytes, ${who}`;
    return `${grouped(requests.length)} of ${grouped(bytes)} bytes, ${who}`;
}

function listed<T>(all: readonly T[], most: number, textOf: (each: T, i: number, all: readonly T[]) => string): string {
    const shown = all.slice(0, most).map(textOf).join(", ");
    return all.length > most ? `${shown} and ${grouped(all.length - most)} more` : shown;
}

function counted(count: number, noun: string): string {
    return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
}

function hexOf(address: number): string {
    return `0x${address.toString(16)}`;
}
