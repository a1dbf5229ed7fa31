/** Who uses which bank in the cycles that the timeline shows: source x bank, banks over time, heat of banks and links on the mesh. */

import type { Picture } from "../../protocol.ts";
import { type BankUse, TRAFFIC_PARTS, type TrafficPart } from "../../questions.ts";
import { grouped, h, show, table } from "../dom.ts";
import { drawBanks, drawMatrix, drawOnMesh, prepare, remoteOf } from "../heat.ts";
import { type Panel, Patience, type Stage, type TilePlace } from "../stage.ts";

const PATIENCE_MS = 400;
const MOST_ROWS = 5;
const STRIP = { left: 26, most: 240, row: 12 };
/** Of the panel's width: its margins and a bar. */
const MARGIN = 36;

export class BanksPanel implements Panel {
    readonly name = "banks";
    readonly title = "Banks";
    readonly #facts = h("div");
    readonly #matrix = h("canvas", { role: "img", "aria-label": "Accesses by cluster (rows) and bank (columns)" });
    readonly #strip = h("canvas", {
        role: "img",
        "aria-label": "Accesses from other clusters, by bank, over the cycles",
    });
    readonly element: HTMLElement;
    readonly #stage: Stage;
    readonly #parts = new Set<TrafficPart>(["programs: data", "kernel: data"]);
    #use: BankUse | undefined;
    readonly #patience = new Patience(PATIENCE_MS);

    constructor(stage: Stage) {
        this.#stage = stage;
        const choices = TRAFFIC_PARTS.map((part) => {
            const box = h("input", {
                type: "checkbox",
                checked: this.#parts.has(part),
                onchange: () => this.#choose(part, box),
            });
            return h("label", {}, box, part);
        });
        const strip = h("h3", {}, "Banks over the cycles, from other clusters");
        const matrix = h("h3", {}, "Clusters (rows) and banks (columns); to the own bank grey");
        const body = h("div", { class: "scroll" }, this.#facts, strip, this.#strip, matrix, this.#matrix);
        this.element = h("div", {}, h("div", { class: "buttons" }, ...choices), body);
    }

    update({ furthest, busy, ended }: Picture): void {
        const { from, to } = this.#stage.window();
        const key = `${from} ${to} ${furthest} ${[...this.#parts]} ${ended?.end} ${this.element.clientWidth}`;
        if (!this.#patience.isOver(key, busy)) return;
        this.#stage.client.ask("bankUse", { from, to, parts: [...this.#parts] }).then(
            (use) => this.#show(use, key),
            () => {},
        );
    }

    overlay(context: CanvasRenderingContext2D, place: TilePlace): void {
        if (this.#use !== undefined) drawOnMesh(context, place, this.#use, this.#stage.facts.mesh);
    }

    #choose(part: TrafficPart, { checked }: HTMLInputElement): void {
        if (checked) this.#parts.add(part);
        else this.#parts.delete(part);
        if (this.#stage.picture !== undefined) this.update(this.#stage.picture);
    }

    #show(use: BankUse, key: string): void {
        this.#use = use;
        const { clusterCount } = this.#stage;
        const width = this.element.clientWidth - MARGIN;
        show(this.#facts, key, () => this.#shown(use));
        drawMatrix(this.#matrix, use.matrix, clusterCount, Math.min(width, 460));
        const height = Math.min(STRIP.most, STRIP.row * clusterCount);
        const context = prepare(this.#strip, width, height);
        const cycles = { from: use.clocks[0] ?? 0, to: use.clocks.at(-1) ?? 1 };
        if (context !== undefined && cycles.to > cycles.from) {
            drawBanks(context, use, clusterCount, cycles, { x: STRIP.left, y: 0, width: width - STRIP.left, height });
            context.fillStyle = getComputedStyle(this.#strip).color;
            const every = Math.max(1, Math.ceil((14 * clusterCount) / height));
            for (let bank = 0; bank < clusterCount; bank += every)
                context.fillText(String(bank), 2, (bank / clusterCount) * height + 10);
        }
        this.#stage.redraw();
    }

    #shown({ clocks, matrix }: BankUse): Node[] {
        const { clusterCount } = this.#stage;
        const sum = matrix.reduce((a, b) => a + b, 0);
        const banks = Array.from({ length: clusterCount }, (_, bank) => ({
            bank,
            remote: remoteOf(matrix, clusterCount, bank),
        }));
        const remote = banks.reduce((total, each) => total + each.remote, 0);
        const hottest = banks
            .sort((a, b) => b.remote - a.remote)
            .slice(0, MOST_ROWS)
            .filter((each) => each.remote > 0);
        const rows = hottest.map((each) => {
            const sources = Array.from(
                { length: clusterCount },
                (_, source) => matrix[source * clusterCount + each.bank] ?? 0,
            );
            sources[each.bank] = 0;
            const most = Math.max(...sources);
            return [
                `${each.bank}`,
                grouped(each.remote),
                share(each.remote, remote),
                `cluster ${sources.indexOf(most)}: ${grouped(most)}`,
            ];
        });
        const [first = 0, last = 0] = [clocks[0], clocks.at(-1)];
        const text = `Cycles ${grouped(first)} to ${grouped(last)}: ${grouped(sum)} accesses, ${share(sum - remote, sum)} to the own bank.`;
        return [
            h("p", {}, text),
            table(["bank", "from other clusters", "of all these", "most of them"], rows, "Hottest banks"),
        ];
    }
}

function share(part: number, whole: number): string {
    return whole === 0 ? "" : `${((100 * part) / whole).toFixed(1)}%`;
}
