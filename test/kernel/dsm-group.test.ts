/**
 * A DSM group at its manager: the allocator, grants and their acknowledgement, meetings, and the end of a group (sm-
 * dsm 2, 3).
 */

import fc from "fast-check";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { ACCESS_LOAD } from "../../kernel/abi/access.ts";
import { DSM_BARRIER, DSM_BCAST, DSM_MALLOC } from "../../kernel/abi/dsm-action.ts";
import { PROBE_DSM } from "../../kernel/abi/event.ts";
import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { ENDING } from "../../kernel/abi/signal.ts";
import { DsmNodes, makeGroup, REGION } from "./harness/dsm-nodes.ts";
import { type GuestModule, loadGuest } from "./harness/guest-module.ts";
import { Machine } from "./harness/machine.ts";
import { runs, SEED } from "./harness/properties.ts";

const REGION_BYTES = 0xffff * PAGE_SIZE;

let guest: GuestModule;
let machine: Machine;

beforeAll(async () => {
    guest = await loadGuest("system");
});
afterEach(() => machine.dispose());

function start(nodes: number, clusters = 2, bankShift = 20): DsmNodes {
    machine = new Machine(guest, { clusters, bankShift });
    return new DsmNodes(machine, nodes);
}

const pageOf = (address: number) => Math.floor(address / PAGE_SIZE);

describe("sm_malloc", () => {
    it("2: consecutive small requests of a node share a page: 100 of 16 bytes", () => {
        const dsm = start(2);
        const addresses = Array.from({ length: 100 }, () => dsm.malloc(1, 16));
        expect(new Set(addresses.map(pageOf)).size).toBe(1);
        expect(new Set(addresses).size).toBe(100);
        for (const address of addresses) expect(address % 16).toBe(0);
    });

    it("2: small requests of different nodes lie in different pages", () => {
        const dsm = start(3);
        const addresses = [0, 1, 2, 0, 1, 2].map((node) => pageOf(dsm.malloc(node, 100)));
        expect(new Set(addresses.slice(0, 3)).size).toBe(3);
        expect(addresses.slice(3)).toEqual(addresses.slice(0, 3));
    });

    it.each([PAGE_SIZE - 15, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1, 5 * PAGE_SIZE - 8])(
        "3.5: a request of %i bytes begins a page",
        (bytes) => {
            const dsm = start(1);
            dsm.malloc(0, 40);
            expect(dsm.malloc(0, bytes) % PAGE_SIZE).toBe(0);
        },
    );

    it("2: zero bytes, more than the region and more than 32 bits are refused", () => {
        const dsm = start(1);
        for (const bytes of [0, REGION_BYTES + 1, 2n ** 32n + 16n, 2n ** 63n]) expect(dsm.malloc(0, bytes)).toBe(0);
        expect(machine.recorded(PROBE_DSM)).toEqual([]);
    });

    it("3.1: the region has 0xffff pages: all can be had, and then no more", () => {
        const dsm = start(1, 1, 23);
        expect(dsm.malloc(0, REGION_BYTES)).toBe(REGION * PAGE_SIZE);
        expect(dsm.malloc(0, 1)).toBe(0);
        expect(dsm.malloc(0, PAGE_SIZE)).toBe(0);
    });

    it("a request that fails for lack of memory hands out no page", () => {
        const dsm = start(1);
        const taken: number[] = [];
        while (machine.at(0).call("ppm_free_frames") > 4) taken.push(machine.at(0).call("ppm_alloc", 0, 0, 0));
        expect(dsm.malloc(0, REGION_BYTES)).toBe(0);
        for (const block of taken) machine.at(0).call("ppm_free", block);
        expect(dsm.malloc(0, REGION_BYTES)).toBe(REGION * PAGE_SIZE);
    });

    it("a record names the node and the address", () => {
        const dsm = start(2);
        const address = dsm.malloc(1, 64);
        expect(machine.recorded(PROBE_DSM).map(({ words }) => words.slice(1, 4))).toEqual([[DSM_MALLOC, address, 1]]);
    });

    it(`2: random requests of any nodes never overlap and stay in the region (seed ${SEED})`, () => {
        const size = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 3 * PAGE_SIZE }));
        const request = fc.record({ node: fc.nat({ max: 2 }), size });
        const property = fc.property(fc.array(request, { maxLength: 60 }), (requests) => {
            const dsm = start(3);
            const taken = requests.map(({ node, size }) => ({ at: dsm.malloc(node, size), size, node }));
            taken.sort((a, b) => a.at - b.at);
            taken.forEach(({ at, size, node }, i) => {
                expect(at).toBeGreaterThanOrEqual(REGION * PAGE_SIZE);
                const next = taken[i + 1];
                if (next === undefined) return;
                expect(at + size).toBeLessThanOrEqual(next.at);
                if (next.node !== node) expect(pageOf(at + size - 1)).toBeLessThan(pageOf(next.at));
            });
            machine.dispose();
        });
        fc.assert(property, runs(20));
        start(1);
    });
});

describe("the manager", () => {
    const grant = (name: string) => BigInt(machine.at(0).constant(`GRANT_${name}`));
    it("3.3: a write grant comes after every other copy is gone", () => {
        const dsm = start(3, 3);
        const vpn = dsm.page(0);
        dsm.write(0, vpn, 1);
        dsm.read(1, vpn);
        expect(dsm.request(2, vpn, true) & grant("WRITE")).not.toBe(0n);
        expect(dsm.holders(vpn)).toEqual({ readers: [], writers: [] });
    });

    it("a page is busy from its request to its acknowledgement: other requests wait", () => {
        const dsm = start(3, 3);
        const vpn = dsm.page(0);
        const granted = dsm.request(1, vpn, true);
        let steps = 0;
        machine.onWait = () => {
            if (++steps === 50) dsm.acknowledge(1, vpn, granted);
        };
        expect(dsm.request(2, vpn, false) & grant("OK")).not.toBe(0n);
        expect(steps).toBeGreaterThanOrEqual(50);
    });

    it("grants say keep, write and free as the holder's state wants it", () => {
        const dsm = start(2);
        const vpn = dsm.page(0);
        const flags = (g: bigint) => g & 0xffn;
        const [OK, WRITE, KEEP, FREE] = [grant("OK"), grant("WRITE"), grant("KEEP"), grant("FREE")];
        const frame = (node: number) => BigInt((dsm.node(node).entry(node, vpn)?.paddr ?? 0) / PAGE_SIZE);
        let granted = dsm.request(0, vpn, false);
        expect(flags(granted), "owner's first touch").toBe(OK | WRITE);
        dsm.acknowledge(0, vpn, granted);
        dsm.write(0, vpn, 1);
        granted = dsm.request(0, vpn, true);
        expect(flags(granted), "the writer again").toBe(OK | WRITE | KEEP);
        dsm.acknowledge(0, vpn, granted, frame(0));
        expect(dsm.read(1, vpn)).toBe(1);
        granted = dsm.request(1, vpn, true);
        expect(flags(granted), "a reader that writes").toBe(OK | WRITE | KEEP);
        dsm.acknowledge(1, vpn, granted, frame(1));
        expect(flags(dsm.request(0, vpn, true)), "a writer without a copy").toBe(OK | WRITE | FREE);
    });

    it("3.7: a group of 200 nodes counts 200 copies", () => {
        machine = new Machine(guest, { clusters: 1, bankShift: 23 });
        const dsm = new DsmNodes(machine, 200);
        const vpn = dsm.page(0);
        for (let node = 1; node < 200; node++) dsm.read(node, vpn);
        dsm.write(100, vpn, 1);
        expect(dsm.counts()).toEqual({ RF: 199, WF: 1, INV: 199, REVOKE: 1 });
    });

    it("a group's memory is free again after its release", () => {
        machine = new Machine(guest, { clusters: 2 });
        const free = machine.at(1).call("ppm_free_frames");
        const group = makeGroup(machine, 1, 300);
        for (let i = 0; i < 300; i++) machine.at(0).wide("group_allocate", group, 0, BigInt(PAGE_SIZE));
        machine.at(0).call("group_release", group);
        expect(machine.at(1).call("ppm_free_frames")).toBe(free);
    });

    it("3.8: a dead group grants nothing; its nodes' faults say that the process is ending", () => {
        const dsm = start(2);
        const vpn = dsm.page(0);
        expect(machine.at(1).call("group_death", dsm.group)).toBe(1);
        expect(machine.at(0).call("group_death", dsm.group), "only the first death ends the others").toBe(0);
        expect(dsm.request(1, vpn, false)).toBe(grant("DEAD"));
        expect(dsm.node(1).fault(1, vpn, ACCESS_LOAD)).toBe(ENDING);
    });
});

describe("meetings", () => {
    /** Thread 3 of each instance waits for its node: blocked as sm_barrier leaves it. */
    function arrive(dsm: DsmNodes, node: number, root: string | number, value = 0n): string {
        const instance = machine.at(dsm.node(node).z);
        const thread = threadOf(dsm, node);
        instance.setField("thread_t", "blocked", thread, instance.constant("BLOCKED_GROUP"));
        const number = typeof root === "number" ? root : instance.constant(root);
        const result = instance.call("group_arrive", dsm.group, node, instance.xptr(thread), number, value);
        return (
            ["MEET_DEAD", "MEET_WAIT", "MEET_REFUSED", "MEET_MISMATCH", "MEET_MISMATCH_AGAIN"].find(
                (name) => instance.constant(name) === result,
            ) ?? "?"
        );
    }
    const threadOf = (dsm: DsmNodes, node: number) => machine.at(dsm.node(node).z).call("client_thread", 3);
    const blocked = (dsm: DsmNodes, node: number) =>
        machine.at(dsm.node(node).z).field("thread_t", "blocked", threadOf(dsm, node)) !== 0;
    const received = (dsm: DsmNodes, node: number) =>
        machine.at(dsm.node(node).z).wideField("thread_t", "join_value", threadOf(dsm, node));

    it("2: a barrier holds every node until the last one comes, any number of times", () => {
        const dsm = start(3, 3);
        for (let round = 1; round <= 3; round++) {
            for (const node of [2, 0]) {
                expect(arrive(dsm, node, "NO_ROOT")).toBe("MEET_WAIT");
                expect(blocked(dsm, node)).toBe(true);
            }
            expect(arrive(dsm, 1, "NO_ROOT")).toBe("MEET_WAIT");
            expect([0, 1, 2].map((node) => blocked(dsm, node))).toEqual([false, false, false]);
            expect(machine.recorded(PROBE_DSM, DSM_BARRIER)).toHaveLength(round);
        }
    });

    it.each([0, 1, 2])("2: a broadcast gives every node the root's value, whoever comes last (root %i)", (root) => {
        const dsm = start(3, 3);
        for (const node of [1, 2, 0]) arrive(dsm, node, root, BigInt(100 + node));
        expect([0, 1, 2].map((node) => received(dsm, node))).toEqual(Array(3).fill(BigInt(100 + root)));
        expect([0, 1, 2].some((node) => blocked(dsm, node))).toBe(false);
        expect(machine.recorded(PROBE_DSM, DSM_BCAST)).toHaveLength(1);
    });

    it("a node meets once at a time: its second thread is refused, and so is a node that has left", () => {
        const dsm = start(2);
        arrive(dsm, 0, "NO_ROOT");
        expect(arrive(dsm, 0, "NO_ROOT")).toBe("MEET_REFUSED");
        arrive(dsm, 1, "NO_ROOT");
        for (const node of [0, 1]) expect(arrive(dsm, node, "LEAVING")).toBe("MEET_WAIT");
        expect([0, 1].map((node) => blocked(dsm, node))).toEqual([false, false]);
        expect(arrive(dsm, 0, "NO_ROOT")).toBe("MEET_REFUSED");
    });

    it("a barrier, a broadcast of another root and a departure never meet; the nodes that agree still do", () => {
        const dsm = start(3, 3);
        arrive(dsm, 0, 2, 5n);
        const answers = ["NO_ROOT", "LEAVING", 1].map((other) => arrive(dsm, 1, other, 6n));
        expect(answers).toEqual(["MEET_MISMATCH", "MEET_MISMATCH_AGAIN", "MEET_MISMATCH_AGAIN"]);
        for (const node of [1, 2]) expect(arrive(dsm, node, 2, 7n + BigInt(node))).toBe("MEET_WAIT");
        expect([0, 1, 2].map((node) => received(dsm, node))).toEqual([9n, 9n, 9n]);
    });

    it("3.8: nobody waits at the meeting point of a dead group", () => {
        const dsm = start(2);
        machine.at(0).call("group_death", dsm.group);
        for (const node of [0, 1]) expect(arrive(dsm, node, "NO_ROOT")).toBe("MEET_DEAD");
    });
});
