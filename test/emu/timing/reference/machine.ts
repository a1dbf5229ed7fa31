/**
 * The event-driven reference of docs/spec/timing.md 7.8: every message, hop and service happens when its time has come, and resources serve
 * in the order in which takers come. It shares nothing with the model, which carries out a whole miss at once.
 */
import type { Program } from "../streams.ts";
import { type Copies, L1, L2, type State, type Way } from "./caches.ts";
import { Events, Resource } from "./events.ts";
import { Network } from "./network.ts";

export interface ReferenceShape {
    readonly meshX: number;
    readonly clusters: number;
    readonly hartsPerCluster: number;
    readonly bankLines: number;
}

/** The defaults of section 9. */
const TIMES = { hop: 2, local: 2, l2: 8, port: 4, probe: 1, memory: 60, occupancy: 16 } as const;
const FLITS = { control: 1, data: 5 } as const;
const L1_SIZE = { sets: 64, ways: 4 } as const;
const L2_SIZE = { sets: 256, ways: 16 } as const;

interface Hart {
    readonly index: number;
    readonly cluster: number;
    readonly cache: L1;
    readonly program: Program;
    clock: number;
}

interface Bank {
    readonly cluster: number;
    readonly port: Resource;
    readonly channel: Resource;
    readonly l2: L2;
}

interface Request {
    readonly hart: Hart;
    readonly line: number;
    readonly isWrite: boolean;
    readonly issued: number;
}

/** A request that is being served. */
interface Service extends Request {
    readonly bank: Bank;
    readonly way: Way;
    readonly copies: Copies;
}

export interface Outcome {
    /** When each hart has ended. */
    readonly clocks: readonly number[];
    readonly misses: number;
    /** Cycles of a miss, that of its instruction included. */
    readonly latency: number;
}

export class Reference {
    readonly #events = new Events();
    readonly #shape: ReferenceShape;
    readonly #harts: readonly Hart[];
    readonly #banks: readonly Bank[];
    readonly #requests: Network;
    readonly #answers: Network;
    #misses = 0;
    #waited = 0;

    constructor(shape: ReferenceShape, programs: readonly Program[]) {
        this.#shape = shape;
        const { meshX: width, clusters, bankLines } = shape;
        const network = { width, clusters, hopCycles: TIMES.hop, localCycles: TIMES.local };
        this.#requests = new Network(this.#events, network);
        this.#answers = new Network(this.#events, network);
        this.#harts = programs.map((program, index) => {
            const cluster = Math.floor(index / shape.hartsPerCluster);
            return { index, cluster, program, clock: 0, cache: new L1(L1_SIZE.sets, L1_SIZE.ways) };
        });
        this.#banks = Array.from({ length: clusters }, (_, cluster) => {
            const l2 = new L2(L2_SIZE.sets, L2_SIZE.ways, bankLines);
            return { cluster, port: new Resource(), channel: new Resource(), l2 };
        });
    }

    run(): Outcome {
        for (const hart of this.#harts) this.#next(hart, 0);
        this.#events.run();
        return {
            clocks: this.#harts.map(({ clock }) => clock),
            misses: this.#misses,
            latency: this.#waited / this.#misses,
        };
    }

    /** The hart is free at `time`. */
    #next(hart: Hart, time: number): void {
        const access = hart.program.next();
        hart.clock = time;
        if (access === undefined) return;
        const { gap, line, isWrite } = access;
        this.#events.at(time + gap, () => this.#access(hart, line, isWrite));
    }

    #access(hart: Hart, line: number, isWrite: boolean): void {
        const { now } = this.#events;
        const state = hart.cache.state(line);
        if (state !== undefined && (!isWrite || state !== "shared")) {
            if (isWrite) hart.cache.change(line, "modified");
            hart.program.perform();
            this.#next(hart, now + 1);
            return;
        }
        const request = { hart, line, isWrite, issued: now };
        const bank = this.#homeOf(line);
        this.#requests.send(hart.cluster, bank.cluster, FLITS.control, () => this.#arrive(bank, request));
    }

    #homeOf(line: number): Bank {
        const bank = this.#banks[Math.floor(line / this.#shape.bankLines)];
        if (bank === undefined) throw new Error(`no bank has line ${line}`);
        return bank;
    }

    #arrive(bank: Bank, request: Request): void {
        const found = bank.l2.find(request.line);
        const { way, took } = found ? { way: found, took: undefined } : bank.l2.choose(request.line);
        if (way.busy) {
            way.waiting.push(() => this.#arrive(bank, request));
            return;
        }
        way.busy = true;
        const old = way.content;
        const copies =
            found && old ? old : { line: request.line, dirty: false, owner: undefined, sharers: new Set<number>() };
        way.content = copies;
        took?.();
        const service = { ...request, bank, way, copies };
        const served = this.#pass(bank);
        if (found) this.#events.at(served, () => this.#ask(service));
        else this.#events.at(served, () => this.#fetch(service, old));
    }

    /** Returns when the port and L2 have been passed. */
    #pass(bank: Bank): number {
        return bank.port.serve(this.#events.now, TIMES.port) + TIMES.l2;
    }

    /** Memory gives the line, and what it replaces goes from all caches at the same time. */
    #fetch(service: Service, old: Copies | undefined): void {
        const { bank } = service;
        let left = 1;
        const done = () => {
            if (--left === 0) this.#ask(service);
        };
        this.#events.at(bank.channel.serve(this.#events.now, TIMES.occupancy) + TIMES.memory, done);
        if (old === undefined) return;
        left++;
        this.#invalidate(bank, old, undefined, () => {
            if (old.dirty) bank.channel.serve(this.#events.now, TIMES.occupancy);
            done();
        });
    }

    /** Calls `done` when all copies but that of hart `except` have gone. */
    #invalidate(bank: Bank, copies: Copies, except: number | undefined, done: () => void): void {
        const asked = copies.owner === undefined ? [...copies.sharers].sort((a, b) => a - b) : [copies.owner];
        const others = asked.filter((index) => index !== except);
        let left = others.length;
        if (left === 0) done();
        for (const index of others) {
            this.#probe(bank, index, copies, undefined, () => {
                if (--left === 0) done();
            });
        }
    }

    /** Asks a cache to give the line up, or to keep it in `kept`. The answer has the data if they were the owner's. */
    #probe(bank: Bank, index: number, copies: Copies, kept: State | undefined, answer: (held: boolean) => void): void {
        const hart = this.#harts[index];
        if (hart === undefined) throw new Error(`no hart ${index}`);
        this.#requests.send(bank.cluster, hart.cluster, FLITS.control, () => {
            const state = hart.cache.state(copies.line);
            if (state === "modified") copies.dirty = true;
            if (kept) hart.cache.change(copies.line, kept);
            else hart.cache.drop(copies.line);
            const hasData =
                state === "modified" || (state === "exclusive" && bank.l2.find(copies.line)?.content === copies);
            const flits = hasData ? FLITS.data : FLITS.control;
            this.#events.at(this.#events.now + TIMES.probe, () =>
                this.#answers.send(hart.cluster, bank.cluster, flits, () => answer(state !== undefined)),
            );
        });
    }

    /** L2 has the line. Other caches may have to give it up. */
    #ask(service: Service): void {
        const { bank, copies, hart, isWrite } = service;
        const { owner } = copies;
        if (owner !== undefined && owner !== hart.index) {
            this.#probe(bank, owner, copies, isWrite ? undefined : "shared", (held) => {
                this.#events.at(this.#pass(bank), () => {
                    copies.owner = undefined;
                    copies.sharers = new Set(held && !isWrite ? [owner] : []);
                    this.#grant(service);
                });
            });
            return;
        }
        if (owner !== undefined) copies.owner = undefined;
        else if (isWrite) {
            this.#invalidate(bank, copies, hart.index, () => this.#grant(service));
            return;
        }
        this.#grant(service);
    }

    #grant(service: Service): void {
        const { bank, copies, hart, line, isWrite } = service;
        const isAlone = isWrite || copies.sharers.size === 0;
        if (isAlone) {
            copies.owner = hart.index;
            copies.sharers.clear();
        } else copies.sharers.add(hart.index);
        const shared = isAlone ? "exclusive" : "shared";
        const state = isWrite ? "modified" : shared;
        const flits = hart.cache.state(line) === undefined ? FLITS.data : FLITS.control;
        this.#answers.send(bank.cluster, hart.cluster, flits, () => this.#finish(service, state));
    }

    #finish({ hart, line, way, issued }: Service, state: State): void {
        const { now } = this.#events;
        if (hart.cache.state(line) !== undefined) hart.cache.change(line, state);
        else {
            const victim = hart.cache.fill(line, state);
            if (victim !== undefined) this.#writeBack(hart, victim);
        }
        way.busy = false;
        while (!way.busy && way.waiting.length > 0) way.waiting.shift()?.();
        this.#misses++;
        this.#waited += now + 1 - issued;
        hart.program.perform();
        this.#next(hart, now + 1);
    }

    #writeBack(hart: Hart, line: number): void {
        const bank = this.#homeOf(line);
        this.#requests.send(hart.cluster, bank.cluster, FLITS.data, () => {
            bank.port.serve(this.#events.now, TIMES.port);
            const way = bank.l2.find(line);
            if (way?.content === undefined) return;
            way.content.dirty = true;
            if (!way.busy && way.content.owner === hart.index) way.content.owner = undefined;
        });
    }
}
