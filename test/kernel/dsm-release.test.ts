/** Release consistency between manager and nodes (sm-dsm 4), against a model of what a node must see at least. */

import fc from "fast-check";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BI_DSM_MANAGER } from "../../kernel/abi/boot-info.ts";
import { DSM_DIFF, DSM_DROP } from "../../kernel/abi/dsm-action.ts";
import { PROBE_DSM } from "../../kernel/abi/event.ts";
import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { DSM_RELEASE } from "../../kernel/abi/policy.ts";
import { DsmNodes, dsmFrames, MANAGER_KINDS, MANAGERS, type ManagerKind } from "./harness/dsm-nodes.ts";
import { type GuestModule, loadGuest } from "./harness/guest-module.ts";
import { Machine } from "./harness/machine.ts";
import { runs, SEED } from "./harness/properties.ts";

let guest: GuestModule;
let machine: Machine;

beforeAll(async () => {
    guest = await loadGuest("system");
});
afterEach(() => machine.dispose());

let managers: ManagerKind = "central";

function start(nodes: number, clusters = 3, bankShift = 20): DsmNodes {
    machine = new Machine(guest, { clusters, bankShift, policies: { [BI_DSM_MANAGER]: MANAGERS[managers] } });
    return new DsmNodes(machine, nodes);
}

/** A page of release consistency that node 0 has written and node 1 read. */
function sharedPage(dsm: DsmNodes): number {
    const vpn = dsm.page(0, DSM_RELEASE);
    dsm.write(0, vpn, 1, 4095);
    dsm.read(1, vpn);
    machine.records = [];
    return vpn;
}

const count = (action: number) => machine.recorded(PROBE_DSM, action).length;

describe.each(MANAGER_KINDS)("under %s managers", (kind) => {
    beforeEach(() => {
        managers = kind;
    });

    it("4.3: what a node has alone it writes without a fault, whatever it releases", () => {
        const dsm = start(2);
        const vpn = dsm.page(0, DSM_RELEASE);
        dsm.write(0, vpn, 1);
        dsm.release(0);
        expect(dsm.holders(vpn).writers).toEqual([0]);
        expect([dsm.counts(), count(DSM_DIFF)]).toEqual([{ RF: 0, WF: 0, INV: 0, REVOKE: 0 }, 0]);
    });

    it("4.3: a reader takes the right to write from it, and its own next write is a fault", () => {
        const dsm = start(2);
        const vpn = sharedPage(dsm);
        expect(dsm.holders(vpn)).toEqual({ readers: [0, 1], writers: [] });
        dsm.write(0, vpn, 2);
        expect(dsm.counts()).toEqual({ RF: 0, WF: 1, INV: 0, REVOKE: 0 });
        expect(dsm.holders(vpn)).toEqual({ readers: [0, 1], writers: [0] });
    });

    it("4.4: two nodes write a page at once, and nothing is invalidated", () => {
        const dsm = start(3);
        const vpn = sharedPage(dsm);
        dsm.write(0, vpn, 10, 0);
        dsm.write(1, vpn, 20, 1);
        dsm.write(2, vpn, 30, 2);
        expect(dsm.counts()).toEqual({ RF: 0, WF: 3, INV: 0, REVOKE: 0 });
        expect(dsm.holders(vpn)).toEqual({ readers: [0, 1, 2], writers: [0, 1, 2] });
    });

    it("4.5, 4.7: released bytes reach the reference copy, and only those", () => {
        const dsm = start(3);
        const vpn = sharedPage(dsm);
        for (const node of [0, 1, 2]) for (const byte of [0, 3, 6, 9]) dsm.write(node, vpn, 40 + node, byte + node);
        for (const node of [0, 1, 2]) dsm.release(node);
        expect(count(DSM_DIFF)).toBe(2);
        expect(dsm.holders(vpn).writers).toEqual([]);
        const seen = Array.from({ length: 12 }, (_, byte) => dsm.read(0, vpn, byte));
        expect(seen).toEqual([40, 41, 42, 40, 41, 42, 40, 41, 42, 40, 41, 42]);
    });

    it("4.6: who acquires gives up what another has written since, and reads it anew; the owner keeps its copy", () => {
        const dsm = start(3);
        const vpn = sharedPage(dsm);
        dsm.read(2, vpn);
        dsm.write(1, vpn, 5);
        expect(dsm.read(2, vpn)).toBe(0);
        dsm.release(1);
        for (const node of [0, 1, 2]) dsm.acquire(node);
        expect(count(DSM_DROP)).toBe(1);
        expect(dsm.holders(vpn).readers).toEqual([0, 1]);
        expect(dsm.read(2, vpn)).toBe(5);
        for (const node of [0, 1, 2]) dsm.acquire(node);
        expect(count(DSM_DROP)).toBe(1);
    });

    it("4.6: a copy that its node has written is sent before it is given up, and noted with the next release", () => {
        const dsm = start(3);
        const vpn = sharedPage(dsm);
        dsm.read(2, vpn);
        dsm.write(1, vpn, 5, 0);
        dsm.write(2, vpn, 6, 1);
        dsm.release(1);
        dsm.acquire(2);
        expect(dsm.read(2, vpn, 1)).toBe(6);
        dsm.release(2);
        dsm.acquire(1);
        expect([dsm.read(1, vpn, 0), dsm.read(1, vpn, 1)]).toEqual([5, 6]);
    });

    it("4.4: who writes again before anybody else takes the page, and has what the others had written", () => {
        const dsm = start(3);
        const vpn = sharedPage(dsm);
        dsm.write(2, vpn, 9, 7);
        dsm.write(1, vpn, 5);
        dsm.release(1);
        dsm.write(1, vpn, 6);
        expect(dsm.counts()).toEqual({ RF: 0, WF: 3, INV: 2, REVOKE: 0 });
        expect(dsm.holders(vpn)).toEqual({ readers: [1], writers: [1] });
        expect([dsm.read(1, vpn, 7), dsm.read(1, vpn, 4095)]).toEqual([9, 1]);
        dsm.release(1);
        expect(dsm.holders(vpn).writers).toEqual([1]);
    });

    it("4.4: the first that writes it after the nodes have met takes the page, the others write beside it", () => {
        const dsm = start(3);
        const vpn = sharedPage(dsm);
        machine.at(0).setField("group_t", "meetings", machine.bank(Number(dsm.group)).offset, 1);
        dsm.write(1, vpn, 5);
        expect(dsm.counts()).toEqual({ RF: 0, WF: 1, INV: 1, REVOKE: 0 });
        expect(dsm.holders(vpn)).toEqual({ readers: [1], writers: [1] });
        dsm.write(0, vpn, 6, 1);
        dsm.write(2, vpn, 7, 2);
        expect(dsm.counts()).toEqual({ RF: 0, WF: 3, INV: 1, REVOKE: 1 });
        expect(dsm.holders(vpn).readers).toEqual([0, 1, 2]);
    });

    it("4.9: an atomic access takes the page alone, after what its node and the others wrote was sent", () => {
        const dsm = start(3);
        const vpn = sharedPage(dsm);
        for (const node of [0, 1, 2]) dsm.write(node, vpn, 10 + node, node);
        machine.records = [];
        dsm.add(1, vpn, 5, 8);
        expect(dsm.counts()).toEqual({ RF: 0, WF: 1, INV: 2, REVOKE: 0 });
        expect(dsm.holders(vpn)).toEqual({ readers: [1], writers: [1] });
        expect([0, 1, 2, 8, 4095].map((byte) => dsm.read(1, vpn, byte))).toEqual([10, 11, 12, 5, 1]);
        expect(count(DSM_DIFF)).toBe(2);
    });

    it("4.9: so does the owner's, of a page that it may write beside others", () => {
        const dsm = start(3);
        const vpn = sharedPage(dsm);
        dsm.write(0, vpn, 1, 0);
        dsm.write(1, vpn, 2, 1);
        dsm.add(0, vpn, 3, 2);
        expect(dsm.holders(vpn)).toEqual({ readers: [0], writers: [0] });
        expect([0, 1, 2].map((byte) => dsm.read(0, vpn, byte))).toEqual([1, 2, 3]);
    });

    it("4.9: nodes add to one byte by turns, beside writers, from every cluster: nothing is lost", () => {
        const dsm = start(3);
        for (const node of dsm.nodes) node.attach(...[0, 1, 2].filter((cxy) => cxy !== node.z));
        const vpn = sharedPage(dsm);
        let total = 0;
        for (let i = 0; i < 24; i++) {
            dsm.write(i % 3, vpn, i, 16 + (i % 3), (i >> 2) % 3);
            dsm.add((i * 2) % 3, vpn, 1, 8, i % 3);
            total++;
            if (i % 5 === 0) dsm.release(i % 3);
        }
        dsm.add(0, vpn, 0, 8);
        expect(dsm.read(0, vpn, 8)).toBe(total);
        for (const node of [0, 1, 2]) dsm.release(node);
        for (const node of [0, 1, 2]) dsm.acquire(node);
        expect([0, 1, 2].map((each) => dsm.read(1, vpn, 16 + each))).toEqual([21, 22, 23]);
    });

    it.each([62, 63, 64, 126, 127])(
        "4.6: %i notices of two nodes, of which one reads the other's older ones",
        (pages) => {
            const dsm = start(2, 2, 22);
            const first = dsm.malloc(0, pages * PAGE_SIZE, DSM_RELEASE) / PAGE_SIZE;
            for (let page = 0; page < pages; page++) {
                dsm.write(0, first + page, 1, 9);
                dsm.read(1, first + page);
            }
            for (const node of [0, 1]) {
                for (let page = 0; page < pages; page++) dsm.write(node, first + page, 7 + node, node);
            }
            // Node 1 posts first, so that of every page the last notice is node 0's own.
            dsm.release(1);
            dsm.release(0);
            dsm.acquire(0);
            dsm.acquire(1);
            const seen = (node: number, byte: number) =>
                Array.from({ length: pages }, (_, page) => dsm.read(node, first + page, byte));
            for (const node of [0, 1])
                for (const byte of [0, 1]) expect(new Set(seen(node, byte))).toEqual(new Set([7 + byte]));
        },
    );

    it("4.4: a page that its owner never touched goes to the first that writes it", () => {
        const dsm = start(2);
        const vpn = dsm.page(0, DSM_RELEASE);
        dsm.write(1, vpn, 5);
        expect(dsm.holders(vpn)).toEqual({ readers: [1], writers: [1] });
        expect(dsm.read(0, vpn)).toBe(5);
    });

    it("4.3: an owner whose page nobody has any more is alone again", () => {
        const dsm = start(2);
        const vpn = sharedPage(dsm);
        dsm.write(0, vpn, 3);
        dsm.release(0);
        dsm.acquire(1);
        dsm.write(0, vpn, 4);
        dsm.release(0);
        expect(dsm.holders(vpn)).toEqual({ readers: [0], writers: [0] });
    });

    it("4.5: threads of a node in other clusters lose the right to write, and release and acquire for it", () => {
        const dsm = start(2, 3);
        const vpn = sharedPage(dsm);
        dsm.node(1).attach(2);
        dsm.write(1, vpn, 7, 0, 2);
        expect(dsm.node(1).entry(2, vpn)).toMatchObject({ write: true });
        dsm.release(1, 2);
        for (const cxy of [1, 2]) expect(dsm.node(1).entry(cxy, vpn)).toMatchObject({ read: true, write: false });
        expect(dsm.read(0, vpn)).toBe(7);
        dsm.write(0, vpn, 8);
        dsm.release(0);
        dsm.acquire(1, 2);
        for (const cxy of [1, 2]) expect(dsm.node(1).entry(cxy, vpn)).toBeUndefined();
        expect(dsm.read(1, vpn, 0, 2)).toBe(8);
    });

    it("4.1: requests of the two kinds share no page, and the others stay sequentially consistent", () => {
        const dsm = start(2);
        const [a, b] = [dsm.malloc(0, 16, DSM_RELEASE), dsm.malloc(0, 16)];
        expect(dsm.malloc(0, 16, DSM_RELEASE)).toBe(a + 16);
        expect(dsm.malloc(0, 16)).toBe(b + 16);
        expect(Math.floor(a / PAGE_SIZE)).not.toBe(Math.floor(b / PAGE_SIZE));
        dsm.write(0, b / PAGE_SIZE, 1);
        dsm.write(1, b / PAGE_SIZE, 2);
        expect(dsm.read(0, b / PAGE_SIZE)).toBe(2);
    });

    it("2: a page that is freed while nodes write it takes its twins with it, and begins anew", () => {
        const dsm = start(3);
        const before = dsmFrames(machine);
        const vpn = sharedPage(dsm);
        machine.records = [];
        const had = dsm.holders(vpn).readers.length;
        for (const node of [0, 1, 2]) dsm.write(node, vpn, 9, node);
        expect(dsm.free(2, vpn * PAGE_SIZE)).toBe(0);
        expect(dsmFrames(machine) + had).toBe(before);
        expect(dsm.page(1)).toBe(vpn);
        dsm.release(0);
        expect(dsm.read(0, vpn, 0)).toBe(0);
        dsm.write(2, vpn, 1);
        expect(dsm.holders(vpn).readers).toEqual([2]);
    });

    it("3.8: once a node has died nothing is stored in its frames, which may be others' by then", () => {
        const dsm = start(2);
        const vpn = sharedPage(dsm);
        dsm.write(1, vpn, 5);
        machine.at(0).call("group_death", dsm.group);
        dsm.release(1);
        expect([count(DSM_DIFF), dsm.read(0, vpn)]).toEqual([0, 0]);
    });

    it("4.6: more notices than one message holds all come through", () => {
        const dsm = start(2, 3, 22);
        const first = dsm.malloc(0, 200 * PAGE_SIZE, DSM_RELEASE) / PAGE_SIZE;
        const pages = Array.from({ length: 200 }, (_, i) => first + i);
        for (const vpn of pages) dsm.write(0, vpn, 1);
        for (const vpn of pages) dsm.read(1, vpn);
        for (const vpn of pages) dsm.write(0, vpn, 2);
        dsm.release(0);
        dsm.acquire(1);
        expect(count(DSM_DROP)).toBe(200);
        expect(pages.filter((vpn) => dsm.read(1, vpn) !== 2)).toEqual([]);
    });

    it("4.6: a notice is acted on though others are posted anew between two readings, its own page's among them", () => {
        const dsm = start(3, 3, 22);
        const first = dsm.malloc(0, 70 * PAGE_SIZE, DSM_RELEASE) / PAGE_SIZE;
        const pages = Array.from({ length: 70 }, (_, i) => first + i);
        for (const vpn of pages) dsm.write(0, vpn, 1);
        for (const vpn of pages) for (const node of [1, 2]) dsm.read(node, vpn);
        for (const vpn of pages.toReversed()) dsm.write(0, vpn, 2);
        // The one written last is posted first: the notices are those of the pages in their order.
        dsm.release(0);
        // Once 63 are read, and the first of them acted on, these and the last page are posted anew; that one last.
        machine.onProbe = ({ words }) => {
            if (words[0] !== PROBE_DSM || words[1] !== DSM_DROP) return;
            machine.onProbe = () => {};
            for (const vpn of [first + 69, ...pages.slice(1, 63)]) dsm.write(2, vpn, 3, 1);
            dsm.release(2);
        };
        dsm.acquire(1);
        expect(pages.filter((vpn) => dsm.read(1, vpn) !== 2)).toEqual([]);
    });

    const PAGES = 2;
    const OFFSETS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 4095];
    const step = fc.record({
        node: fc.nat({ max: 4 }),
        page: fc.nat({ max: PAGES - 1 }),
        offset: fc.nat({ max: OFFSETS.length - 1 }),
        does: fc.constantFrom("read", "read", "write", "write", "release", "acquire"),
    });

    it(`4.2: who acquires sees at least what was released before, and never goes back (seed ${SEED})`, () => {
        const property = fc.property(
            fc.integer({ min: 2, max: 5 }),
            fc.array(step, { minLength: 20, maxLength: 120 }),
            (nodes, steps) => {
                const dsm = start(nodes);
                const pages = Array.from({ length: PAGES }, (_, i) => dsm.page(i % nodes, DSM_RELEASE));
                const model = new Visible(nodes);
                for (const { node: wish, page, offset: place, does } of steps) {
                    const [node, vpn, offset] = [wish % nodes, pages[page] ?? 0, OFFSETS[place] ?? 0];
                    const byte = model.byte(page * OFFSETS.length + place, place % nodes);
                    if (does === "release") dsm.release(node);
                    if (does === "release") model.release(node);
                    if (does === "acquire") dsm.acquire(node);
                    if (does === "acquire") model.acquire(node);
                    if (does === "write") dsm.write(byte.writer, vpn, ++byte.value, offset);
                    if (does === "write") byte.seen[byte.writer] = byte.value;
                    if (does !== "read") continue;
                    const value = dsm.read(node, vpn, offset);
                    expect(value).toBeGreaterThanOrEqual(byte.seen[node] ?? 0);
                    expect(value).toBeLessThanOrEqual(byte.value);
                    byte.seen[node] = value;
                }
                machine.dispose();
            },
        );
        fc.assert(property, runs(60));
        start(2);
    });
});

interface Byte {
    readonly writer: number;
    value: number;
    released: number;
    /** The least value that each node may read. */
    readonly seen: number[];
}

/** Bytes that one node each counts up in. */
class Visible {
    readonly #bytes = new Map<number, Byte>();
    readonly #nodes: number;

    constructor(nodes: number) {
        this.#nodes = nodes;
    }

    byte(id: number, writer: number): Byte {
        const byte = this.#bytes.get(id) ?? { writer, value: 0, released: 0, seen: Array(this.#nodes).fill(0) };
        this.#bytes.set(id, byte);
        return byte;
    }

    release(node: number): void {
        for (const byte of this.#bytes.values()) if (byte.writer === node) byte.released = byte.value;
    }

    acquire(node: number): void {
        for (const byte of this.#bytes.values()) byte.seen[node] = Math.max(byte.seen[node] ?? 0, byte.released);
    }
}
