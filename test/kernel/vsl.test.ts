/** VSL(P,K): the sorted list of vsegs of one cluster, against an array of intervals. */

import fc from "fast-check";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { PROBE_VSEG } from "../../kernel/abi/event.ts";
import {
    VSEG_CODE,
    VSEG_DATA,
    VSEG_DSM,
    VSEG_FILE,
    VSEG_HEAP,
    VSEG_REMOTE,
    VSEG_STACK,
} from "../../kernel/abi/vseg-type.ts";
import { type GuestModule, loadGuest } from "./harness/guest-module.ts";
import type { Instance } from "./harness/instance.ts";
import { Machine } from "./harness/machine.ts";
import { runs, SEED } from "./harness/properties.ts";

const PID = 0x10001;

interface Interval {
    readonly first: number;
    readonly end: number;
}

let guest: GuestModule;
let machine: Machine;
let vsl: Instance;
let head: number;

beforeAll(async () => {
    guest = await loadGuest("memory");
});
beforeEach(() => {
    machine = new Machine(guest, { clusters: 2 });
    vsl = machine.at(1);
    head = vsl.call("vsl_head");
});
afterEach(() => machine.dispose());

const create = (first: number, end: number, type = VSEG_HEAP) => vsl.call("vseg_create", type, first, end);
const insert = (first: number, end: number) => vsl.call("vsl_insert", head, create(first, end), PID) !== 0;
const find = (vpn: number) => vsl.call("vsl_find", head, vpn);
const remove = (vpn: number) => vsl.call("vsl_remove", head, find(vpn), PID);
const gap = (pages: number, low: number, high: number) => vsl.call("vsl_gap", head, pages, low, high);

/** The list as its links say. */
function listed(): Interval[] {
    const found: Interval[] = [];
    for (let at = vsl.view.getUint32(head, true); at !== 0; at = vsl.field("vseg_t", "next", at)) {
        found.push({ first: vsl.field("vseg_t", "first_vpn", at), end: vsl.field("vseg_t", "end_vpn", at) });
    }
    return found;
}

/** Height of the subtree at `at`. Checks that each vseg knows its height and the widest gap of its subtree, and that the tree is balanced. */
function checkedTree(at: number, before: number): { height: number; widest: number; end: number } {
    if (at === 0) return { height: 0, widest: 0, end: before };
    const field = (name: string, of = at) => vsl.field("vseg_t", name, of);
    for (const side of ["left", "right"]) if (field(side) !== 0) expect(field("parent", field(side))).toBe(at);
    const left = checkedTree(field("left"), before);
    const gap = field("first_vpn") - left.end;
    const right = checkedTree(field("right"), field("end_vpn"));
    const height = Math.max(left.height, right.height) + 1;
    const widest = Math.max(left.widest, right.widest, gap);
    expect(Math.abs(left.height - right.height)).toBeLessThan(2);
    expect({ height: field("height"), widest: field("widest_gap"), gap: field("gap") }).toEqual({
        height,
        widest,
        gap,
    });
    return { height, widest, end: right.end };
}
const checkTree = () => checkedTree(vsl.view.getUint32(head + 8, true), 0);

describe("VSL", () => {
    it("keeps vsegs sorted by address, whatever the order of registration", () => {
        for (const first of [50, 10, 90, 30, 70]) expect(insert(first, first + 10)).toBe(true);
        expect(listed().map(({ first }) => first)).toEqual([10, 30, 50, 70, 90]);
    });

    it("I8: a vseg that would overlap another is refused and changes nothing; neighbours may touch", () => {
        insert(100, 110);
        const overlapping: [number, number][] = [
            [100, 110],
            [99, 101],
            [109, 120],
            [90, 120],
            [104, 105],
        ];
        for (const [first, end] of overlapping) expect(insert(first, end), `[${first}, ${end})`).toBe(false);
        expect(listed()).toEqual([{ first: 100, end: 110 }]);
        expect(insert(110, 111) && insert(99, 100)).toBe(true);
        expect(listed().map(({ first }) => first)).toEqual([99, 100, 110]);
    });

    it("find gives the vseg that holds a page, 0 between vsegs and outside of them", () => {
        insert(10, 12);
        insert(20, 21);
        expect([9, 12, 15, 19, 21].map(find)).toEqual([0, 0, 0, 0, 0]);
        expect([10, 11, 20].map((vpn) => vsl.field("vseg_t", "first_vpn", find(vpn)))).toEqual([10, 10, 20]);
    });

    it("remove takes one vseg off the list and frees its memory", () => {
        const before = vsl.call("ppm_free_frames");
        for (const first of [10, 20, 30]) insert(first, first + 5);
        remove(22);
        expect(listed().map(({ first }) => first)).toEqual([10, 30]);
        remove(10);
        remove(30);
        expect(listed()).toEqual([]);
        expect(vsl.call("ppm_free_frames")).toBe(before);
    });

    it("gap gives the lowest place that fits, also at either end, and 0 where there is none", () => {
        insert(20, 30);
        insert(33, 40);
        expect(gap(3, 10, 50)).toBe(10);
        expect(gap(3, 18, 50)).toBe(30);
        expect(gap(4, 18, 50)).toBe(40);
        expect(gap(10, 10, 50)).toBe(10);
        expect(gap(11, 10, 50)).toBe(0);
        expect(gap(1, 33, 40)).toBe(0);
        expect(gap(1, 41, 41)).toBe(0);
    });

    it("gap skips a vseg that begins below the range and ends in it", () => {
        insert(20, 30);
        expect(gap(5, 25, 50)).toBe(30);
    });

    it("5.9.9: a thousand vsegs in ascending, descending and mixed order make a tree of at most 14 levels, whatever is removed", () => {
        const count = 1000;
        for (const step of [1, count - 1, 387]) {
            for (let i = 0, at = 0; i < count; i++, at = (at + step) % count) insert(1 + 3 * at, 3 + 3 * at);
            const { height } = checkTree();
            expect(height).toBeLessThanOrEqual(14);
            for (let i = 0, at = 0; i < count; i++, at = (at + 387) % count) {
                remove(1 + 3 * at);
                if (i % 50 === 0) checkTree();
            }
            expect(listed()).toEqual([]);
        }
    });

    it("records name process, type, pages and cluster of what is registered and removed", () => {
        insert(10, 12);
        remove(10);
        expect(machine.recorded(PROBE_VSEG).map(({ words }) => words.slice(1, 7))).toEqual([
            [PID, VSEG_HEAP, 10, 12, 1, 1],
            [PID, VSEG_HEAP, 10, 12, 1, 0],
        ]);
    });

    it(`random insertions, removals and searches agree with an array of intervals (seed ${SEED})`, () => {
        const step = fc.record({
            first: fc.integer({ min: 1, max: 24 }),
            pages: fc.integer({ min: 1, max: 4 }),
            action: fc.constantFrom("insert", "insert", "remove", "gap"),
        });
        const property = fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
            let model: Interval[] = [];
            const holds = ({ first, end }: Interval, vpn: number) => first <= vpn && vpn < end;
            for (const { first, pages, action } of steps) {
                const end = first + pages;
                if (action === "insert") {
                    const overlaps = model.some((other) => first < other.end && other.first < end);
                    expect(insert(first, end)).toBe(!overlaps);
                    if (!overlaps) model = [...model, { first, end }].sort((a, b) => a.first - b.first);
                } else if (action === "remove" && model.some((interval) => holds(interval, first))) {
                    remove(first);
                    model = model.filter((interval) => !holds(interval, first));
                } else if (action === "gap") {
                    expect(gap(pages, 1, 30)).toBe(lowestGap(model, pages, 1, 30));
                }
                expect(listed()).toEqual(model);
                checkTree();
                const inModel = model.find((interval) => holds(interval, first));
                expect(find(first) === 0 ? undefined : vsl.field("vseg_t", "first_vpn", find(first))).toBe(
                    inModel?.first,
                );
            }
            for (const { first } of model) remove(first);
        });
        fc.assert(property, runs(60));
    });
});

function lowestGap(model: readonly Interval[], pages: number, low: number, high: number): number {
    for (let at = low; at + pages <= high; at++) {
        if (!model.some(({ first, end }) => at < end && first < at + pages)) return at;
    }
    return 0;
}

describe("vseg types", () => {
    const types = { VSEG_CODE, VSEG_DATA, VSEG_STACK, VSEG_HEAP, VSEG_REMOTE, VSEG_FILE, VSEG_DSM };

    it("3: CODE and STACK are private, the other types public", () => {
        const found = Object.entries(types).filter(([, type]) => vsl.call("vseg_is_private", type) !== 0);
        expect(found.map(([name]) => name)).toEqual(["VSEG_CODE", "VSEG_STACK"]);
    });

    it("5.8: CODE may be read and executed, everything else read and written", () => {
        for (const [name, type] of Object.entries(types)) {
            const rights = Number(vsl.wideField("vseg_t", "rights", create(1, 2, type)));
            expect(rights, name).toBe(type === VSEG_CODE ? 0b1010 : 0b0110);
        }
    });

    it("5.9: the set of sharers holds any of 256 clusters", () => {
        const vseg = create(1, 2);
        const clusters = [0, 1, 31, 32, 100, 254, 255];
        for (const cxy of clusters) vsl.call("vseg_add_sharer", vseg, cxy);
        const found = Array.from({ length: 256 }, (_, cxy) => cxy).filter(
            (cxy) => vsl.call("vseg_has_sharer", vseg, cxy) !== 0,
        );
        expect(found).toEqual(clusters);
    });
});
