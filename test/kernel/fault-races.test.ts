/** Page faults that meet (vmm-policy 5.6, 5.9), and random sequences of faults against a model of rights and homes. */

import fc from "fast-check";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { ACCESS_FETCH, ACCESS_LOAD, ACCESS_STORE } from "../../kernel/abi/access.ts";
import { BI_POLICY_PROTOCOL } from "../../kernel/abi/boot-info.ts";
import { PROBE_FAULT, PROBE_FRAME, PROBE_RPC_SENT } from "../../kernel/abi/event.ts";
import { FAULT_SPURIOUS } from "../../kernel/abi/fault.ts";
import { PAGE_SIZE } from "../../kernel/abi/memory-map.ts";
import { PROTOCOL_DIRECT } from "../../kernel/abi/policy.ts";
import { ENDING, SIGSEGV } from "../../kernel/abi/signal.ts";
import { VSEG_CODE, VSEG_DATA, VSEG_HEAP, VSEG_STACK } from "../../kernel/abi/vseg-type.ts";
import { type GuestModule, loadGuest } from "./harness/guest-module.ts";
import { expectInvariants } from "./harness/invariants.ts";
import { Machine } from "./harness/machine.ts";
import { runs, SEED } from "./harness/properties.ts";
import { TestProcess, type Vseg } from "./harness/test-process.ts";

const CODE = { type: VSEG_CODE, first: 0x10, end: 0x12 };
const DATA = { type: VSEG_DATA, first: 0x400, end: 0x404 };
const HEAP = { type: VSEG_HEAP, first: 0x800, end: 0x806 };
const STACK = { type: VSEG_STACK, first: 0x3fffc, end: 0x40000 };

let guest: GuestModule;
let machine: Machine;

beforeAll(async () => {
    guest = await loadGuest("system");
});
afterEach(() => machine.dispose());

function start(clusters: number, z = 0, policies: Readonly<Record<number, number>> = {}): TestProcess {
    machine = new Machine(guest, { clusters, policies });
    const process = new TestProcess(machine, z);
    process.addVseg(CODE);
    process.addVseg(DATA);
    process.attach(...machine.instances.map(({ cxy }) => cxy).filter((cxy) => cxy !== z));
    process.addVseg(HEAP);
    for (const { cxy } of machine.instances) process.addVseg(STACK, undefined, cxy);
    machine.records = [];
    return process;
}

const sent = (op: string) => machine.recorded(PROBE_RPC_SENT, undefined, machine.at(0).constant(op)).length;

/** Runs `act` once, when the request `op` has been announced but not yet sent. */
function whenSent(op: string, act: () => void): void {
    const number = machine.at(0).constant(op);
    machine.onProbe = ({ words }) => {
        if (words[0] !== PROBE_RPC_SENT || words[2] !== number) return;
        machine.onProbe = () => {};
        act();
    };
}

describe("faults that meet", () => {
    it("5.6: an entry that is already there is a spurious fault, without request or frame", () => {
        const process = start(2);
        for (const cxy of [0, 1]) {
            process.fault(cxy, HEAP.first, ACCESS_STORE);
            machine.records = [];
            expect(process.fault(cxy, HEAP.first, ACCESS_LOAD)).toBe(0);
            expect(
                machine.recorded(PROBE_FAULT, undefined, undefined, undefined, undefined, FAULT_SPURIOUS),
            ).toHaveLength(1);
            expect(machine.recorded(PROBE_RPC_SENT)).toEqual([]);
            expect(machine.recorded(PROBE_FRAME)).toEqual([]);
        }
    });

    it.each([
        ["another cluster", 2],
        ["Z itself", 0],
    ])("5.6: K and %s that miss on the same page get one frame", (_who, other) => {
        const process = start(3);
        whenSent("RPC_GET_PAGE", () => expect(process.fault(other, HEAP.first, ACCESS_STORE)).toBe(0));
        expect(process.fault(1, HEAP.first, ACCESS_STORE)).toBe(0);
        expect(process.entry(1, HEAP.first)?.paddr).toBe(process.entry(other, HEAP.first)?.paddr);
        expect(machine.recorded(PROBE_FRAME, undefined, undefined, VSEG_HEAP, undefined, 1)).toHaveLength(1);
        expectInvariants(process, [0, 1, 2]);
    });

    it("5.6: two threads of K that fetch the same vseg register it once", () => {
        const process = start(2);
        whenSent("RPC_GET_VSEG", () => expect(process.fault(1, HEAP.first + 1, ACCESS_LOAD)).toBe(0));
        expect(process.fault(1, HEAP.first, ACCESS_LOAD)).toBe(0);
        expect(process.vsl(1).filter(({ type }) => type === VSEG_HEAP)).toHaveLength(1);
        expectInvariants(process, [0, 1]);
    });

    it("5.9: an invalidation at K while an entry is on its way makes K fetch it again", () => {
        const process = start(2);
        process.fault(1, HEAP.first + 1, ACCESS_LOAD);
        machine.records = [];
        whenSent("RPC_GET_PAGE", () => machine.at(1).call("vmm_invalidate", process.address(1), HEAP.first + 1, 0n));
        expect(process.fault(1, HEAP.first, ACCESS_STORE)).toBe(0);
        // The second time Z has the page.
        expect([sent("RPC_GET_PAGE"), sent("RPC_TAKE_PAGE")]).toEqual([1, 1]);
        expect(process.entry(1, HEAP.first + 1)).toBeUndefined();
        expectInvariants(process, [0, 1]);
    });

    it("5.9: an invalidation at K while a vseg is on its way makes K fetch it again", () => {
        const process = start(2);
        const free = machine.at(1).call("ppm_free_frames");
        whenSent("RPC_GET_VSEG", () => machine.at(1).call("vmm_invalidate", process.address(1), DATA.first, 0n));
        expect(process.fault(1, HEAP.first, ACCESS_STORE)).toBe(0);
        expect(sent("RPC_GET_VSEG")).toBe(2);
        expect(process.vsl(1)).toContainEqual(HEAP);
        expect(free - machine.at(1).call("ppm_free_frames"), "the table and no more").toBeLessThanOrEqual(2);
    });

    it("5.9: a fetch waits at Z while the page is being taken from its sharers", () => {
        const process = start(2);
        process.fault(0, HEAP.first, ACCESS_STORE);
        const { tables } = process.entry(0, HEAP.first) ?? { tables: [] };
        const { view, offset } = machine.bank((tables[2] ?? 0) * PAGE_SIZE + (HEAP.first % 512) * 8);
        const REMOVING = 1n << 9n;
        view.setBigUint64(offset, view.getBigUint64(offset, true) | REMOVING, true);
        let steps = 0;
        machine.onWait = () => {
            if (process.entry(1, HEAP.first) !== undefined) throw new Error("installed while it is being removed");
            const { pte = 0n } = process.entry(0, HEAP.first) ?? {};
            if (++steps === 50) machine.at(0).wide("vmm_invalidate", process.address(0), HEAP.first, pte & ~REMOVING);
        };
        expect(process.fault(1, HEAP.first, ACCESS_LOAD)).toBe(0);
        expect(steps).toBeGreaterThanOrEqual(50);
        expectInvariants(process, [0, 1]);
    });

    it("5.9, 7.3: while a copy-on-write page is taken from its sharers, fetches of it wait at Z", () => {
        const process = start(3);
        for (const cxy of [1, 2]) process.fault(cxy, HEAP.first, ACCESS_STORE);
        const { pte = 0n, paddr = 0 } = process.entry(0, HEAP.first) ?? {};
        machine.at(0).call("frame_share", BigInt(paddr / PAGE_SIZE));
        const W = 4n;
        for (const { cxy } of machine.instances)
            machine.at(cxy).wide("vmm_invalidate", process.address(cxy), HEAP.first, pte & ~W);
        const REMOVING = 1n << 9n;
        let marked = false;
        whenSent("RPC_INVALIDATE", () => {
            marked = ((process.entry(0, HEAP.first)?.pte ?? 0n) & REMOVING) !== 0n;
        });
        expect(process.fault(1, HEAP.first, ACCESS_STORE)).toBe(0);
        expect(marked).toBe(true);
        expect(process.fault(2, HEAP.first, ACCESS_LOAD)).toBe(0);
        expect(process.entry(2, HEAP.first)?.paddr).not.toBe(paddr);
        expectInvariants(process, [0, 1, 2]);
    });

    it("Z gives no page of a process that is ending, and K's entry is free for others", () => {
        const process = start(2);
        const alive = machine.at(0).field("process_t", "state", process.address(0));
        machine.at(0).setField("process_t", "state", process.address(0), alive + 1);
        expect(process.fault(1, DATA.first, ACCESS_STORE)).toBe(ENDING);
        machine.at(0).setField("process_t", "state", process.address(0), alive);
        expect(process.fault(1, DATA.first, ACCESS_STORE)).toBe(0);
    });
});

/** What a fault on a page answers, by the rules alone: 5.1 and 5.8. */
function expectedAnswer(vseg: Vseg | undefined, access: number): number {
    if (vseg === undefined) return SIGSEGV;
    const forbidden = vseg.type === VSEG_CODE ? ACCESS_STORE : ACCESS_FETCH;
    return access === forbidden ? SIGSEGV : 0;
}

describe.each([
    ["rpc", {}],
    ["direct", { [BI_POLICY_PROTOCOL]: PROTOCOL_DIRECT }],
])("random faults, protocol %s", (_name, policies) => {
    const vsegs: readonly Vseg[] = [CODE, DATA, HEAP, STACK];
    const targets = [...vsegs.flatMap(({ first, end }) => [first, end - 1, first + 1]), 0x300, 0x500, 0x3fffb];
    const fault = fc.record({
        cxy: fc.nat({ max: 3 }),
        vpn: fc.constantFrom(...targets),
        access: fc.constantFrom(ACCESS_FETCH, ACCESS_LOAD, ACCESS_STORE),
        invalidates: fc.constantFrom(false, false, true),
    });

    it(`answers, homes and I1 to I12 are as the rules say, also when invalidations come between (seed ${SEED})`, () => {
        const property = fc.property(
            fc.integer({ min: 2, max: 4 }),
            fc.array(fault, { maxLength: 40 }),
            (clusters, faults) => {
                const process = start(clusters, clusters - 1, policies);
                const touched = new Set<string>();
                for (const { cxy: wish, vpn, access, invalidates } of faults) {
                    const cxy = wish % clusters;
                    const vseg = vsegs.find(({ first, end }) => first <= vpn && vpn < end);
                    if (invalidates) {
                        whenSent("RPC_GET_PAGE", () =>
                            machine.at(cxy).call("vmm_invalidate", process.address(cxy), 0x3f000, 0n),
                        );
                    }
                    expect(process.fault(cxy, vpn, access)).toBe(expectedAnswer(vseg, access));
                    machine.onProbe = () => {};
                    if (vseg === undefined || expectedAnswer(vseg, access) !== 0) continue;
                    touched.add(`${cxy} ${vpn}`);
                    const isPrivate = vseg.type === VSEG_CODE || vseg.type === VSEG_STACK;
                    expect(process.home(cxy, vpn)).toBe(isPrivate ? cxy : vpn % clusters);
                }
                for (const { cxy } of machine.instances) {
                    if (cxy === process.z) continue;
                    const mapped = [...process.mappings(cxy).keys()].map((vpn) => `${cxy} ${vpn}`);
                    expect(mapped.sort(), "I4, I5").toEqual(
                        [...touched].filter((key) => key.startsWith(`${cxy} `)).sort(),
                    );
                }
                expectInvariants(
                    process,
                    machine.instances.map(({ cxy }) => cxy),
                );
                machine.dispose();
            },
        );
        fc.assert(property, runs(40));
        start(1);
    });
});
