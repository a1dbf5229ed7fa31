/** PPM: the buddy allocator of one bank against a bitmap of free frames. */

import fc from "fast-check";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { PROBE_FRAME } from "../../kernel/abi/event.ts";
import { BANK_BASE, PAGE_SIZE, WINDOW_BASE } from "../../kernel/abi/memory-map.ts";
import { FRAME_KERNEL, VSEG_HEAP } from "../../kernel/abi/vseg-type.ts";
import { FrameMap } from "./harness/frame-map.ts";
import { type GuestModule, loadGuest } from "./harness/guest-module.ts";
import type { Instance } from "./harness/instance.ts";
import { KernelPanic, Machine } from "./harness/machine.ts";
import { runs, SEED } from "./harness/properties.ts";

const MAX_ORDER = 18;

let guest: GuestModule;
let machine: Machine;

beforeAll(async () => {
    guest = await loadGuest("memory");
});
afterEach(() => machine.dispose());

/** A fresh instance and the map of its free frames: those behind the image and the table of frame descriptors. */
function fresh(bankShift = 20, clusters = 1, managedBytes = 2 ** bankShift): { ppm: Instance; frames: FrameMap } {
    machine = new Machine(guest, { clusters, bankShift, managedBytes });
    const total = Math.floor(managedBytes / PAGE_SIZE);
    const tableBytes = total * (guest.layouts.get("page_t")?.size ?? 0);
    const first = Math.ceil((guest.imageEnd - WINDOW_BASE + tableBytes) / PAGE_SIZE);
    return { ppm: machine.at(clusters - 1), frames: new FrameMap(first, total) };
}

const alloc = (ppm: Instance, order: number) => ppm.call("ppm_alloc", order, FRAME_KERNEL, 0);
const freeFrames = (ppm: Instance) => ppm.call("ppm_free_frames");

/** Takes the largest block that can be had until there is none: the sizes tell how far free memory has coalesced. */
function drain(ppm: Instance): { address: number; order: number }[] {
    const blocks: { address: number; order: number }[] = [];
    for (let order = MAX_ORDER; order >= 0; ) {
        const address = alloc(ppm, order);
        if (address === 0) order--;
        else blocks.push({ address, order });
    }
    return blocks;
}

describe("PPM", () => {
    it.each([20, 22])("a fresh bank of 2^%i bytes is the largest aligned blocks behind image and table", (shift) => {
        const { ppm, frames } = fresh(shift);
        expect(freeFrames(ppm)).toBe(frames.freeCount());
        const blocks = drain(ppm);
        expect(blocks.map(({ order }) => order)).toEqual(frames.maximalOrders());
        expect(freeFrames(ppm)).toBe(0);
        expect(alloc(ppm, 0)).toBe(0);
    });

    it("every order gives an aligned block inside the free range, and its release restores the free count", () => {
        const { ppm, frames } = fresh(22);
        for (let order = 0; order <= MAX_ORDER; order++) {
            const address = alloc(ppm, order);
            expect(address !== 0, `order ${order}`).toBe(frames.hasBlock(order));
            if (address === 0) continue;
            frames.take(address, order);
            expect(freeFrames(ppm)).toBe(frames.freeCount());
            ppm.call("ppm_free", address);
            frames.give(address, order);
            expect(freeFrames(ppm)).toBe(frames.freeCount());
        }
    });

    it("single frames freed in any order coalesce to the blocks of a fresh bank", () => {
        const { ppm, frames } = fresh();
        const addresses: number[] = [];
        for (let address = alloc(ppm, 0); address !== 0; address = alloc(ppm, 0)) addresses.push(address);
        expect(addresses).toHaveLength(frames.freeCount());
        expect(new Set(addresses).size).toBe(addresses.length);
        const shuffled = addresses
            .map((address, i) => ({ address, key: (i * 7919) % 257 }))
            .sort((a, b) => a.key - b.key);
        for (const { address } of shuffled) ppm.call("ppm_free", address);
        expect(freeFrames(ppm)).toBe(frames.freeCount());
        expect(drain(ppm).map(({ order }) => order)).toEqual(frames.maximalOrders());
    });

    it("an exhausted bank gives 0 for every order and works again after one release", () => {
        const { ppm } = fresh();
        const [block] = drain(ppm);
        for (let order = 0; order <= MAX_ORDER + 1; order++) expect(alloc(ppm, order)).toBe(0);
        ppm.call("ppm_free", block?.address ?? 0);
        expect(alloc(ppm, block?.order ?? 0)).toBe(block?.address);
    });

    it("a bank managed in part, as the boot cluster's is, gives no frame behind that part", () => {
        const { ppm, frames } = fresh(20, 1, 2 ** 20 - 5 * PAGE_SIZE - 100);
        const blocks = drain(ppm);
        expect(blocks.map(({ order }) => order)).toEqual(frames.maximalOrders());
        const end = Math.max(...blocks.map(({ address, order }) => address + 2 ** order * PAGE_SIZE));
        expect(end).toBe(WINDOW_BASE + 250 * PAGE_SIZE);
        for (const { address } of blocks) ppm.call("ppm_free", address);
        expect(drain(ppm).map(({ order }) => order)).toEqual(frames.maximalOrders());
    });

    it("freeing twice, freeing inside a block and freeing what was never allocated panic", () => {
        const bad: ((ppm: Instance) => void)[] = [
            (ppm) => {
                const address = alloc(ppm, 0);
                ppm.call("ppm_free", address);
                ppm.call("ppm_free", address);
            },
            (ppm) => {
                const buddies = [alloc(ppm, 0), alloc(ppm, 0)].sort((a, b) => a - b);
                for (const address of buddies) ppm.call("ppm_free", address);
                ppm.call("ppm_free", buddies[1] ?? 0);
            },
            (ppm) => ppm.call("ppm_free", alloc(ppm, 2) + PAGE_SIZE),
            (ppm) => ppm.call("ppm_free", WINDOW_BASE),
            (ppm) => ppm.call("ppm_free", WINDOW_BASE + machine.bankSize),
        ];
        for (const act of bad) {
            const { ppm } = fresh();
            expect(() => act(ppm)).toThrow(KernelPanic);
            machine.dispose();
        }
        fresh();
    });

    it("ppm_alloc_zeroed clears a frame that was used before", () => {
        const { ppm } = fresh();
        const address = alloc(ppm, 0);
        new Uint8Array(ppm.view.buffer, address, PAGE_SIZE).fill(0xa5);
        ppm.call("ppm_free", address);
        expect(ppm.call("ppm_alloc_zeroed", FRAME_KERNEL, 0)).toBe(address);
        expect(new Uint8Array(ppm.view.buffer, address, PAGE_SIZE).every((byte) => byte === 0)).toBe(true);
    });

    it("records name cluster, global page number, kind, order and owner of what is allocated and freed", () => {
        const { ppm } = fresh(20, 3);
        const address = ppm.call("ppm_alloc", 2, VSEG_HEAP, 0x20007);
        ppm.call("ppm_free", address);
        const ppn = (BANK_BASE + 2 * machine.bankSize + (address - WINDOW_BASE)) / PAGE_SIZE;
        const taken = machine.recorded(PROBE_FRAME).map(({ words }) => words.slice(1, 6));
        const tag = VSEG_HEAP + 2 * 256;
        expect(taken).toEqual([
            [2, ppn, tag, 0x20007, 1],
            [2, ppn, tag, 0x20007, 0],
        ]);
    });

    it("page numbers name the cluster and the local address of a frame", () => {
        const { ppm } = fresh(20, 4);
        const ppn = ppm.wide("ppn_of_local", WINDOW_BASE + 5 * PAGE_SIZE);
        expect(ppn).toBe(BigInt((BANK_BASE + 3 * machine.bankSize) / PAGE_SIZE + 5));
        expect(ppm.call("ppn_cxy", ppn)).toBe(3);
        expect(ppm.call("ppn_to_local", ppn)).toBe(WINDOW_BASE + 5 * PAGE_SIZE);
    });

    it(`random allocations and releases agree with a bitmap and end as they began (seed ${SEED})`, () => {
        const { ppm, frames } = fresh();
        const step = fc.record({ order: fc.nat({ max: 6 }), release: fc.boolean(), pick: fc.nat() });
        const property = fc.property(fc.array(step, { minLength: 40, maxLength: 150 }), (steps) => {
            const live: { address: number; order: number }[] = [];
            for (const { order, release, pick } of steps) {
                if (release && live.length > 0) {
                    const [block] = live.splice(pick % live.length, 1);
                    if (block === undefined) continue;
                    ppm.call("ppm_free", block.address);
                    frames.give(block.address, block.order);
                } else {
                    const address = alloc(ppm, order);
                    expect(address !== 0).toBe(frames.hasBlock(order));
                    if (address === 0) continue;
                    frames.take(address, order);
                    live.push({ address, order });
                }
                expect(freeFrames(ppm)).toBe(frames.freeCount());
            }
            for (const { address, order } of live) {
                ppm.call("ppm_free", address);
                frames.give(address, order);
            }
            const blocks = drain(ppm);
            expect(blocks.map(({ order }) => order)).toEqual(frames.maximalOrders());
            for (const { address } of blocks) ppm.call("ppm_free", address);
        });
        fc.assert(property, runs(20));
    });
});
