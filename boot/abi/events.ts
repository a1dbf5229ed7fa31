/**
 * What the kernel tells of itself: a row an event. Each is a record of eight words through a hart's port of the probe device: the event's
 * number, then its fields in order. kernel/abi/event.ts (numbers) derives from it, and what the host hears: fields by name. A new event is a row
 * here, `npm run generate`, its probe in the kernel and its handler in an observer (observer.ts).
 *
 * Fields: xptr is a global address, cxy a cluster, ppn a frame's number, vpn a virtual page's.
 */

import { constantName } from "./constant-name.ts";

interface EventRow {
    readonly number: number;
    readonly fields: readonly string[];
    /** What has happened. */
    readonly text: string;
}

/** Seven words behind the number. */
export const MOST_FIELDS = 7;

export const EVENTS = {
    boot: { number: 1, fields: ["cxy", "freeFrames"], text: "an instance manages this cluster's bank" },
    write: {
        number: 2,
        fields: ["pid", "fd", "bytes"],
        text: "so many bytes that follow on the UART are the process's",
    },
    fault: {
        number: 3,
        fields: ["pid", "type", "vaddr", "access", "how", "thread"],
        text: "a page fault is resolved: VSEG_*, ACCESS_*, FAULT_*; thread: xptr of the one that waited, or 0",
    },
    frame: {
        number: 4,
        fields: ["cxy", "ppn", "tag", "pid", "allocated"],
        text: "frames are taken (1) or given back (0); tag: kind (vseg-type.ts) + 256 * order",
    },
    rpcSent: { number: 5, fields: ["level", "operation", "server"], text: "a request is sent; server: its cxy" },
    rpcServed: { number: 6, fields: ["level", "operation", "client"], text: "a request is served; client: its cxy" },
    process: {
        number: 7,
        fields: ["pid", "program", "node", "cxy", "path", "parent"],
        text: "a process begins; program: its index; node: of its group, or 0xffffffff: a fork of `parent`; path: xptr",
    },
    exit: { number: 8, fields: ["pid", "code", "signal"], text: "a process has ended" },
    killed: {
        number: 9,
        fields: ["pid", "signal", "vaddr", "access", "pc", "thread", "cxy"],
        text: "a process is killed for a fault; thread: id",
    },
    dsm: {
        number: 10,
        fields: ["action", "address", "node", "from", "to", "leader"],
        text: "DSM_* of a group's manager or allocator; address: the page's; leader: pid of node 0",
    },
    panic: {
        number: 11,
        fields: ["message", "pc", "sp", "ra", "scause", "stval", "trapped"],
        text: "the kernel gives up; message: xptr; trapped: 1 when a trap gave the registers",
    },
    thread: { number: 12, fields: ["pid", "cxy", "thread", "hart"], text: "a user thread begins; thread: id" },
    refused: { number: 18, fields: ["pid", "code"], text: "a system call refuses a request: REFUSED_*" },
    enosys: { number: 13, fields: ["pid", "number"], text: "a system call that the kernel does not have" },
    vseg: {
        number: 14,
        fields: ["pid", "type", "firstVpn", "endVpn", "cxy", "registered"],
        text: "a vseg is put into the VSL of cxy (1), or taken from it (0)",
    },
    noStart: { number: 15, fields: ["program", "errno"], text: "a program could not be started; program: its index" },
    groupKill: {
        number: 16,
        fields: ["pid", "dead"],
        text: "a process is ended for a dead node of its group, `dead`: its pid",
    },
    spill: {
        number: 17,
        fields: ["home", "cxy", "kind", "pid", "ppn"],
        text: "a frame was found in cxy, because the bank that the rule names (home) is full",
    },
    faultBegin: {
        number: 30,
        fields: ["thread", "pid", "vaddr", "access", "byKernel"],
        text: "a thread (xptr) begins a fault: a trap's (0), or one that a user copy of the kernel found (1); PHASE_VSL begins",
    },
    phase: {
        number: 31,
        fields: ["thread", "phase"],
        text: "PHASE_* of a thread's fault begins; from any hart that works for it",
    },
    faultEnd: {
        number: 32,
        fields: ["thread"],
        text: "a thread's fault is resolved; after a trap the hart's next entry to user mode is the thread's",
    },
    alloc: {
        number: 33,
        fields: ["kind", "home", "ppn", "toucher", "pid"],
        text: "a frame for a page whose rule names `home`; toucher: cxy of the thread it is for",
    },
    vsegEnd: {
        number: 34,
        fields: ["pid", "type", "firstVpn", "endVpn", "cxy", "root", "named"],
        text: "a vseg's end begins, the tables still show its pages; root: xptr of the GPT; named: the cxy that the vseg names",
    },
    foreignStack: {
        number: 35,
        fields: ["pid", "vaddr", "thread", "owner", "cxy"],
        text: "after killed: the stack is that of the thread `owner` (0xffffffff: of none any more) of cxy",
    },
    smWait: {
        number: 40,
        fields: ["pid", "node", "leader", "reason", "id", "holder", "thread"],
        text: "a thread waits in SM_* (0: it goes on); id: root, lock or condition; holder: the node that has the lock, or -1",
    },
    smCall: {
        number: 46,
        fields: ["pid", "node", "leader", "thread", "call", "pc", "caller"],
        text: "before a thread meets or waits: call is SM_* + 256 * id (0: it is refused), pc its ecall, caller the return address",
    },
    smMismatch: {
        number: 47,
        fields: ["pid", "leader", "thread", "cxy"],
        text: "the last call of this thread can never meet those of other nodes",
    },
    writable: {
        number: 42,
        fields: ["pid", "address", "ppn", "thread"],
        text: "a process may write a DSM page, in this frame, from now on; thread: xptr of the one whose fault asked for it",
    },
    writableEnd: { number: 43, fields: ["pid", "address"], text: "it may not any more; the frame holds what it wrote" },
    smRequest: {
        number: 44,
        fields: ["leader", "address", "bytes", "node", "consistency"],
        text: "sm_malloc gave a node memory; consistency: DSM_SEQUENTIAL or DSM_RELEASE",
    },
    merge: {
        number: 45,
        fields: ["own", "twin", "reference"],
        text: "bytes in which a written copy (ppn) differs from its twin (xptr) go to the reference copy (ppn) next",
    },
    roots: { number: 64, fields: ["cxy", "address"], text: "local address of the instance's audit_roots_t" },
    leave: {
        number: 65,
        fields: ["pid"],
        text: "the kernel's last step on this hart: it enters the process's user mode; 0: it goes idle",
    },
    begin: {
        number: 66,
        fields: ["pid", "operation", "vaddr"],
        text: "OPERATION_* on the process begins; its invariants need not hold before it ends",
    },
    end: { number: 67, fields: ["pid", "operation"], text: "OPERATION_* on the process ends" },
    pageHeld: {
        number: 69,
        fields: ["ppn", "held"],
        text: "a transfer is about to own a FILE frame (1), or has given it up (0)",
    },
} as const satisfies Readonly<Record<string, EventRow>>;

export type EventName = keyof typeof EVENTS;

/** The fields of an event, as numbers: above 2^53 rounded. */
export type EventOf<N extends EventName> = { readonly [F in (typeof EVENTS)[N]["fields"][number]]: number };

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
        "// Generated from boot/abi/events.ts by `npm run generate`: word 0 of a probe record; its other words as named here.";
    const rows = Object.entries(EVENTS as Readonly<Record<string, EventRow>>).map(
        ([name, { number, fields, text }]) =>
            `/** ${fields.join(", ")}: ${text} */\nexport const ${constantOf(name)} = ${number};`,
    );
    return `${[head, ...rows].join("\n")}\n`;
}
