/** The model of a bank's frames: one flag a frame. A buddy allocator that coalesces fully can be told from it alone. */

import { PAGE_SIZE, WINDOW_BASE } from "../../../kernel/abi/memory-map.ts";

const MAX_ORDER = 18;

export class FrameMap {
    readonly #free: boolean[];

    /** Frames [first, total) of the bank are free. */
    constructor(first: number, total: number) {
        this.#free = Array.from({ length: total }, (_, frame) => frame >= first);
    }

    freeCount(): number {
        return this.#free.filter(Boolean).length;
    }

    /** True when an aligned run of 2^order free frames exists. */
    hasBlock(order: number): boolean {
        const size = 2 ** order;
        for (let at = 0; at + size <= this.#free.length; at += size) if (this.#isFree(at, size)) return true;
        return false;
    }

    #isFree(at: number, size: number): boolean {
        return this.#free.slice(at, at + size).every(Boolean);
    }

    /** Marks a block allocated; throws when it is misaligned or overlaps one that is. */
    take(address: number, order: number): void {
        const frame = this.#frameOf(address, order);
        if (!this.#isFree(frame, 2 ** order)) throw new Error(`block at ${address.toString(16)} overlaps another`);
        this.#free.fill(false, frame, frame + 2 ** order);
    }

    give(address: number, order: number): void {
        const frame = this.#frameOf(address, order);
        this.#free.fill(true, frame, frame + 2 ** order);
    }

    #frameOf(address: number, order: number): number {
        const frame = (address - WINDOW_BASE) / PAGE_SIZE;
        if (frame % 2 ** order !== 0)
            throw new Error(`block of order ${order} at ${address.toString(16)} is misaligned`);
        return frame;
    }

    /** Orders of the free blocks, largest first, when everything that can be merged is. */
    maximalOrders(): number[] {
        const left = [...this.#free];
        const orders: number[] = [];
        for (let order = MAX_ORDER; order >= 0; order--) {
            const size = 2 ** order;
            for (let at = 0; at + size <= left.length; at += size) {
                if (!left.slice(at, at + size).every(Boolean)) continue;
                left.fill(false, at, at + size);
                orders.push(order);
            }
        }
        return orders;
    }
}
