/**
 * What the kernel tells of itself: a row an event. Each is a record of few words through a hart's port of the probe device: the event's
 * number and the fields that fit beside it in word 0, then the others (placesOf). kernel/abi/event.ts (numbers) and kernel/probe.ts (a function an
 * event) derive from it, and what the host hears: fields by name. A new event is a row here, `npm run generate`, its call in the kernel
 * and its handler in an observer (observer.ts).
 *
 * Fields: xptr is a global address, cxy a cluster, ppn a frame's number, vpn a virtual page's.
 */

import { constantName } from "./constant-name.ts";

interface EventRow {
    readonly number: number;
    /** `name` has a word of its own, `name:bits` lies with others in one. */
    readonly fields: readonly string[];
    /** What has happened. */
    readonly text: string;
}

/** Words of a record: word 0, and six behind it. Word 7 of the port is not the record's (emu/dev/probe.ts). */
export const RECORD_WORDS = 7;

export const EVENTS = {
    boot: { number: 1, fields: ["cxy:16", "freeFrames:32"], text: "an instance manages this cluster's bank" },
    write: {
        number: 2,
        fields: ["pid:32", "fd:32", "bytes:32"],
        text: "so many bytes that follow on the UART are the process's",
    },
    fault: {
        number: 3,
        fields: ["pid:32", "type:8", "vaddr", "access:8", "how:8", "thread"],
        text: "a page fault is resolved: VSEG_*, ACCESS_*, FAULT_*; thread: xptr of the one that waited, or 0",
    },
    frame: {
        number: 4,
        fields: ["cxy:16", "ppn:32", "tag:16", "pid:32", "allocated:8"],
        text: "frames are taken (1) or given back (0); tag: kind (vseg-type.ts) + 256 * order",
    },
    rpcSent: {
        number: 5,
        fields: ["level:8", "operation:16", "server:16"],
        text: "a request is sent; server: its cxy",
    },
    rpcServed: {
        number: 6,
        fields: ["level:8", "operation:16", "client:16"],
        text: "a request is served; client: its cxy",
    },
    process: {
        number: 7,
        fields: ["pid:32", "program:32", "node:32", "cxy:16", "path", "parent:32"],
        text: "a process begins; program: its index; node: of its group, or 0xffffffff: a fork of `parent`; path: xptr",
    },
    exit: { number: 8, fields: ["pid:32", "code", "signal:8"], text: "a process has ended" },
    killed: {
        number: 9,
        fields: ["pid:32", "signal:8", "vaddr", "access:8", "pc", "thread:32", "cxy:32"],
        text: "a process is killed for a fault; thread: id",
    },
    dsm: {
        number: 10,
        fields: ["action:8", "address", "node:32", "from:32", "to:32", "leader:32"],
        text: "DSM_* of a group's manager or allocator; address: the page's; leader: pid of node 0",
    },
    panic: {
        number: 11,
        fields: ["message", "pc", "sp", "ra", "scause", "stval", "trapped:8"],
        text: "the kernel gives up; message: xptr; trapped: 1 when a trap gave the registers",
    },
    thread: {
        number: 12,
        fields: ["pid:32", "cxy:16", "thread:32", "hart:16"],
        text: "a user thread begins; thread: id",
    },
    refused: { number: 18, fields: ["pid:32", "code:32"], text: "a system call refuses a request: REFUSED_*" },
    enosys: { number: 13, fields: ["pid:32", "number:32"], text: "a system call that the kernel does not have" },
    vseg: {
        number: 14,
        fields: ["pid:32", "type:4", "firstVpn:32", "endVpn:32", "cxy:16", "registered:4"],
        text: "a vseg is put into the VSL of cxy (1), or taken from it (0)",
    },
    dropped: {
        number: 19,
        fields: ["pid:32", "firstVpn:32", "endVpn:32"],
        text: "madvise has taken the pages of a range, whose vsegs stay",
    },
    noStart: {
        number: 15,
        fields: ["program:32", "errno:16"],
        text: "a program could not be started; program: its index",
    },
    groupKill: {
        number: 16,
        fields: ["pid:32", "dead:32"],
        text: "a process is ended for a dead node of its group, `dead`: its pid",
    },
    spill: {
        number: 17,
        fields: ["home:16", "cxy:16", "kind:8", "pid:32", "ppn"],
        text: "a frame was found in cxy, because the bank that the rule names (home) is full",
    },
    faultBegin: {
        number: 30,
        fields: ["thread", "pid:32", "vaddr", "access:8", "byKernel:8"],
        text: "a thread (xptr) begins a fault: a trap's (0), or one that a user copy of the kernel found (1); PHASE_VSL begins",
    },
    phase: {
        number: 31,
        fields: ["thread:48", "phase:8"],
        text: "PHASE_* of a thread's fault begins; from any hart that works for it",
    },
    faultEnd: {
        number: 32,
        fields: ["thread:48"],
        text: "a thread's fault is resolved; after a trap the hart's next entry to user mode is the thread's",
    },
    alloc: {
        number: 33,
        fields: ["kind:8", "home:16", "ppn:32", "toucher:16", "pid:32"],
        text: "a frame for a page whose rule names `home`; toucher: cxy of the thread it is for",
    },
    vsegEnd: {
        number: 34,
        fields: ["pid:32", "type:8", "firstVpn:32", "endVpn:32", "cxy:16", "root", "named:32"],
        text: "a vseg's end begins, the tables still show its pages; root: xptr of the GPT; named: the cxy that the vseg names",
    },
    foreignStack: {
        number: 35,
        fields: ["pid:32", "vaddr", "thread:32", "owner:32", "cxy:32"],
        text: "after killed: the stack is that of the thread `owner` (0xffffffff: of none any more) of cxy",
    },
    smWait: {
        number: 40,
        fields: ["pid:32", "node:32", "leader:32", "reason:8", "id", "holder", "thread:32"],
        text: "a thread waits in SM_* (0: it goes on); id: root, lock or condition; holder: the node that has the lock, or -1",
    },
    smCall: {
        number: 46,
        fields: ["pid:32", "node:32", "leader:32", "thread:32", "call", "pc", "caller"],
        text: "before a thread meets or waits: call is SM_* + 256 * id (0: it is refused), pc its ecall, caller the return address",
    },
    smMismatch: {
        number: 47,
        fields: ["pid:32", "leader:32", "thread:32", "cxy:16"],
        text: "the last call of this thread can never meet those of other nodes",
    },
    writable: {
        number: 42,
        fields: ["pid:32", "address", "ppn", "thread"],
        text: "a process may write a DSM page, in this frame, from now on; thread: xptr of the one whose fault asked for it",
    },
    writableEnd: {
        number: 43,
        fields: ["pid:32", "address"],
        text: "it may not any more; the frame holds what it wrote",
    },
    smRequest: {
        number: 44,
        fields: ["leader:32", "address", "bytes", "node:16", "consistency:8"],
        text: "sm_malloc gave a node memory; consistency: DSM_SEQUENTIAL or DSM_RELEASE",
    },
    merge: {
        number: 45,
        fields: ["own", "twin", "reference"],
        text: "bytes in which a written copy (ppn) differs from its twin (xptr) go to the reference copy (ppn) next",
    },
    roots: { number: 64, fields: ["cxy:16", "address"], text: "local address of the instance's audit_roots_t" },
    leave: {
        number: 65,
        fields: ["pid:32"],
        text: "the kernel's last step on this hart: it enters the process's user mode; 0: it goes idle",
    },
    begin: {
        number: 66,
        fields: ["pid:32", "operation:8", "vaddr"],
        text: "OPERATION_* on the process begins; its invariants need not hold before it ends",
    },
    end: { number: 67, fields: ["pid:32", "operation:8"], text: "OPERATION_* on the process ends" },
    pageHeld: {
        number: 69,
        fields: ["ppn:40", "held:8"],
        text: "a transfer is about to own a FILE frame (1), or has given it up (0)",
    },
} as const satisfies Readonly<Record<string, EventRow>>;

export type EventName = keyof typeof EVENTS;

type NameOf<F extends string> = F extends `${infer Name}:${number}` ? Name : F;

/** The fields of an event, as numbers: above 2^53 rounded. */
export type EventOf<N extends EventName> = {
    readonly [F in (typeof EVENTS)[N]["fields"][number] as NameOf<F>]: number;
};

/** Where a field lies in a record: `bits` bits of a word from bit `shift` on. */
export interface FieldPlace {
    readonly name: string;
    readonly word: number;
    readonly shift: number;
    readonly bits: number;
}

const WORD_BITS = 64;
/** Of word 0, for the event's number. */
const NUMBER_BITS = 8;

/** The place of an event's field. Throws for a field that it has not. */
export function fieldPlace(event: EventName, field: string): FieldPlace {
    const place = placesOf(EVENTS[event].fields).find(({ name }) => name === field);
    if (place === undefined) throw new Error(`event ${event} has no field ${field}`);
    return place;
}

/** The places of an event's fields, in the row's order. A field with bits lies in the first word of such that has room, word 0 first. */
export function placesOf(fields: readonly string[]): FieldPlace[] {
    /** Bits used, by word; of a whole one all. */
    const used = [NUMBER_BITS];
    return fields.map((field) => {
        const [name = "", size] = field.split(":");
        const bits = size === undefined ? WORD_BITS : Number(size);
        const fitting = used.findIndex((taken) => taken + bits <= WORD_BITS);
        const word = fitting < 0 ? used.length : fitting;
        const shift = used[word] ?? 0;
        used[word] = shift + bits;
        return { name, word, shift, bits };
    });
}

/** The number of the event that a committed record is of. */
export function eventNumber(halves: Uint32Array): number {
    return (halves[0] ?? 0) & (2 ** NUMBER_BITS - 1);
}

/** A field of a record, all its bits. */
export function fieldBits({ word, shift, bits }: FieldPlace, halves: Uint32Array): bigint {
    const value = BigInt(halves[2 * word] ?? 0) | (BigInt(halves[2 * word + 1] ?? 0) << 32n);
    return BigInt.asUintN(bits, value >> BigInt(shift));
}

/** A field of a record: above 2^53 rounded. */
export function fieldNumber({ word, shift, bits }: FieldPlace, halves: Uint32Array): number {
    const [low = 0, high = 0] = [halves[2 * word], halves[2 * word + 1]];
    if (shift >= 32) return lowest(high >>> (shift - 32), bits);
    if (shift + bits <= 32) return lowest(low >>> shift, bits);
    return (low >>> shift) + lowest(high, shift + bits - 32) * 2 ** (32 - shift);
}

function lowest(half: number, bits: number): number {
    return bits >= 32 ? half : half & (2 ** bits - 1);
}

/** What the tag of `frame` says: the frames' kind, and the order of a block of 2^order frames. */
export function taggedFrame(tag: number): { readonly kind: number; readonly order: number } {
    return { kind: tag & 255, order: tag >>> 8 };
}

/** PROBE_RPC_SENT for rpcSent. */
function constantOf(name: string): string {
    return `PROBE_${constantName(name)}`;
}

/** kernel/abi/event.ts. */
export function eventConstants(): string {
    const head =
        "// Generated from boot/abi/events.ts by `npm run generate`: the number of each event, in bits 7 to 0 of word 0 of its record.";
    const rows = entries().map(([name, { number, fields, text }]) => {
        return `/** ${namesOf(fields).join(", ")}: ${text} */\nexport const ${constantOf(name)} = ${number};`;
    });
    return `${[head, ...rows].join("\n")}\n`;
}

/** kernel/probe.ts. */
export function eventFunctions(): string {
    const head = `// Records to the probe device (docs/kernel.md, "Probe records"), a function an event. They are always written. The store to word 0 commits; the
// one to word 7 says that the record begins, so that the host knows what telling costs (emu/dev/probe.ts).
// Generated from boot/abi/events.ts by \`npm run generate\`.

import * as event from "./abi/event";
import { PROBE_BASE } from "./abi/memory-map";
import { remote_store64 } from "./hal/hal";

function begins(): void {
    remote_store64(PROBE_BASE + 56, 0);
}
`;
    return [head, ...entries().map(([name, row]) => teller(name, row))].join("\n");
}

const MOST_COLUMNS = 120;

function teller(name: string, { fields, text }: EventRow): string {
    const places = placesOf(fields);
    const parameters = places.map(({ name: field, bits }) => `${snake(field)}: ${bits > 32 ? "u64" : "u32"}`);
    const count = 1 + Math.max(...places.map(({ word }) => word));
    const stores = Array.from({ length: count }, (_, word) => store(name, word, places)).reverse();
    const line = `export function tell_${snake(name)}(${parameters.join(", ")}): void {`;
    const broken = [`export function tell_${snake(name)}(`, ...parameters.map((each) => `    ${each},`), "): void {"];
    return [
        `/** ${text} */`,
        ...(line.length <= MOST_COLUMNS ? [line] : broken),
        "    begins();",
        ...stores,
        "}\n",
    ].join("\n");
}

function store(name: string, word: number, places: readonly FieldPlace[]): string {
    const parts = places.filter((place) => place.word === word).map(partOf);
    const values = [...(word === 0 ? [`event.${constantOf(name)}`] : []), ...parts];
    const port = `PROBE_BASE${word === 0 ? "" : ` + ${8 * word}`}`;
    const value = values.join(" | ");
    const line = `    remote_store64(${port}, ${value});`;
    if (line.length <= MOST_COLUMNS) return line;
    const fits = `        ${value},`.length <= MOST_COLUMNS;
    return [
        "    remote_store64(",
        `        ${port},`,
        `        ${fits ? value : values.join(" |\n            ")},`,
        "    );",
    ].join("\n");
}

/** A field that is narrower than its parameter, or whose upper half is shifted out, needs no zeros above its 32 bits. */
function partOf({ name, shift, bits }: FieldPlace): string {
    const extended = bits < 32 || shift >= 32 ? `<u64>(<i32>${snake(name)})` : `<u64>${snake(name)}`;
    if (bits > 32) return shift === 0 ? snake(name) : `(${snake(name)} << ${shift})`;
    return shift === 0 ? extended : `((${extended}) << ${shift})`;
}

function entries(): [string, EventRow][] {
    return Object.entries(EVENTS as Readonly<Record<string, EventRow>>);
}

function namesOf(fields: readonly string[]): string[] {
    return placesOf(fields).map(({ name }) => name);
}

/** rpc_sent for rpcSent. */
function snake(name: string): string {
    return constantName(name).toLowerCase();
}
