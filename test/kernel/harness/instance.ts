/** One simulated cluster: a kernel instance running natively, its bank, and the threads that its functions run as. */

import { BANK_BASE, WINDOW_BASE } from "../../../kernel/abi/memory-map.ts";
import { BLOCKED_EVENT, KIND_SERVER } from "../../../kernel/abi/thread.ts";
import type { GuestModule } from "./guest-module.ts";
import { halImports } from "./hal.ts";
import type { Machine } from "./machine.ts";

type GuestFunction = (...args: (number | bigint)[]) => number | bigint | undefined;

const WASM_PAGE = 65536;

/** Thrown out of a server thread's endless loop when it has nothing more to serve. */
class ServerIdle extends Error {}

/** A Wasm memory reserves 1 GiB of address space, so they are used again. */
const freeMemories: WebAssembly.Memory[] = [];

export class Instance {
    readonly cxy: number;
    readonly view: DataView;
    /** Harts with a pending software interrupt. */
    readonly pending = new Set<number>();
    /** ASIDs given to sfence.vma, in order. */
    readonly flushed: bigint[] = [];
    /** The tp register. */
    thread = 0;
    readonly #machine: Machine;
    readonly #guest: GuestModule;
    readonly #memory: WebAssembly.Memory;
    readonly #exports: WebAssembly.Exports;
    /** Server threads by address; those on the JavaScript stack are marked. */
    readonly #servers = new Map<number, { running: boolean }>();
    #depth = 0;

    constructor(machine: Machine, cxy: number) {
        this.#machine = machine;
        this.cxy = cxy;
        this.#guest = machine.guest;
        this.#memory = takeMemory(machine.bankSize);
        this.view = new DataView(this.#memory.buffer);
        const imports = { ...halImports(machine, this), env: { memory: this.#memory } };
        this.#exports = new WebAssembly.Instance(this.#guest.module, imports).exports;
    }

    /** Starts the kernel instance, once all of the machine's are there. */
    start(): void {
        this.#machine.writeBootInfo(this);
        this.thread = this.#raw("client_thread", 0);
        const { hartsPerCluster, managedBytes } = this.#machine;
        this.#raw(this.#guest.start, this.cxy * hartsPerCluster, this.#guest.imageEnd, managedBytes);
        this.#findServers();
    }

    /** Returns the memory to the pool; the instance must not be used again. */
    dispose(): void {
        new Uint8Array(this.#memory.buffer, WINDOW_BASE, this.#machine.bankSize).fill(0);
        freeMemories.push(this.#memory);
    }

    /** Calls an exported function as a fresh client thread of hart 0. Nested calls act as other threads. */
    call(name: string, ...args: (number | bigint)[]): number {
        return Number(this.#asClient(name, args) ?? 0);
    }

    /** As call, for u64 results. */
    wide(name: string, ...args: (number | bigint)[]): bigint {
        return BigInt.asUintN(64, BigInt(this.#asClient(name, args) ?? 0));
    }

    /** A constant that the kernel exports. */
    constant(name: string): number {
        return Number((this.#exports[name] as WebAssembly.Global).value);
    }

    /** Address of the thread that the next call from outside acts as. */
    clientThread(): number {
        return this.#raw("client_thread", this.#depth);
    }

    #asClient(name: string, args: (number | bigint)[]): number | bigint | undefined {
        const thread = this.clientThread();
        if (thread === 0) throw new Error(`cluster ${this.cxy}: calls nested too deep`);
        this.#depth++;
        try {
            return this.#runAs(thread, () => this.#function(name)(...args));
        } finally {
            this.#depth--;
        }
    }

    #raw(name: string, ...args: number[]): number {
        return this.#function(name)(...args) as number;
    }

    #function(name: string): GuestFunction {
        const found = this.#exports[name];
        if (typeof found !== "function") throw new Error(`the guest exports no function ${name}`);
        return found as GuestFunction;
    }

    #runAs<T>(thread: number, body: () => T): T {
        const before = this.thread;
        const hart = this.field("thread_t", "hart", thread);
        const current = this.field("hart_t", "current", hart);
        this.thread = thread;
        this.setField("hart_t", "current", hart, thread);
        try {
            return body();
        } finally {
            this.thread = before;
            this.setField("hart_t", "current", hart, current);
        }
    }

    /** The server threads on the harts' run lists. */
    #findServers(): void {
        for (let lid = 0; lid < this.#machine.hartsPerCluster; lid++) {
            const first = this.field("hart_t", "threads", this.#raw("hart_address", lid));
            let thread = first;
            while (thread !== 0) {
                if (this.field("thread_t", "kind", thread) === KIND_SERVER)
                    this.#servers.set(thread, { running: false });
                thread = this.field("thread_t", "next", thread);
                if (thread === first) break;
            }
        }
    }

    /**
     * Takes pending interrupts as the harts' idle threads would, then runs the servers they woke. False: none pending.
     */
    interrupt(): boolean {
        if (this.pending.size === 0) return false;
        for (const lid of [...this.pending]) this.#runAs(this.#raw("idle_thread", lid), () => this.#raw("rpc_poll"));
        for (const [thread, server] of this.#servers) this.#runServer(thread, server);
        return true;
    }

    #runServer(thread: number, server: { running: boolean }): void {
        if (server.running || this.field("thread_t", "blocked", thread) !== 0) return;
        // The mocked function_address gives table indices, so that is what a prepared thread's s0 holds.
        const table = this.#exports["table"] as WebAssembly.Table;
        const entry = table.get(this.field("context_t", "s0", thread)) as GuestFunction;
        server.running = true;
        try {
            this.#runAs(thread, () => entry(this.field("context_t", "s1", thread)));
        } catch (error) {
            if (!(error instanceof ServerIdle)) throw error;
        } finally {
            server.running = false;
        }
    }

    /** The kernel leaves `from`: an idle server ends; any other thread waits while the rest of the machine goes on. */
    contextSwitch(from: number): void {
        this.setField("hart_t", "current", this.field("thread_t", "hart", from), from);
        const idle = (this.field("thread_t", "blocked", from) & BLOCKED_EVENT) !== 0;
        if (this.#servers.has(from) && idle) throw new ServerIdle();
        this.#machine.wait();
    }

    /** lid of the hart that runs the current thread. */
    hart(): number {
        return this.field("thread_t", "hart_id", this.thread);
    }

    lid(): number {
        return this.field("hart_t", "lid", this.field("thread_t", "hart", this.thread));
    }

    /** A field of at most 4 bytes, or the low half of a longer one. */
    field(struct: string, name: string, address: number): number {
        return this.view.getUint32(address + this.offset(struct, name), true);
    }

    wideField(struct: string, name: string, address: number): bigint {
        return this.view.getBigUint64(address + this.offset(struct, name), true);
    }

    setField(struct: string, name: string, address: number, value: number): void {
        this.view.setUint32(address + this.offset(struct, name), value, true);
    }

    offset(struct: string, name: string): number {
        const field = this.#guest.layouts.get(struct)?.fields.find((each) => each.name === name);
        if (field === undefined) throw new Error(`no field ${struct}.${name}`);
        return field.offset;
    }

    /** Global physical address of a local one. */
    xptr(local: number): bigint {
        return BigInt(BANK_BASE + this.cxy * this.#machine.bankSize + (local - WINDOW_BASE));
    }
}

function takeMemory(bankSize: number): WebAssembly.Memory {
    const initial = (WINDOW_BASE + bankSize) / WASM_PAGE;
    const index = freeMemories.findIndex(({ buffer }) => buffer.byteLength === initial * WASM_PAGE);
    const [memory] = index < 0 ? [] : freeMemories.splice(index, 1);
    return memory ?? new WebAssembly.Memory({ initial });
}
