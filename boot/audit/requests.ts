/**
 * Requests and polls of `--audit waits` (vmm-policy 5.9): a handler sends to lower levels only, and nobody waits in a circle. A thread
 * waits for its request's answer: for the server that has taken it, or for any of the level's servers there. A thread that polls
 * (rpc_yield) waits for what some thread in the kernel will do: when all of these wait or poll, nobody will.
 */

import { type Place, type Site, type Sites, WAIT_HELPERS } from "./places.ts";
import { Broken, hex, nowhere } from "./violation.ts";

const LEVEL_NAMES = ["LEAF", "NODE", "MANAGER", "REFERENCE", "PROCESS"];
const LEAF = 0;
/** Polls that every poller must see in vain, with nothing else happening in the kernel, before it counts as stuck. */
const VAIN_POLLS = 50;
/** Files whose polls end by themselves: at a deadline, or after a bounded number. */
const BOUNDED = ["kernel/syscalls/time.ts", "kernel/proc/futex.ts", "kernel/rpc/rpc.ts"];

interface Sending {
    readonly cxy: number;
    readonly level: number;
    readonly site: Site;
    /** The thread that serves it, once one does. */
    server: number | undefined;
    answered: boolean;
}

interface Polling {
    readonly caller: number;
    readonly site: Site;
    /** Polls since `progress` was that. */
    polls: number;
    progress: number;
}

interface Serving {
    readonly level: number;
    readonly client: number;
}

interface Thread {
    sending: Sending | undefined;
    polling: Polling | undefined;
    /** Innermost last: a leaf request interrupts another. */
    readonly serving: Serving[];
}

/** What the kernel's threads are, by global address (boot/audit/threads.ts). */
export interface ThreadFacts {
    /** Server threads of a level in a cluster. */
    servers(cxy: number, level: number): readonly number[];
    /** Threads that harts execute in the kernel just now, idle ones left out. */
    running(): readonly number[];
    clusterOf(thread: number): number;
}

export class Requests {
    readonly #sites: Sites;
    readonly #facts: ThreadFacts;
    readonly #threads = new Map<number, Thread>();
    /** Counts what happens in the kernel beside polls. */
    #progress = 0;

    constructor(sites: Sites, facts: ThreadFacts) {
        this.#sites = sites;
        this.#facts = facts;
    }

    /** Something happened that a poll may wait for. */
    progress(): void {
        this.#progress++;
    }

    sends(hart: number, pc: number, thread: number, request: { cxy: number; level: number }): void {
        this.#progress++;
        const state = this.#state(thread);
        const site = this.#sites.capture(hart, pc);
        const served = state.serving.at(-1);
        if (served !== undefined && request.level >= served.level) this.#wrongLevel(served, request, site);
        state.polling = undefined;
        state.sending = { ...request, site, server: undefined, answered: false };
        if (request.level !== LEAF) this.#checkStuck(thread);
    }

    isAnswered(thread: number): void {
        this.#progress++;
        this.#state(thread).sending = undefined;
    }

    serves(thread: number, client: number, level: number): void {
        this.#progress++;
        const sending = this.#threads.get(client)?.sending;
        if (sending !== undefined) sending.server = thread;
        this.#state(thread).serving.push({ level, client });
    }

    hasServed(thread: number): void {
        this.#progress++;
        const state = this.#state(thread);
        const served = state.serving.pop();
        if (served?.level !== LEAF) state.polling = undefined;
        const sending = served && this.#threads.get(served.client)?.sending;
        if (sending !== undefined) sending.answered = true;
    }

    polls(hart: number, pc: number, thread: number, caller: number): void {
        const state = this.#state(thread);
        if (state.polling?.caller !== caller) {
            state.polling = { caller, site: this.#sites.capture(hart, pc), polls: 0, progress: this.#progress };
        }
        const { polling } = state;
        polling.polls = polling.progress === this.#progress ? polling.polls + 1 : 1;
        polling.progress = this.#progress;
        if (polling.polls % VAIN_POLLS === 0) this.#checkStuck(thread);
    }

    /** It goes to user mode. */
    leaves(thread: number): void {
        const state = this.#threads.get(thread);
        if (state !== undefined) state.polling = undefined;
    }

    ends(thread: number): void {
        this.#threads.delete(thread);
    }

    #state(thread: number): Thread {
        let state = this.#threads.get(thread);
        if (state === undefined) {
            state = { sending: undefined, polling: undefined, serving: [] };
            this.#threads.set(thread, state);
        }
        return state;
    }

    #wrongLevel(served: Serving, request: { cxy: number; level: number }, site: Site): never {
        const levels = `a handler of level ${levelName(served.level)} sends a request of level ${levelName(request.level)} to cluster ${request.cxy}`;
        const asked = this.#threads.get(served.client)?.sending;
        const places = [
            ...(asked === undefined ? [] : [this.#sites.place("waits", asked.site, WAIT_HELPERS)]),
            this.#sites.place("waits", site, WAIT_HELPERS),
        ];
        this.#fail(`${levels}: ${this.#sites.describe(site, WAIT_HELPERS)}`, places);
    }

    /** The threads that wait, and that nothing in the kernel can help: `from` must be among them. */
    #checkStuck(from: number): void {
        const stuck = new Set<number>();
        for (const [thread, { sending, polling }] of this.#threads) {
            const waits = sending !== undefined && !sending.answered && sending.level !== LEAF;
            if (waits || (polling !== undefined && this.#inVain(polling))) stuck.add(thread);
        }
        for (let before = -1; before !== stuck.size; ) {
            before = stuck.size;
            for (const thread of stuck) if (!this.#hopeless(thread, stuck)) stuck.delete(thread);
        }
        if (stuck.has(from)) this.#report(from, stuck);
    }

    #inVain({ polls, progress, site }: Polling): boolean {
        // The innermost is rpc_yield itself.
        const [, caller = ""] = this.#sites.files(site);
        return !BOUNDED.includes(caller) && polls >= VAIN_POLLS && progress === this.#progress;
    }

    #hopeless(thread: number, stuck: ReadonlySet<number>): boolean {
        const { sending } = this.#state(thread);
        if (sending === undefined) return this.#allStuck(stuck);
        if (sending.server !== undefined) return stuck.has(sending.server);
        const servers = this.#facts.servers(sending.cxy, sending.level);
        return servers.length > 0 && servers.every((server) => stuck.has(server));
    }

    /** No thread in the kernel can do what pollers wait for. */
    #allStuck(stuck: ReadonlySet<number>): boolean {
        if (this.#facts.running().some((thread) => !stuck.has(thread))) return false;
        return [...this.#threads].every(([thread, state]) => {
            const inKernel = state.sending !== undefined || state.polling !== undefined || state.serving.length > 0;
            return !inKernel || stuck.has(thread);
        });
    }

    #report(from: number, stuck: ReadonlySet<number>): never {
        const order = [from, ...[...stuck].filter((thread) => thread !== from)];
        const chains = order.map((thread) => this.#describe(thread));
        const places: Place[] = order.flatMap((thread) => {
            const { sending, polling } = this.#state(thread);
            const site = sending?.site ?? polling?.site;
            return site === undefined ? [] : [this.#sites.place("waits", site, WAIT_HELPERS)];
        });
        this.#fail(`each waits for another, and none can go on: ${chains.join("; ")}`, places);
    }

    #describe(thread: number): string {
        const { sending, polling, serving } = this.#state(thread);
        const site = sending?.site ?? polling?.site;
        const served = serving.at(-1);
        const who = `thread ${hex(thread)} in cluster ${this.#facts.clusterOf(thread)}`;
        const works = served === undefined ? "" : ` (serves ${levelName(served.level)} for ${hex(served.client)})`;
        const server = sending?.server === undefined ? "a server" : hex(sending.server);
        const what =
            sending === undefined ? "polls" : `waits for ${server} of level ${levelName(sending.level)} in cluster ${sending.cxy}`;
        return `${who}${works} ${what}${site === undefined ? "" : `: ${this.#sites.describe(site, WAIT_HELPERS)}`}`;
    }

    #fail(text: string, places: readonly Place[]): never {
        throw new Broken({ ...nowhere("waits"), text, places });
    }
}

function levelName(level: number): string {
    return LEVEL_NAMES[level] ?? String(level);
}
