/** The run from its begin to the furthest known cycle: how densely events lie, where the run stands, and the moments that it can go back to. */

import type { EventName } from "../../boot/abi/events.ts";
import type { Picture } from "../protocol.ts";
import type { Density } from "../questions.ts";
import { themed } from "./colours.ts";
import { grouped, h } from "./dom.ts";
import type { Cycles } from "./heat.ts";
import type { Stage } from "./stage.ts";

/** What has a row, with its name and its colour. */
const ROWS: readonly { readonly name: string; readonly events: readonly EventName[]; readonly colour: string }[] = [
    { name: "processes", events: ["process", "exit", "killed", "thread"], colour: "#0072b2" },
    { name: "page faults", events: ["faultBegin"], colour: "#d55e00" },
    { name: "requests", events: ["rpcSent"], colour: "#009e73" },
    { name: "frames", events: ["frame"], colour: "#e69f00" },
    { name: "DSM", events: ["dsm"], colour: "#cc5aa0" },
];
const ROW = 16;
const TOP = 4;
const NAMES = 84;
/** Milliseconds between two questions for densities while the run goes on. */
const PATIENCE_MS = 400;
const ZOOM = 1.3;
/** What the user did to the machine. */
const DEED = "#cc79a7";

export class Timeline {
    readonly element: HTMLElement;
    readonly #stage: Stage;
    /** A stock guest tells no events. */
    readonly #rows: typeof ROWS;
    readonly #canvas: HTMLCanvasElement;
    readonly #label = h("span", { class: "soft" });
    #density: Density | undefined;
    /** Undefined: from 0 to the furthest known cycle. */
    #window: Cycles | undefined;
    #askedAt = 0;
    #askedFor = "";

    constructor(stage: Stage) {
        this.#stage = stage;
        stage.window = () => this.#shown;
        this.#rows = stage.facts.kind === "kernel" ? ROWS : [];
        this.#canvas = h("canvas", {
            "aria-label": "Timeline: events over cycles; click to go to a cycle",
            role: "img",
        });
        const whole = h("button", { onclick: () => this.#zoomTo(undefined), title: "show the whole run" }, "whole run");
        this.element = h("div", { class: "timeline" }, this.#canvas, h("div", { class: "under" }, this.#label, whole));
        new ResizeObserver(() => this.#resize()).observe(this.element);
        this.#canvas.addEventListener("click", (event) => this.#click(event));
        this.#canvas.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    }

    /** The cycles that are shown. */
    get #shown(): Cycles {
        return this.#window ?? { from: 0, to: Math.max(1, this.#stage.picture?.furthest ?? 1) };
    }

    update(picture: Picture): void {
        const { from, to } = this.#shown;
        const parts = Math.max(1, Math.floor((this.#canvas.clientWidth - NAMES) / 2));
        const wanted = `${from} ${to} ${picture.known} ${parts}`;
        const now = performance.now();
        if (wanted !== this.#askedFor && (now - this.#askedAt > PATIENCE_MS || !picture.busy)) {
            this.#askedAt = now;
            this.#askedFor = wanted;
            this.#stage.client.ask("density", { from, to, parts }).then(
                (density) => {
                    this.#density = density;
                    this.#draw();
                },
                () => {},
            );
        }
        this.#draw();
    }

    #resize(): void {
        const { clientWidth } = this.element;
        const height = TOP + ROW * Math.max(1, this.#rows.length) + 4;
        this.#canvas.width = Math.round(clientWidth * devicePixelRatio);
        this.#canvas.height = Math.round(height * devicePixelRatio);
        this.#canvas.style.width = `${clientWidth}px`;
        this.#canvas.style.height = `${height}px`;
        if (this.#stage.picture !== undefined) this.update(this.#stage.picture);
    }

    #draw(): void {
        const context = this.#canvas.getContext("2d");
        const { picture } = this.#stage;
        if (context === null || picture === undefined || this.#canvas.width === 0) return;
        const width = this.#canvas.clientWidth;
        const { from, to } = this.#shown;
        const x = (cycle: number) => NAMES + ((cycle - from) / (to - from)) * (width - NAMES);
        context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
        context.clearRect(0, 0, width, this.#canvas.clientHeight);
        context.font = "11px system-ui, sans-serif";
        for (const [i, { name, events, colour }] of this.#rows.entries()) {
            const y = TOP + i * ROW;
            context.fillStyle = themed("soft");
            context.fillText(name, 2, y + ROW - 5);
            context.fillStyle = themed("line");
            context.fillRect(NAMES, y + ROW - 2, width - NAMES, 1);
            context.fillStyle = colour;
            this.#drawRow(context, events, x, y);
        }
        this.#drawMarks(context, x, picture);
        this.#label.textContent = `cycles ${grouped(from)} to ${grouped(to)}; the wheel zooms, a click goes there`;
    }

    #drawRow(
        context: CanvasRenderingContext2D,
        events: readonly EventName[],
        x: (cycle: number) => number,
        y: number,
    ): void {
        const density = this.#density;
        const rows = density?.rows.filter(({ event }) => events.includes(event)) ?? [];
        const [first] = rows;
        if (density === undefined || first === undefined) return;
        const sums = first.counts.map((_, i) => rows.reduce((sum, { counts }) => sum + (counts[i] ?? 0), 0));
        const most = sums.reduce((a, b) => Math.max(a, b), 1);
        const part = (density.to - density.from) / sums.length;
        const wide = Math.max(1, x(part) - x(0));
        for (const [i, count] of sums.entries()) {
            if (count === 0) continue;
            const high = Math.max(2, (Math.sqrt(count) / Math.sqrt(most)) * (ROW - 4));
            context.fillRect(x(density.from + i * part), y + ROW - 2 - high, wide, high);
        }
    }

    #drawMarks(
        context: CanvasRenderingContext2D,
        x: (cycle: number) => number,
        { clock, moments, deeds }: Picture,
    ): void {
        const bottom = TOP + ROW * Math.max(1, this.#rows.length);
        context.fillStyle = themed("soft");
        for (const moment of moments) context.fillRect(x(moment), bottom, 1, 4);
        context.fillStyle = DEED;
        for (const deed of deeds) context.fillRect(Math.round(x(deed.clock)) - 1, 0, 3, bottom);
        context.fillStyle = themed("accent");
        context.fillRect(Math.round(x(clock)) - 1, 0, 2, bottom + 4);
    }

    #cycleAt(event: MouseEvent): number {
        const { from, to } = this.#shown;
        const part = (event.offsetX - NAMES) / Math.max(1, this.#canvas.clientWidth - NAMES);
        return from + Math.max(0, part) * (to - from);
    }

    #click(event: MouseEvent): void {
        this.#stage.order({ kind: "goTo", cycle: Math.round(this.#cycleAt(event)) });
    }

    #wheel(event: WheelEvent): void {
        event.preventDefault();
        const { from, to } = this.#shown;
        const at = this.#cycleAt(event);
        const by = event.deltaY < 0 ? 1 / ZOOM : ZOOM;
        const furthest = this.#stage.picture?.furthest ?? to;
        const next = { from: Math.max(0, at - (at - from) * by), to: Math.min(furthest, at + (to - at) * by) };
        this.#zoomTo(next.from <= 0 && next.to >= furthest ? undefined : next);
    }

    #zoomTo(window: Cycles | undefined): void {
        this.#window = window;
        this.#stage.onSelect();
        if (this.#stage.picture !== undefined) this.update(this.#stage.picture);
    }
}
