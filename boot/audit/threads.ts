/**
 * The kernel's threads as the waits audit needs them: the requests they serve and the harts they run on. They are read from their
 * descriptors.
 */

import type { Watch } from "../../emu/host/watch.ts";
import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { KIND_IDLE, KIND_KERNEL, KIND_SERVER } from "../../kernel/abi/thread.ts";
import type { GuestMemory } from "../observe/guest-memory.ts";
import { THREAD_BLOCK_FRAMES } from "./kernel-facts.ts";
import type { ThreadFacts } from "./requests.ts";

const TP = 4;

export class Threads implements ThreadFacts {
    readonly #memory: GuestMemory;
    readonly #watch: Watch;
    readonly #hartCount: number;
    readonly #inKernel: (hart: number) => boolean;
    readonly #read: ReturnType<typeof threadReader>;
    readonly #blocks = new Set<number>();

    /** `inKernel` says that the hart is in supervisor mode and does not sleep. */
    constructor(memory: GuestMemory, watch: Watch, hartCount: number, inKernel: (hart: number) => boolean) {
        this.#memory = memory;
        this.#watch = watch;
        this.#hartCount = hartCount;
        this.#inKernel = inKernel;
        this.#read = threadReader(memory);
    }

    /** A block for a thread is handed out, or given back. */
    block(ppn: number, allocated: boolean): void {
        if (allocated) this.#blocks.add(ppn * PAGE_SIZE);
        else this.#blocks.delete(ppn * PAGE_SIZE);
    }

    /** The thread that the hart runs, by the global address of its block; undefined before there are threads. */
    current(hart: number): number | undefined {
        return this.#watch.globalAddress(hart, this.#watch.register(hart, TP));
    }

    /** The thread whose block an address lies in. Blocks are aligned to their size. */
    threadAt(address: number): number {
        return address - (address % (THREAD_BLOCK_FRAMES * PAGE_SIZE));
    }

    servers(cxy: number, level: number): readonly number[] {
        return [...this.#blocks].filter((thread) => {
            if (this.clusterOf(thread) !== cxy) return false;
            const fields = this.#fields(thread);
            return fields.kind === KIND_SERVER && fields.level === level;
        });
    }

    running(): readonly number[] {
        const threads: number[] = [];
        for (let hart = 0; hart < this.#hartCount; hart++) {
            const thread = this.#inKernel(hart) ? this.current(hart) : undefined;
            if (thread !== undefined && this.#fields(thread).kind !== KIND_IDLE) threads.push(thread);
        }
        return threads;
    }

    ready(): readonly number[] {
        return [...this.#blocks].filter((thread) => {
            const { kind } = this.#fields(thread);
            return (kind === KIND_SERVER || kind === KIND_KERNEL) && this.isAwake(thread);
        });
    }

    isAwake(thread: number): boolean {
        const { blocked, waiting } = this.#fields(thread);
        return (blocked & waiting) === 0;
    }

    clusterOf(thread: number): number {
        return this.#memory.placeOf(thread).cxy;
    }

    #fields(thread: number) {
        const { cxy, local } = this.#memory.placeOf(thread);
        return this.#read(cxy, local);
    }
}

function threadReader(memory: GuestMemory) {
    return memory.reader("thread_t", ["kind", "level", "blocked", "waiting"]);
}
