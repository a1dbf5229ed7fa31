/** What all parts of the page share: the machine, the last picture, and what is selected. */

import type { Facts, Order, Picture, ProcessFacts } from "../protocol.ts";
import type { Client } from "./client.ts";
import type { Cycles } from "./heat.ts";
import { Sources } from "./sources.ts";

export interface Selection {
    /** Undefined: the process of the event that was told last. */
    readonly pid: number | undefined;
    /** The clusters that stand side by side. */
    readonly clusters: readonly [number, number];
    readonly hart: number;
}

/** A part of the page beside the mesh. */
export interface Panel {
    readonly name: string;
    readonly title: string;
    readonly element: HTMLElement;
    /** Called with each picture while the panel is shown, and when the selection changes. */
    update(picture: Picture): void;
    /** Draws over the mesh while the panel is shown. */
    overlay?(context: CanvasRenderingContext2D, place: TilePlace): void;
    /** The page shows another run. */
    close?(): void;
}

/** Where a cluster's tile lies on the mesh. */
export type TilePlace = (cxy: number) => { readonly x: number; readonly y: number; readonly size: number };

export class Stage {
    readonly client: Client;
    readonly facts: Facts;
    picture: Picture | undefined;
    selection: Selection;
    /** Called when the selection changes. */
    onSelect: () => void = () => {};
    /** How often sources arrived: what shows their lines is shown anew. */
    sourcesArrived = 0;
    readonly #sources: Sources;
    /** Draws what lies over the mesh anew. */
    redraw: () => void = () => {};
    /** The cycles that the timeline shows. */
    window: () => Cycles = () => ({ from: 0, to: 1 });

    /** `images` is where the site has them. */
    constructor(client: Client, facts: Facts, images: string) {
        this.#sources = new Sources(images, () => {
            this.sourcesArrived++;
            this.onSelect();
        });
        this.client = client;
        this.facts = facts;
        this.selection = { pid: undefined, clusters: [0, Math.min(1, this.clusterCount - 1)], hart: 0 };
    }

    /** The text of a line; undefined where there is none, or not yet. */
    sourceLine(file: string | undefined, line: number | undefined): string | undefined {
        return this.#sources.line(file, line);
    }

    get clusterCount(): number {
        return this.facts.mesh[0] * this.facts.mesh[1];
    }

    select(change: Partial<Selection>): void {
        this.selection = { ...this.selection, ...change };
        this.onSelect();
    }

    order(order: Order): void {
        // For scripts that drive the page.
        document.body.dataset.busy = "true";
        this.client.order(order);
    }

    clusterOf(hart: number): number {
        return Math.floor(hart / this.facts.hartsPerCluster);
    }

    process(pid: number): (ProcessFacts & { readonly index: number }) | undefined {
        const processes = this.picture?.processes ?? [];
        const index = processes.findLastIndex((each) => each.pid === pid);
        const found = processes[index];
        return found && { ...found, index };
    }

    /** Whether the process lives at the present place. */
    isAlive({ from, to }: ProcessFacts): boolean {
        const heard = this.picture?.heard ?? 0;
        return from < heard && (to === undefined || to >= heard);
    }

    /** `share node 3` for a node of the program share. */
    processName(pid: number): string {
        if (pid === 0) return "kernel";
        const process = this.process(pid);
        if (process === undefined) return `pid ${pid}`;
        const program = this.facts.programs[process.program];
        const name = program?.path.split("/").at(-1) ?? "";
        if (process.isFork) return `${name}, fork ${pid}`;
        return (program?.nodes ?? 1) > 1 ? `${name} node ${process.node}` : name;
    }
}

/** How often a panel asks: once for each of what it shows, and while the run goes on not more often than in so many milliseconds. */
export class Patience {
    readonly #milliseconds: number;
    #asked = "";
    #askedAt = 0;

    constructor(milliseconds: number) {
        this.#milliseconds = milliseconds;
    }

    /** Whether to ask now, for what `key` names. */
    isOver(key: string, busy: boolean): boolean {
        const now = performance.now();
        if (key === this.#asked || (busy && now - this.#askedAt < this.#milliseconds)) return false;
        this.#asked = key;
        this.#askedAt = now;
        return true;
    }
}
