/** How far banks and links are taken (fidelity timing), on the mesh. */

import { HEAT } from "../colours.ts";
import { heatKey, heatScale, opacityOf } from "./heat.ts";
import { exact, percent } from "./numbers.ts";
import type { Plot } from "./plot.ts";
import { type LinkFile, meshOf, type RunFile, type TimingFile, type UseFile } from "./run-file.ts";
import { element, hint, type Picture, rectangle, textAt } from "./svg.ts";

export function usePlots(run: RunFile): Plot[] {
    const { timing } = run;
    if (timing === null || timing.banks.length === 0) return [];
    return [bankPlot(timing), linkPlot(run, timing)].map(({ picture, ...plot }) => ({
        ...plot,
        picture: picture(run),
    }));
}

type Drawn = Omit<Plot, "picture"> & { picture(run: RunFile): Picture };
const USE_COLUMNS = [
    { name: "uses", unit: "uses" },
    { name: "utilisation", unit: "1" },
    { name: "mean wait", unit: "cycles" },
    { name: "longest wait", unit: "cycles" },
];

function useCells({ uses, utilisation, meanWait, longestWait }: UseFile): (number | null)[] {
    return [uses.value, utilisation.value, meanWait?.value ?? null, longestWait.value];
}

function useText({ uses, utilisation, meanWait, longestWait }: UseFile): string {
    const wait =
        meanWait === null
            ? ""
            : `, waits of ${exact(meanWait.value)} cycles in the mean, ${exact(longestWait.value)} at most`;
    return `${percent(utilisation.value)} of all cycles, ${exact(uses.value)} uses${wait}`;
}

function bankPlot({ banks }: TimingFile): Drawn {
    return {
        id: "bank-use",
        title: "How busy banks are",
        text: "Share of all cycles in which the memory channel of a bank was taken (strong: more, logarithmic); the number is in percent.",
        picture: (run) => bankPicture(run, banks),
        table: {
            columns: [{ name: "cluster" }, { name: "what" }, ...USE_COLUMNS],
            rows: banks.flatMap(({ cxy, port, channel }) => [
                [cxy, "port", ...useCells(port)],
                [cxy, "channel", ...useCells(channel)],
            ]),
        },
    };
}

function cellSize(columns: number): number {
    return Math.max(10, Math.min(72, Math.floor(480 / columns)));
}

function bankPicture(run: RunFile, banks: TimingFile["banks"]): Picture {
    const { columns, rows } = meshOf(run);
    const size = cellSize(columns);
    const shares = banks.map(({ channel }) => 100 * channel.utilisation.value);
    const scale = heatScale(shares);
    const cells = banks.map(({ cxy, port, channel }, i) => {
        const [x, y] = [4 + (cxy % columns) * size, 4 + Math.floor(cxy / columns) * size];
        const share = shares[i] ?? 0;
        const text = hint(`bank ${cxy}: channel ${useText(channel)}; port of L2 ${useText(port)}`);
        const heat = rectangle(x, y, size - 2, size - 2, { fill: HEAT, "fill-opacity": opacityOf(scale.step(share)) });
        const label = share === 0 ? "0" : String(Number(share.toPrecision(2)));
        const words = size < 30 ? "" : textAt(x + size / 2 - 1, y + size / 2 + 3, label, { anchor: "middle" });
        const name = size < 44 ? "" : textAt(x + 5, y + 13, String(cxy), { class: "soft" });
        return element("g", {}, text + rectangle(x, y, size - 2, size - 2, { class: "frame" }) + heat + words + name);
    });
    const key = heatKey(scale, "% of cycles", 4, rows * size + 12);
    const width = Math.max(columns * size + 8, key.width + 8);
    return { width, height: rows * size + 18 + key.height, body: cells.join("") + key.body };
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
    east: [1, 0],
    west: [-1, 0],
    south: [0, 1],
    north: [0, -1],
};

function linkPlot(_run: RunFile, { links }: TimingFile): Drawn {
    return {
        id: "link-use",
        title: "How busy links are",
        text: "Share of all cycles in which a link of the mesh was taken, the busier of its two networks (requests, data). Of two lines between neighbours the upper leads east and the left one south.",
        picture: (shown) => linkPicture(shown, links),
        table: {
            columns: [{ name: "network" }, { name: "cluster" }, { name: "direction" }, ...USE_COLUMNS],
            rows: links.map((link) => [link.network, link.cxy, link.direction, ...useCells(link)]),
        },
    };
}

/** The busier of the networks, for each link between routers that a message took. */
function busiest(links: readonly LinkFile[]): LinkFile[] {
    const found = new Map<string, LinkFile>();
    for (const link of links) {
        if (STEPS[link.direction] === undefined) continue;
        const key = `${link.cxy} ${link.direction}`;
        const other = found.get(key);
        if (other === undefined || other.utilisation.value < link.utilisation.value) found.set(key, link);
    }
    return [...found.values()];
}

function linkPicture(run: RunFile, links: readonly LinkFile[]): Picture {
    const { columns, rows } = meshOf(run);
    const size = cellSize(columns);
    const node = Math.max(4, size * 0.42);
    const thick = Math.max(2, Math.min(7, size * 0.12));
    const shown = busiest(links);
    const scale = heatScale(shown.map(({ utilisation }) => 100 * utilisation.value));
    const centre = (cxy: number) =>
        [8 + ((cxy % columns) + 0.5) * size, 8 + (Math.floor(cxy / columns) + 0.5) * size] as const;
    const lines = shown.map((link) => {
        const [dx, dy] = STEPS[link.direction] ?? [0, 0];
        const [x, y] = centre(link.cxy);
        const long = size - node;
        // East runs above west, south to the left of north.
        const side = dx > 0 || dy < 0 ? -thick - 0.5 : 0.5;
        const left = dx === 0 ? x - (dy < 0 ? -0.5 : thick + 0.5) : x + (dx > 0 ? node / 2 : -node / 2 - long);
        const top = dx === 0 ? y + (dy > 0 ? node / 2 : -node / 2 - long) : y + side;
        const [width, height] = dx === 0 ? [thick, long] : [long, thick];
        const opacity = opacityOf(scale.step(100 * link.utilisation.value));
        const text = hint(`link of cluster ${link.cxy} ${link.direction} (${link.network}): ${useText(link)}`);
        const back = rectangle(left, top, width, height, { class: "empty" });
        return element(
            "g",
            {},
            text + back + rectangle(left, top, width, height, { fill: HEAT, "fill-opacity": opacity }),
        );
    });
    const nodes = run.clusters.map(({ cxy }) => {
        const [x, y] = centre(cxy);
        const box = rectangle(x - node / 2, y - node / 2, node, node, { class: "frame", rx: 2 });
        return box + (node < 17 ? "" : textAt(x, y + 4, String(cxy), { class: "soft", anchor: "middle" }));
    });
    const key = heatKey(scale, "% of cycles", 4, rows * size + 20);
    const width = Math.max(columns * size + 16, key.width + 8);
    return { width, height: rows * size + 26 + key.height, body: lines.join("") + nodes.join("") + key.body };
}
