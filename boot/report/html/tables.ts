/** What a report shows as tables: programs, numastat, numa_maps. */

import { DSM_METRICS } from "../metrics.ts";
import { NUMASTAT_COLUMNS } from "../run-document-numa.ts";
import type { Plot } from "./plot.ts";
import type { NumaMapFile, ProgramFile, RunFile } from "./run-file.ts";

const LAST_CHARACTERS = 2000;

export function programPlot({ programs }: RunFile): Plot[] {
    if (programs.length === 0) return [];
    return [
        {
            id: "programs",
            title: "Programs",
            text: "Exit, DSM events, what was refused, and the end of what each wrote.",
            wide: true,
            table: {
                columns: [
                    { name: "program" },
                    { name: "pid" },
                    { name: "cluster" },
                    { name: "nodes" },
                    { name: "exit" },
                    ...DSM_METRICS.map(({ title }) => ({ name: title })),
                    { name: "fault" },
                    { name: "refused" },
                    { name: "output" },
                ],
                rows: programs.map((program) => [
                    program.name,
                    program.pid === null ? null : `0x${program.pid.toString(16)}`,
                    program.cluster,
                    program.nodes.value,
                    exitOf(program),
                    ...DSM_METRICS.map(({ key }) => program.dsm?.[key].value ?? null),
                    faultOf(program),
                    program.refused
                        .map(({ call, what, errno }) => `${what === null ? call : `${call}: ${what}`}: ${errno}`)
                        .join("\n"),
                    endOf(program.output),
                ]),
            },
        },
    ];
}

/** "0", "SIGSEGV", "not started" or "not ended". */
export function exitOf({ exit, pid }: ProgramFile): string {
    if (exit.signal !== null) return exit.signal;
    if (exit.code !== null) return String(exit.code);
    return pid === null ? "not started" : "not ended";
}

function faultOf({ fault }: ProgramFile): string | null {
    if (fault === null) return null;
    const place = fault.file === null ? "" : ` (${fault.file}:${fault.line ?? "?"})`;
    return `${fault.function ?? "?"}${place}`;
}

function endOf(output: string): string {
    const text = output.replace(/\n$/, "");
    return text.length <= LAST_CHARACTERS ? text : `…${text.slice(-LAST_CHARACTERS)}`;
}

export function numaPlots({ numastat, numaMaps }: RunFile): Plot[] {
    const stat: Plot = {
        id: "numastat",
        title: "numastat",
        text: "Frames given to pages of vsegs, a row a bank, with Linux's names.",
        table: {
            columns: [{ name: "node" }, ...NUMASTAT_COLUMNS.map(([name]) => ({ name, unit: "frames" }))],
            rows: (numastat ?? []).map((row) => [row.node, ...NUMASTAT_COLUMNS.map(([key]) => row[key].value)]),
        },
    };
    const maps: Plot = {
        id: "numa-maps",
        title: "numa_maps",
        text: "Vsegs of ended processes that had a page, as they left them: frames by bank, entries by replica of the page table.",
        wide: true,
        table: {
            columns: [
                ...["program", "pid", "address", "policy", "type"].map((name) => ({ name })),
                { name: "mapped", unit: "pages" },
                { name: "pages by bank" },
                { name: "entries by replica" },
            ],
            rows: (numaMaps ?? []).filter(({ mapped }) => mapped.value > 0).map(mapCells),
        },
    };
    return [stat, maps].filter(({ table }) => table.rows.length > 0);
}

function mapCells({ program, pid, address, policy, type, mapped, pages, replicas }: NumaMapFile) {
    const nodes = (counts: NumaMapFile["pages"]) =>
        Object.entries(counts)
            .map(([node, { value }]) => `${node}=${value}`)
            .join(" ");
    const short = address.replace(/^0x0*(?=[0-9a-f]{8})/, "0x");
    return [program, `0x${pid.toString(16)}`, short, policy, type, mapped.value, nodes(pages), nodes(replicas)];
}
