/** Where cycles went under fidelity timing: a stack of cycles per instruction for each cluster, idle time apart. */

import { scaleLinear } from "d3-scale";
import { STACK_COLOURS } from "../colours.ts";
import { exact, percent, short } from "./numbers.ts";
import type { Plot } from "./plot.ts";
import type { StackFile, TimingFile } from "./run-file.ts";
import { hint, legend, lineFrom, type Picture, rectangle, textAt, ticks } from "./svg.ts";

type Part = keyof typeof STACK_COLOURS;

/** Data misses are parted by where they waited; those of fetches and page walks are told as wholes. */
const PARTS: Readonly<Record<Part, { readonly name: string; of(stack: StackFile): number }>> = {
    instructions: { name: "instructions", of: ({ instructions }) => instructions.value },
    fetches: { name: "misses of fetches", of: ({ l1i }) => sumOf(l1i) },
    walks: { name: "misses of page walks", of: ({ walk }) => sumOf(walk) },
    mesh: { name: "data: mesh", of: ({ l1d }) => l1d.hops.value + l1d.links.value },
    l2: { name: "data: L2", of: ({ l1d }) => l1d.port.value + l1d.l2.value },
    memory: { name: "data: memory", of: ({ l1d }) => l1d.channel.value + l1d.memory.value },
    coherence: {
        name: "data: coherence",
        of: ({ l1d }) => l1d.directory.value + l1d.forward.value + l1d.invalidation.value,
    },
    devices: { name: "devices", of: ({ device }) => device.value },
    pauses: { name: "pause", of: ({ pause }) => pause.value },
    fences: { name: "fence.i", of: ({ fence }) => fence.value },
};
export const STACK_PARTS = Object.keys(PARTS) as readonly Part[];

function sumOf(parts: Readonly<Record<string, { readonly value: number }>>): number {
    return Object.values(parts).reduce((sum, { value }) => sum + value, 0);
}

/** Cycles of the part. */
export function partOf(stack: StackFile, part: Part): number {
    return PARTS[part].of(stack);
}

export function partName(part: Part): string {
    return PARTS[part].name;
}

interface Row {
    readonly name: string;
    readonly stack: StackFile;
}

export function cycleStackPlots(timing: TimingFile | null): Plot[] {
    if (timing === null) return [];
    const { all, clusters } = timing.cpiStack;
    const rows: Row[] = [
        { name: "all", stack: all },
        ...clusters.map((stack) => ({ name: String(stack.cxy), stack })),
    ].filter(({ stack }) => stack.instructions.value > 0);
    if (rows.length === 0) return [];
    const idle = percent(all.idle.value / Math.max(1, all.cycles.value));
    const text = `Cycles per instruction of each cluster's harts, parted by where they went. Idle time is left out: it is ${idle} of all cycles.`;
    return [
        {
            id: "cycle-stacks",
            title: "Where cycles went",
            text,
            wide: rows.length > 33,
            picture: picture(rows),
            table: {
                columns: [
                    { name: "cluster" },
                    { name: "cycles", unit: "cycles" },
                    ...STACK_PARTS.map((part) => ({ name: partName(part), unit: "cycles" })),
                    { name: "idle", unit: "cycles" },
                ],
                rows: rows.map(({ name, stack }) => [
                    name,
                    stack.cycles.value,
                    ...STACK_PARTS.map((part) => partOf(stack, part)),
                    stack.idle.value,
                ]),
            },
        },
    ];
}

const LEFT = 40;
const TOP = 18;
const HEIGHT = 230;

function picture(rows: readonly Row[]): Picture {
    const step = Math.max(4, Math.min(34, 560 / rows.length));
    const gap = step > 8 ? step * 0.22 : 0.8;
    const width = Math.max(LEFT + rows.length * step + 16, 420);
    const busy = ({ stack }: Row) => STACK_PARTS.reduce((sum, part) => sum + partOf(stack, part), 0);
    const most = Math.max(...rows.map((row) => busy(row) / row.stack.instructions.value));
    const y = scaleLinear()
        .domain([0, most])
        .range([TOP + HEIGHT, TOP]);
    const grid = ticks(most, 6).map(
        (tick) =>
            lineFrom(LEFT, y(tick), LEFT + rows.length * step + 8, y(tick)) +
            textAt(LEFT - 5, y(tick) + 4, short(tick), { class: "soft", anchor: "end" }),
    );
    // The first stack, of all clusters, stands apart.
    const place = (i: number) => LEFT + 4 + i * step + (i === 0 ? 0 : 8);
    const every = Math.max(1, 2 ** Math.ceil(Math.log2(20 / step)));
    const stacks = rows.map((row, i) => {
        let sum = 0;
        const parts = STACK_PARTS.map((part) => {
            const share = partOf(row.stack, part) / row.stack.instructions.value;
            const [low, high] = [y(sum), y(sum + share)];
            sum += share;
            if (low - high < 0.05) return "";
            const text = `${i === 0 ? "all clusters" : `cluster ${row.name}`}: ${partName(part)} ${exact(share)} cycles per instruction`;
            return rectangle(place(i), high, step - gap, low - high, { fill: STACK_COLOURS[part] }, hint(text));
        });
        const labelled = i === 0 || (i - 1) % every === 0;
        const [middle, bottom] = [place(i) + (step - gap) / 2, TOP + HEIGHT + 14];
        return parts.join("") + (labelled ? textAt(middle, bottom, row.name, { class: "soft", anchor: "middle" }) : "");
    });
    const used = STACK_PARTS.filter((part) => rows.some(({ stack }) => partOf(stack, part) > 0));
    const keys = used.map((part) => ({ name: partName(part), colour: STACK_COLOURS[part] }));
    const keyed = legend(keys, LEFT, TOP + HEIGHT + 36, width - LEFT);
    const titles =
        textAt(4, 10, "cycles per instruction", { class: "soft" }) +
        textAt(LEFT + (rows.length * step) / 2, TOP + HEIGHT + 28, "cluster", { class: "soft", anchor: "middle" });
    const body = [...grid, ...stacks, titles, keyed.body].join("");
    return { width, height: TOP + HEIGHT + 38 + keyed.height, body };
}
