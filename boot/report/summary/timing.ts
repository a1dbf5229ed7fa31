/** Where the cycles went with fidelity "timing": a bar a cluster, the busiest banks and links (docs/spec/timing.md 8.2). */
import {
    type LinkUse,
    MISS_KINDS,
    type ResourceUse,
    STALL_PARTS,
    type TimedHart,
    type TimingFigures,
} from "../../../emu/host/timing-figures.ts";
import { type Column, grouped, type Look, renderTable } from "./table.ts";

const BAR = 40;
const MOST_ROWS = 8;

/** The parts of a bar in their order, each with its letter. */
const SHARES: readonly { readonly letter: string; readonly name: string; of(hart: TimedHart): number }[] = [
    { letter: "#", name: "instructions", of: ({ instructions }) => instructions },
    { letter: "i", name: "misses of fetches", of: ({ stalls }) => total(stalls.l1i) },
    { letter: "d", name: "of data", of: ({ stalls }) => total(stalls.l1d) },
    { letter: "w", name: "of walks", of: ({ stalls }) => total(stalls.walk) },
    { letter: "v", name: "devices, pause, fence.i", of: ({ device, pause, fence }) => device + pause + fence },
];

function total(stalls: TimedHart["stalls"]["l1d"]): number {
    return STALL_PARTS.reduce((sum, part) => sum + stalls[part], 0);
}

interface Row {
    readonly name: string;
    readonly harts: readonly TimedHart[];
}

export function renderTiming(timing: TimingFigures, cycles: number, look: Look): string[] {
    const { harts, banks, links } = timing;
    const busiest = [...new Set(harts.map(({ cluster }) => cluster))]
        .map(
            (cluster): Row => ({ name: `cluster ${cluster}`, harts: harts.filter((hart) => hart.cluster === cluster) }),
        )
        .sort((a, b) => working(b) - working(a));
    const rows: Row[] = [{ name: "all", harts }, ...busiest.slice(0, MOST_ROWS)];
    const hidden = busiest.length - Math.min(busiest.length, MOST_ROWS);
    return [
        `Cycles an instruction, idle ones left out (${SHARES.map(({ letter, name }) => `${letter} ${name}`).join(", ")})`,
        ...renderTable(STACK_COLUMNS, rows, { indent: 2, look }),
        ...(hidden > 0 ? [`  (${hidden} more in --json)`] : []),
        "",
        "Busiest banks and links (share of all cycles taken, mean wait of their users in cycles)",
        ...banks
            .map(({ cluster, port, channel }) => ({ name: `bank ${cluster}`, port, channel }))
            .sort((a, b) => b.port.busy - a.port.busy)
            .slice(0, MOST_ROWS / 2)
            .map(({ name, port, channel }) => `  ${name}: port ${use(port, cycles)}, channel ${use(channel, cycles)}`),
        ...[...links]
            .sort((a, b) => b.busy - a.busy)
            .slice(0, MOST_ROWS / 2)
            .map((link) => `  ${linkName(link)}: ${use(link, cycles)}`),
        `  coherence: ${grouped(count(harts, "invalidations"))} copies invalidated, ${grouped(count(harts, "forwards"))} forwards, ` +
            `${grouped(count(harts, "upgrades"))} upgrades, ${grouped(count(harts, "inclusions"))} copies lost with their line in L2`,
    ];
}

function count(harts: readonly TimedHart[], name: keyof TimedHart["counts"]): number {
    return harts.reduce((sum, { counts }) => sum + counts[name], 0);
}

function working(row: Row): number {
    return share(row, ({ cycles, idle }) => cycles - idle);
}

function instructionsOf(row: Row): number {
    return share(row, ({ instructions }) => instructions);
}

function share(row: Row, of: (hart: TimedHart) => number): number {
    return row.harts.reduce((sum, hart) => sum + of(hart), 0);
}

const STACK_COLUMNS: readonly Column<Row>[] = [
    { title: "", align: "left", cell: ({ name }) => name },
    {
        title: "CPI",
        align: "right",
        cell: (row) => (instructionsOf(row) === 0 ? "-" : (working(row) / instructionsOf(row)).toFixed(2)),
    },
    {
        title: "where the cycles went",
        align: "left",
        cell: (row) => {
            const all = Math.max(1, working(row));
            let [drawn, passed] = ["", 0];
            for (const { letter, of } of SHARES) {
                passed += share(row, of);
                drawn += letter.repeat(Math.max(0, Math.round((BAR * passed) / all) - drawn.length));
            }
            return drawn;
        },
    },
    ...MISS_KINDS.map(
        (kind): Column<Row> => ({
            title: `${kind}\nMPKI`,
            align: "right",
            cell: (row) =>
                instructionsOf(row) === 0
                    ? "-"
                    : ((1000 * share(row, ({ misses }) => misses[kind])) / instructionsOf(row)).toFixed(2),
        }),
    ),
];

function use({ uses, busy, waited }: ResourceUse, cycles: number): string {
    if (uses === 0) return "not used";
    return `${((100 * busy) / Math.max(1, cycles)).toFixed(1)}%, ${(waited / uses).toFixed(1)}`;
}

function linkName({ network, cluster, direction }: LinkUse): string {
    return `link ${direction} of cluster ${cluster} (${network})`;
}
