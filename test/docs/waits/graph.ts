/** Who calls whom in the kernel, which requests and which waits each function reaches, and in which contexts it runs (docs/waits.md). */

import { type Call, callsOf, type SourceFile, type SourceFunction } from "./source.ts";

/** RPC levels by their names in the kernel, the lowest first. */
export const LEVELS = ["LEVEL_LEAF", "LEVEL_NODE", "LEVEL_MANAGER", "LEVEL_REFERENCE", "LEVEL_PROCESS"] as const;

/** What a wait is made of. Nothing behind one of these is looked at: they run leaf requests, and other threads. */
const PRIMITIVES: readonly string[] = [
    "sched_wait",
    "sched_wait_until",
    "vmm_wait",
    "rpc_yield",
    "sched_yield",
    "pause",
    "wfi",
];
/** Beside them, not looked into either: a lock's spin has its row where the lock is. */
const CLOSED: readonly string[] = [...PRIMITIVES, "lock_acquire", "rpc_poll", "rpc_serve_leaf", "rpc_send"];
/** Files whose indirect calls are those of a vseg's pager. */
const PAGER_CALLERS: readonly string[] = ["mm/fault.ts", "mm/pager.ts"];
/**
 * The functions that send a request, and the places of their arguments for the level and the operation. Nobody waits for what the second one
 * sends.
 */
const SENDERS = { names: ["rpc_send", "rpc_serve_later"], level: 1, op: 2 };
const UNAWAITED = "rpc_serve_later";
/** The file whose indirect calls are those of system calls, and the function that registers a handler as its second argument. */
const CALLS = { caller: "syscalls/table.ts", register: "call_register" };
/** The place of the request's argument in vmm_wait: 0 there, and the thread waits; a request, and that is parked. */
const PARKS = { name: "vmm_wait", request: 1 };
/** How a function was called that hands such an argument on. */
type Mode = "thread" | "request";

/** A place where a kernel thread waits. */
export interface Wait {
    /** "mm/vmm.ts vmm_settle pause". */
    readonly place: string;
    readonly primitive: string;
    /** BLOCKED_* of sched_wait and sched_wait_until. */
    readonly reason: string | undefined;
}

export interface Send {
    readonly level: string;
    readonly op: string;
    /** False when the sender goes on at once. */
    readonly awaited: boolean;
    /** Key of the function that names the operation. */
    readonly from: string;
}

export interface Node {
    readonly function: SourceFunction;
    readonly mode: Mode;
}

export interface Graph {
    readonly functions: ReadonlyMap<string, SourceFunction>;
    /** Every wait in the sources, by its place. */
    readonly waits: ReadonlyMap<string, Wait>;
    readonly sends: readonly Send[];
    /** Key of the handler of each operation. */
    readonly handlers: ReadonlyMap<string, string>;
    /** Functions that threads begin in. */
    readonly entries: readonly string[];
    /** BLOCKED_* bits in BLOCKED_BY_USER. */
    readonly ofUser: readonly string[];
    /** What a call names, or undefined for what is not the kernel's own. */
    target(from: { readonly file: string }, name: string): SourceFunction | undefined;
    /** Every function that runs when `key` does; calls for which `cut` is true are left out. */
    reach(key: string, mode: Mode, cut?: (from: SourceFunction, to: SourceFunction) => boolean): Reached;
    /** Waits and requests of one function itself. */
    own(function_: SourceFunction, mode: Mode): { readonly waits: readonly Wait[]; readonly sends: readonly Send[] };
}

export interface Reached {
    readonly functions: ReadonlySet<string>;
    readonly waits: readonly Wait[];
    readonly sends: readonly Send[];
    /** Calls from the beginning to the function, as names with arrows. */
    path(key: string): string;
}

export function graphOf(files: readonly SourceFile[]): Graph {
    return new KernelGraph(files);
}

class KernelGraph implements Graph {
    readonly functions = new Map<string, SourceFunction>();
    readonly waits = new Map<string, Wait>();
    readonly sends: Send[] = [];
    readonly handlers = new Map<string, string>();
    readonly entries: string[] = [];
    readonly ofUser: string[];
    readonly #files: ReadonlyMap<string, SourceFile>;
    readonly #callers = new Map<string, { readonly from: SourceFunction; readonly call: Call }[]>();
    readonly #sendsOf = new Map<string, Send[]>();
    readonly #handsOn = new Map<string, number>();
    readonly #pagers: readonly SourceFunction[];
    readonly #calls: readonly SourceFunction[];

    constructor(files: readonly SourceFile[]) {
        this.#files = new Map(files.map((each) => [each.file, each]));
        for (const file of files) for (const each of file.functions) this.functions.set(each.key, each);
        this.#pagers = files.flatMap(({ file, pagers }) => pagers.flatMap((name) => this.target({ file }, name) ?? []));
        this.#calls = [...this.functions.values()].flatMap((each) => this.#registeredBy(each));
        for (const each of this.functions.values()) {
            for (const call of callsOf(each.body)) {
                for (const to of this.#callees(each, call)) {
                    this.#callers.set(to.key, [...(this.#callers.get(to.key) ?? []), { from: each, call }]);
                }
            }
        }
        this.#findRequestArguments();
        for (const each of this.functions.values()) {
            for (const mode of ["thread", "request"] as const)
                for (const wait of this.own(each, mode).waits) this.waits.set(wait.place, wait);
            for (const call of callsOf(each.body))
                if (call.name === PARKS.name)
                    this.waits.set(`${each.key} ${PARKS.name}`, {
                        place: `${each.key} ${PARKS.name}`,
                        primitive: PARKS.name,
                        reason: undefined,
                    });
            for (const call of callsOf(each.body)) this.#addSend(each, call);
            this.#addHandlers(each);
        }
        for (const file of files) {
            for (const { function: name, parameter } of file.values) {
                if (parameter !== "desc") this.entries.push(this.target({ file: file.file }, name)?.key ?? name);
            }
        }
        this.entries.sort();
        this.ofUser = this.#findOfUser();
    }

    target(from: { readonly file: string }, name: string): SourceFunction | undefined {
        const own = this.functions.get(`${from.file} ${name}`);
        if (own !== undefined) return own;
        const file = this.#files.get(from.file)?.imports.get(name);
        return file === undefined ? undefined : this.functions.get(`${file} ${name}`);
    }

    /** The kernel's functions that a call may come to. */
    #callees(from: SourceFunction, call: Call): readonly SourceFunction[] {
        if (call.name === "call_indirect" && PAGER_CALLERS.includes(from.file)) return this.#pagers;
        if (call.name === "call_indirect" && from.file === CALLS.caller) return this.#calls;
        const to = this.target(from, call.name);
        return to === undefined ? [] : [to];
    }

    /** The handlers of system calls that a function registers. */
    #registeredBy(from: SourceFunction): SourceFunction[] {
        const rows = [...callsOf(from.body)].filter(({ name }) => name === CALLS.register);
        return rows.map(({ args }) => {
            const handler = this.target(from, args[1]?.join(" ") ?? "");
            if (handler === undefined) throw new Error(`${from.key}: which handler is registered?`);
            return handler;
        });
    }

    own(function_: SourceFunction, mode: Mode): { waits: readonly Wait[]; sends: readonly Send[] } {
        const waits: Wait[] = [];
        for (const call of this.#callsIn(function_, mode)) {
            if (!PRIMITIVES.includes(call.name)) continue;
            if (call.name === PARKS.name && this.#modeOf(function_, mode, call, PARKS.request) === "request") continue;
            const reason = call.name.startsWith("sched_wait")
                ? call.args[0]?.find((word) => word.startsWith("BLOCKED_"))
                : undefined;
            const primitive = reason === undefined ? call.name : `${call.name}(${reason})`;
            waits.push({ place: `${function_.key} ${primitive}`, primitive: call.name, reason });
        }
        return { waits, sends: this.#sendsOf.get(function_.key) ?? [] };
    }

    reach(key: string, mode: Mode, cut: (from: SourceFunction, to: SourceFunction) => boolean = () => false): Reached {
        const first = this.functions.get(key);
        if (first === undefined) throw new Error(`there is no function ${key}`);
        const cameFrom = new Map<string, string>();
        const seen = new Set<string>();
        const waits = new Map<string, Wait>();
        const sends = new Set<Send>();
        const todo: Node[] = [{ function: first, mode }];
        for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
            const id = `${node.function.key} ${node.mode}`;
            if (seen.has(id)) continue;
            seen.add(id);
            const own = this.own(node.function, node.mode);
            for (const wait of own.waits) waits.set(wait.place, wait);
            for (const send of own.sends) sends.add(send);
            for (const call of this.#callsIn(node.function, node.mode)) {
                for (const to of this.#callees(node.function, call)) {
                    if (CLOSED.includes(to.name) || cut(node.function, to)) continue;
                    if (to.key !== key && !cameFrom.has(to.key)) cameFrom.set(to.key, node.function.key);
                    todo.push({
                        function: to,
                        mode: this.#modeOf(node.function, node.mode, call, this.#handsOn.get(to.key)),
                    });
                }
            }
        }
        const functions = new Set([...seen].map((id) => id.slice(0, id.lastIndexOf(" "))));
        return { functions, waits: [...waits.values()], sends: [...sends], path: (to) => pathTo(cameFrom, to) };
    }

    /** Calls of a function in `mode`: what it does only with or only without a request is known from its tests of that argument. */
    #callsIn(function_: SourceFunction, mode: Mode): Iterable<Call> {
        const name = function_.parameters[this.#handsOn.get(function_.key) ?? -1];
        return callsOf(function_.body, ([tested, ...rest]) => {
            if (name === undefined || tested !== name) return undefined;
            const isNone = rest.join("") === "==0";
            const isSome = rest.join("") === "!=0";
            if (!isNone && !isSome) return undefined;
            return (mode === "thread") === isNone ? 0 : 1;
        });
    }

    /** What `call` hands on at `place` within a function that runs in `mode`. */
    #modeOf(from: SourceFunction, mode: Mode, call: Call, place: number | undefined): Mode {
        if (place === undefined) return "thread";
        const words = call.args[place] ?? ["0"];
        if (words.length === 1 && words[0] === "0") return "thread";
        const parameter = from.parameters.indexOf(words[0] ?? "");
        return words.length === 1 && parameter >= 0 && this.#handsOn.get(from.key) === parameter ? mode : "request";
    }

    /** Functions that hand one of their parameters on to vmm_wait, or to another such function; handlers begin with a request. */
    #findRequestArguments(): void {
        const todo = [...this.functions.values()].filter(({ name }) => name === PARKS.name);
        for (const each of todo) this.#handsOn.set(each.key, PARKS.request);
        for (let to = todo.pop(); to !== undefined; to = todo.pop()) {
            const place = this.#handsOn.get(to.key) ?? 0;
            for (const { from, call } of this.#callers.get(to.key) ?? []) {
                const words = call.args[place] ?? [];
                const parameter = words.length === 1 ? from.parameters.indexOf(words[0] ?? "") : -1;
                if (parameter < 0 || this.#handsOn.has(from.key)) continue;
                this.#handsOn.set(from.key, parameter);
                todo.push(from);
            }
        }
    }

    #addSend(from: SourceFunction, call: Call): void {
        if (!SENDERS.names.includes(call.name) || this.target(from, call.name) === undefined) return;
        const level = withoutMutant(call.args[SENDERS.level] ?? []);
        this.#resolveSend(from, call, level, withoutMutant(call.args[SENDERS.op] ?? []), new Set());
    }

    /** A level or an operation that is a parameter comes from the callers. */
    #resolveSend(
        from: SourceFunction,
        call: Call,
        level: readonly string[],
        op: readonly string[],
        seen: ReadonlySet<string>,
    ): void {
        if (CLOSED.includes(from.name)) return;
        const levelAt = from.parameters.indexOf(level[0] ?? "");
        const opAt = from.parameters.indexOf(op[0] ?? "");
        if (levelAt < 0 && opAt < 0) {
            const awaited = call.name !== UNAWAITED;
            const send = { level: level.join(" "), op: op.join(" "), awaited, from: from.key };
            const own = this.#sendsOf.get(from.key) ?? [];
            if (own.some((each) => each.op === send.op && each.level === send.level)) return;
            this.#sendsOf.set(from.key, [...own, send]);
            this.sends.push(send);
            return;
        }
        if (seen.has(from.key)) return;
        for (const { from: caller, call: each } of this.#callers.get(from.key) ?? []) {
            const callerLevel = levelAt < 0 ? level : (each.args[levelAt] ?? []);
            const callerOp = opAt < 0 ? op : (each.args[opAt] ?? []);
            this.#resolveSend(caller, call, callerLevel, callerOp, new Set([...seen, from.key]));
        }
    }

    #addHandlers(from: SourceFunction): void {
        const values = this.#files.get(from.file)?.values ?? [];
        for (const call of callsOf(from.body)) {
            if (call.name !== "rpc_register") continue;
            const value = values.find(({ name }) => call.args[1]?.includes(name));
            const handler = this.target(from, value?.function ?? "");
            if (handler === undefined) throw new Error(`${from.key}: which handler is registered?`);
            this.handlers.set(call.args[0]?.join(" ") ?? "", handler.key);
        }
    }

    #findOfUser(): string[] {
        const numbers = new Map([...this.#files.values()].flatMap((each) => [...each.numbers]));
        const mask = numbers.get("BLOCKED_BY_USER") ?? 0;
        return [...numbers]
            .filter(([name, bit]) => /^BLOCKED_(?!BY_USER)/.test(name) && (bit & mask) !== 0)
            .map(([name]) => name);
    }
}

/** Of `Mutant.on(X) ? a : b` what the kernel that is shipped has. */
function withoutMutant(words: readonly string[]): readonly string[] {
    return words[0] === "Mutant" ? words.slice(words.lastIndexOf(":") + 1) : words;
}

function pathTo(cameFrom: ReadonlyMap<string, string>, key: string): string {
    const path = [key];
    for (let at = cameFrom.get(key); at !== undefined && path.length < 100; at = cameFrom.get(at)) path.unshift(at);
    return path.map((each) => each.split(" ")[1] ?? each).join(" > ");
}
