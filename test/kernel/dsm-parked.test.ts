/**
 * Releases, acquires and atomic accesses of a node's threads in other clusters than its reference one: what meets a page on which a fault is
 * under way, or that a thread holds, is parked (vmm-policy 5.9.4), keeps no server, and goes on where it was (sm-dsm 4.2, 4.5, 4.6, 4.9).
 */

import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { ACCESS_LOAD } from "../../kernel/abi/access.ts";
import { DSM_DIFF, DSM_DROP } from "../../kernel/abi/dsm-action.ts";
import { PROBE_DSM } from "../../kernel/abi/event.ts";
import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { DSM_RELEASE } from "../../kernel/abi/policy.ts";
import { DsmNodes } from "./harness/dsm-nodes.ts";
import { type GuestModule, loadGuest } from "./harness/guest-module.ts";
import { Machine } from "./harness/machine.ts";
import { whileWaiting } from "./harness/while-waiting.ts";

let guest: GuestModule;
let machine: Machine;
let dsm: DsmNodes;
/** Of release consistency, allocated by node 0, and read by node 1 if not said otherwise. */
let pages: number[];

beforeAll(async () => {
    guest = await loadGuest("system");
});
afterEach(() => machine.dispose());

/** Node i's reference cluster is i; node 1 has threads in clusters 3, 4 and 5, too. */
function start(): void {
    machine = new Machine(guest, { clusters: 6 });
    dsm = new DsmNodes(machine, 3);
    dsm.node(1).attach(3, 4, 5);
    pages = [0, 1, 2].map(() => dsm.page(0, DSM_RELEASE));
    for (const vpn of pages) dsm.write(0, vpn, 1, 4095);
    for (const vpn of pages.slice(0, 2)) dsm.read(1, vpn);
    machine.records = [];
}

const page = (i: number) => pages[i] ?? 0;
const count = (action: number) => machine.recorded(PROBE_DSM, action).length;
const posted = () => machine.at(0).field("group_t", "posted", machine.bank(Number(dsm.group)).offset);

/** A fault of a thread at node 1's reference cluster is under way on the page, until the result is called. */
function faultOn(vpn: number): () => void {
    const process = dsm.node(1).address(1);
    const slot = machine.at(1).call("vmm_mark_busy", process, vpn, 0);
    return () => void machine.at(1).call("vmm_unmark_busy", process, slot, 0n);
}

/** Another cluster's request to node 1's reference cluster, at the level of those that are parked, is served. */
function expectServed(): void {
    expect(dsm.read(1, page(2), 4095, 5)).toBe(1);
}

describe("5.9.4, 4.5: a release of another cluster's thread that meets a fault", () => {
    it("is parked, as those behind it are, and has posted what it has sent", () => {
        start();
        for (const i of [0, 1]) dsm.write(1, page(i), 7 + i);
        const ended: number[] = [];
        const release = (cxy: number) => () => {
            dsm.release(1, cxy);
            ended.push(cxy);
        };
        const end = faultOn(page(0));
        whileWaiting(machine, release(4), release(5), () => {
            expectServed();
            expect([ended, posted(), count(DSM_DIFF)]).toEqual([[], 1, 1]);
            expect(dsm.node(1).entry(1, page(0))?.write).toBe(true);
            end();
        });
        release(3)();
        expect([ended.length, posted(), count(DSM_DIFF)]).toEqual([3, 2, 2]);
        expect([dsm.read(0, page(0)), dsm.read(0, page(1))]).toEqual([7, 8]);
        expect(dsm.holders(page(0)).writers).toEqual([]);
    });

    it("sends what its node writes before it ends, too, and the next one finds nothing left", () => {
        start();
        dsm.write(1, page(0), 7);
        const end = faultOn(page(0));
        whileWaiting(machine, () => {
            dsm.write(1, page(1), 9, 0, 4);
            end();
        });
        dsm.release(1, 3);
        expect([posted(), dsm.read(0, page(0)), dsm.read(0, page(1))]).toEqual([2, 7, 9]);
        dsm.release(1);
        expect(posted()).toBe(2);
    });
});

describe("5.9.4, 4.6: an acquire of another cluster's thread", () => {
    it("that meets a fault is parked, as those behind it are, and gives up each older copy once", () => {
        start();
        for (const i of [0, 1]) dsm.write(0, page(i), 5 + i);
        dsm.release(0);
        const end = faultOn(page(1));
        const acquire = (cxy: number) => () => dsm.acquire(1, cxy);
        whileWaiting(machine, acquire(4), acquire(5), () => {
            expectServed();
            expect(dsm.holders(page(1)).readers).toEqual([0, 1]);
            end();
        });
        dsm.acquire(1, 3);
        expect(count(DSM_DROP)).toBe(2);
        expect([dsm.read(1, page(0), 0, 3), dsm.read(1, page(1), 0, 4)]).toEqual([5, 6]);
        dsm.acquire(1);
        expect(count(DSM_DROP)).toBe(2);
    });

    it("waits for a first copy that is about to come, whose content may be older than the notice", () => {
        start();
        dsm.read(2, page(2));
        dsm.write(0, page(2), 5);
        dsm.release(0);
        let waited = false;
        const end = faultOn(page(2));
        whileWaiting(machine, () => {
            waited = true;
            end();
        });
        dsm.acquire(1, 3);
        expect(waited).toBe(true);
    });
});

describe("5.9.4, 4.9: an atomic access of another cluster's thread to a page that a thread of its node holds", () => {
    it("is parked before it marks the page, and sends what the node wrote when it goes on", () => {
        start();
        const vpn = page(0);
        dsm.write(1, vpn, 7);
        const node = dsm.node(1);
        // Of a thread in cluster 5, which was promised the page and has not used it.
        const address = BigInt(vpn * PAGE_SIZE);
        expect(machine.at(5).call("fault_resolve", node.address(5), address, ACCESS_LOAD)).toBe(0);
        const add = (cxy: number) => () => dsm.add(1, vpn, 1, 8, cxy);
        whileWaiting(machine, add(4), () => {
            // Read there by a request of its own, whose promise stands beside the other.
            const other = BigInt(page(1) * PAGE_SIZE);
            expect(machine.at(5).call("fault_resolve", node.address(5), other, ACCESS_LOAD)).toBe(0);
            expect([count(DSM_DIFF), node.entry(1, vpn)?.write]).toEqual([0, true]);
            machine.at(1).call("promises_forget", node.address(1));
            machine.at(1).call("process_wake", node.address(1));
        });
        add(3)();
        expect([count(DSM_DIFF), dsm.read(1, vpn, 8), dsm.read(1, vpn)]).toEqual([1, 2, 7]);
        expect(dsm.holders(vpn)).toEqual({ readers: [1], writers: [1] });
    });
});
