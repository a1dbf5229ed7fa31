/** A mesh whose messages go hop by hop, each hop when its time has come (docs/spec/timing.md 5.2). */
import { type Events, Resource } from "./events.ts";

export interface NetworkShape {
    readonly width: number;
    readonly clusters: number;
    readonly hopCycles: number;
    readonly localCycles: number;
}

const DIRECTIONS = ["east", "west", "south", "north", "injection", "ejection"] as const;
type Direction = (typeof DIRECTIONS)[number];

export class Network {
    readonly #events: Events;
    readonly #shape: NetworkShape;
    readonly #links: ReadonlyMap<Direction, Resource>[];

    constructor(events: Events, shape: NetworkShape) {
        this.#events = events;
        this.#shape = shape;
        this.#links = Array.from({ length: shape.clusters }, () => new Map(DIRECTIONS.map((d) => [d, new Resource()])));
    }

    /** Calls `deliver` when the last flit has arrived. */
    send(from: number, to: number, flits: number, deliver: () => void): void {
        const { now } = this.#events;
        if (from === to) {
            this.#events.at(now + this.#shape.localCycles + flits - 1, deliver);
            return;
        }
        this.#events.at(this.#take(from, "injection", flits) + 1, () => this.#hop(from, to, flits, deliver));
    }

    #hop(at: number, to: number, flits: number, deliver: () => void): void {
        if (at === to) {
            this.#events.at(this.#take(to, "ejection", flits) + flits, deliver);
            return;
        }
        const { width, hopCycles } = this.#shape;
        const [column, target] = [at % width, to % width];
        const [direction, step] = ((): [Direction, number] => {
            if (column !== target) return column < target ? ["east", 1] : ["west", -1];
            return at < to ? ["south", width] : ["north", -width];
        })();
        this.#events.at(this.#take(at, direction, flits) + hopCycles, () => this.#hop(at + step, to, flits, deliver));
    }

    #take(cluster: number, direction: Direction, flits: number): number {
        const link = this.#links[cluster]?.get(direction);
        if (link === undefined) throw new Error(`no cluster ${cluster}`);
        return link.serve(this.#events.now, flits);
    }
}
