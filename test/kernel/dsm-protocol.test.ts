/** The DSM protocol between manager and nodes (sm-dsm 3.2 to 3.5), against a model of many readers or one writer. */

import fc from "fast-check";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ACCESS_LOAD, ACCESS_STORE } from "../../kernel/abi/access.ts";
import { BI_DSM_MANAGER } from "../../kernel/abi/boot-info.ts";
import { PROBE_DSM, PROBE_RPC_SENT } from "../../kernel/abi/event.ts";
import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { SIGSEGV } from "../../kernel/abi/signal.ts";
import { DsmNodes, dsmFrames, MANAGER_KINDS, MANAGERS, type ManagerKind, REGION } from "./harness/dsm-nodes.ts";
import { type GuestModule, loadGuest } from "./harness/guest-module.ts";
import { Machine } from "./harness/machine.ts";
import { MrswModel } from "./harness/mrsw-model.ts";
import { runs, SEED } from "./harness/properties.ts";

let guest: GuestModule;
let machine: Machine;

beforeAll(async () => {
    guest = await loadGuest("system");
});
afterEach(() => machine.dispose());

let managers: ManagerKind = "central";

function start(nodes: number, clusters = 3, home = 0): DsmNodes {
    machine = new Machine(guest, { clusters, policies: { [BI_DSM_MANAGER]: MANAGERS[managers] } });
    return new DsmNodes(machine, nodes, home);
}

describe.each(MANAGER_KINDS)("3.6: under %s managers", (kind) => {
    beforeEach(() => {
        managers = kind;
    });
    describe("the protocol", () => {
        it.each([2, 3, 5])("3.5: write, all read, another's page written, all read, on %i nodes", (n) => {
            const dsm = start(n);
            const others = Array.from({ length: n - 1 }, (_, i) => i + 1);
            const first = dsm.page(0);
            dsm.write(0, first, 11);
            for (const node of others) expect(dsm.read(node, first)).toBe(11);
            const second = dsm.page(1);
            dsm.write(0, second, 22);
            for (const node of others) expect(dsm.read(node, second)).toBe(22);
            expect(dsm.counts()).toEqual({ RF: 2 * (n - 1), WF: 1, INV: 1, REVOKE: 2 });
        });

        it("3.5: the allocating node's first touch is no fault of the protocol", () => {
            const dsm = start(2);
            expect(dsm.read(0, dsm.page(0))).toBe(0);
            dsm.write(1, dsm.page(1), 1);
            expect(dsm.counts()).toEqual({ RF: 0, WF: 0, INV: 0, REVOKE: 0 });
        });

        it("3.4: a read fault leaves the writer a read-only copy, and the reader one of the same content", () => {
            const dsm = start(2);
            const vpn = dsm.page(0);
            dsm.write(0, vpn, 5, 4095);
            expect(dsm.read(1, vpn, 4095)).toBe(5);
            expect(dsm.holders(vpn)).toEqual({ readers: [0, 1], writers: [] });
            expect(dsm.node(0).bytes(0, vpn)).toEqual(dsm.node(1).bytes(1, vpn));
        });

        it("3.4: a write to an absent page is one fault and takes every other copy", () => {
            const dsm = start(4);
            const vpn = dsm.page(0);
            dsm.write(0, vpn, 1);
            for (const node of [1, 2]) dsm.read(node, vpn);
            machine.records = [];
            dsm.write(3, vpn, 9, 1);
            expect(dsm.counts()).toEqual({ RF: 0, WF: 1, INV: 3, REVOKE: 0 });
            expect(dsm.holders(vpn)).toEqual({ readers: [3], writers: [3] });
            expect(dsm.read(3, vpn)).toBe(1);
        });

        it("3.4: a reader that writes keeps its frame", () => {
            const dsm = start(3);
            const vpn = dsm.page(0);
            dsm.write(0, vpn, 7);
            dsm.read(1, vpn);
            const before = dsm.node(1).entry(1, vpn)?.paddr;
            dsm.write(1, vpn, 8);
            expect(dsm.node(1).entry(1, vpn)?.paddr).toBe(before);
            expect(dsm.read(0, vpn)).toBe(8);
        });

        it("3.4: a page its allocating node never touched reads as zero elsewhere, and the node keeps a copy", () => {
            const dsm = start(2);
            const vpn = dsm.page(0);
            expect(dsm.read(1, vpn)).toBe(0);
            expect(dsm.holders(vpn)).toEqual({ readers: [0, 1], writers: [] });
            expect(dsm.counts()).toEqual({ RF: 1, WF: 0, INV: 0, REVOKE: 1 });
        });

        it("3.2: every node's copy is a frame of its own cluster's bank", () => {
            const dsm = start(5, 3, 2);
            const vpn = dsm.page(4);
            dsm.write(4, vpn, 1);
            for (let node = 0; node < 5; node++) dsm.read(node, vpn);
            const frames = dsm.nodes.map((process) => process.entry(process.z, vpn)?.paddr);
            expect(new Set(frames).size).toBe(5);
            expect(dsm.nodes.map((process) => process.home(process.z, vpn))).toEqual([0, 1, 2, 0, 1]);
        });

        it("3.8: an access outside every allocation is a segmentation fault and says nothing to others", () => {
            const dsm = start(2);
            const last = dsm.page(0);
            for (const vpn of [last + 1, REGION + 0xfffe]) {
                expect(dsm.node(1).fault(1, vpn, ACCESS_LOAD)).toBe(SIGSEGV);
                expect(dsm.node(1).fault(1, vpn, ACCESS_STORE)).toBe(SIGSEGV);
            }
            expect(dsm.counts()).toEqual({ RF: 0, WF: 0, INV: 0, REVOKE: 0 });
            expect(dsmFrames(machine)).toBe(0);
        });

        it("records name the page, the faulting node and where the copy comes from", () => {
            const dsm = start(2);
            const vpn = dsm.page(0);
            dsm.write(0, vpn, 1);
            dsm.read(1, vpn);
            const actions = machine.recorded(PROBE_DSM).map(({ words }) => words.slice(2, 7));
            const leader = dsm.node(0).pid;
            expect(actions.slice(1)).toEqual([
                [vpn * PAGE_SIZE, 1, 0, 1, leader],
                [vpn * PAGE_SIZE, 0, 0, 1, leader],
            ]);
        });
    });

    describe("replicas of a node process", () => {
        it("3.1: a replica copies its reference cluster's entry", () => {
            const dsm = start(2, 3);
            const vpn = dsm.page(0);
            dsm.node(0).attach(2);
            dsm.write(0, vpn, 3, 0, 2);
            expect(dsm.node(0).entry(2, vpn)?.paddr).toBe(dsm.node(0).entry(0, vpn)?.paddr);
            expect(dsm.counts()).toEqual({ RF: 0, WF: 0, INV: 0, REVOKE: 0 });
        });

        it("3.1: a revocation and an invalidation reach every replica", () => {
            const dsm = start(2, 3);
            const vpn = dsm.page(0);
            dsm.node(0).attach(2);
            dsm.write(0, vpn, 3, 0, 2);
            expect(dsm.read(1, vpn)).toBe(3);
            expect(dsm.node(0).entry(2, vpn)).toMatchObject({ read: true, write: false });
            dsm.write(1, vpn, 4);
            for (const cxy of [0, 2]) expect(dsm.node(0).entry(cxy, vpn)).toBeUndefined();
            expect(dsm.read(0, vpn, 0, 2)).toBe(4);
        });
    });

    describe("accesses that meet", () => {
        it("3.3: a write that overtakes another node's read request: the reader gets the written content", () => {
            const dsm = start(3, 3);
            const vpn = dsm.page(0);
            dsm.write(0, vpn, 1);
            const request = machine.at(0).constant("RPC_DSM_REQUEST");
            machine.onProbe = ({ words }) => {
                if (words[0] !== PROBE_RPC_SENT || words[2] !== request) return;
                machine.onProbe = () => {};
                dsm.write(2, vpn, 2);
            };
            expect(dsm.read(1, vpn)).toBe(2);
            expect(dsm.holders(vpn)).toEqual({ readers: [1, 2], writers: [] });
        });

        it("3.3: a reader whose copy is taken while it asks to write gets a new frame with the new content", () => {
            const dsm = start(3, 3);
            const vpn = dsm.page(0);
            dsm.read(1, vpn);
            const request = machine.at(0).constant("RPC_DSM_REQUEST");
            machine.onProbe = ({ words }) => {
                if (words[0] !== PROBE_RPC_SENT || words[2] !== request) return;
                machine.onProbe = () => {};
                dsm.write(2, vpn, 2, 100);
            };
            dsm.write(1, vpn, 1);
            expect([dsm.read(0, vpn), dsm.read(0, vpn, 100)]).toEqual([1, 2]);
            expect(dsmFrames(machine)).toBe(2);
        });
    });

    describe("random sequences", () => {
        const PAGES = 3;
        const access = fc.record({
            node: fc.nat({ max: 4 }),
            page: fc.nat({ max: PAGES - 1 }),
            offset: fc.constantFrom(0, 8, 4095),
            write: fc.boolean(),
        });

        it(`counts, holders and contents agree with the model, and no frame is lost (seed ${SEED})`, () => {
            const shape = fc.record({ nodes: fc.integer({ min: 2, max: 5 }), manager: fc.nat({ max: 2 }) });
            const property = fc.property(
                shape,
                fc.array(access, { minLength: 10, maxLength: 60 }),
                (group, accesses) => {
                    const dsm = start(group.nodes, 3, group.manager);
                    const model = new MrswModel();
                    const pages = Array.from({ length: PAGES }, (_, i) => dsm.page(i % group.nodes));
                    for (const [i, vpn] of pages.entries()) model.allocate(i % group.nodes, vpn);
                    accesses.forEach(({ node: wish, page, offset, write }, i) => {
                        const node = wish % group.nodes;
                        const vpn = pages[page] ?? 0;
                        if (write) {
                            dsm.write(node, vpn, i + 1, offset);
                            model.write(node, vpn, i + 1, offset);
                        } else {
                            expect(dsm.read(node, vpn, offset)).toBe(model.read(node, vpn, offset));
                        }
                        expect(dsm.counts()).toEqual(model.counts());
                        expectHolders(dsm, model, vpn);
                    });
                    expect(dsmFrames(machine)).toBe(
                        pages.reduce((sum, vpn) => sum + dsm.holders(vpn).readers.length, 0),
                    );
                    machine.dispose();
                },
            );
            fc.assert(property, runs(40));
            start(2);
        });

        it(`2: pages that are freed and handed out again begin anew (seed ${SEED})`, () => {
            const step = fc.record({ free: fc.boolean(), by: fc.nat({ max: 4 }), to: fc.nat({ max: 4 }), access });
            const property = fc.property(
                fc.integer({ min: 2, max: 5 }),
                fc.array(step, { maxLength: 60 }),
                (nodes, steps) => {
                    const dsm = start(nodes);
                    const model = new MrswModel();
                    const pages = Array.from({ length: PAGES }, (_, i) => dsm.page(i % nodes));
                    for (const [i, vpn] of pages.entries()) model.allocate(i % nodes, vpn);
                    steps.forEach(({ free, by, to, access: { node: wish, page, offset, write } }, i) => {
                        const vpn = pages[page] ?? 0;
                        if (free) {
                            expect(dsm.free(by % nodes, vpn * PAGE_SIZE)).toBe(0);
                            expect(dsm.holders(vpn)).toEqual({ readers: [], writers: [] });
                            expect(dsm.node(wish % nodes).fault((wish % nodes) % 3, vpn, ACCESS_LOAD)).toBe(SIGSEGV);
                            expect(dsm.free(by % nodes, vpn * PAGE_SIZE)).not.toBe(0);
                            expect(dsm.page(to % nodes)).toBe(vpn);
                            model.allocate(to % nodes, vpn);
                        }
                        const node = wish % nodes;
                        if (write) {
                            dsm.write(node, vpn, i + 1, offset);
                            model.write(node, vpn, i + 1, offset);
                        } else expect(dsm.read(node, vpn, offset)).toBe(model.read(node, vpn, offset));
                        expect(dsm.counts()).toEqual(model.counts());
                        expectHolders(dsm, model, vpn);
                    });
                    expect(dsmFrames(machine)).toBe(
                        pages.reduce((sum, vpn) => sum + dsm.holders(vpn).readers.length, 0),
                    );
                    machine.dispose();
                },
            );
            fc.assert(property, runs(40));
            start(2);
        });

        /** Nobody holds more than the model allows; only an owner that has not touched its page may hold less. */
        function expectHolders(dsm: DsmNodes, model: MrswModel, vpn: number): void {
            const { readers, writers } = dsm.holders(vpn);
            expect(readers.filter((node) => !model.holds(node, vpn))).toEqual([]);
            expect(writers.filter((node) => node !== model.writer(vpn))).toEqual([]);
            if (writers.length > 0) expect(readers).toEqual(writers);
        }
    });
});
