/**
 * The debugger's side of GDB's remote protocol: a packet in, an answer or a wish to run out (docs/spec/interface.md 9). A cluster is a
 * process, number + 1, and a hart a thread of it. The run always goes on as a whole.
 */

import type { Machine } from "../../emu/machine.ts";
import type { Debuggee } from "../report/debuggee.ts";
import { monitor } from "./monitor.ts";
import { bytesOfHex, hexOfBytes, hexOfText, MOST_PACKET } from "./packets.ts";
import { GENERAL, hexOfValue, readRegister, targetDescription, valueOfHex, writeRegister } from "./registers.ts";
import type { Stop, Stops, WatchKind } from "./stops.ts";

export type Wish =
    | { readonly kind: "continue" }
    | { readonly kind: "step"; readonly hart: number }
    | { readonly kind: "reverse-continue" }
    | { readonly kind: "reverse-step"; readonly hart: number }
    | { readonly kind: "detach" }
    | { readonly kind: "kill" };

/** What a packet leads to: an answer at once, or a wish, which `stopReply` answers when it is fulfilled. */
export type Handled = { readonly answer: string } | { readonly wish: Wish };

const FEATURES = [
    `PacketSize=${MOST_PACKET.toString(16)}`,
    ...["qXfer:features:read+", "multiprocess+", "vContSupported+", "swbreak+", "hwbreak+", "QStartNoAckMode+"],
    ...["ReverseStep+", "ReverseContinue+"],
];
const OK = "OK";
const BAD = "E01";
const NO_MEMORY = "E0e";
const LOCKED =
    "E.the harts of this machine run by one schedule: a thread cannot run while others stand (set scheduler-locking off)";
const WATCHES: Readonly<Record<string, WatchKind>> = { 2: "write", 3: "read", 4: "access" };
const WATCH_NAMES: Readonly<Record<WatchKind, string>> = { write: "watch", read: "rwatch", access: "awatch" };
const MOST_WATCHED = 4096;

export class Stub {
    /** GDB does not acknowledge packets any more. */
    noAck = false;
    readonly #debuggee: Debuggee;
    readonly #machine: Machine;
    readonly #stops: Stops;
    readonly #changed: () => void;
    readonly #perCluster: number;
    /** The hart of the packets about registers and memory, and that of `c`, `s`, `bc` and `bs`. */
    #hart = 0;
    #runs = 0;
    #last = "S05";
    #physical = false;

    /** `changed` hears of everything that the debugger changes in the guest. */
    constructor(debuggee: Debuggee, stops: Stops, changed: () => void) {
        this.#changed = changed;
        this.#debuggee = debuggee;
        this.#machine = debuggee.machine;
        this.#stops = stops;
        this.#perCluster = debuggee.machine.options.hartsPerCluster;
        this.stopReply({ hart: 0, reason: "step" });
    }

    /** Any text is handled; what is not understood has the empty answer that the protocol asks for. */
    handle(packet: string): Handled {
        const [head = ""] = packet;
        const rest = packet.slice(1);
        switch (head) {
            case "?":
                return { answer: this.#last };
            case "g":
                return { answer: Array.from({ length: GENERAL }, (_, i) => this.#register(i)).join("") };
            case "G":
                return { answer: this.#writeGeneral(rest) };
            case "p":
                return { answer: this.#register(Number.parseInt(rest, 16)) || BAD };
            case "P":
                return { answer: this.#writeOne(rest) };
            case "m":
                return { answer: this.#read(rest) };
            case "M":
            case "X":
                return { answer: this.#write(rest, head === "X") };
            case "H":
                return { answer: this.#select(rest) };
            case "T":
                return { answer: this.#threadOf(rest) === undefined ? BAD : OK };
            case "Z":
            case "z":
                return { answer: this.#point(rest, head === "Z") };
            default:
                return this.#run(packet) ?? { answer: this.#query(packet) };
        }
    }

    /** The answer to the wish that has been fulfilled. The hart is that of packets from here on. */
    stopReply({ hart, reason, address }: Stop): string {
        this.#hart = hart;
        this.#runs = hart;
        const why =
            reason === "break"
                ? "swbreak:;"
                : reason === "step" || reason === "reached"
                  ? ""
                  : `${WATCH_NAMES[reason]}:${(address ?? 0n).toString(16)};`;
        this.#last = `T05thread:${this.#threadName(hart)};${why}`;
        return this.#last;
    }

    /** Going back has come to where the debugger's memory of the run begins, or forward again to where it ends. */
    historyReply(hart: number): string {
        this.stopReply({ hart, reason: "step" });
        return `${this.#last}replaylog:begin;`;
    }

    /** The run is over; the process is that of the present hart. */
    exitReply(): string {
        return `W00;process:${(Math.floor(this.#hart / this.#perCluster) + 1).toString(16)}`;
    }

    get hart(): number {
        return this.#hart;
    }

    #run(packet: string): Handled | undefined {
        if (/^[cC]/.test(packet)) return { wish: { kind: "continue" } };
        if (/^[sS]/.test(packet)) return { wish: { kind: "step", hart: this.#runs } };
        if (packet === "bc") return { wish: { kind: "reverse-continue" } };
        if (packet === "bs") return { wish: { kind: "reverse-step", hart: this.#runs } };
        if (packet === "k" || packet.startsWith("vKill")) return { wish: { kind: "kill" } };
        if (/^D(;|$)/.test(packet)) return { wish: { kind: "detach" } };
        if (packet.startsWith("vCont;")) return this.#vCont(packet.slice("vCont;".length));
        return undefined;
    }

    /** The run goes on as a whole: one thread may be named to be stepped, but none to run alone. */
    #vCont(text: string): Handled {
        const actions = text.split(";").map((action) => {
            const [what = "", thread] = action.split(":");
            return { what: what[0] ?? "", thread };
        });
        if (actions.some(({ what }) => !/^[cCsSr]$/.test(what))) return { answer: BAD };
        const stepped = actions.find(({ what }) => /^[sSr]$/.test(what));
        if (stepped !== undefined) {
            const hart = stepped.thread === undefined ? this.#runs : this.#threadOf(stepped.thread);
            return hart === undefined ? { answer: BAD } : { wish: { kind: "step", hart } };
        }
        const isWhole = actions.some(({ thread }) => thread === undefined || thread.endsWith("-1"));
        return isWhole || this.#machine.hartCount === 1 ? { wish: { kind: "continue" } } : { answer: LOCKED };
    }

    #query(packet: string): string {
        if (packet.startsWith("qSupported")) return FEATURES.join(";");
        if (packet === "QStartNoAckMode") {
            this.noAck = true;
            return OK;
        }
        if (packet === "vCont?") return "vCont;c;C;s;S;r";
        if (packet === "qC") return `QC${this.#threadName(this.#hart)}`;
        if (packet.startsWith("qAttached")) return "1";
        if (packet === "qfThreadInfo") return `m${this.#threads().join(",")}`;
        if (packet === "qsThreadInfo") return "l";
        if (packet === "qSymbol::") return OK;
        if (packet.startsWith("qThreadExtraInfo,")) return this.#extra(packet.slice("qThreadExtraInfo,".length));
        if (packet.startsWith("qXfer:features:read:target.xml:")) return this.#description(packet);
        if (packet.startsWith("vAttach;")) return this.#attach(packet.slice("vAttach;".length));
        if (packet.startsWith("qRcmd,")) return this.#command(packet.slice("qRcmd,".length));
        if (packet === "qqemu.PhyMemMode") return this.#physical ? "1" : "0";
        if (/^Qqemu\.PhyMemMode:[01]$/.test(packet)) {
            this.#physical = packet.endsWith("1");
            return OK;
        }
        return "";
    }

    #command(hex: string): string {
        const bytes = bytesOfHex(hex);
        if (bytes === undefined) return BAD;
        const words = new TextDecoder().decode(bytes).trim().split(/\s+/);
        if (words[0] === "physical" && (words[1] === "on" || words[1] === "off")) {
            this.#physical = words[1] === "on";
            return hexOfText(`memory is ${this.#physical ? "physical" : "as the hart translates it"}\n`);
        }
        return hexOfText(monitor(this.#debuggee, words));
    }

    #attach(pid: string): string {
        const cluster = Number.parseInt(pid, 16) - 1;
        if (!(cluster >= 0 && cluster < this.#machine.clusterCount)) return BAD;
        return this.stopReply({ hart: cluster * this.#perCluster, reason: "step" });
    }

    #description(packet: string): string {
        const [, offset, length] = /:([0-9a-f]+),([0-9a-f]+)$/.exec(packet) ?? [];
        if (offset === undefined || length === undefined) return BAD;
        const all = targetDescription();
        const [from, count] = [Number.parseInt(offset, 16), Number.parseInt(length, 16)];
        return `${from + count >= all.length ? "l" : "m"}${all.slice(from, from + count)}`;
    }

    #extra(thread: string): string {
        const index = this.#threadOf(thread);
        if (index === undefined) return BAD;
        const hart = this.#machine.hart(index);
        const mode = hart.waiting ? "waits" : (["user", "supervisor", "", "machine"][hart.privilege] ?? "");
        const name = this.#debuggee.functionAt(index, hart.pc);
        return hexOfText(`hart ${index}, ${mode}${name === undefined ? "" : `, ${name}`}`);
    }

    #select(text: string): string {
        const [kind = ""] = text;
        const hart = this.#threadOf(text.slice(1));
        if (hart === undefined || !/^[gc]$/.test(kind)) return BAD;
        if (kind === "g") this.#hart = hart;
        else this.#runs = hart;
        return OK;
    }

    #point(text: string, on: boolean): string {
        const [, type, addressHex, lengthHex] = /^([0-4]),([0-9a-fA-F]{1,16}),([0-9a-fA-F]{1,8})/.exec(text) ?? [];
        if (type === undefined || addressHex === undefined || lengthHex === undefined)
            return /^[0-4],/.test(text) ? BAD : "";
        const address = BigInt(`0x${addressHex}`);
        const cluster = Math.floor(this.#hart / this.#perCluster);
        const kind = WATCHES[type];
        if (kind === undefined) {
            this.#stops.breakAt(cluster, address, on);
            return OK;
        }
        const bytes = Number.parseInt(lengthHex, 16);
        if (bytes < 1 || bytes > MOST_WATCHED) return BAD;
        this.#stops.watch({ cluster, address, bytes, kind }, on);
        return OK;
    }

    #register(number: number): string {
        const value = readRegister(this.#machine.hart(this.#hart), number);
        return value === undefined ? "" : hexOfValue(value);
    }

    #writeGeneral(hex: string): string {
        const values = (hex.match(/.{16}/g) ?? []).map(valueOfHex);
        if (values.length === 0 || hex.length % 16 !== 0 || values.includes(undefined)) return BAD;
        for (const [number, value] of values.slice(0, GENERAL).entries())
            writeRegister(this.#machine.hart(this.#hart), number, value as bigint);
        this.#changed();
        return OK;
    }

    #writeOne(text: string): string {
        const [, number, hex = ""] = /^([0-9a-f]+)=(.*)$/.exec(text) ?? [];
        const value = valueOfHex(hex);
        if (number === undefined || value === undefined) return BAD;
        if (!writeRegister(this.#machine.hart(this.#hart), Number.parseInt(number, 16), value)) return BAD;
        this.#changed();
        return OK;
    }

    #read(text: string): string {
        const range = rangeOf(text);
        if (range === undefined) return BAD;
        let hex = "";
        for (const { vaddr, bytes } of pagesOf(range)) {
            const at = this.#translated(vaddr, "read");
            if (at === undefined) return hex === "" ? NO_MEMORY : hex;
            hex += hexOfBytes(this.#machine.readPhysical(at, bytes));
        }
        return hex;
    }

    #write(text: string, binary: boolean): string {
        const colon = text.indexOf(":");
        const range = rangeOf(text.slice(0, Math.max(colon, 0)));
        if (range === undefined) return BAD;
        const data = text.slice(colon + 1);
        const bytes = binary ? Uint8Array.from(data, (character) => character.charCodeAt(0)) : bytesOfHex(data);
        if (bytes?.length !== range.bytes) return BAD;
        const pages = [...pagesOf(range)].map((page) => ({ ...page, at: this.#translated(page.vaddr, "write") }));
        if (pages.some(({ at }) => at === undefined)) return NO_MEMORY;
        for (const { vaddr, bytes: count, at } of pages) {
            const from = Number(vaddr - range.vaddr);
            this.#machine.writePhysical(at as number, bytes.subarray(from, from + count));
        }
        if (range.bytes > 0) this.#changed();
        return OK;
    }

    /** The physical address, in its global form; undefined where there is no memory. */
    #translated(vaddr: bigint, access: "read" | "write"): number | undefined {
        if (!this.#physical) {
            const { machine } = this.#debuggee;
            return machine.translate(vaddr, this.#hart, access) ?? machine.translate(vaddr, this.#hart, "fetch");
        }
        if (vaddr > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
        try {
            this.#machine.readPhysical(Number(vaddr), 1);
            return Number(vaddr);
        } catch (error) {
            if (error instanceof RangeError) return undefined;
            throw error;
        }
    }

    /** `p1.2`, `2` or `0` and `-1` for any: a hart; undefined when there is none. */
    #threadOf(text: string): number | undefined {
        const [, pid, tid] = /^(?:p(-1|[0-9a-f]{1,8})(?:\.|$))?(-1|[0-9a-f]{1,8})?$/.exec(text) ?? [];
        const any = (name: string | undefined) => name === undefined || name === "-1" || /^0+$/.test(name);
        if (text === "" || (pid === undefined && tid === undefined)) return undefined;
        const cluster = any(pid) ? Math.floor(this.#hart / this.#perCluster) : Number.parseInt(pid as string, 16) - 1;
        const hart = any(tid)
            ? any(pid)
                ? this.#hart
                : cluster * this.#perCluster
            : Number.parseInt(tid as string, 16) - 1;
        if (hart >= this.#machine.hartCount || cluster >= this.#machine.clusterCount) return undefined;
        return any(pid) || Math.floor(hart / this.#perCluster) === cluster ? hart : undefined;
    }

    #threads(): string[] {
        return Array.from({ length: this.#machine.hartCount }, (_, hart) => this.#threadName(hart));
    }

    #threadName(hart: number): string {
        return `p${(Math.floor(hart / this.#perCluster) + 1).toString(16)}.${(hart + 1).toString(16)}`;
    }
}

interface Range {
    readonly vaddr: bigint;
    readonly bytes: number;
}

const PAGE = 4096n;

function rangeOf(text: string): Range | undefined {
    const [, address, length] = /^([0-9a-fA-F]{1,16}),([0-9a-fA-F]{1,8})$/.exec(text) ?? [];
    if (address === undefined || length === undefined) return undefined;
    const bytes = Number.parseInt(length, 16);
    return bytes > MOST_PACKET / 2 ? undefined : { vaddr: BigInt(`0x${address}`), bytes };
}

/** The range by pages, since each is translated by itself. */
function* pagesOf({ vaddr, bytes }: Range): Generator<Range> {
    for (let done = 0; done < bytes; ) {
        const at = BigInt.asUintN(64, vaddr + BigInt(done));
        const count = Math.min(bytes - done, Number(PAGE - (at % PAGE)));
        yield { vaddr: at, bytes: count };
        done += count;
    }
}
