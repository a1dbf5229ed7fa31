/**
 * The operations of RPC between instances (vmm-policy 5.9): a row an operation. kernel/abi/rpc-ops.ts (numbers) and kernel/abi/rpc-words.ts
 * (positions of arguments and results) derive from it. A new operation is a row here, `npm run generate`, its sender and its handler in the kernel.
 *
 * A request has eight words. The sender fills them with the arguments, in order from word 0, and the handler puts the results over them, in
 * order from word 0 again. Names: xptr is a global address, cxy a cluster, ppn a frame's number, vpn a virtual page's, thread an xptr, id a
 * thread's number. A result `error` is 0 or -errno, and a result that a sentence does not explain is -errno if it is negative.
 */

type Level = "leaf" | "node" | "manager" | "reference" | "process";

interface OperationRow {
    readonly number: number;
    /** The level at which it is sent (kernel/rpc/levels.ts). */
    readonly level: Level;
    readonly args: readonly string[];
    /** The name of another operation stands for that operation's results, with the same constants. */
    readonly results: readonly string[] | string;
    /** What it asks of the cluster that serves it. */
    readonly text: string;
}

/** Words of a request: the most arguments, and the most results. */
export const MOST_WORDS = 8;

/** Frames, vsegs and pages. */
const MEMORY = {
    frameAlloc: {
        number: 1,
        level: "leaf",
        args: ["cxy", "kind", "pid"],
        results: ["ppn"],
        text: "takes a frame from the bank of cxy, which this instance manages; ppn 0: it has none",
    },
    frameFree: { number: 2, level: "leaf", args: ["ppn"], results: [], text: "takes an owner from a frame" },
    getVseg: {
        number: 3,
        level: "leaf",
        args: ["pid", "vpn", "sharer"],
        results: ["found", "attributes", "pages", "content", "contentBytes", "file", "filePage"],
        text: "asks Z for the vseg of a page, of which the cluster `sharer` becomes a sharer; found: VSEG_NONE, VSEG_BUSY or VSEG_FOUND",
    },
    getPage: {
        number: 4,
        level: "reference",
        args: ["pid", "vpn", "access", "sharer"],
        results: ["outcome", "table"],
        text: "asks Z for the entry of a page, which Z makes first if need be; table: xptr of the leaf table of a linked page",
    },
    invalidate: {
        number: 5,
        level: "leaf",
        args: ["pid", "vpn", "pte"],
        results: [],
        text: "puts pte in place of the sharer's copy of an entry; the answer is the acknowledgement",
    },
    mmap: {
        number: 6,
        level: "leaf",
        args: ["pid", "pages", "type", "cxy", "rights", "file", "filePage"],
        results: ["address"],
        text: "asks Z for a new vseg of so many pages",
    },
    frameShare: { number: 7, level: "leaf", args: ["ppn"], results: [], text: "adds an owner to a frame" },
    frameOwners: { number: 8, level: "leaf", args: ["ppn"], results: ["owners"], text: "counts the owners of a frame" },
    munmap: {
        number: 9,
        level: "reference",
        args: ["pid", "first", "end"],
        results: ["error"],
        text: "removes the pages from vpn `first` to before `end`",
    },
    invalidateRange: {
        number: 16,
        level: "leaf",
        args: ["pid", "first", "end", "rights"],
        results: [],
        text: "leaves a sharer at most these rights on the pages from vpn `first` to before `end`; FORGET_ALL: no entry and no vseg",
    },
    mprotect: {
        number: 17,
        level: "reference",
        args: ["pid", "first", "end", "rights"],
        results: ["error"],
        text: "gives the pages from vpn `first` to before `end` these rights",
    },
    brk: {
        number: 18,
        level: "reference",
        args: ["pid", "address"],
        results: ["end"],
        text: "moves the break to the address; 0 only asks; end: the break that there is then",
    },
    holdEnd: {
        number: 33,
        level: "leaf",
        args: ["pid", "vpn"],
        results: [],
        text: "tells Z that the asking cluster does not need the page any more that Z promised it",
    },
    setEntry: {
        number: 68,
        level: "leaf",
        args: ["pid", "vpn", "pte"],
        results: [],
        text: "gives a replica a new entry of Z",
    },
    stackOwner: {
        number: 80,
        level: "leaf",
        args: ["pid", "slot"],
        results: ["id"],
        text: "asks which thread has a stack slot of the cluster; id NO_THREAD: none has it any more",
    },
    awaitChange: {
        number: 110,
        level: "reference",
        args: ["pid", "vpn"],
        results: [],
        text: "is answered by Z when the page's vseg is part of no change",
    },
} as const;

/** Processes, threads, fork and exec. */
const PROCESSES = {
    processCreate: {
        number: 10,
        level: "process",
        args: ["program"],
        results: ["pid"],
        text: "starts the program at the xptr `program` in the cluster",
    },
    processAttach: {
        number: 11,
        level: "reference",
        args: ["pid", "cxy"],
        results: ["alive", "program", "programThreads", "group", "node", "parent", "descriptor", "inheritedSlot"],
        text: "makes cxy active for a process; alive 0: it is not to be; parent: pid, and birth above 32 bits; descriptor: xptr at Z",
    },
    attachVseg: {
        number: 12,
        level: "reference",
        args: ["pid", "vpn"],
        results: "getVseg",
        text: "asks Z for the first CODE or DATA vseg from the page on, once no change has it; found: 1, or 0 without one",
    },
    processKill: {
        number: 13,
        level: "leaf",
        args: ["pid", "code", "signal", "ask"],
        results: ["there"],
        text: "begins the end of a process; with ask 1 it only asks whether the process is there",
    },
    killLocal: {
        number: 14,
        level: "leaf",
        args: ["pid"],
        results: [],
        text: "kills the threads that a process has in the cluster",
    },
    freeLocal: {
        number: 15,
        level: "process",
        args: ["pid"],
        results: ["error"],
        text: "frees what a process has in the cluster; error is 0",
    },
    threadCreate: {
        number: 20,
        level: "process",
        args: ["pid", "reference", "entry", "a0", "a1"],
        results: ["id"],
        text: "makes a thread in the cluster, which begins at `entry` with these registers; reference: cxy of Z",
    },
    threadRegister: {
        number: 21,
        level: "leaf",
        args: ["pid"],
        results: ["alive"],
        text: "announces a new thread to Z; alive 0: the process is ending",
    },
    threadGone: { number: 22, level: "leaf", args: ["pid"], results: [], text: "tells Z that a thread has ended" },
    threadJoin: {
        number: 23,
        level: "leaf",
        args: ["pid", "id", "joiner"],
        results: ["error"],
        text: "registers the thread that joins the thread `id`",
    },
    threadClone: {
        number: 26,
        level: "process",
        args: ["pid", "reference", "frame", "wish"],
        results: ["made"],
        text: "makes a thread for clone; frame: xptr of the caller's trap frame; wish: xptr of a clone_t; made: its local address",
    },
    threadCloned: {
        number: 27,
        level: "process",
        args: ["thread", "goes"],
        results: [],
        text: "launches the thread that THREAD_CLONE made (goes 1), or undoes it (0); thread: its local address",
    },
    usage: {
        number: 24,
        level: "reference",
        args: ["pid"],
        results: ["cycles"],
        text: "asks Z for the user cycles of a process's threads in all clusters",
    },
    usageHere: {
        number: 25,
        level: "leaf",
        args: ["pid"],
        results: ["cycles"],
        text: "asks for the user cycles of a process's threads in the cluster",
    },
    futexWait: {
        number: 30,
        level: "leaf",
        args: ["pid", "address", "expected", "thread"],
        results: ["error"],
        text: "puts the thread into the list of a futex that has the expected value",
    },
    futexWake: {
        number: 31,
        level: "leaf",
        args: ["pid", "from", "count", "to", "moved", "expected"],
        results: ["woken"],
        text: "wakes so many threads that wait at `from`, and moves so many others to `to`",
    },
    futexCancel: {
        number: 32,
        level: "leaf",
        args: ["thread", "pid", "address"],
        results: ["found"],
        text: "takes a thread off the list of a futex; found 0: it has been woken meanwhile",
    },
    forkBegin: {
        number: 60,
        level: "reference",
        args: ["pid"],
        results: ["descriptor"],
        text: "freezes the parent at Z; descriptor: its local address there, held; 0: it is ending",
    },
    forkEnd: {
        number: 61,
        level: "leaf",
        args: ["pid"],
        results: [],
        text: "ends the freeze and the hold of FORK_BEGIN",
    },
    fork: {
        number: 62,
        level: "process",
        args: ["parent", "reference", "thread", "root"],
        results: ["pid"],
        text: "makes a child in the cluster; thread: the one that forks; root: the caller's GPT; pid: the child's",
    },
    wait: {
        number: 63,
        level: "leaf",
        args: ["pid", "child", "blocks", "thread"],
        results: ["status"],
        text: "asks Z for an ended child; child: pid, or -1 for any; blocks 1: without one the thread is registered; status: as wait4 has it, the child's pid above 32 bits; 0: none",
    },
    childEnded: {
        number: 64,
        level: "leaf",
        args: ["parent", "pid", "status", "birth"],
        results: [],
        text: "tells the parent's Z that a child has ended; birth: the parent's",
    },
    exec: {
        number: 65,
        level: "reference",
        args: ["pid", "inode", "strings"],
        results: ["error"],
        text: "hands Z the new image of a process; strings: xptr of its arguments and environment",
    },
    forkVseg: {
        number: 111,
        level: "leaf",
        args: ["parent", "vpn"],
        results: "getVseg",
        text: "asks Z for the parent's first vseg from the page on that a child inherits; found: 1, or 0 without one",
    },
    forkChild: {
        number: 112,
        level: "leaf",
        args: ["parent", "pid"],
        results: ["birth"],
        text: "lets Z note one more child of the parent; birth: the parent's",
    },
    threadJoinCancel: {
        number: 113,
        level: "leaf",
        args: ["pid", "id", "joiner"],
        results: [],
        text: "takes back the joiner, which waits no more",
    },
    waitCancel: {
        number: 114,
        level: "leaf",
        args: ["pid", "thread"],
        results: [],
        text: "takes a thread off the parent's list of waiters",
    },
    processIsAlive: {
        number: 115,
        level: "leaf",
        args: ["pid", "birth"],
        results: ["answer"],
        text: "asks whether the process of this pid and birth lives; answer: 1 or 0",
    },
} as const;

/** Files and descriptors. */
const FILES = {
    fileCreate: {
        number: 50,
        level: "leaf",
        args: ["data", "bytes"],
        results: ["inode"],
        text: "makes an inode with the content at the xptr `data`; inode 0: no memory",
    },
    filePage: {
        number: 51,
        level: "leaf",
        args: ["inode", "index", "purpose", "last"],
        results: ["ppn"],
        text: "gives a file's page to the caller, HOLD_*, and takes back the page `last`; ppn 0: there is none, or no memory",
    },
    fileTruncate: {
        number: 52,
        level: "leaf",
        args: ["inode", "index"],
        results: ["next"],
        text: "empties a file, and drops some of its pages from `index` on; next: the index to go on with",
    },
    lookup: {
        number: 53,
        level: "manager",
        args: ["name", "create"],
        results: ["inode"],
        text: "looks for the file of the name at an xptr, and makes it if create is 1",
    },
    dirent: {
        number: 54,
        level: "leaf",
        args: ["index", "to"],
        results: ["found"],
        text: "copies the name of a directory entry to the xptr `to`; found 0: the index is behind the last one",
    },
    fileDestroy: {
        number: 67,
        level: "leaf",
        args: ["inode"],
        results: [],
        text: "frees an inode that nothing maps or opens any more",
    },
    fdReserve: {
        number: 55,
        level: "leaf",
        args: ["pid"],
        results: ["fd"],
        text: "takes the lowest free descriptor of a process",
    },
    fdHold: {
        number: 56,
        level: "leaf",
        args: ["pid", "fd"],
        results: ["file"],
        text: "makes the caller one more owner of a descriptor's open file; file 0: there is none",
    },
    fdTake: {
        number: 57,
        level: "leaf",
        args: ["pid", "fd"],
        results: ["file"],
        text: "takes a descriptor out of the table; its open file is the caller's then; file 0: there is none",
    },
    openFileFree: {
        number: 58,
        level: "leaf",
        args: ["file"],
        results: [],
        text: "frees an open file that has lost its last owner",
    },
    fdInstall: {
        number: 59,
        level: "leaf",
        args: ["pid", "fd", "file"],
        results: [],
        text: "lets a reserved descriptor name the open file; file 0: it is free again",
    },
    fdCopy: {
        number: 69,
        level: "leaf",
        args: ["pid", "to"],
        results: ["copied"],
        text: "copies the descriptors of a process to the table at the xptr `to`; copied: their number",
    },
    turnWait: {
        number: 70,
        level: "leaf",
        args: ["object", "thread"],
        results: ["taken"],
        text: "puts a thread into the list of those that wait for the turn; taken 1: it was free, and the thread has it",
    },
    turnGive: { number: 71, level: "leaf", args: ["object"], results: [], text: "gives the turn to the oldest waiter" },
    turnCancel: {
        number: 72,
        level: "leaf",
        args: ["object", "thread"],
        results: ["found"],
        text: "takes a thread off the list; found 0: it has the turn",
    },
} as const;

/** DSM: groups, managers, pages, and what sm_* asks of a group's home. */
const GROUPS = {
    groupCreate: {
        number: 40,
        level: "manager",
        args: ["nodes"],
        results: ["group"],
        text: "makes a group of so many nodes in the cluster; group: its local address, 0 without memory",
    },
    groupJoin: {
        number: 41,
        level: "manager",
        args: ["group", "node", "pid"],
        results: [],
        text: "lets the process be this node of the group",
    },
    groupDead: {
        number: 42,
        level: "leaf",
        args: ["group"],
        results: ["first"],
        text: "reports that a node of the group has died; first 1: it is the first one",
    },
    groupMember: {
        number: 43,
        level: "manager",
        args: ["group", "node"],
        results: ["pid"],
        text: "asks for the process of a node; pid 0: it never started, -1: there is no such node",
    },
    groupFree: { number: 44, level: "manager", args: ["group"], results: [], text: "frees a group that has ended" },
    dsmRequest: {
        number: 45,
        level: "manager",
        args: ["manager", "node", "vpn", "what", "turn"],
        results: ["grant"],
        text: "asks a manager for a page, TO_*; turn: 0, or the local address of the page at which a parked request has its turn",
    },
    dsmAck: {
        number: 46,
        level: "leaf",
        args: ["manager", "node", "vpn", "ppn"],
        results: [],
        text: "tells the manager that a node has installed the granted page in this frame",
    },
    dsmDowngrade: {
        number: 47,
        level: "node",
        args: ["pid", "vpn", "mode", "to"],
        results: ["answer"],
        text: "asks a node to give up rights on a page in favour of the node `to`; answer: ppn, or as protocol.ts says",
    },
    smMalloc: {
        number: 48,
        level: "manager",
        args: ["group", "node", "size", "consistency"],
        results: ["address"],
        text: "sm_malloc in the group's region; address 0: there is no room; REUSED in it: the pages had another life",
    },
    smMeet: {
        number: 49,
        level: "manager",
        args: ["group", "node", "thread", "root", "value"],
        results: ["met"],
        text: "announces the node's thread at the meeting point; met: MEET_*",
    },
    managerCreate: {
        number: 96,
        level: "manager",
        args: ["group", "node"],
        results: ["manager"],
        text: "makes the manager of a node in the cluster; manager: its local address, 0 without memory",
    },
    managerFree: { number: 97, level: "manager", args: ["manager"], results: [], text: "frees a manager" },
    dsmAdopt: {
        number: 98,
        level: "manager",
        args: ["manager", "vpn", "count"],
        results: [],
        text: "gives so many pages from vpn on to the manager's node again",
    },
    smFree: {
        number: 99,
        level: "manager",
        args: ["group", "node", "address"],
        results: ["freed"],
        text: "sm_free; freed: number of pages, and the index of the first above 32 bits, or NO_REQUEST",
    },
    smForget: {
        number: 100,
        level: "manager",
        args: ["group", "index", "count"],
        results: [],
        text: "lets the region use the pages of SM_FREE again, which no node has any more",
    },
    smLock: {
        number: 101,
        level: "manager",
        args: ["group", "node", "thread", "lock"],
        results: ["answer"],
        text: "takes a lock for the thread; answer: 0, MUST_WAIT with the holder's node, or -errno",
    },
    smUnlock: {
        number: 102,
        level: "manager",
        args: ["group", "thread", "lock"],
        results: ["error"],
        text: "gives back the thread's lock",
    },
    smCondWait: {
        number: 103,
        level: "manager",
        args: ["group", "node", "thread", "condition", "lock"],
        results: ["answer"],
        text: "lets the thread wait for a condition, and gives back its lock; answer: MUST_WAIT or -errno",
    },
    smCondWake: {
        number: 104,
        level: "manager",
        args: ["group", "condition", "all"],
        results: [],
        text: "wakes one thread that waits for the condition, or all",
    },
    smCancel: {
        number: 105,
        level: "manager",
        args: ["group", "node", "thread"],
        results: [],
        text: "takes a thread that was ended out of all lists of the group",
    },
    smPost: {
        number: 106,
        level: "manager",
        args: ["group", "node", "vpns", "count"],
        results: [],
        text: "posts that the node has written so many pages; vpns: xptr of their numbers",
    },
    smNotices: {
        number: 107,
        level: "manager",
        args: ["group", "node", "seen", "last", "reading"],
        results: [],
        text: "reads the posts of other nodes since the ones that the node knows; reading: xptr of where they go",
    },
    dsmDrop: {
        number: 108,
        level: "leaf",
        args: ["manager", "node", "vpn"],
        results: [],
        text: "tells the manager that a node has given up its copy",
    },
    smSynchronise: {
        number: 109,
        level: "reference",
        args: ["pid", "what"],
        results: [],
        text: "lets the node's Z do a release or an acquire; what: RELEASE or ACQUIRE of kernel/dsm/synchronise.ts",
    },
    groupRestart: {
        number: 116,
        level: "manager",
        args: ["group"],
        results: [],
        text: "begins a group of one node anew, for exec",
    },
    managerRestart: {
        number: 117,
        level: "manager",
        args: ["manager"],
        results: [],
        text: "begins the manager of such a group anew",
    },
} as const;

export const OPERATIONS = { ...MEMORY, ...PROCESSES, ...FILES, ...GROUPS } as const satisfies Readonly<
    Record<string, OperationRow>
>;

const ROWS = Object.entries(OPERATIONS as Readonly<Record<string, OperationRow>>);

/** FRAME_ALLOC for frameAlloc. */
function upperCase(name: string): string {
    return name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** RPC_FRAME_ALLOC for frameAlloc. */
export function operationConstant(name: string): string {
    return `RPC_${upperCase(name)}`;
}

/** The rows by the names of their constants. */
export function operationRows(): Map<string, OperationRow> {
    return new Map(ROWS.map(([name, row]) => [operationConstant(name), row]));
}

/** kernel/abi/rpc-ops.ts. */
export function operationConstants(): string {
    const head =
        "// Generated from boot/abi/operations.ts by `npm run generate`: the operations of RPC; the words of each: rpc-words.ts.";
    const rows = [...operationRows()].map(
        ([name, { number, text }]) => `/** ${text} */\nexport const ${name} = ${number};`,
    );
    return `${[head, ...rows].join("\n")}\n`;
}

/** kernel/abi/rpc-words.ts. */
export function operationWords(): string {
    const head =
        "// Generated from boot/abi/operations.ts by `npm run generate`: the positions of arguments and results in the words of a request.";
    return `${[head, ...ROWS.flatMap(([name, row]) => words(name, row))].join("\n")}\n`;
}

function words(operation: string, { args, results }: OperationRow): string[] {
    const name = upperCase(operation);
    const own = typeof results === "string" ? [] : results;
    const told = typeof results === "string" ? `as ${operationConstant(results)}` : results.join(", ");
    const constants = [args, own].flatMap((names) =>
        names.map((word, i) => `export const ${name}_${upperCase(word)} = ${i};`),
    );
    return [`// RPC_${name} (${args.join(", ")})${told === "" ? "" : `: ${told}`}`, ...constants];
}
