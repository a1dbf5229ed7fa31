/** How busy banks and links were between two moments of a run of fidelity timing. */

import type { ResourceUses } from "../../../emu/host/timing-figures.ts";
import type { Counter } from "./chrome-trace.ts";

interface Resource {
    readonly cluster: number;
    /** The counter's name, and that of the value in it. */
    readonly counter: string;
    readonly value: string;
    readonly busy: number;
}

export class ResourceUse {
    readonly #figures: () => ResourceUses | null;
    #busy = new Map<string, number>();
    #cycle = 0;

    constructor(figures: () => ResourceUses | null) {
        this.#figures = figures;
    }

    /** Shares of the cycles since the last call, 0 to 1 (a use may be booked ahead: then above 1). */
    since(cycle: number): Counter[] {
        const uses = this.#figures();
        const cycles = cycle - this.#cycle;
        if (uses === null || cycles <= 0) return [];
        this.#cycle = cycle;
        const counters = new Map<string, { cluster: number; name: string; values: Record<string, number> }>();
        const busy = new Map<string, number>();
        for (const { cluster, counter, value, busy: now } of resourcesOf(uses)) {
            const key = `${cluster} ${counter}`;
            const entry = counters.get(key) ?? { cluster, name: counter, values: {} };
            counters.set(key, entry);
            const before = this.#busy.get(`${key} ${value}`) ?? 0;
            entry.values[value] = Math.round((1000 * (now - before)) / cycles) / 1000;
            busy.set(`${key} ${value}`, now);
        }
        this.#busy = busy;
        return [...counters.values()];
    }
}

function resourcesOf({ banks, links }: ResourceUses): Resource[] {
    const ofBanks = banks.flatMap(({ cluster, port, channel }) => [
        { cluster, counter: "bank use", value: "port", busy: port.busy },
        { cluster, counter: "bank use", value: "channel", busy: channel.busy },
    ]);
    const ofLinks = links.map(({ cluster, network, direction, busy }) => {
        return { cluster, counter: `links, ${network}`, value: direction, busy };
    });
    return [...ofBanks, ...ofLinks];
}
