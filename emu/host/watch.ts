/**
 * A watched machine lets its host see the work of its kernel, and otherwise does the same as one that is not: same run, same hash.
 *
 * - Hooks: the host hears of an instruction before it runs. Hooks are places in pages of code, found by the page's content, so that every
 *   cluster's copy has them.
 * - Marks on memory, a byte at a time: `open` (all memory at first), `unwritten` (may be loaded once it has been stored to), `closed`. The
 *   host hears of each load, store and atomic of supervisor mode without translation that its marks object to, before the access is done.
 *   Whatever the host then does, the access takes place.
 */

import { mapRow } from "../mem/map.ts";
import type { Watcher } from "../state/core-contract.ts";
import { BUDGET, HART_STRIDE, INSTRET_BIAS, RAISED, X } from "../state/hart-layout.ts";
import { RAM_FRAME } from "../state/machine-layout.ts";
import { PAGE_BYTES } from "../state/plan.ts";
import type { SharedMemory } from "../state/shared-memory.ts";
import {
    ACCESS_ATOMIC,
    ACCESS_LOAD,
    ACCESS_STORE,
    ACCESS_WIDTH,
    CLOSED_SHIFT,
    MARK_BYTES,
    MARKED_BYTES,
} from "../state/watch-layout.ts";

/** A page of code by its content, and the offsets in it of the instructions that the host wants to hear of. */
export interface WatchedPage {
    readonly content: Uint8Array;
    readonly hooks: ReadonlySet<number>;
}

export type Mark = "open" | "unwritten" | "closed";

export interface WatchedAccess {
    readonly hart: number;
    readonly pc: number;
    /** The global physical address, and the number of bytes from there on. */
    readonly address: number;
    readonly width: number;
    readonly kind: "load" | "store" | "atomic";
    /** The first byte that the marks object to, and its mark. */
    readonly at: number;
    readonly mark: "unwritten" | "closed";
}

const UNWRITTEN = (1 << MARKED_BYTES) - 1;
const CLOSED = UNWRITTEN << CLOSED_SHIFT;
const HALVES: Readonly<Record<Mark, number>> = { open: 0, unwritten: UNWRITTEN, closed: CLOSED };
const BANKS = mapRow("banks").base;
const WINDOW = mapRow("localWindow").base;

export class Watch implements Watcher {
    /** Called before a hooked instruction runs. */
    onHook: ((hart: number, pc: number) => void) | undefined;
    onAccess: ((access: WatchedAccess) => void) | undefined;
    readonly #shared: SharedMemory;
    /** With fidelity "timing", by hart: which of its instructions was hooked last. */
    readonly #hookedLast: Map<number, number> | undefined;
    readonly #pages: readonly WatchedPage[];
    readonly #bankOf: (hart: number) => number;
    /** The marks of all RAM. */
    readonly #marks: Uint16Array;
    readonly #ramBytes: number;
    readonly #bankBytes: number;

    /** `bankOf` says where the bank of a hart's cluster begins in RAM. */
    constructor(
        shared: SharedMemory,
        pages: readonly WatchedPage[],
        bankBytes: number,
        bankOf: (hart: number) => number,
    ) {
        const { plan } = shared;
        this.#shared = shared;
        this.#hookedLast = plan.timing && new Map();
        this.#pages = pages;
        this.#bankOf = bankOf;
        this.#bankBytes = bankBytes;
        this.#ramBytes = (plan.frameCount - RAM_FRAME) * PAGE_BYTES;
        const ofFrame = (PAGE_BYTES / MARKED_BYTES) * MARK_BYTES;
        const from = plan.marks + RAM_FRAME * ofFrame;
        this.#marks = new Uint16Array(shared.memory.buffer, from, this.#ramBytes / MARKED_BYTES);
    }

    /** Marks `bytes` bytes from a global address on. */
    mark(address: number, bytes: number, mark: Mark): void {
        const value = HALVES[mark];
        const [from, to] = [address - BANKS, address - BANKS + bytes];
        const [firstWhole, endWhole] = [Math.ceil(from / MARKED_BYTES), Math.floor(to / MARKED_BYTES)];
        if (firstWhole < endWhole) this.#marks.fill(value, firstWhole, endWhole);
        for (let at = from; at < Math.min(to, firstWhole * MARKED_BYTES); at++) this.#markByte(at, value);
        for (let at = Math.max(from, endWhole * MARKED_BYTES); at < to; at++) this.#markByte(at, value);
    }

    /** The mark of the byte at a global address. */
    markAt(address: number): Mark {
        const word = (this.#marks[(address - BANKS) >>> 3] ?? 0) >>> ((address - BANKS) % MARKED_BYTES);
        if (word & (1 << CLOSED_SHIFT)) return "closed";
        return word & 1 ? "unwritten" : "open";
    }

    /** The global address of the byte that a hart's kernel addresses as `address`; undefined where that is no memory of a bank. */
    globalAddress(hart: number, address: number): number | undefined {
        if (address >= BANKS) return address < BANKS + this.#ramBytes ? address : undefined;
        const offset = address - WINDOW;
        return offset >= 0 && offset < this.#bankBytes ? BANKS + this.#bankOf(hart) + offset : undefined;
    }

    /** An integer register, rounded above 2^53. */
    register(hart: number, number: number): number {
        const at = this.#shared.plan.harts + hart * HART_STRIDE + X + 8 * number;
        return this.#shared.u32(at) + this.#shared.u32(at + 4) * 2 ** 32;
    }

    hooked(base: number, pc: number): void {
        const hart = this.#hartAt(base);
        if (this.#hookedLast === undefined || !this.#isRepeated(base, hart)) this.onHook?.(hart, pc);
    }

    /** True when the hart gave way before this instruction, and its hook was heard then (docs/spec/timing.md 2.1). */
    #isRepeated(base: number, hart: number): boolean {
        const field = (offset: number) => this.#shared.u32((base >>> 0) + offset);
        const executed = (field(INSTRET_BIAS) - field(BUDGET) + field(RAISED)) >>> 0;
        const repeated = this.#hookedLast?.get(hart) === executed;
        this.#hookedLast?.set(hart, executed);
        return repeated;
    }

    accessing(base: number, pc: number, vaddr: number, access: number): void {
        const hart = this.#hartAt(base);
        const address = this.globalAddress(hart, vaddr);
        if (address === undefined) return;
        const width = access & ACCESS_WIDTH;
        const loads = (access & (ACCESS_LOAD | ACCESS_ATOMIC)) !== 0;
        const stores = (access & (ACCESS_STORE | ACCESS_ATOMIC)) !== 0;
        for (let at = address; at < address + width; at++) {
            const mark = this.markAt(at);
            if (mark === "open" || (mark === "unwritten" && !loads)) continue;
            const kind = access & ACCESS_ATOMIC ? "atomic" : loads ? "load" : "store";
            this.onAccess?.({ hart, pc, address, width, kind, at, mark });
            break;
        }
        if (stores) this.#written(address, width);
    }

    hooksOf(content: Uint8Array): ReadonlySet<number> | undefined {
        return this.#pages.find((page) => isSame(page.content, content))?.hooks;
    }

    #written(address: number, width: number): void {
        for (let at = address; at < address + width; at++) {
            const index = (at - BANKS) >>> 3;
            this.#marks[index] = (this.#marks[index] ?? 0) & ~(1 << ((at - BANKS) % MARKED_BYTES));
        }
    }

    #markByte(offset: number, value: number): void {
        const index = Math.floor(offset / MARKED_BYTES);
        const bits = (1 | (1 << CLOSED_SHIFT)) << (offset % MARKED_BYTES);
        this.#marks[index] = ((this.#marks[index] ?? 0) & ~bits) | (value & bits);
    }

    #hartAt(base: number): number {
        return ((base >>> 0) - this.#shared.plan.harts) / HART_STRIDE;
    }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
    for (let i = 0; i < b.length; i++) if (a[i] !== b[i]) return false;
    return true;
}
