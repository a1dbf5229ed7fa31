/**
 * Requests and waits of `--audit waits` (vmm-policy 5.9): a handler sends to lower levels only, and threads do not wait in a circle. A
 * thread waits for its request's answer: for the server that has taken it, or for any of the level's servers there. A thread that polls
 * (rpc_yield), that waits for a state, or whose request is parked on one, waits for an event that some thread in the kernel will cause.
 * When all of these wait, no thread will.
 */

import { Broken, hex, nowhere, type Place } from "../report/violation.ts";
import { LEVEL_NAMES } from "./kernel-facts.ts";
import { type Site, type Sites, WAIT_HELPERS } from "./places.ts";

const LEAF = LEVEL_NAMES.indexOf("LEAF");
/** Polls and kernel exits that must pass with no other event in the kernel before threads that wait for a state count as stuck. */
const QUIET = 50;
/** Files that call rpc_yield between bounded pieces of work (5.9.9), or a bounded number of times. They do not wait. */
const PIECES = [
    "kernel/fs/cache.ts",
    "kernel/fs/names.ts",
    "kernel/mm/mremap.ts",
    "kernel/mm/structure.ts",
    "kernel/proc/release.ts",
    "kernel/proc/fork.ts",
    "kernel/proc/rpc-servers.ts",
    "kernel/rpc/rpc.ts",
    "kernel/rpc/serve.ts",
];

interface Sending {
    readonly cxy: number;
    readonly level: number;
    readonly site: Site;
    /** The thread that serves the request, once one does. */
    server: number | undefined;
    /** The request's handler waits for a state, and no server waits for it. */
    parked: boolean;
    answered: boolean;
}

interface Polling {
    readonly caller: number;
    readonly site: Site;
    /** Polls since `progress` had this value. */
    polls: number;
    progress: number;
}

interface Serving {
    readonly level: number;
    readonly client: number;
    answered: boolean;
}

interface Thread {
    sending: Sending | undefined;
    polling: Polling | undefined;
    /** The place where the thread waits for a state (BLOCKED_STATE, BLOCKED_TURN). */
    waiting: Site | undefined;
    /** The requests it serves, innermost last: a leaf request interrupts another. */
    readonly serving: Serving[];
}

/** Facts of the kernel's threads, by global address (boot/audit/threads.ts). */
export interface ThreadFacts {
    /** The server threads of a level in a cluster. */
    servers(cxy: number, level: number): readonly number[];
    /** Threads that harts execute in the kernel now, without idle ones. */
    running(): readonly number[];
    /** Servers and other threads of the kernel that could run. */
    ready(): readonly number[];
    /** True when the event that the thread sleeps for has come. */
    isAwake(thread: number): boolean;
    clusterOf(thread: number): number;
}

export class Requests {
    readonly #sites: Sites;
    readonly #facts: ThreadFacts;
    readonly #threads = new Map<number, Thread>();
    /** Counts the events in the kernel beside polls. */
    #progress = 0;
    /** Polls and kernel exits since then. */
    #quiet = 0;

    constructor(sites: Sites, facts: ThreadFacts) {
        this.#sites = sites;
        this.#facts = facts;
    }

    /** Something happened that a poll may wait for. */
    progress(): void {
        this.#progress++;
        this.#quiet = 0;
    }

    sends(hart: number, pc: number, thread: number, request: { cxy: number; level: number }): void {
        this.progress();
        const state = this.#state(thread);
        const site = this.#sites.capture(hart, pc);
        const served = state.serving.at(-1);
        if (served !== undefined && request.level >= served.level) this.#wrongLevel(served, request, site);
        state.polling = undefined;
        state.sending = { ...request, site, server: undefined, parked: false, answered: false };
        if (request.level !== LEAF) this.#checkStuck();
    }

    /** rpc_send returns. */
    isAnswered(thread: number): void {
        this.progress();
        this.#state(thread).sending = undefined;
    }

    serves(thread: number, client: number, level: number): void {
        this.progress();
        const sending = this.#threads.get(client)?.sending;
        if (sending !== undefined) {
            sending.server = thread;
            sending.parked = false;
        }
        this.#state(thread).serving.push({ level, client, answered: false });
    }

    /** PROBE_RPC_SERVED: the handler has finished, and the answer goes out. */
    answers(thread: number): void {
        const served = this.#threads.get(thread)?.serving.at(-1);
        if (served !== undefined) served.answered = true;
    }

    /** serve returns: the request is answered, or parked. */
    hasServed(thread: number): void {
        this.progress();
        const state = this.#state(thread);
        const served = state.serving.pop();
        if (served === undefined) return;
        if (served.level !== LEAF) state.polling = undefined;
        const sending = this.#threads.get(served.client)?.sending;
        // Another server may have taken the request up already.
        if (sending === undefined || sending.server !== thread) return;
        sending.server = undefined;
        sending.answered = served.answered;
        sending.parked = !served.answered;
    }

    /** The thread sleeps until a state ends. */
    waitsForState(hart: number, pc: number, thread: number): void {
        this.progress();
        this.#state(thread).waiting = this.#sites.capture(hart, pc);
    }

    goesOn(thread: number): void {
        const state = this.#threads.get(thread);
        if (state?.waiting === undefined) return;
        this.progress();
        state.waiting = undefined;
    }

    polls(hart: number, pc: number, thread: number, caller: number): void {
        const state = this.#state(thread);
        if (state.polling?.caller !== caller) {
            state.polling = { caller, site: this.#sites.capture(hart, pc), polls: 0, progress: this.#progress };
        }
        const { polling } = state;
        polling.polls = polling.progress === this.#progress ? polling.polls + 1 : 1;
        polling.progress = this.#progress;
        this.#passes();
    }

    /** The thread sleeps for an event that is no state of the kernel: it polls no more. */
    sleeps(thread: number): void {
        const state = this.#threads.get(thread);
        if (state !== undefined) state.polling = undefined;
    }

    /** A hart leaves the kernel for user mode of the thread, or (undefined) to sleep. */
    leaves(thread: number | undefined): void {
        const state = thread === undefined ? undefined : this.#threads.get(thread);
        if (state !== undefined) state.polling = undefined;
        this.#passes();
    }

    #passes(): void {
        this.#quiet++;
        if (this.#quiet % QUIET === 0) this.#checkStuck();
    }

    ends(thread: number): void {
        this.#threads.delete(thread);
    }

    #state(thread: number): Thread {
        let state = this.#threads.get(thread);
        if (state === undefined) {
            state = { sending: undefined, polling: undefined, waiting: undefined, serving: [] };
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

    /** Checks for waiting threads that nothing in the kernel can help. */
    #checkStuck(): void {
        const stuck = new Set<number>();
        for (const thread of this.#threads.keys()) if (this.#waits(thread)) stuck.add(thread);
        for (let before = -1; before !== stuck.size; ) {
            before = stuck.size;
            for (const thread of stuck) if (!this.#hopeless(thread, stuck)) stuck.delete(thread);
        }
        if (stuck.size > 0) this.#report(stuck);
    }

    #waits(thread: number): boolean {
        const { sending, polling, waiting } = this.#state(thread);
        if (sending !== undefined) return !sending.answered && sending.level !== LEAF;
        if (waiting !== undefined) return !this.#facts.isAwake(thread);
        return polling !== undefined && this.#inVain(polling);
    }

    #inVain({ polls, progress, site }: Polling): boolean {
        // The innermost file is that of rpc_yield itself.
        const [, caller = ""] = this.#sites.files(site);
        return !PIECES.includes(caller) && polls >= QUIET && progress === this.#progress;
    }

    #hopeless(thread: number, stuck: ReadonlySet<number>): boolean {
        const { sending } = this.#state(thread);
        if (sending === undefined || sending.parked) return this.#quiet >= QUIET && this.#allStuck(stuck);
        if (sending.server !== undefined) return stuck.has(sending.server);
        const servers = this.#facts.servers(sending.cxy, sending.level);
        return servers.length > 0 && servers.every((server) => stuck.has(server));
    }

    /** True when no thread in the kernel can end the states that others wait for. */
    #allStuck(stuck: ReadonlySet<number>): boolean {
        if ([...this.#facts.running(), ...this.#facts.ready()].some((thread) => !stuck.has(thread))) return false;
        return [...this.#threads].every(([thread, { sending, polling, waiting, serving }]) => {
            const inKernel = sending ?? polling ?? waiting ?? serving[0];
            return inKernel === undefined || stuck.has(thread);
        });
    }

    #report(stuck: ReadonlySet<number>): never {
        const chains = [...stuck].map((thread) => this.#describe(thread));
        const places: Place[] = [...stuck].flatMap((thread) => {
            const site = this.#siteOf(thread);
            return site === undefined ? [] : [this.#sites.place("waits", site, WAIT_HELPERS)];
        });
        this.#fail(`each waits for another, and none can go on: ${chains.join("; ")}`, places);
    }

    #siteOf(thread: number): Site | undefined {
        const { sending, polling, waiting } = this.#state(thread);
        return sending?.site ?? waiting ?? polling?.site;
    }

    #describe(thread: number): string {
        const { sending, waiting, serving } = this.#state(thread);
        const site = this.#siteOf(thread);
        const served = serving.at(-1);
        const who = `thread ${hex(thread)} in cluster ${this.#facts.clusterOf(thread)}`;
        const works = served === undefined ? "" : ` (serves ${levelName(served.level)} for ${hex(served.client)})`;
        const where = site === undefined ? "" : `: ${this.#sites.describe(site, WAIT_HELPERS)}`;
        return `${who}${works} ${sending === undefined ? (waiting === undefined ? "polls" : "waits for a state") : waitsFor(sending)}${where}`;
    }

    #fail(text: string, places: readonly Place[]): never {
        throw new Broken({ ...nowhere("waits"), text, places });
    }
}

function waitsFor({ cxy, level, server, parked }: Sending): string {
    const request = `level ${levelName(level)} in cluster ${cxy}`;
    if (parked) return `waits for its request of ${request}, which is parked`;
    return `waits for ${server === undefined ? "a server" : hex(server)} of ${request}`;
}

function levelName(level: number): string {
    return LEVEL_NAMES[level] ?? String(level);
}
