/**
 * A run as a Chrome trace, which Perfetto and chrome://tracing open: a process is a cluster, a thread a hart. A cycle is shown as a nanosecond.
 * The harts' tracks hold what they run: a program by the function in which it was left, the kernel, or nothing. Faults and waits may overlap on
 * a hart, so that they are asynchronous slices of their cluster. What is written needs no order, and nothing of the run is kept.
 */

import { SM_LOCK } from "../../../kernel/abi/sm-wait.ts";
import { type EventOf, taggedFrame } from "../../abi/events.ts";
import type { Handlers, Observer } from "../../abi/observer.ts";
import { operationName } from "../../abi/operations.ts";
import { VSEG_TYPES, type VsegType } from "../../report/report.ts";
import { EVENT_NAMES, type Window } from "../../report/window.ts";
import { DSM_ACTIONS } from "../dsm-log.ts";
import { waitText } from "../dsm-waits.ts";
import type { ResolvedFault } from "../fault-cost.ts";
import { vsegTypeOf } from "../vseg-names.ts";
import type { StreamedMachine } from "./event-stream.ts";

export interface TracedMachine extends StreamedMachine {
    /** Clocks, as emu/host/hart.ts has them. */
    leftUser(hart: number): number;
    enteredUser(hart: number): number;
    /** Where the hart's last trap came from. */
    trappedAt(hart: number): number;
    /** The function of a program, by its index in the config, that has this address. */
    functionOf(program: number, pc: number): string | null;
    programName(program: number): string;
    /** Shares of the cycles since the last call in which banks and links were taken, at a clock; none without a model of time. */
    use(cycle: number): readonly Counter[];
}

export interface Counter {
    readonly cluster: number;
    readonly name: string;
    readonly values: Readonly<Record<string, number>>;
}

/** What a hart does at present. */
interface Track {
    /** Of the last exit from the kernel; 0: it went idle. */
    pid: number;
    /** The clock since which it has been in the kernel, or idle. */
    since: number;
    idle: boolean;
}

/** Cycles between two samples of a counter. */
const SAMPLE = 10_000;

export class ChromeTrace implements Observer {
    readonly gathered = null;
    readonly on: Handlers;
    readonly onAny: (hart: number, halves: Uint32Array) => void;
    readonly #machine: TracedMachine;
    readonly #window: Window;
    readonly #write: (text: string) => void;
    readonly #harts = new Map<number, Track>();
    /** The program that a process runs. */
    readonly #programs = new Map<number, number>();
    readonly #frames: Record<VsegType, number>[];
    /** The clock of the next sample, by cluster. */
    readonly #nextFrames: number[];
    #nextUse = 0;
    /** Requests on their way, by what sender and server both tell; a server takes the oldest. */
    readonly #requests = new Map<string, number[]>();
    /** Waits of threads that have begun, by pid and thread. */
    readonly #waits = new Map<string, { readonly name: string; readonly hart: number; readonly begin: number }>();
    readonly #faults: boolean;
    #ids = 0;
    #first = true;

    constructor(machine: TracedMachine, window: Window, write: (text: string) => void) {
        this.#machine = machine;
        this.#window = window;
        this.#write = write;
        const { clusters } = machine;
        const none = () => Object.fromEntries(VSEG_TYPES.map((type) => [type, 0])) as Record<VsegType, number>;
        this.#frames = Array.from({ length: clusters }, none);
        this.#nextFrames = new Array<number>(clusters).fill(0);
        write('{"displayTimeUnit":"ns","otherData":{"format":"archipel-trace/1","cycle":"1 ns"},"traceEvents":[');
        this.#names();
        const kinds = new Set(window.kinds ?? EVENT_NAMES);
        this.onAny = (hart) => this.#advance(hart);
        const handlers: Handlers = {
            process: ({ pid, program }) => void this.#programs.set(pid, program),
            leave: ({ pid }, hart) => this.#leave(pid, hart),
            frame: (event, hart) => this.#frame(event, hart),
            rpcSent: (event, hart) => this.#sent(event, hart),
            rpcServed: (event, hart) => this.#served(event, hart),
            smWait: (event, hart) => this.#wait(event, hart),
            dsm: (event, hart) => this.#dsm(event, hart),
        };
        const always = new Set(["process", "leave"]);
        const asked = Object.entries(handlers).filter(([name]) => always.has(name) || kinds.has(name as "dsm"));
        this.on = Object.fromEntries(asked) as Handlers;
        this.#faults = kinds.has("fault");
    }

    /** Takes each resolved fault: a slice with one a phase inside. */
    resolved({ type, how, cause, pid, vaddr, hart, begin, end, spans }: ResolvedFault): void {
        if (!this.#faults) return;
        const id = this.#ids++;
        const name = `${type} fault, ${how}`;
        const args = { page: `0x${vaddr.toString(16)}`, pid, cause };
        this.#asynchronous("fault", id, name, hart, begin, end, args);
        for (const span of spans) {
            if (span.end > span.begin) this.#asynchronous("fault", id, span.phase, hart, span.begin, span.end);
        }
    }

    /** Ends the text. The run is over. */
    finish(): void {
        for (const hart of this.#harts.keys()) this.#advance(hart);
        this.#write("\n]}\n");
    }

    #names(): void {
        const { clusters, hartsPerCluster } = this.#machine;
        for (let cluster = 0; cluster < clusters; cluster++) {
            this.#emit({ ph: "M", name: "process_name", pid: cluster, args: { name: `cluster ${cluster}` } });
            this.#emit({ ph: "M", name: "process_sort_index", pid: cluster, args: { sort_index: cluster } });
            for (let lid = 0; lid < hartsPerCluster; lid++) {
                const tid = cluster * hartsPerCluster + lid;
                this.#emit({ ph: "M", name: "thread_name", pid: cluster, tid, args: { name: `hart ${tid}` } });
            }
        }
    }

    /** Writes what the hart did since its last record: the kernel or idle until it entered user mode, the program from then on. */
    #advance(hart: number): void {
        const machine = this.#machine;
        const cycle = machine.cycle(hart);
        const [entered, left] = [machine.enteredUser(hart), machine.leftUser(hart)];
        const track = this.#harts.get(hart);
        if (track === undefined) {
            this.#harts.set(hart, { pid: 0, since: cycle, idle: false });
        } else if (track.idle) {
            this.#slice("idle", hart, track.since, cycle);
            [track.since, track.idle] = [cycle, false];
        } else if (entered > 0 && left >= entered) {
            this.#slice("kernel", hart, track.since, entered);
            this.#slice(this.#running(track.pid, hart), hart, entered, left, { pid: track.pid });
            track.since = left;
        }
        if (cycle < this.#nextUse) return;
        this.#nextUse = cycle + SAMPLE;
        for (const { cluster, name, values } of machine.use(cycle)) {
            if (this.#within(cycle, cycle)) this.#counter(name, cluster, cycle, values);
        }
    }

    #running(pid: number, hart: number): string {
        const program = this.#programs.get(pid);
        if (program === undefined) return `process ${pid}`;
        const name = this.#machine.programName(program);
        const place = this.#machine.functionOf(program, this.#machine.trappedAt(hart));
        return place === null ? name : `${name}: ${place}`;
    }

    #leave(pid: number, hart: number): void {
        const track = this.#harts.get(hart);
        if (track === undefined) return;
        track.pid = pid;
        if (pid !== 0) return;
        const cycle = this.#machine.cycle(hart);
        this.#slice("kernel", hart, track.since, cycle);
        [track.since, track.idle] = [cycle, true];
    }

    #frame({ cxy, tag, allocated }: EventOf<"frame">, hart: number): void {
        const { order, kind } = taggedFrame(tag);
        const [type, frames] = [vsegTypeOf(kind), this.#frames[cxy]];
        if (type === undefined || frames === undefined) return;
        frames[type] += (allocated === 1 ? 1 : -1) * 2 ** order;
        const cycle = this.#machine.cycle(hart);
        if (cycle < (this.#nextFrames[cxy] ?? 0) || !this.#within(cycle, cycle)) return;
        this.#nextFrames[cxy] = cycle + SAMPLE;
        this.#counter("frames", cxy, cycle, frames);
    }

    #sent({ level, operation, server }: EventOf<"rpcSent">, hart: number): void {
        const id = this.#ids++;
        const key = `${this.#cluster(hart)} ${server} ${level} ${operation}`;
        const open = this.#requests.get(key);
        if (open === undefined) this.#requests.set(key, [id]);
        else open.push(id);
        const cycle = this.#machine.cycle(hart);
        if (!this.#within(cycle, cycle)) return;
        const name = operationName(operation) ?? `operation ${operation}`;
        this.#slice(`send ${name}`, hart, cycle, cycle + 1, { to: server, level });
        this.#emit({ ph: "s", cat: "rpc", name, id, ts: at(cycle), ...this.#place(hart) });
    }

    #served({ level, operation, client }: EventOf<"rpcServed">, hart: number): void {
        const id = this.#requests.get(`${client} ${this.#cluster(hart)} ${level} ${operation}`)?.shift();
        const cycle = this.#machine.cycle(hart);
        if (id === undefined || !this.#within(cycle, cycle)) return;
        const name = operationName(operation) ?? `operation ${operation}`;
        this.#slice(`served ${name}`, hart, cycle, cycle + 1, { from: client, level });
        this.#emit({ ph: "f", bp: "e", cat: "rpc", name, id, ts: at(cycle), ...this.#place(hart) });
    }

    #wait({ pid, node, thread, reason, id: object, holder }: EventOf<"smWait">, hart: number): void {
        const key = `${pid} ${thread}`;
        const cycle = this.#machine.cycle(hart);
        const open = this.#waits.get(key);
        if (open !== undefined)
            this.#asynchronous("wait", this.#ids++, open.name, open.hart, open.begin, cycle, { pid });
        this.#waits.delete(key);
        if (reason === 0) return;
        const held = reason === SM_LOCK ? `, held by node ${holder}` : "";
        this.#waits.set(key, { name: `node ${node} waits in ${waitText(reason, object)}${held}`, hart, begin: cycle });
    }

    #dsm({ action, address, node, from, to }: EventOf<"dsm">, hart: number): void {
        const cycle = this.#machine.cycle(hart);
        if (!this.#within(cycle, cycle)) return;
        const name = DSM_ACTIONS[action] ?? `action ${action}`;
        const args = { page: `0x${address.toString(16)}`, node, from, to };
        this.#emit({ ph: "i", s: "t", cat: "dsm", name, ts: at(cycle), ...this.#place(hart), args });
    }

    #slice(name: string, hart: number, begin: number, end: number, args: object = {}): void {
        if (end <= begin || !this.#within(begin, end)) return;
        this.#emit({ ph: "X", name, ts: at(begin), dur: at(end - begin), ...this.#place(hart), args });
    }

    #asynchronous(cat: string, id: number, name: string, hart: number, begin: number, end: number, args = {}): void {
        if (!this.#within(begin, end)) return;
        const place = this.#place(hart);
        this.#emit({ ph: "b", cat, id, name, ts: at(begin), ...place, args });
        this.#emit({ ph: "e", cat, id, name, ts: at(end), ...place });
    }

    #counter(name: string, pid: number, cycle: number, args: object): void {
        this.#emit({ ph: "C", name, pid, ts: at(cycle), args });
    }

    #place(hart: number): { readonly pid: number; readonly tid: number } {
        return { pid: this.#cluster(hart), tid: hart };
    }

    #cluster(hart: number): number {
        return Math.floor(hart / this.#machine.hartsPerCluster);
    }

    #within(begin: number, end: number): boolean {
        return end >= this.#window.from && begin <= this.#window.to;
    }

    #emit(event: object): void {
        this.#write(`${this.#first ? "\n" : ",\n"}${JSON.stringify(event)}`);
        this.#first = false;
    }
}

/** A clock in microseconds of the trace. */
function at(cycle: number): number {
    return cycle / 1000;
}
