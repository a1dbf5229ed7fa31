/** KCM: kernel objects from slabs, against a model of the live objects and their contents. */

import fc from "fast-check";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { type GuestModule, loadGuest } from "./harness/guest-module.ts";
import type { Instance } from "./harness/instance.ts";
import { KernelPanic, Machine } from "./harness/machine.ts";
import { runs, SEED } from "./harness/properties.ts";

/** Object size and how many fit a frame with its header. */
const CLASSES = [
    [32, 127],
    [64, 63],
    [128, 31],
    [256, 15],
    [512, 7],
    [1024, 3],
] as const;

let guest: GuestModule;
let machine: Machine;
let kcm: Instance;

beforeAll(async () => {
    guest = await loadGuest("memory");
});
beforeEach(() => {
    machine = new Machine(guest, { clusters: 1 });
    kcm = machine.at(0);
});
afterEach(() => machine.dispose());

const alloc = (bytes: number) => kcm.call("kcm_alloc", bytes);
const free = (object: number) => kcm.call("kcm_free", object);
const freeFrames = () => kcm.call("ppm_free_frames");
const bytesOf = (object: number, size: number) => new Uint8Array(kcm.view.buffer, object, size);
/** Bytes an object of a request really has. */
const sizeFor = (bytes: number) => CLASSES.find(([size]) => size >= bytes)?.[0] ?? 0;

describe("KCM", () => {
    it.each(CLASSES)("objects of %i bytes: %i share a frame, aligned to their size, without overlap", (size, count) => {
        const before = freeFrames();
        const objects = Array.from({ length: count }, () => alloc(size));
        expect(freeFrames()).toBe(before - 1);
        expect(new Set(objects).size).toBe(count);
        expect(new Set(objects.map((object) => Math.floor(object / PAGE_SIZE))).size).toBe(1);
        for (const object of objects) expect(object % size).toBe(0);
        alloc(size);
        expect(freeFrames()).toBe(before - 2);
    });

    it("a request takes the smallest class that holds it, 32 bytes at least", () => {
        for (const bytes of [0, 1, 31, 32, 33, 64, 65, 500, 513, 1024]) {
            const before = freeFrames();
            const count = CLASSES.find(([size]) => size >= bytes)?.[1] ?? 0;
            const objects = Array.from({ length: count }, () => alloc(bytes));
            expect(freeFrames(), `${bytes} bytes`).toBe(before - 1);
            objects.forEach(free);
            expect(freeFrames()).toBe(before);
        }
    });

    it("an object of more than 1 KiB panics", () => {
        expect(() => alloc(1025)).toThrow(KernelPanic);
    });

    it.each(CLASSES)("an object of %i bytes is zero, also when its memory was used before", (size) => {
        for (let round = 0; round < 3; round++) {
            const object = alloc(size);
            expect(bytesOf(object, size).every((byte) => byte === 0)).toBe(true);
            bytesOf(object, size).fill(0xff);
            free(object);
        }
    });

    it.each(CLASSES)(
        "slabs of %i-byte objects go back to the PPM when empty, whatever the order of release",
        (size, count) => {
            const before = freeFrames();
            const objects = Array.from({ length: 3 * count }, () => alloc(size));
            expect(freeFrames()).toBe(before - 3);
            const order = objects.map((object, i) => ({ object, key: (i * 7919) % 251 })).sort((a, b) => a.key - b.key);
            for (const { object } of order) free(object);
            expect(freeFrames()).toBe(before);
        },
    );

    it("a full slab is used again after one of its objects is freed", () => {
        const objects = Array.from({ length: 3 }, () => alloc(1024));
        const before = freeFrames();
        free(objects[1] ?? 0);
        expect(alloc(1024)).toBe(objects[1]);
        expect(freeFrames()).toBe(before);
    });

    it("a full bank gives 0, and an object again after one is freed", () => {
        const objects: number[] = [];
        for (let object = alloc(1024); object !== 0; object = alloc(1024)) objects.push(object);
        expect(freeFrames()).toBe(0);
        expect(alloc(32)).toBe(0);
        for (const object of objects.splice(0, 3)) free(object);
        expect(alloc(32)).not.toBe(0);
    });

    it("freeing what is no object of a slab panics", () => {
        expect(() => free(kcm.call("ppm_alloc_zeroed", 8, 0) + 64)).toThrow(KernelPanic);
    });

    it(`random objects keep their contents and leave no frame behind (seed ${SEED})`, () => {
        const before = freeFrames();
        const step = fc.record({ bytes: fc.integer({ min: 1, max: 1024 }), release: fc.boolean(), pick: fc.nat() });
        const property = fc.property(fc.array(step, { minLength: 50, maxLength: 200 }), (steps) => {
            const live = new Map<number, { size: number; mark: number }>();
            const release = (object: number) => {
                const { size, mark } = live.get(object) ?? { size: 0, mark: 0 };
                expect(bytesOf(object, size).every((byte) => byte === mark)).toBe(true);
                live.delete(object);
                free(object);
            };
            for (const [i, { bytes, release: releases, pick }] of steps.entries()) {
                if (releases && live.size > 0) {
                    release([...live.keys()][pick % live.size] ?? 0);
                    continue;
                }
                const object = alloc(bytes);
                const size = sizeFor(bytes);
                expect(bytesOf(object, size).every((byte) => byte === 0)).toBe(true);
                bytesOf(object, size).fill((i % 255) + 1);
                live.set(object, { size, mark: (i % 255) + 1 });
            }
            for (const object of [...live.keys()]) release(object);
            expect(freeFrames()).toBe(before);
        });
        fc.assert(property, runs(25));
    });
});
