/** The mesh: a tile a cluster, in it a square a frame: coloured by use, framed by process. */

import { segmentOf } from "../../boot/observe/frame-kinds.ts";
import { BANK_BASE, PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import type { Facts, Picture } from "../protocol.ts";
import { css, kindRgb, processRgb, themed } from "./colours.ts";
import { h } from "./dom.ts";
import { type Squares, UsedFrames, WholeBanks } from "./squares.ts";
import type { Stage, TilePlace } from "./stage.ts";

const GAP = 6;
const HEAD = 14;
/** Below this size of a tile its head has no room. */
const SMALL_TILE = 40;
/** The side of a square from which on it has a frame in its process's colour, and a gap. */
const FRAMED = 4;
const THICK = 12;
const LARGEST_SQUARE = 16;
const FIRST_FRAME = BANK_BASE / PAGE_SIZE;

interface Layout {
    readonly tile: number;
    readonly head: number;
    /** Squares a row, and pixels a square. */
    readonly perRow: number;
    readonly square: number;
    readonly left: number;
    readonly top: number;
}

export class MeshMap {
    readonly element: HTMLElement;
    /** Draws over the squares. */
    overlay: ((context: CanvasRenderingContext2D, place: TilePlace) => void) | undefined;
    readonly #stage: Stage;
    readonly #canvas: HTMLCanvasElement;
    readonly #context: CanvasRenderingContext2D;
    /** The squares, without what is drawn over them. */
    readonly #under: CanvasRenderingContext2D;
    readonly #framesPerBank: number;
    /** Kind + 1 of each frame (0: free), and the index of its process + 1, in the order of banks. */
    readonly #kinds: Uint8Array;
    readonly #owners: Uint16Array;
    readonly #tip = h("div", { class: "tip", role: "status", hidden: true });
    readonly #all = h("input", { type: "checkbox", onchange: () => this.#resize() });
    #squares: Squares;
    #layout: Layout | undefined;
    /** The colour of a free frame in the present theme. */
    #free = "";

    constructor(stage: Stage) {
        this.#stage = stage;
        this.#framesPerBank = stage.facts.bankSize / PAGE_SIZE;
        this.#kinds = new Uint8Array(this.#framesPerBank * stage.clusterCount);
        this.#owners = new Uint16Array(this.#kinds.length);
        this.#squares = new UsedFrames(this.#framesPerBank, stage.clusterCount);
        const label = "The mesh: a tile a cluster, a square a frame of its bank";
        this.#canvas = h("canvas", { "aria-label": label, role: "img" });
        const choice = h("label", { class: "choice" }, this.#all, "whole banks");
        this.element = h("div", { class: "mesh" }, this.#canvas, this.#tip, choice);
        this.#context = contextOf(this.#canvas);
        this.#under = contextOf(document.createElement("canvas"));
        new ResizeObserver(() => this.#resize()).observe(this.element);
        this.#canvas.addEventListener("mousemove", (event) => this.#point(event));
        this.#canvas.addEventListener("mouseleave", () => this.#tip.setAttribute("hidden", ""));
        this.#canvas.addEventListener("click", (event) => this.#click(event));
    }

    update({ frames: { all, rows } }: Picture): void {
        if (all) {
            this.#kinds.fill(0);
            this.#owners.fill(0);
            this.#squares.clear();
        }
        const changed: [cxy: number, square: number][] = [];
        for (let i = 0; i < rows.length; i += 3) {
            const at = (rows[i] ?? 0) - FIRST_FRAME;
            const pid = rows[i + 2] ?? 0;
            this.#kinds[at] = rows[i + 1] ?? 0;
            this.#owners[at] = pid === 0 ? 0 : (this.#stage.process(pid)?.index ?? -1) + 1;
            const square = this.#squares.change(at, this.#isUsed(at));
            if (square !== undefined) changed.push([Math.floor(at / this.#framesPerBank), square]);
        }
        if (all || this.#squares.most > this.#room()) this.#layOut();
        else for (const [cxy, square] of changed) this.#drawSquare(cxy, square);
        this.draw();
    }

    /** Draws the picture anew, with what lies over it. */
    draw(): void {
        const { width, height } = this.#canvas;
        const context = this.#context;
        const ratio = devicePixelRatio;
        context.setTransform(1, 0, 0, 1, 0, 0);
        context.clearRect(0, 0, width, height);
        if (width === 0 || this.#layout === undefined) return;
        context.drawImage(this.#under.canvas, 0, 0);
        context.setTransform(ratio, 0, 0, ratio, 0, 0);
        context.lineWidth = 2;
        context.strokeStyle = themed("accent");
        for (const cxy of new Set(this.#stage.selection.clusters)) {
            const { x, y, size } = this.place(cxy);
            context.strokeRect(x - 2, y - 2, size + 4, size + 4);
        }
        this.overlay?.(context, this.place);
    }

    /** Clusters lie in rows: cxy is x + y * the mesh's width. */
    readonly place: TilePlace = (cxy) => {
        const { tile = 0, left = 0, top = 0 } = this.#layout ?? {};
        const [width] = this.#stage.facts.mesh;
        return {
            x: left + (cxy % width) * (tile + GAP),
            y: top + Math.floor(cxy / width) * (tile + GAP),
            size: tile,
        };
    };

    /** Frames of the kernel's image do not count: they are the same in every bank, and never change. */
    #isUsed(at: number): boolean {
        const kind = this.#kinds[at] ?? 0;
        if (kind === 0) return false;
        const segment = segmentOf(kind - 1);
        return segment !== "KCODE" && segment !== "KDATA" && segment !== "OTHER" && segment !== "SHARED";
    }

    /** The size of the page, or what is shown, has changed. */
    #resize(): void {
        const { clientWidth, clientHeight } = this.element;
        for (const canvas of [this.#canvas, this.#under.canvas]) {
            canvas.width = Math.round(clientWidth * devicePixelRatio);
            canvas.height = Math.round(clientHeight * devicePixelRatio);
        }
        this.#canvas.style.width = `${clientWidth}px`;
        this.#canvas.style.height = `${clientHeight}px`;
        const tile = tileOf(this.#stage.facts, clientWidth, clientHeight);
        this.#squares = this.#all.checked
            ? new WholeBanks(this.#framesPerBank, roomIn(tile, 2))
            : new UsedFrames(this.#framesPerBank, this.#stage.clusterCount);
        for (const [at, kind] of this.#kinds.entries()) if (kind !== 0) this.#squares.change(at, this.#isUsed(at));
        this.#layOut();
        this.draw();
    }

    /** Squares that fit into a tile as it is laid out. */
    #room(): number {
        const { tile = 0, square = 1 } = this.#layout ?? {};
        return roomIn(tile, square);
    }

    /** The largest squares with which all tiles have room for theirs and for as many again. */
    #layOut(): void {
        const { clientWidth: width, clientHeight: height } = this.element;
        const { facts } = this.#stage;
        const tile = tileOf(facts, width, height);
        const needed = this.#all.checked ? this.#squares.most : 1.25 * this.#squares.most + 16;
        let square = LARGEST_SQUARE;
        while (square > 1 && roomIn(tile, square) < needed) square--;
        const left = Math.max(GAP, Math.floor((width - facts.mesh[0] * (tile + GAP) + GAP) / 2));
        const perRow = Math.max(1, Math.floor((tile - 4) / square));
        this.#layout = { tile, head: headOf(tile), perRow, square, left, top: GAP };
        this.#drawAll();
    }

    #drawAll(): void {
        const context = this.#under;
        const { head = 0 } = this.#layout ?? {};
        this.#free = themed("free");
        context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
        context.clearRect(0, 0, context.canvas.width, context.canvas.height);
        const { facts, clusterCount } = this.#stage;
        context.font = "11px system-ui, sans-serif";
        for (let cxy = 0; cxy < clusterCount; cxy++) {
            const { x, y, size } = this.place(cxy);
            context.fillStyle = this.#free;
            context.fillRect(x, y, size, size);
            for (let square = 0; square < this.#squares.most; square++) this.#drawSquare(cxy, square);
            if (head === 0) continue;
            context.fillStyle = themed("soft");
            const lacks = facts.noHarts.includes(cxy)
                ? ": no harts"
                : facts.noMemory.includes(cxy)
                  ? ": no memory"
                  : "";
            context.fillText(`cluster ${cxy}${lacks}`, x + 3, y + 11, size - 6);
        }
    }

    #drawSquare(cxy: number, index: number): void {
        const layout = this.#layout;
        const context = this.#under;
        if (layout === undefined) return;
        const { perRow, square, head } = layout;
        const place = this.place(cxy);
        const [x, y] = [
            place.x + 2 + (index % perRow) * square,
            place.y + head + 2 + Math.floor(index / perRow) * square,
        ];
        // Of several frames the one of a process is shown, else one in use.
        const at = this.#squares
            .framesAt(cxy, index)
            .reduce<number | undefined>(
                (best, frame) => (this.#rank(frame) > this.#rank(best) ? frame : best),
                undefined,
            );
        const side = square - (square >= FRAMED ? 1 : 0);
        const kind = at === undefined ? 0 : (this.#kinds[at] ?? 0);
        context.fillStyle = kind === 0 ? this.#free : css(kindRgb(kind - 1));
        context.fillRect(x, y, square, square);
        if (side < square) {
            context.fillStyle = this.#free;
            context.fillRect(x + side, y, 1, square);
            context.fillRect(x, y + side, square, 1);
        }
        const owner = at === undefined ? 0 : (this.#owners[at] ?? 0);
        if (square < FRAMED || owner === 0) return;
        context.strokeStyle = css(processRgb(owner - 1));
        context.lineWidth = square >= THICK ? 2 : 1;
        const inset = context.lineWidth / 2;
        context.strokeRect(x + inset, y + inset, side - 2 * inset, side - 2 * inset);
    }

    #rank(at: number | undefined): number {
        if (at === undefined) return -1;
        return (this.#kinds[at] === 0 ? 0 : 1) + (this.#owners[at] === 0 ? 0 : 1);
    }

    #clusterAt({ offsetX, offsetY }: MouseEvent): number | undefined {
        for (let cxy = 0; cxy < this.#stage.clusterCount; cxy++) {
            const { x, y, size } = this.place(cxy);
            if (offsetX >= x && offsetX < x + size && offsetY >= y && offsetY < y + size) return cxy;
        }
        return undefined;
    }

    #click(event: MouseEvent): void {
        const cxy = this.#clusterAt(event);
        if (cxy === undefined) return;
        const [, b] = this.#stage.selection.clusters;
        this.#stage.select({ clusters: [b, cxy], hart: cxy * this.#stage.facts.hartsPerCluster });
    }

    #point(event: MouseEvent): void {
        const cxy = this.#clusterAt(event);
        const layout = this.#layout;
        if (cxy === undefined || layout === undefined) {
            this.#tip.setAttribute("hidden", "");
            return;
        }
        const { x, y } = this.place(cxy);
        const column = Math.floor((event.offsetX - x - 2) / layout.square);
        const row = Math.floor((event.offsetY - y - layout.head - 2) / layout.square);
        const inside = row >= 0 && column >= 0 && column < layout.perRow;
        const [frame] = inside ? this.#squares.framesAt(cxy, row * layout.perRow + column) : [];
        this.#tip.textContent = frame === undefined ? `cluster ${cxy}` : this.#describe(cxy, frame);
        this.#tip.removeAttribute("hidden");
        const left = Math.min(event.offsetX + 12, this.element.clientWidth - this.#tip.offsetWidth - 4);
        this.#tip.style.left = `${left}px`;
        this.#tip.style.top = `${event.offsetY + 14}px`;
    }

    #describe(cxy: number, at: number): string {
        const kind = this.#kinds[at] ?? 0;
        const name = kind === 0 ? "free" : segmentOf(kind - 1);
        const owner = this.#owners[at] ?? 0;
        const process = owner === 0 ? undefined : this.#stage.picture?.processes[owner - 1];
        const of = process === undefined ? "" : ` of ${this.#stage.processName(process.pid)}`;
        return `cluster ${cxy}, frame 0x${(FIRST_FRAME + at).toString(16)}: ${name}${of}`;
    }
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("this browser has no canvas");
    return context;
}

function tileOf({ mesh: [columns, rows] }: Facts, width: number, height: number): number {
    return Math.max(4, Math.floor(Math.min((width - GAP) / columns, (height - GAP) / rows) - GAP));
}

function headOf(tile: number): number {
    return tile >= SMALL_TILE ? HEAD : 0;
}

/** Squares of that size that a tile has room for. */
function roomIn(tile: number, square: number): number {
    return Math.floor((tile - 4) / square) * Math.max(0, Math.floor((tile - headOf(tile) - 4) / square));
}
