/**
 * Turns at a page of a manager (sm-dsm 3.4): requests for a page that another has are parked at the page (vmm-policy 5.9.4), get it in the
 * order of coming, and keep no server of the manager's cluster from others.
 */

import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { DSM_WRITE_FAULT } from "../../kernel/abi/dsm-action.ts";
import { PROBE_DSM } from "../../kernel/abi/event.ts";
import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { DsmNodes } from "./harness/dsm-nodes.ts";
import { type GuestModule, loadGuest } from "./harness/guest-module.ts";
import { Machine } from "./harness/machine.ts";
import { whileWaiting } from "./harness/while-waiting.ts";

let guest: GuestModule;
let machine: Machine;

beforeAll(async () => {
    guest = await loadGuest("system");
});
afterEach(() => machine.dispose());

/** Node i lives in cluster i; node 0's cluster has two servers for the requests of all (3.6, central). */
function start(nodes: number): DsmNodes {
    machine = new Machine(guest, { clusters: nodes });
    return new DsmNodes(machine, nodes);
}

/** Nodes whose requests to write the page were served, in that order. */
function served(vpn: number): number[] {
    return machine.recorded(PROBE_DSM, DSM_WRITE_FAULT, vpn * PAGE_SIZE).map(({ words }) => words[3] ?? -1);
}

/** The node whose turn it was says that it has the page. The central manager's answers name node 0. */
const acknowledge = (dsm: DsmNodes, node: number, vpn: number) => dsm.acknowledge(node, vpn, 0n);

describe("3.4, 5.9.4: requests for a page that another has", () => {
    it("are parked: three nodes' wait, and the manager serves a fourth's for another page meanwhile", () => {
        const dsm = start(6);
        const [contended, other] = [dsm.page(0), dsm.page(0)];
        dsm.request(1, contended, true);
        const answers: bigint[] = [];
        const ask = (node: number) => () => {
            answers.push(dsm.request(node, contended, true));
        };
        whileWaiting(
            machine,
            ask(3),
            ask(4),
            () => {
                dsm.write(5, other, 7);
                expect([answers.length, served(contended)]).toEqual([0, [1]]);
            },
            ...[1, 2, 3].map((node) => () => acknowledge(dsm, node, contended)),
        );
        ask(2)();
        acknowledge(dsm, 4, contended);
        expect([answers.length, dsm.read(5, other)]).toEqual([3, 7]);
    });

    it("get it in the order of coming, which one of the manager's own cluster does not overtake", () => {
        const dsm = start(5);
        const vpn = dsm.page(0);
        dsm.request(4, vpn, true);
        whileWaiting(
            machine,
            () => dsm.request(1, vpn, true),
            () => dsm.request(3, vpn, true),
            () => {
                acknowledge(dsm, 4, vpn);
                dsm.request(0, vpn, true);
            },
            ...[2, 1, 3].map((node) => () => acknowledge(dsm, node, vpn)),
        );
        dsm.request(2, vpn, true);
        expect(served(vpn)).toEqual([4, 2, 1, 3, 0]);
        acknowledge(dsm, 0, vpn);
        dsm.request(1, vpn, true);
        expect(served(vpn)).toEqual([4, 2, 1, 3, 0, 1]);
    });

    it("that are prefetches are refused at once, as before", () => {
        const dsm = start(3);
        const vpn = dsm.page(0);
        dsm.request(1, vpn, true);
        expect(machine.at(2).wide("manager_prefetch", dsm.group, 2, vpn)).toBe(0n);
    });

    it("are served before the sm_free that has come behind them, which is parked, too", () => {
        const dsm = start(5);
        const vpn = dsm.page(0);
        dsm.request(1, vpn, true);
        const freed: number[] = [];
        whileWaiting(
            machine,
            () => {
                freed.push(dsm.free(4, vpn * PAGE_SIZE));
            },
            ...[1, 2].map((node) => () => {
                expect(freed).toEqual([]);
                acknowledge(dsm, node, vpn);
            }),
        );
        dsm.request(2, vpn, true);
        expect([freed, served(vpn)]).toEqual([[0], [1, 2]]);
        expect(dsm.request(3, vpn, true)).toBe(0n);
    });

    it("of a group in which a node has died meanwhile are refused, all of them, and the group can be freed (3.8)", () => {
        const dsm = start(4);
        const vpn = dsm.page(0);
        const dead = BigInt(machine.at(0).constant("GRANT_DEAD"));
        dsm.request(1, vpn, true);
        const answers: bigint[] = [];
        const ask = (node: number) => () => {
            answers.push(dsm.request(node, vpn, true));
        };
        whileWaiting(machine, ask(3), ask(0), () => {
            machine.at(0).call("group_death", dsm.group);
            acknowledge(dsm, 1, vpn);
        });
        ask(2)();
        expect(answers).toEqual([dead, dead, dead]);
        machine.at(0).call("group_release", dsm.group);
        expect(served(vpn)).toEqual([1]);
    });
});
